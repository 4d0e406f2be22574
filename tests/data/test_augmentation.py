from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.data.augmentation import augment_strip, augment_waveform, draw_equaliser
from unisono.data.augmenting.strip import scanned_strip

TIME = np.arange(32_000) / 16_000
TONE = (0.3 * np.sin(2 * np.pi * 440 * TIME)).astype(np.float32)


def strip() -> np.ndarray:
    ink = np.zeros((128, 256), np.uint8)
    ink[56:74:4] = 220
    ink[50:80, 100:104] = 255
    return ink


@settings(max_examples=15)
@given(seed=st.integers(0, 1 << 20))
def test_a_strip_stays_one(seed: int) -> None:
    ink = strip()
    seen = augment_strip(ink, np.random.default_rng(seed)).ink
    assert seen.shape == ink.shape
    assert seen.dtype == np.float32
    assert 0 <= seen.min() <= seen.max() <= 1
    np.testing.assert_array_equal(ink, strip())
    # thin lines may fade as in a bad scan, but what is thick stays readable
    paper = np.median(np.concatenate([seen[:30], seen[100:]]))
    assert np.quantile(seen[56:74, 85:120], 0.95) > paper + 0.2


@settings(max_examples=30)
@given(seed=st.integers(0, 1 << 20), column=st.integers(30, 225))
def test_a_strip_says_where_its_columns_went(seed: int, column: int) -> None:
    ink = np.zeros((128, 256), np.uint8)
    ink[50:78, column - 4 : column + 5] = 255
    changed = augment_strip(ink, np.random.default_rng(seed))
    profile = np.convolve(changed.ink[52:76].sum(axis=0), np.ones(9), mode="same")
    assert abs(int(profile.argmax()) - float(changed.columns(column))) < 3.0


@settings(max_examples=15)
@given(seed=st.integers(0, 1 << 20))
def test_a_waveform_stays_one(seed: int) -> None:
    before = TONE.copy()
    heard = augment_waveform(TONE, np.random.default_rng(seed))
    assert heard.shape == TONE.shape
    assert heard.dtype == np.float32
    assert np.abs(heard).max() <= 1
    np.testing.assert_array_equal(TONE, before)
    spectrum = np.abs(np.fft.rfft(heard[4000:20_000]))
    assert abs(int(spectrum[200:].argmax()) + 200 - 440) <= 1  # a hertz a bin


@pytest.mark.parametrize("change", [augment_strip, augment_waveform])
def test_the_same_generator_the_same_change(change) -> None:  # type: ignore[no-untyped-def]
    given_ = strip() if change is augment_strip else TONE
    changed = [change(given_, np.random.default_rng(seed)) for seed in (4, 4, 5)]
    first, second, other = (getattr(one, "ink", one) for one in changed)
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_silence_is_no_division_by_zero() -> None:
    for seed in range(20):
        heard = augment_waveform(np.zeros(8_000, np.float32), np.random.default_rng(seed))
        assert np.isfinite(heard).all()


def test_an_equaliser_is_gentle_and_smooth() -> None:
    random = np.random.default_rng(0)
    gains = np.stack([draw_equaliser(112, random) for _ in range(60)])
    decibels = 20 * np.log10(gains)
    assert gains.dtype == np.float32
    assert np.abs(decibels).max() <= 8.001
    assert np.abs(np.diff(decibels, axis=1)).max() < 16 / 27
    flat = (decibels == 0).all(axis=1)
    assert 0 < flat.sum() < 60


@settings(max_examples=15)
@given(seed=st.integers(0, 1 << 20))
def test_a_scanner_moves_nothing_and_leaves_what_is_thick(seed: int) -> None:
    ink = strip()
    ink[20:36, 200:216] = 255  # a blot as large as four note heads
    seen = scanned_strip(ink, np.random.default_rng(seed))
    assert seen.shape == ink.shape
    assert seen.dtype == np.float32
    assert 0 <= seen.min() <= seen.max() <= 1
    assert seen[22:34, 202:214].mean() > 0.6
    around = np.concatenate([seen[10:16, 190:230], seen[40:46, 190:230]])
    assert around.mean() < 0.3
    rows, columns = np.nonzero(seen[10:46, 190:226] > 0.5)
    assert abs(float(np.median(rows)) + 10 - 27.5) < 2
    assert abs(float(np.median(columns)) + 190 - 207.5) < 2
