"""Scores engraved into folders in MSMD's layout, kept by their content."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import numpy as np

from unisono.data.engraving import Engraving, engrave
from unisono.data.notes import Notes
from unisono.data.readers.midi import write_midi
from unisono.data.readers.musicxml import read_musicxml
from unisono.data.sources.openscore import staff_instruments
from unisono.eval.harness.score_folders import MIDI_FILE, NOTES_FILE, ScoreFolder, open_score

_VERSION = "engraved score 2"
_PROGRAMS = {"voice": 73, "piano": 0, "violin": 40, "viola": 41, "cello": 42, "oboe": 68}
"""A song's voice is played by a flute: no soundfont sings words."""


def engraved_score(path: Path, cache: Path) -> ScoreFolder:
    """A MusicXML file as Verovio sets it by default, as written, without its repeats.

    Raises ReadError for a file that cannot be engraved.
    """
    from importlib.metadata import version

    digest = hashlib.blake2b(f"{_VERSION} {version('verovio')}".encode(), digest_size=8)
    digest.update(path.read_bytes())
    # the folder's name is the piece's
    folder = cache / "engraved" / digest.hexdigest() / path.stem
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as partial:
            xml = read_musicxml(path)
            whole = Path(partial) / path.stem
            write_engraving(whole, engrave(xml, name=str(path)), xml)
            try:
                whole.rename(folder)
            except OSError:
                if not folder.is_dir():  # else somebody was quicker and wrote the same
                    raise
    return open_score(folder)


def write_engraving(folder: Path, engraving: Engraving, xml: str) -> None:
    """Pages, MIDI and note heads of an engraving, as MSMD has them."""
    from PIL import Image

    folder.mkdir(parents=True)
    for number, page in enumerate(engraving.pages, start=1):
        Image.fromarray(page).save(folder / f"page_{number:02}.png")
    notes = engraving.notes
    systems = [[s.page - 1, *s.box] for s in engraving.systems]
    staves = [[s.page - 1, *staff] for s in engraving.systems for staff in s.staves]
    np.savez(
        folder / NOTES_FILE,
        onset=notes.onset_s,
        offset=notes.offset_s,
        pitch=notes.pitch,
        page=notes.page.astype(np.int64) - 1,
        x=notes.x,
        y=notes.y,
        system=notes.system,
        staff=notes.staff,
        systems=np.array(systems, np.float64).reshape(-1, 5),
        staves=np.array(staves, np.float64).reshape(-1, 5),
        downbeats=engraving.measures.onset_s,
    )
    write_midi(sounding_notes(engraving, xml), folder / MIDI_FILE)


def sounding_notes(engraving: Engraving, xml: str) -> Notes:
    """The notes of an engraving for the instruments that its staves name, else the piano."""
    notes = engraving.notes.to_notes()
    words = staff_instruments(xml)
    programs = np.array([_PROGRAMS.get(word, 0) for word in words], np.int16)
    rows = np.minimum(engraving.notes.staff, len(programs) - 1)
    return Notes(notes.onset_s, notes.offset_s, notes.pitch, notes.velocity, programs[rows])
