"""DAMP-VSEP: 30 s of karaoke by singers of Smule: the voice alone and the mix that it is in.

Layout: ``<age>/<country>/<language>/<performance>/`` with ``vocal.ogg``, ``mix.m4a`` and
``background.m4a``. Where the folders ``split`` and ``metadata`` of the repository DAMP-VSEP-Singles
lie in the root, its splits are used and voice and mix are cut so that they begin together; without
them every folder with one voice is given, uncut and without a split. Duets (``vocal2.ogg``) are
left out, as no file tells what is heard of each voice in the mix. No loader of ``mirdata`` or of
the Hub; Asteroid's needs the same lists and gives waveforms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unisono.data.sources.entry import Entry, Media, Role, SourceFacts, SourceLayoutError
from unisono.data.sources.tables import is_there, missing, read_rows

FACTS = SourceFacts(
    name="damp_vsep",
    title="DAMP-VSEP",
    homepage=(
        "https://zenodo.org/record/3553059 (on request); lists at "
        "https://github.com/groadabike/DAMP-VSEP-Singles"
    ),
    licence="Smule's Research Data License Agreement, not commercial",
    citation=(
        "Smule, Inc.: DAMP-VSEP: Smule Digital Archive of Mobile Performances - Vocal Separation "
        "(1.0.1), Zenodo, 2019"
    ),
    revision="1.0.1; lists of groadabike/DAMP-VSEP-Singles at e9a63ccb6cc7",
    layout=(
        "<age>/<country>/<language>/<performance>/ with vocal.ogg and mix.m4a, and the folders "
        "split and metadata of DAMP-VSEP-Singles"
    ),
    gives=("audio", "voice"),
)

_LISTS = {"train": "train_singles", "valid": "valid", "test": "test"}


@dataclass(frozen=True)
class DampVsep:
    """Performances of one voice; ``work`` is the performance, the singer is related."""

    facts: SourceFacts = FACTS

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every performance with a voice or a mix: by the lists, or in order of folders."""
        lists = {split: root / "split" / f"{name}.csv" for split, name in _LISTS.items()}
        there = {split: path for split, path in lists.items() if path.is_file()}
        if there:
            return self._listed(root, there)
        if next(root.glob("*/*/*/*/mix.m4a"), None) is None:
            raise missing(root, self.facts, "folder <age>/<country>/<language>/<performance>")
        return self._walked(root)

    def _listed(self, root: Path, lists: Mapping[str, Path]) -> Iterator[Entry]:
        for split, table in lists.items():
            starts = _starts(root / "metadata" / f"{_LISTS[split]}_sr16000.json")
            for row in read_rows(table):
                performance = row.get("perf_key", "")
                cuts = starts.get(performance, {})
                voice, mix = root / row.get("vocal_path", ""), root / row.get("mix_path", "")
                yield from _entry(performance, split, voice, mix, cuts)

    def _walked(self, root: Path) -> Iterator[Entry]:
        for mix in sorted(root.glob("*/*/*/*/mix.m4a")):
            if not mix.with_name("vocal2.ogg").exists():
                yield from _entry(mix.parent.name, "", mix.with_name("vocal.ogg"), mix, {})


def _entry(
    performance: str, split: str, voice: Path, mix: Path, cuts: Mapping[str, Any]
) -> Iterator[Entry]:
    """The entry of a performance, or none where neither file is there."""
    duration = float(cuts.get("duration", 0.0))
    parts: tuple[tuple[Role, Path, str], ...] = (
        ("audio", mix, "background_start"),
        ("voice", voice, "vocal_start"),
    )
    media: dict[Role, tuple[Media, ...]] = {}
    for role, path, key in parts:
        start = float(cuts.get(key, 0.0))
        if is_there(path):
            media[role] = (Media(path, "", start, start + duration if duration else None),)
    if performance and media:
        singer = performance.partition("_")[0]
        yield Entry(
            identifier=performance,
            work=performance,
            split=split,
            artist=singer,
            media=media,
            related={"artist": (singer,)},
        )


def _starts(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Where voice and mix begin to agree, and for how long; empty without the file."""
    if not path.is_file():
        return {}
    try:
        starts: Mapping[str, Mapping[str, Any]] = json.loads(path.read_bytes())
    except ValueError as error:
        raise SourceLayoutError(f"{path}: is no JSON ({error}); download it again") from error
    return starts


SOURCE = DampVsep()
