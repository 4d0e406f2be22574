"""When the recording is at given seconds of the score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.alignment import Alignment

Floats = npt.NDArray[np.float64]


def recording_times(alignment: Alignment, score_s: npt.ArrayLike) -> Floats:
    """Seconds of the recording (n,) at seconds of the score (n,), later for what is later.

    What lies before the first or after the last aligned moment goes on at the pace of the whole,
    but not before the recording begins.
    Raises ValueError for pages, which have no seconds.
    """
    asked = np.asarray(score_s, np.float64)
    first, last = (
        alignment.score.place_at(float(at)).score_s for at in alignment.positions[[0, -1]]
    )
    if first is None or last is None:
        raise ValueError("pages have no seconds")
    starts_s, ends_s = float(alignment.recording_s[0]), float(alignment.recording_s[-1])
    pace = (ends_s - starts_s) / (last - first) if last > first else 1.0
    found = np.array([alignment.to_recording(float(at)) for at in asked], np.float64)
    found = np.where(asked < first, starts_s - (first - asked) * pace, found)
    found = np.maximum(np.where(asked > last, ends_s + (asked - last) * pace, found), 0.0)
    order = np.argsort(asked, kind="stable")
    found[order] = np.maximum.accumulate(found[order])
    return found


def confidences_at(alignment: Alignment, recording_s: npt.ArrayLike) -> Floats:
    """Confidence 0..1 at seconds of the recording, any shape."""
    found: Floats = np.interp(
        np.asarray(recording_s, np.float64), alignment.recording_s, alignment.confidences
    )
    return found
