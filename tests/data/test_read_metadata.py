"""What files say of themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.readers.metadata import Metadata, read_metadata
from unisono.data.readers.midi import write_midi


@pytest.mark.parametrize("ending", ["flac", "ogg", "mp3"])
def test_tags_of_a_recording(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a_b.{ending}"
    with soundfile.SoundFile(path, "w", 16_000, 1) as file:
        file.title = "Air"
        file.artist = "A Band"
        file.album = "Suites"
        file.date = "1968-04-01"
        file.write(np.zeros(16_000, np.float32))
    assert read_metadata(path, Modality.AUDIO) == Metadata("Air", None, "A Band", "Suites", 1968)


def test_a_recording_without_tags_is_called_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "slow_take__2.wav"
    soundfile.write(path, np.zeros(4000), 16_000)
    assert read_metadata(path, Modality.AUDIO) == Metadata("slow take 2")


def test_midi(tmp_path: Path) -> None:
    numbers = [np.array([k], np.int16) for k in (60, 64, 0)]
    notes = Notes(np.array([0.0]), np.array([1.0]), *numbers)
    path = tmp_path / "take_1.mid"
    write_midi(notes, path)
    assert read_metadata(path, Modality.MIDI).title == "take 1"
    write_midi(notes, path, title="Gavotte")
    assert read_metadata(path, Modality.MIDI).title == "Gavotte"


def test_scores(tmp_path: Path) -> None:
    xml = tmp_path / "piece.musicxml"
    xml.write_text(
        "<score-partwise><movement-title>Gigue</movement-title><identification>"
        "<creator type='composer'>Bach</creator></identification><part/></score-partwise>"
    )
    assert read_metadata(xml, Modality.SHEET) == Metadata("Gigue", composer="Bach")
    page = Image.new("L", (20, 20))
    page.save(tmp_path / "a.pdf", title="Sarabande", author="Bach")
    assert read_metadata(tmp_path / "a.pdf", Modality.SHEET) == Metadata("Sarabande", "Bach")
    page.save(tmp_path / "page_7.png")
    assert read_metadata(tmp_path / "page_7.png", Modality.SHEET).title == "page 7"


def test_text(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("# A calm piece\n\nfor solo piano")
    assert read_metadata(path, Modality.TEXT).title == "A calm piece"
    path.write_text("word " * 100)
    title = read_metadata(path, Modality.TEXT).title
    assert len(title) <= 82
    assert title.endswith("word …")


@pytest.mark.parametrize("modality", list(Modality))
def test_a_broken_file_keeps_its_name(tmp_path: Path, modality: Modality) -> None:
    path = tmp_path / "lost_file.bin"
    path.write_bytes(b"")
    assert read_metadata(path, modality) == Metadata("lost file")
