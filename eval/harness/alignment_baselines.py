"""What an alignment is measured beside: a straight line, chroma alone, and Sync Toolbox."""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.chroma import chroma, unit_rows
from unisono.alignment.time.cost_blocks import CosineCost
from unisono.alignment.time.dtw import dtw
from unisono.alignment.time.note_alignment import pairs_of_path, pooled, sounding
from unisono.alignment.time.pitch_features import (
    LOWEST,
    SAMPLE_RATE,
    PitchFeatures,
    features_of_audio,
    features_of_notes,
)
from unisono.data.notes import Notes
from unisono.data.readers.audio import read_audio, read_blocks

Floats = npt.NDArray[np.float64]

SILENCE_DB = 45.0
_POOLED = 5
"""Frames of 20 ms, for chroma alone."""
TOOLBOX_RATE = 22_050


@dataclass(frozen=True)
class Heard:
    """A recording as baselines read it, and the notes of its score."""

    recording: Path
    notes: Notes
    features: PitchFeatures

    @classmethod
    def of(cls, recording: Path, notes: Notes) -> Heard:
        """Read a recording. Raises ReadError."""
        return cls(recording, notes, features_of_audio(read_blocks(recording, SAMPLE_RATE)))


Pairs = tuple[Floats, Floats]
"""Seconds of the score and of the recording, both rising."""


def sounding_s(features: PitchFeatures) -> tuple[float, float]:
    """Seconds at which a recording begins and ends to sound."""
    start, stop = sounding(features, SILENCE_DB, 0.0)
    return start * features.hop_s, stop * features.hop_s


def linear(heard: Heard) -> Pairs:
    """The score stretched evenly between the first and the last sound of the recording."""
    notes = heard.notes
    return (
        np.array([notes.onset_s.min(), notes.duration_s]),
        np.array(sounding_s(heard.features)),
    )


def chroma_alone(heard: Heard) -> Pairs:
    """Plain dynamic time warping of chroma, ten frames a second.

    Müller, "Fundamentals of Music Processing", 2015, section 3.2.
    """
    score = features_of_notes(heard.notes)
    vectors = []
    for side in (heard.features, score):
        classes = chroma(side.energies, LOWEST, 30.0)
        vectors.append(unit_rows(pooled(classes, _POOLED), 1e-3))
    rows, columns = pairs_of_path(dtw(CosineCost(*vectors)).path)
    # A pooled frame speaks of its middle.
    hop, middle = score.hop_s * _POOLED, score.hop_s * (_POOLED - 1) / 2
    return columns * hop + middle, rows * hop + middle


def sync_toolbox(heard: Heard) -> Pairs:
    """``mrmsdtw`` of a recording on disk."""
    return mrmsdtw(read_audio(heard.recording, TOOLBOX_RATE), heard.notes)


def mrmsdtw(waveform: npt.NDArray[np.float32], notes: Notes) -> Pairs:
    """MrMsDTW of chroma and DLNCO as Sync Toolbox has it (Müller et al., JOSS 2021).

    waveform: (samples,) at ``TOOLBOX_RATE``.
    """
    import pandas as pd
    from synctoolbox.dtw.mrmsdtw import sync_via_mrmsdtw
    from synctoolbox.dtw.utils import make_path_strictly_monotonic
    from synctoolbox.feature.chroma import pitch_to_chroma, quantize_chroma
    from synctoolbox.feature.csv_tools import df_to_pitch_features, df_to_pitch_onset_features
    from synctoolbox.feature.dlnco import pitch_onset_features_to_DLNCO
    from synctoolbox.feature.pitch import audio_to_pitch_features
    from synctoolbox.feature.pitch_onset import audio_to_pitch_onset_features
    from synctoolbox.feature.utils import estimate_tuning

    sound = waveform.astype(np.float64)
    rows: Any = pd.DataFrame(
        {
            "start": notes.onset_s,
            "duration": notes.offset_s - notes.onset_s,
            "pitch": notes.pitch,
            "velocity": notes.velocity / 127,
            "instrument": "piano",
        }
    )
    with contextlib.redirect_stdout(io.StringIO()):
        tuning = estimate_tuning(sound, TOOLBOX_RATE)
        pitches = (
            audio_to_pitch_features(sound, TOOLBOX_RATE, 50, tuning_offset=tuning),
            df_to_pitch_features(rows, 50),
        )
        onsets = (
            audio_to_pitch_onset_features(sound, TOOLBOX_RATE, tuning_offset=tuning),
            df_to_pitch_onset_features(rows),
        )
        chromas = [quantize_chroma(pitch_to_chroma(side)) for side in pitches]
        decaying = [
            pitch_onset_features_to_DLNCO(side, of.shape[1])
            for side, of in zip(onsets, chromas, strict=True)
        ]
        path = sync_via_mrmsdtw(
            f_chroma1=chromas[0],
            f_onset1=decaying[0],
            f_chroma2=chromas[1],
            f_onset2=decaying[1],
            input_feature_rate=50,
            step_weights=np.array([1.5, 1.5, 2.0]),
            threshold_rec=10**6,
        )
        path = make_path_strictly_monotonic(path)
    return path[1] / 50, path[0] / 50


def baselines() -> Mapping[str, Callable[[Heard], Pairs]]:
    """By name; Sync Toolbox where it is installed."""
    found: dict[str, Callable[[Heard], Pairs]] = {
        "linear stretch": linear,
        "chroma DTW": chroma_alone,
    }
    if not lacks_sync_toolbox():
        found["Sync Toolbox MrMsDTW"] = sync_toolbox
    return found


def lacks_sync_toolbox() -> str:
    """Why there is no row of Sync Toolbox; nothing where there is one."""
    try:
        importlib.import_module("synctoolbox.dtw.mrmsdtw")
    except ImportError as error:
        lacking = error.name or "synctoolbox"
        return f"no row of Sync Toolbox, as {lacking} is not installed: pip install synctoolbox"
    return ""
