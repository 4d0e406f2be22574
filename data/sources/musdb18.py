"""MUSDB18 and MUSDB18-HQ: 150 songs with their stems; here the mix and the voice alone in it.

Layout: ``train`` and ``test`` with ``<artist> - <title>.stem.mp4`` (five streams of sound: mixture,
drums, bass, other, vocals), or with a folder a song that holds ``mixture.wav``, ``vocals.wav`` and
so on. Mix and voice start together. The package ``musdb`` would need FFmpeg's program, so that the
folders are read here; ``mirdata`` has no loader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from unisono.data.sources.entry import Entry, Media, Role, SourceFacts
from unisono.data.sources.stems import stream_member
from unisono.data.sources.tables import is_there, media_of, missing

FACTS = SourceFacts(
    name="musdb18",
    title="MUSDB18 and MUSDB18-HQ",
    homepage="https://doi.org/10.5281/zenodo.1117372 (HQ: https://doi.org/10.5281/zenodo.3338373)",
    licence="per item; for academic purposes only",
    citation=(
        "Z. Rafii, A. Liutkus, F.-R. Stöter, S. I. Mimilakis, R. Bittner: The MUSDB18 corpus for "
        "music separation, Zenodo, 2017"
    ),
    revision="Zenodo records 1117372 and 3338373",
    layout="train and test with *.stem.mp4, or with folders that hold mixture.wav and vocals.wav",
    gives=("audio", "voice"),
    checksums={"musdb18.zip": "md5:af06762477334799bfc5abf237648207"},
)

VALID_SONGS = frozenset(
    {
        "ANiMAL - Rockshow",
        "Actions - One Minute Smile",
        "Alexander Ross - Goodbye Bolero",
        "Clara Berry And Wooldog - Waltz For My Victims",
        "Fergessen - Nos Palpitants",
        "James May - On The Line",
        "Johnny Lokke - Promises & Lies",
        "Leaf - Summerghost",
        "Meaxic - Take A Step",
        "Patrick Talbot - A Reason To Leave",
        "Skelpolu - Human Mistakes",
        "Traffic Experiment - Sirens",
        "Triviul - Angelsaint",
        "Young Griffo - Pennies",
    }
)
"""The songs of ``train`` that the makers' package keeps for validation."""

MIXTURE_STREAM, VOCALS_STREAM = 0, 4

_SUFFIX = ".stem.mp4"


@dataclass(frozen=True)
class Musdb18:
    """Songs; ``work`` is the song. Some artists have songs in both parts of the published split."""

    facts: SourceFacts = FACTS

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every song of ``train`` and then of ``test``, in order of name."""
        if not (root / "train").is_dir() and not (root / "test").is_dir():
            raise missing(root, self.facts, "folder train or test")
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        for part in ("train", "test"):
            songs: dict[str, Mapping[Role, tuple[Media, ...]]] = {}
            for path in sorted((root / part).glob("*")):
                if path.is_dir():
                    songs[path.name] = _of_folder(path)
                elif path.name.endswith(_SUFFIX) and is_there(path):
                    songs.setdefault(path.name.removesuffix(_SUFFIX), _of_streams(path))
            for name, media in sorted(songs.items()):
                if media:
                    yield _entry(name, part, media)


def _entry(name: str, part: str, media: Mapping[Role, tuple[Media, ...]]) -> Entry:
    artist, _, title = name.partition(" - ")
    return Entry(
        identifier=name,
        work=name,
        split="valid" if part == "train" and name in VALID_SONGS else part,
        title=title or name,
        artist=artist if title else "",
        media=media,
        related={"artist": (artist,)} if title else {},
    )


def _of_folder(folder: Path) -> Mapping[Role, tuple[Media, ...]]:
    found: dict[Role, tuple[Media, ...]] = {
        "audio": media_of(folder / "mixture.wav"),
        "voice": media_of(folder / "vocals.wav"),
    }
    return {role: media for role, media in found.items() if media}


def _of_streams(path: Path) -> Mapping[Role, tuple[Media, ...]]:
    return {
        "audio": (Media(path, stream_member(MIXTURE_STREAM)),),
        "voice": (Media(path, stream_member(VOCALS_STREAM)),),
    }


SOURCE = Musdb18()
