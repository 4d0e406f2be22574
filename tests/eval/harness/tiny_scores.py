"""Scores in MSMD's layout whose notes can be told apart, and a space that tells them apart.

Every note has a pitch of its own; on the page it is a bar as high as that says, in sound a click
as loud. The space knows notes by that alone, so its answers are right where, and only where, the
windows that it is given are centred on the right places.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import soundfile
from PIL import Image

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.places import TimeSpan
from unisono.data.readers.midi import write_midi
from unisono.towers.encoding import Encoding, Passages

RATE = 22_050
LOWEST = 36
HIGHEST_BAR = 60
STAFF_SPACE = 4
STRIDE_S, STRIDE_PX = 0.2, 8
PAGE_WIDTH, PAGE_HEIGHT = 700, 320
SYSTEM_TOPS = (60, 200)
SYSTEM_HEIGHT = 64


def write_score(folder: Path, first_pitch: int, onsets, xs) -> Path:
    """A page of two systems; notes (onset, x) alternate between them by halves."""
    folder.mkdir(parents=True)
    onsets, xs = np.asarray(onsets, float), np.asarray(xs, float)
    count = len(onsets)
    pitch = first_pitch + np.arange(count)
    system = (np.arange(count) >= count // 2).astype(int)
    page = np.full((PAGE_HEIGHT, PAGE_WIDTH), 255, np.uint8)
    staves = []
    for top in SYSTEM_TOPS:
        for staff in (top, top + SYSTEM_HEIGHT - 4 * STAFF_SPACE):
            page[staff : staff + 4 * STAFF_SPACE + 1 : STAFF_SPACE, 40:660] = 240
            staves.append([0, 40, staff, 660, staff + 4 * STAFF_SPACE])
    y = np.empty(count)
    for i in range(count):
        top = SYSTEM_TOPS[system[i]] + SYSTEM_HEIGHT // 2
        half = bar_height(pitch[i]) // 2
        y[i] = top
        page[top - half : top + half, int(xs[i]) - 1 : int(xs[i]) + 2] = 0
    Image.fromarray(page).save(folder / "page_01.png")
    np.savez(
        folder / "notes.npz",
        onset=onsets, offset=onsets + 0.2, pitch=pitch, page=np.zeros(count, int), x=xs, y=y,
        system=system, staff=2 * system,
        systems=[[0, 40, top, 660, top + SYSTEM_HEIGHT] for top in SYSTEM_TOPS],
        staves=staves,
    )  # fmt: skip
    zeros = np.zeros(count, np.int16)
    notes = Notes(onsets, onsets + 0.2, pitch.astype(np.int16), zeros + 80, zeros)
    write_midi(notes, folder / "score.mid")
    return folder


def write_scores(root: Path) -> Path:
    """Two pieces of ten notes, some a tenth of a second and five pixels apart."""
    seconds = 2.5 + np.array([0.0, 0.4, 0.5, 1.3, 2.0, 2.75, 3.4, 4.1, 4.2, 5.0])
    columns = np.array([200, 260, 265, 400, 520, 110, 200, 290, 295, 500])
    write_score(root / "valid" / "first", LOWEST, seconds, columns)
    write_score(root / "valid" / "second", LOWEST + 10, seconds + 0.05, columns + 3)
    return root


def scales(measures: int = 24) -> str:
    """MusicXML of a voice with four quarters a measure."""
    steps = "CDEFGAB"
    written = []
    for number in range(1, measures + 1):
        notes = "".join(
            f"<note><pitch><step>{steps[(number + i) % 7]}</step><octave>{4 + i % 2}</octave>"
            "</pitch><duration>1</duration><type>quarter</type></note>"
            for i in range(4)
        )
        attributes = (
            "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type>"
            "</time><clef><sign>G</sign><line>2</line></clef></attributes>"
        )
        opening = attributes if number == 1 else ""
        written.append(f'<measure number="{number}">{opening}{notes}</measure>')
    return (
        '<score-partwise version="3.1"><part-list><score-part id="P1"><part-name>Voice</part-name>'
        f'</score-part></part-list><part id="P1">{"".join(written)}</part></score-partwise>'
    )


def write_pairs(path: Path, rows) -> Path:
    parquet.write_table(pa.Table.from_pylist(rows), path)
    return path


def bar_height(pitch: int) -> int:
    return 6 + 2 * (int(pitch) - LOWEST)


def click(notes: Notes, soundfont: Path, target: Path) -> None:
    """What stands in for FluidSynth: one sample a note."""
    sound = np.zeros(int((notes.duration_s + 3) * RATE), np.float32)
    for onset, pitch in zip(notes.onset_s, notes.pitch, strict=True):
        sound[round(onset * RATE)] = (int(pitch) - LOWEST + 1) / 100
    soundfile.write(str(target), sound, RATE, subtype="FLOAT")


class SpaceOfBars:
    name = "bars"
    fingerprint = "bars-1"
    dimension = 64
    columns_a_passage = 1
    modalities = (Modality.AUDIO, Modality.SHEET, Modality.MIDI)
    config = SimpleNamespace(backbones={})

    def weigh(self, vectors, asks, answers, level):
        return vectors

    def encode_item(self, path, *, modality=None, hop_s=None, every_column=False):
        sound, rate = soundfile.read(str(path), dtype="float32")
        at = np.flatnonzero(sound > 0.005)
        names = np.clip(np.rint(sound[at] * 100).astype(int) - 1, 0, 40)
        return self._timed(at / rate, names, len(sound) / rate)

    def encode_notes(self, notes, *, hop_s=None):
        return self._timed(notes.onset_s, notes.pitch - LOWEST, notes.duration_s + 3)

    def encode_strip(self, strip, *, step=None):
        assert step == 1
        ink = strip.ink.sum(axis=0, dtype=float) / 255
        dark = np.rint(ink - np.median(ink))
        bars = np.flatnonzero((dark >= 5) & (dark >= np.roll(dark, 1)) & (dark > np.roll(dark, -1)))
        names = np.rint((dark[bars] - 6) / 2).astype(int)
        centres = np.arange(-(-strip.ink.shape[1] // STRIDE_PX)) * STRIDE_PX + 3.5
        vectors = self._vectors(bars - 1.0, np.clip(names, 0, 40), centres)
        return Encoding(Modality.SHEET, vectors[0], _passages(vectors, [None] * len(vectors)))

    def _timed(self, seconds, names, duration):
        centres = np.arange(0.075, duration, STRIDE_S)
        half = 2.5
        places = [TimeSpan(max(0, c - half), min(duration, c + half)) for c in centres]
        vectors = self._vectors(np.asarray(seconds), np.asarray(names), centres)
        return Encoding(Modality.AUDIO, vectors[0], _passages(vectors, places), duration)

    def _vectors(self, at, names, centres):
        nearest = np.abs(np.asarray(at)[None] - centres[:, None]).argmin(axis=1)
        return np.eye(self.dimension, dtype=np.float32)[names[nearest]]


def _passages(vectors, places):
    return Passages(vectors, places, np.ones(len(vectors), np.float32))
