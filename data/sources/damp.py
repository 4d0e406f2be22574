"""DAMP mash-ups: a singer alone, and the same three seconds over another song's accompaniment.

The data of Lee and Nam, "Learning a joint embedding space of monophonic and mixed music signals
for singing voice", ISMIR 2019, who mix voices of Smule's DAMP with accompaniments of MUSDB18 that
agree in tempo and key. Their program writes the mixes; nobody hands them out.

Layout: voices ``<singer>_<number>.m4a`` in one of VOICE_FOLDERS, mixes
``<singer>_<number>_<frame>.wav`` in one of MIX_FOLDERS, and, where they are, DAMP's ``perfs.csv``
and the lists of the repository (``data/train_artist_track_1000.pkl`` ...), which tell the split.
No loader of ``mirdata`` or of the Hub.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unisono.data.sources.entry import Entry, Media, Role, SourceFacts, SourceLayoutError
from unisono.data.sources.tables import is_there, one_of, read_rows

FACTS = SourceFacts(
    name="damp",
    title="DAMP mash-ups",
    homepage=(
        "https://ccrma.stanford.edu/damp/ (voices) and "
        "https://github.com/kyungyunlee/mono2mixed-singer (the program that mixes)"
    ),
    licence="Smule's research licence for the voices, that of MUSDB18 for the accompaniments",
    citation=(
        "K. Lee, J. Nam: Learning a joint embedding space of monophonic and mixed music signals "
        "for singing voice, ISMIR 2019"
    ),
    revision="kyungyunlee/mono2mixed-singer at e0df33482abea8d6639284d044691ec5b29caa14",
    layout=(
        "sing/audio/<singer>_<number>.m4a and damp_mashup_mix/<singer>_<number>_<frame>.wav, as "
        "the program writes them"
    ),
    gives=("audio", "voice"),
)

VOICE_FOLDERS = ("sing/audio", "damp/sing/audio", "audio")
MIX_FOLDERS = ("damp_mashup_mix", "vocalMashup/damp_mashup_mix")
MIX_S = 3.0

_RATE, _HOP = 22_050, 512
_LISTS = {
    "train_artist_track_1000.pkl": "train",
    "valid_artist_track_1000.pkl": "valid",
    "unseen_model_artist_track_300_2.pkl": "test",
    "unseen_eval_artist_track_300_2.pkl": "test",
}
_TABLES = ("perfs.csv", "data/perfs.csv", "sing/perfs.csv", "damp/sing/perfs.csv")


@dataclass(frozen=True)
class Damp:
    """Mixes with the part of the voice that is in them; ``work`` is the performance.

    In the lists the singers of "valid" are those of "train" with other performances, those of
    "test" are others.
    """

    facts: SourceFacts = FACTS

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every mix, in order of name."""
        voices = one_of(root, self.facts, *VOICE_FOLDERS)
        mixes = one_of(root, self.facts, *MIX_FOLDERS)
        splits = {
            performance: split
            for name, split in _LISTS.items()
            for path in (root / name, root / "data" / name)
            if is_there(path)
            for performance in listed_performances(path)
        }
        return self._entries(voices, mixes, splits, _songs(root))

    def _entries(
        self, voices: Path, mixes: Path, splits: Mapping[str, str], songs: Mapping[str, str]
    ) -> Iterator[Entry]:
        for mix in sorted(mixes.glob("*.wav")):
            performance, _, frame = mix.stem.rpartition("_")
            if not is_there(mix) or not frame.lstrip("-").isdecimal():
                continue
            media: dict[Role, tuple[Media, ...]] = {"audio": (Media(mix),)}
            voice = voices / f"{performance}.m4a"
            if is_there(voice):
                start = voice_start_s(int(frame))
                media["voice"] = (Media(voice, start_s=start, end_s=start + MIX_S),)
            singer = performance.partition("_")[0]
            yield Entry(
                identifier=mix.stem,
                work=performance,
                split=splits.get(performance, ""),
                title=songs.get(performance, ""),
                artist=singer,
                media=media,
                related={"artist": (singer,), "track": (performance,)},
            )


def voice_start_s(frame: int) -> float:
    """Where in the voice a mix begins.

    The program names a mix by the frame of 1,024 samples whose middle is where it begins, which
    is one hop of 512 samples after the frame's own start; the mix of a
    voice's very beginning is named -1.
    """
    return max(0, frame + 1) * _HOP / _RATE


def listed_performances(path: Path) -> tuple[str, ...]:
    """Names of the performances of a list: singer -> performance -> seconds, pickled.

    Nothing in the file is called: only numbers and containers are read. Raises SourceLayoutError.
    """
    try:
        with path.open("rb") as opened:
            singers = _NumbersAlone(opened).load()
        return tuple(str(name) for performances in singers.values() for name in performances)
    except (pickle.UnpicklingError, AttributeError, EOFError, TypeError, ValueError) as error:
        raise SourceLayoutError(
            f"{path}: is not a list of singers and performances ({error}); get it at "
            f"{FACTS.homepage}"
        ) from error


class _Number:
    """Stands for a number of numpy, whose value is not needed."""

    def __init__(self, *_: Any) -> None:
        """Take whatever the pickle hands over."""

    def __setstate__(self, _: Any) -> None:
        """Keep nothing."""


class _NumbersAlone(pickle.Unpickler):
    """Reads a pickle without importing or calling what it names."""

    def find_class(self, module: str, name: str) -> type[_Number]:
        if module.partition(".")[0] == "numpy" and name in ("scalar", "dtype"):
            return _Number
        raise pickle.UnpicklingError(f"it names {module}.{name}")


def _songs(root: Path) -> dict[str, str]:
    """Name of the song of each performance: "_let_it_go" in the table is "let it go"."""
    for name in _TABLES:
        if is_there(root / name):
            return {
                row.get("perf_key", ""): row.get("songid", "").replace("_", " ").strip()
                for row in read_rows(root / name)
            }
    return {}


SOURCE = Damp()
