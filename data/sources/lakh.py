"""The Lakh MIDI Dataset in full: MIDI files named by their MD5, without further labels.

Where ``match_scores.json`` and ``md5_to_paths.json`` stand beside the folder, files that match one
recording are one work, and a file has the name that it was found under as its title.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.layout import check_layout, found
from unisono.data.sources.tables import is_there

CITATION = (
    "C. Raffel: Learning-Based Methods for Comparing Sequences, with Applications to "
    "Audio-to-MIDI Alignment and Matching, PhD thesis, Columbia University, 2016"
)
HOMEPAGE = "https://colinraffel.com/projects/lmd/"


class LakhSource:
    """One entry a file."""

    facts = SourceFacts(
        name="lakh",
        title="The Lakh MIDI Dataset v0.1, LMD-full",
        homepage=HOMEPAGE,
        licence="CC BY 4.0",
        citation=CITATION,
        revision="v0.1",
        layout="lmd_full/<first hexadecimal digit>/<md5>.mid, and where wanted match_scores.json "
        "and md5_to_paths.json; each file's own name is its MD5",
        gives=("midi",),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every file in order of name; raises SourceLayoutError."""
        check_layout(root, self.facts, ["lmd_full"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        works = works_by_md5(root)
        names = _json(root / "md5_to_paths.json")
        for folder in sorted(path for path in (root / "lmd_full").iterdir() if path.is_dir()):
            for path in sorted(folder.glob("*.mid")):
                media = found(midi=[path])
                if media:
                    known = names.get(path.stem) or [""]
                    yield Entry(
                        identifier=path.stem,
                        work=works.get(path.stem, f"lmd {path.stem}"),
                        title=PurePosixPath(known[0]).stem,
                        licence=self.facts.licence,
                        media=media,
                    )


def works_by_md5(root: Path) -> dict[str, str]:
    """MD5 -> work of every file in ``match_scores.json``; empty where that is not there."""
    return {
        md5: f"msd {group}"
        for group, files in joined_tracks(_json(root / "match_scores.json")).items()
        for md5 in files
    }


def joined_tracks(scores: Mapping[str, Mapping[str, float]]) -> dict[str, list[str]]:
    """First of the tracks that share files, directly or by way of others -> all their files."""
    leader: dict[str, str] = {}

    def lead(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for track, files in sorted(scores.items()):
        for md5 in files:
            one, other = sorted((lead(f"track {track}"), lead(f"zfile {md5}")))
            leader[other] = one  # the least name leads, and tracks come before files
    groups: dict[str, list[str]] = {}
    for md5 in sorted({md5 for files in scores.values() for md5 in files}):
        groups.setdefault(lead(f"zfile {md5}").removeprefix("track "), []).append(md5)
    return groups


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8"))) if is_there(path) else {}


SOURCE = LakhSource()
