"""How loud each note is played: phrases that swell, a melody that stands out, chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.notes import DRUMS, Notes
from unisono.data.sound.time_map import wander

_MIDDLE = 64.0


@dataclass(frozen=True)
class Dynamics:
    """A velocity curve; the default leaves every velocity as it is.

    level: added to all velocities.
    contrast: distances from velocity 64 are multiplied by it; 0 plays everything alike.
    arc: how far phrases swell and fade (a standard deviation of velocity).
    arc_s: score seconds from one phrase to the next.
    melody: added to the highest note that begins at a time where several do.
    accent: added to notes that begin after a pause (0.3 s without an onset) or with a bass.
    spread: random velocity of each note (a standard deviation).
    curve: (score second, velocity to add) pairs, straight between them, level beyond the ends.
    """

    level: float = 0.0
    contrast: float = 1.0
    arc: float = 0.0
    arc_s: float = 6.0
    melody: float = 0.0
    accent: float = 0.0
    spread: float = 0.0
    curve: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        seconds = np.array([second for second, _ in self.curve])
        if (np.diff(seconds) <= 0).any() or not np.isfinite(np.array(self.curve)).all():
            raise ValueError("the seconds of a velocity curve must rise")
        if self.arc < 0 or self.spread < 0 or self.arc_s < 0.1:
            raise ValueError("arc and spread must not be negative, arc_s at least 0.1 s")

    def velocities(self, notes: Notes, seed: int) -> npt.NDArray[np.int16]:
        """Velocity 1..127 of each note, (n,)."""
        velocity = _MIDDLE + (notes.velocity - _MIDDLE) * self.contrast + self.level
        order = np.argsort(notes.onset_s, kind="stable")
        if self.arc:
            swell = np.empty(len(notes))
            swell[order] = wander(np.maximum(notes.onset_s[order], 0.0), self.arc_s, seed)
            velocity = velocity + self.arc * swell
        if self.curve:
            seconds, added = np.array(self.curve).T
            velocity = velocity + np.interp(notes.onset_s, seconds, added)
        if self.melody:
            velocity = velocity + self.melody * highest_of_chords(notes)
        if self.accent:
            velocity = velocity + self.accent * _after_pauses(notes, order)
        if self.spread:
            random = np.random.default_rng([seed, 1])
            velocity = velocity + random.normal(0, self.spread, len(notes))
        return np.asarray(np.clip(np.rint(velocity), 1, 127), np.int16)


def highest_of_chords(notes: Notes) -> npt.NDArray[np.bool_]:
    """Which note is the highest of two or more that begin together, drums left out; (n,)."""
    return _ends_of_chords(notes, highest=True)


def _ends_of_chords(notes: Notes, *, highest: bool) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(notes), bool)
    rows = np.flatnonzero(notes.program != DRUMS)
    # together: in the same fiftieth of a second
    moment = np.rint(notes.onset_s[rows] / 0.02).astype(np.int64)
    height = notes.pitch[rows].astype(np.int64) * (1 if highest else -1)
    order = np.lexsort((height, moment))
    last = np.append(np.diff(moment[order]) > 0, True)[: len(rows)]
    alone = last & np.concatenate([[True], last[:-1]])[: len(rows)]
    found[rows[order[last & ~alone]]] = True
    return found


def _after_pauses(notes: Notes, order: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    found = _ends_of_chords(notes, highest=False)
    onset = notes.onset_s[order]
    starts = np.unique(onset)
    after = starts[np.concatenate([[True], np.diff(starts) > 0.3])]
    return found | np.isin(notes.onset_s, after)
