from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.towers.spectrogram import (
    BINS,
    FRAME_RATE,
    SAMPLE_RATE,
    log_frequency_spectrogram,
    spectrogram,
    stream_spectrogram,
)


def sine(frequency: float, seconds: float = 1.0) -> np.ndarray:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.sin(2 * np.pi * frequency * time).astype(np.float32)


@pytest.mark.parametrize("octaves", [-1, 0, 1, 2, 4])
def test_a_sine_peaks_in_its_bin(octaves: int) -> None:
    # 16 bins an octave from 58.27 Hz (B flat 1): 440 Hz lies 2 + 11/12 octaves above
    image = spectrogram(sine(440.0 * 2**octaves))
    expected = round(16 * (octaves + 2 + 11 / 12))
    assert abs(int(image[:, 10].argmax()) - expected) <= (1 if octaves < 0 else 0)


def test_a_full_scale_sine_has_magnitude_near_one() -> None:
    image = spectrogram(sine(440.0))
    assert 0.7 < np.expm1(image[:, 5:15].max()) / 100 < 1.5


def test_frames_are_centred_on_their_second() -> None:
    click = np.zeros(2 * SAMPLE_RATE, np.float32)
    click[SAMPLE_RATE] = 1.0
    image = spectrogram(click)
    assert image.shape == (BINS, 2 * FRAME_RATE + 1)
    energy = image.sum(axis=0)
    assert energy.argmax() == FRAME_RATE
    assert energy[: FRAME_RATE - 2].max() == energy[FRAME_RATE + 2 :].max() == 0


def test_silence_is_zero() -> None:
    assert not spectrogram(np.zeros(8_000, np.float32)).any()


@settings(max_examples=25)
@given(
    length=st.integers(0, 30_000),
    cuts=st.lists(st.integers(0, 30_000), max_size=8),
    seed=st.integers(0, 99),
)
def test_streaming_is_the_whole(length: int, cuts: list[int], seed: int) -> None:
    waveform = np.random.default_rng(seed).standard_normal(length).astype(np.float32) * 0.3
    blocks = np.split(waveform, sorted(min(cut, length) for cut in cuts))
    whole = spectrogram(waveform)
    assert whole.shape == (BINS, length // (SAMPLE_RATE // FRAME_RATE) + 1)
    streamed = np.concatenate(list(stream_spectrogram(blocks)), axis=1)
    assert streamed.shape == whole.shape
    np.testing.assert_allclose(streamed, whole, atol=1e-4)


@pytest.mark.parametrize("blocks", [[], [np.zeros(0, np.float32)]])
def test_nothing_is_one_silent_frame(blocks: list[np.ndarray]) -> None:
    (piece,) = stream_spectrogram(blocks)
    assert piece.shape == (BINS, 1)
    assert not piece.any()


def test_an_equaliser_scales_magnitudes() -> None:
    import torch

    padded = torch.from_numpy(np.pad(sine(440.0, 0.5), 1024))[None]
    gain = torch.full((1, BINS), 2.0)
    plain, louder = (log_frequency_spectrogram(padded, g) for g in (None, gain))
    np.testing.assert_allclose(louder.expm1(), 2 * plain.expm1(), rtol=1e-3, atol=1e-3)
