"""A rendition of a prepared piece: played once in a tempo, tuning and instruments of its own.

Every other rendition of a piece is by a player whose tempo flows and whose chords are together,
the others by a pianist whose hands are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.compose import MidiRecipe, Step
from unisono.data.augmenting.midi import Music, chosen_notes
from unisono.data.augmenting.midi_notes import OtherPace
from unisono.data.augmenting.midi_pianist import HumanPianist
from unisono.data.corpus import Piece
from unisono.data.notes import Notes
from unisono.data.pairs.source import WAVEFORM_RATE
from unisono.data.sound.performance import Performance
from unisono.data.sound.sampled_notes import Bank, mix

_TAIL_S = 2.0
_PIANIST = MidiRecipe((Step(OtherPace.draw), Step(HumanPianist.draw)))

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rendition:
    """One rendition of a piece; arrays are mapped anew whenever they are asked for.

    Kept open, those of some thousands of pieces would be more files than a process may have.

    sound: (samples,) int16, or (frames, bins) float16 where features are kept, with ``rate``
    entries a second. onset_s, offset_s: (n,) of the piece's notes in it. program: of each note.
    ink: (STRIP_HEIGHT, width) uint8; x: (n,) columns; rows: (n,) of the strip, NaN if unknown.
    collection: that the piece is of.
    """

    folder: Path
    rate: float
    work: str
    name: str
    collection: str = ""

    @property
    def sound(self) -> npt.NDArray[np.generic]:
        """Sound or features."""
        return np.asarray(np.load(self.folder / "sound.npy", mmap_mode="r"))

    @property
    def ink(self) -> npt.NDArray[np.uint8]:
        """The long strip."""
        return np.asarray(np.load(self.folder.parent / "ink.npy", mmap_mode="r"))

    @property
    def rows(self) -> npt.NDArray[np.float32]:
        """(n,) row of the strip on which each note stands; NaN where the piece does not say."""
        return np.asarray(np.load(self.folder.parent / "rows.npy", mmap_mode="r"))

    @property
    def notes(self) -> npt.NDArray[np.float32]:
        """(6, n): onset, offset, column, pitch, velocity, program; sorted as in the piece."""
        return np.asarray(np.load(self.folder / "notes.npy", mmap_mode="r"))


def play(
    piece: Piece,
    banks: Mapping[str, Sequence[Bank]],
    random: np.random.Generator,
    *,
    by_pianist: bool = False,
) -> tuple[FloatArray, npt.NDArray[np.float32]]:
    """(samples,) at WAVEFORM_RATE with a peak of 0.9, and the notes (6, n) as ``Rendition`` has.

    by_pianist: in the timing, dynamics and pedal of ``HumanPianist``, whatever instruments sound.
    """
    performance = Performance.draw(random, vary_instruments=False)
    chosen = instruments_of_staves(piece, banks, random)
    program = np.array([bank.program for bank in chosen], np.int16)[piece.staff]
    written = Notes(
        onset_s=piece.onset_s.astype(np.float64),
        offset_s=piece.offset_s.astype(np.float64),
        pitch=piece.pitch,
        velocity=np.full(len(piece.pitch), 80, np.int16),
        program=program,
    )
    played = _as_pianist(written, random) if by_pianist else performance.play(written)
    out = np.zeros(int((played.duration_s + _TAIL_S) * WAVEFORM_RATE), np.float32)
    release_s = float(random.uniform(0.05, 0.35))
    for staff, bank in enumerate(chosen):
        rows = np.flatnonzero(piece.staff == staff)
        if len(rows):
            mix(
                bank,
                played.onset_s[rows],
                played.offset_s[rows],
                played.pitch[rows],
                played.velocity[rows].astype(np.float64),
                out,
                cents=performance.cents,
                release_s=release_s,
            )
    out *= np.float32(0.9 / max(float(np.abs(out).max()), 1e-6))
    columns = [played.onset_s, played.offset_s, piece.x, piece.pitch, played.velocity, program]
    return out, np.stack([np.asarray(column, np.float32) for column in columns])


def _as_pianist(written: Notes, random: np.random.Generator) -> Notes:
    """The notes as a pianist plays them, row i from row i."""
    change = _PIANIST.draw(random).apply(Music(written))
    return chosen_notes(change.music.notes, np.argsort(change.rows))


def instruments_of_staves(
    piece: Piece, banks: Mapping[str, Sequence[Bank]], random: np.random.Generator
) -> list[Bank]:
    """One bank a staff: mostly of the instrument that is written, else any."""
    words = list(piece.facts.instruments) or ["piano"]
    staves = int(piece.staff.max()) + 1
    words = (words + [words[-1]] * staves)[:staves]
    if random.random() < 0.3:
        words = [str(random.choice(list(banks)))] * staves
    choices = {word: banks.get(word) or banks["piano"] for word in dict.fromkeys(words)}
    # staves of one instrument sound on one instrument
    one_of = {word: many[int(random.integers(len(many)))] for word, many in choices.items()}
    return [one_of[word] for word in words]
