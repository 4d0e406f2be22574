"""A performance of notes: tempo, dynamics, timing, articulation, instruments and tuning.

Nothing sounds here: notes go in, the notes that are really played come out, row for row.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from unisono.data.notes import DRUMS, Notes
from unisono.data.sound.dynamics import Dynamics, highest_of_chords
from unisono.data.sound.families import draw_instruments
from unisono.data.sound.time_map import Rubato, TimeMap

LOWEST_A4_HZ, HIGHEST_A4_HZ = 430.0, 446.0

_SHORTEST_S = 0.03  # of a note that was written longer and is played staccato
_LEAST_S = 0.001  # of any note, also one that ends where it begins
_TIMING, _INSTRUMENTS = 2, 3  # streams of random numbers, so that one choice leaves others alone


@dataclass(frozen=True)
class Performance:
    """How notes are played; the default plays them as they are written.

    tempo: a drawn rubato, or a map given as (score second, performed second) points.
    dynamics: the velocity curve.
    spread_s: random timing of each note, also within chords (a standard deviation).
    melody_lead_s: how much earlier the highest note of a chord begins.
    articulation: length of notes in parts of the written one; 0.5 is staccato.
    pedal_s: how much longer each note sounds, as under a pedal.
    a4_hz: tuning, 430 to 446.
    instruments: (program, program that plays in its place) pairs.
    vary_instruments: whether a random instrument of its family plays for each program that
        ``instruments`` does not name; drums stay drums.
    seed: of all that is random here.
    """

    tempo: Rubato | TimeMap = field(default_factory=Rubato)
    dynamics: Dynamics = field(default_factory=Dynamics)
    spread_s: float = 0.0
    melody_lead_s: float = 0.0
    articulation: float = 1.0
    pedal_s: float = 0.0
    a4_hz: float = 440.0
    instruments: tuple[tuple[int, int], ...] = ()
    vary_instruments: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if not LOWEST_A4_HZ <= self.a4_hz <= HIGHEST_A4_HZ:
            raise ValueError(f"a4_hz is {self.a4_hz:g}; tunings go from 430 to 446 Hz")
        if not 0.05 <= self.articulation <= 4:
            raise ValueError(f"articulation is {self.articulation:g}; it goes from 0.05 to 4")
        if not (0 <= self.spread_s <= 1 and 0 <= self.melody_lead_s <= 1 and self.pedal_s >= 0):
            raise ValueError("spread_s and melody_lead_s go from 0 to 1 s, pedal_s from 0 up")
        if any(not 0 <= new <= 127 or not 0 <= old <= 127 for old, new in self.instruments):
            raise ValueError("instruments are pairs of General MIDI programs 0 to 127")

    @classmethod
    def draw(cls, random: np.random.Generator, *, vary_instruments: bool = True) -> Performance:
        """A performance unlike others, within what players do."""
        return cls(
            tempo=Rubato(
                stretch=float(np.exp(np.clip(random.normal(0, 0.18), -0.5, 0.5))),
                depth=float(random.uniform(0.0, 0.15)),
                phrase_s=float(random.uniform(1.5, 6.0)),
                seed=int(random.integers(1 << 31)),
            ),
            dynamics=Dynamics(
                level=float(random.normal(0, 8)),
                contrast=float(random.uniform(0.7, 1.2)),
                arc=float(random.uniform(3, 12)),
                arc_s=float(random.uniform(3, 10)),
                melody=float(random.uniform(0, 12)),
                accent=float(random.uniform(0, 6)),
                spread=float(random.uniform(1, 7)),
            ),
            spread_s=float(random.uniform(0.0, 0.02)),
            melody_lead_s=float(random.uniform(0.0, 0.03)) if random.random() < 0.5 else 0.0,
            articulation=float(random.uniform(0.55, 1.05)),
            pedal_s=float(random.uniform(0.2, 1.0)) if random.random() < 0.3 else 0.0,
            a4_hz=_draw_tuning(random),
            vary_instruments=vary_instruments,
            seed=int(random.integers(1 << 31)),
        )

    @property
    def cents(self) -> float:
        """How far the tuning is from 440 Hz."""
        return float(1200 * np.log2(self.a4_hz / 440.0))

    def time_map(self, end_s: float) -> TimeMap:
        """Score seconds to performed seconds, before the timing of single notes."""
        return self.tempo if isinstance(self.tempo, TimeMap) else self.tempo.time_map(end_s)

    def play(self, notes: Notes) -> Notes:
        """The notes as they are played, row i from row i; timing may change their order in time.

        Nothing begins before second 0. Staccato leaves 30 ms of a note that was longer; drums
        keep their length.
        """
        time = self.time_map(notes.duration_s)
        onset, offset = time(notes.onset_s), time(notes.offset_s)
        drums = notes.program == DRUMS
        written = offset - onset
        length = written * np.where(drums, 1.0, self.articulation)
        length = np.maximum(length + np.where(drums, 0.0, self.pedal_s), _LEAST_S)
        if self.spread_s:
            random = np.random.default_rng([self.seed, _TIMING])
            onset = onset + random.normal(0, self.spread_s, len(notes))
        if self.melody_lead_s:
            onset = onset - self.melody_lead_s * highest_of_chords(notes)
        onset = np.maximum(onset, 0.0)
        return replace(
            notes,
            onset_s=onset,
            offset_s=onset + np.maximum(length, np.minimum(written, _SHORTEST_S)),
            velocity=self.dynamics.velocities(notes, self.seed),
            program=self._programs(notes.program),
        )

    def _programs(self, programs: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        present = np.unique(programs).tolist()
        chosen = {program: program for program in present}
        if self.vary_instruments:
            random = np.random.default_rng([self.seed, _INSTRUMENTS])
            chosen |= draw_instruments(present, random)
        chosen |= {old: new for old, new in self.instruments if old in chosen}
        new = np.array([chosen[program] for program in present], np.int16)
        return new[np.searchsorted(present, programs)]


def _draw_tuning(random: np.random.Generator) -> float:
    """Every other time near 440 Hz, else anything that orchestras and old pianos play at."""
    if random.random() < 0.5:
        return float(random.uniform(LOWEST_A4_HZ, HIGHEST_A4_HZ))
    return float(np.clip(random.normal(440.0, 1.5), LOWEST_A4_HZ, HIGHEST_A4_HZ))
