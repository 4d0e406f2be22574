"""What can be wrong with a recording: unreadable, silent, clipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from unisono.data.errors import ReadError
from unisono.data.pairs.source import WAVEFORM_RATE
from unisono.data.readers.recording import open_recording

SILENT = 10 ** (-60 / 20)
"""Peak below which a recording counts as silent: -60 dB of full scale."""

CLIPPED_SHARE = 1e-3
"""Share of samples at full scale from which on a recording counts as clipped."""

_WINDOW_S = 10.0
_FULL_SCALE = 0.999


def fault_of_sound(path: Path) -> tuple[str, str, str] | None:
    """(level, kind, what) of a recording heard at its beginning, middle and end; None if fine."""
    try:
        recording = open_recording(path, WAVEFORM_RATE)
        spare = max(recording.duration_s - _WINDOW_S, 0.0)
        windows = [recording.read(start, _WINDOW_S) for start in sorted({0.0, spare / 2, spare})]
    except ReadError as error:
        return "error", "unreadable", error.reason
    sound = np.abs(np.concatenate(windows))
    if not len(sound) or sound.max() < SILENT:
        return "error", "silent", "no sound above -60 dB at its beginning, middle and end"
    clipped = float((sound >= _FULL_SCALE).mean())
    if clipped > CLIPPED_SHARE:
        return "note", "clipped", f"{100 * clipped:.1f} % of the samples are at full scale"
    return None
