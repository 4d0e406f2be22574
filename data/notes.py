"""Notes in time: what a MIDI file and an engraved score have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DRUMS = -1
"""The program of a note on a drum channel."""


@dataclass(frozen=True)
class Notes:
    """Notes sorted by onset, one array entry a note.

    onset_s, offset_s: (n,) float64 seconds, offset_s > onset_s >= 0.
    pitch: (n,) int16 MIDI pitch 0..127.
    velocity: (n,) int16 1..127.
    program: (n,) int16 General MIDI program 0..127, or DRUMS.
    """

    onset_s: npt.NDArray[np.float64]
    offset_s: npt.NDArray[np.float64]
    pitch: npt.NDArray[np.int16]
    velocity: npt.NDArray[np.int16]
    program: npt.NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.pitch)

    @property
    def duration_s(self) -> float:
        """Seconds from 0 to the end of the last note; 0 without notes."""
        return float(self.offset_s.max()) if len(self) else 0.0
