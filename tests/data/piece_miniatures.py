"""Tiny scores, MIDI files and pages for collections in the layout of their downloads."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
from PIL import Image
from short_scores import melody, note, score
from source_miniatures import all_entries

from unisono.data.engraving import Engraving, Layout, engrave
from unisono.data.sources.entry import Entry, Source

SONG = score([melody(4), [note(60, 4)] * 4], names=["Singstimme", "Klavier"])
KERN = "**kern\t**kern\n*clefF4\t*clefG2\n*M4/4\t*M4/4\n" + (
    "=\t=\n4C\t4c\n4D\t4d\n4E\t4e\n4F\t4f\n" * 6
)
KERN += "==\t==\n*-\t*-\n"


def piece_entries(source: Source, root: Path) -> dict[str, Entry]:
    """Every entry by its identifier, checked as ``all_entries`` does, and ascending alignments."""
    all_entries(_Plain(source), root)
    entries = {entry.identifier: entry for entry in source.entries(root)}
    for entry in entries.values():
        assert set(entry.media) <= set(source.facts.gives)
        assert "tags" in source.facts.gives or not entry.tags
        assert "text" in source.facts.gives or not entry.texts
        for aligned in entry.alignments:
            assert {aligned.left, aligned.right} <= set(entry.media)
            assert len(aligned.left_s) == len(aligned.right_s) >= 2
            assert (np.diff(aligned.left_s) > 0).all()
            assert (np.diff(aligned.right_s) > 0).all()
    return entries


class _Plain:
    """A source without what has no equality: arrays and functions."""

    def __init__(self, source: Source) -> None:
        self.source, self.facts = source, source.facts

    def entries(self, root: Path) -> Iterator[Entry]:
        return (
            replace(entry, alignments=(), load_piece=None) for entry in self.source.entries(root)
        )


def write_midi(path: Path, pitches: tuple[int, ...] = (60, 64, 67)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    track = mido.MidiTrack()
    for pitch in pitches:
        track.append(mido.Message("note_on", note=pitch, velocity=80, time=0))
        track.append(mido.Message("note_off", note=pitch, velocity=0, time=240))
    mido.MidiFile(tracks=[track]).save(path)
    return path


def write_mxl(path: Path, xml: str = SONG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("score.xml", xml)
    return path


def piano_pages() -> Engraving:
    """A short piece for piano on narrow pages, so that it has several systems."""
    xml = score([melody(8), [note(48, 4)] * 8]).replace("Part 1", "Piano")
    layout = Layout(staff_space_px=7.0, page_width=70, page_height=60, text=False)
    return engrave(xml, layout)


def write_pages(folder: Path, engraving: Engraving, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(engraving.pages, start=1):
        Image.fromarray(page).save(folder / name.format(number))
