"""MidiCaps: files of the Lakh MIDI Dataset with captions and words, as on the Hugging Face Hub.

The table is read through ``datasets``, row by row and without a copy in its cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from unisono.data.sources.entry import Entry, SourceFacts, SourceLayoutError
from unisono.data.sources.lakh import works_by_md5
from unisono.data.sources.layout import check_layout, found

_WORDS = ("genre", "mood", "instrument_summary")


class MidiCapsSource:
    """One entry a captioned file; with ``match_scores.json`` beside it, works as in ``lakh``."""

    facts = SourceFacts(
        name="midicaps",
        title="MidiCaps",
        homepage="https://huggingface.co/datasets/amaai-lab/MidiCaps",
        licence="CC BY-SA 4.0",
        citation="J. Melechovsky, A. Roy, D. Herremans: MidiCaps: A Large-scale MIDI Dataset with "
        "Text Captions, arXiv:2406.02255, 2024",
        revision="84d5b132f2776cc5276455fe90982b4ff768a6f5",
        layout="train.json, and midicaps.tar.gz unpacked: lmd_full/<hexadecimal digit>/<md5>.mid",
        gives=("midi", "text", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every captioned file in order of the table; raises SourceLayoutError."""
        check_layout(root, self.facts, ["train.json", "lmd_full"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        works = works_by_md5(root)
        for row in _rows(root / "train.json"):
            media = found(midi=[root / row["location"]])
            if not media:
                continue
            md5 = PurePosixPath(row["location"]).stem
            yield Entry(
                identifier=md5,
                work=works.get(md5, f"lmd {md5}"),
                split="test" if row["test_set"] else "train",
                licence=self.facts.licence,
                media=media,
                texts=(row["caption"],),
                tags=tuple(dict.fromkeys(word for kind in _WORDS for word in row[kind] or ())),
            )


def _rows(table: Path) -> Iterator[dict[str, Any]]:
    try:
        from datasets import load_dataset
        from datasets.exceptions import DatasetsError
    except ImportError as error:
        remedy = "needs the library datasets; install it with pip install unisono[data]"
        raise SourceLayoutError(f"{table}: {remedy}") from error
    try:
        yield from load_dataset("json", data_files=str(table), split="train", streaming=True)
    except (DatasetsError, ValueError) as error:
        raise SourceLayoutError(f"{table}: is not JSON as MidiCaps has it; get it again") from error


SOURCE = MidiCapsSource()
