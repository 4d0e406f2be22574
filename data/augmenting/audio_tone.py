"""The colour of a recording: equalisers and telephones. All filters run forward and backward.

That leaves every frequency where it was in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self, get_args

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import Range, Still, Waveform, log_uniform, uniform

Shape = Literal["low shelf", "high shelf", "peak"]


@dataclass(frozen=True)
class Band:
    """A shelf or a peak: centre or corner in Hz, gain in dB, quality (width of a peak)."""

    shape: Shape
    frequency_hz: float
    gain_db: float
    quality: float = 0.707


@dataclass(frozen=True)
class Equaliser(Still):
    """Shelves and peaks one after the other (biquads of Bristow-Johnson's cookbook)."""

    bands: tuple[Band, ...]

    @classmethod
    def draw(
        cls, random: np.random.Generator, *, bands: int = 4, gain_db: Range = (-12.0, 12.0)
    ) -> Self:
        """One to ``bands`` of them between 60 Hz and 10 kHz."""
        shapes = get_args(Shape)
        return cls(
            tuple(
                Band(
                    shapes[int(random.integers(len(shapes)))],
                    log_uniform(random, (60.0, 10_000.0)),
                    uniform(random, gain_db),
                    log_uniform(random, (0.5, 3.0)),
                )
                for _ in range(int(random.integers(1, bands + 1)))
            )
        )

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,); bands beyond 0.45 of the rate are left out."""
        sections = [
            _biquad(band, sample_rate)
            for band in self.bands
            if band.frequency_hz < 0.45 * sample_rate
        ]
        return _both_ways(np.array(sections), waveform) if sections else waveform.copy()


@dataclass(frozen=True)
class PhoneBand(Still):
    """What a telephone lets through, and its 8 bits on a logarithmic scale (G.711, mu-law).

    companding: whether samples are rounded to 255 steps of the mu-law.
    """

    low_hz: float = 300.0
    high_hz: float = 3400.0
    companding: bool = True

    @classmethod
    def draw(
        cls,
        random: np.random.Generator,
        *,
        low_hz: Range = (200.0, 400.0),
        high_hz: Range = (3000.0, 3800.0),
    ) -> Self:
        """Corners drawn evenly; companding three times in four."""
        low, high = uniform(random, low_hz), uniform(random, high_hz)
        return cls(low, high, bool(random.random() < 0.75))

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,)."""
        from scipy.signal import butter

        high = min(self.high_hz, 0.45 * sample_rate)
        # Third order each way makes sixth order together.
        sections = butter(3, [self.low_hz, high], "bandpass", fs=sample_rate, output="sos")
        heard = _both_ways(sections, waveform)
        return _companded(heard) if self.companding else heard


def _companded(waveform: Waveform) -> Waveform:
    peak = float(np.abs(waveform).max()) if len(waveform) else 0.0
    if peak == 0:
        return waveform
    mu = 255.0
    bent = np.sign(waveform) * np.log1p(mu * np.abs(waveform) / peak) / np.log1p(mu)
    steps = np.rint(bent * 127) / 127
    straight = np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(mu)) / mu
    return np.asarray(straight * peak, np.float32)


def _both_ways(sections: npt.NDArray[np.float64], waveform: Waveform) -> Waveform:
    """Filter forward and backward; silence lies before and after."""
    from scipy.signal import sosfilt

    if not len(waveform):
        return waveform.copy()
    forward = sosfilt(sections, waveform)
    return np.asarray(sosfilt(sections, forward[::-1])[::-1], np.float32)


def _biquad(band: Band, sample_rate: int) -> npt.NDArray[np.float64]:
    """Second-order section (6,) of half the gain, for it is run through twice."""
    a = 10 ** (band.gain_db / 2 / 40)
    angle = 2 * np.pi * band.frequency_hz / sample_rate
    cosine, alpha = np.cos(angle), np.sin(angle) / (2 * band.quality)
    if band.shape == "peak":
        b = (1 + alpha * a, -2 * cosine, 1 - alpha * a)
        c = (1 + alpha / a, -2 * cosine, 1 - alpha / a)
    else:
        sign = 1.0 if band.shape == "low shelf" else -1.0
        root = 2 * np.sqrt(a) * np.sin(angle) / 2 * np.sqrt(2)  # slope 1
        up, down = a + 1, a - 1
        b = (
            a * (up - sign * down * cosine + root),
            sign * 2 * a * (down - sign * up * cosine),
            a * (up - sign * down * cosine - root),
        )
        c = (
            up + sign * down * cosine + root,
            -sign * 2 * (down + sign * up * cosine),
            up + sign * down * cosine - root,
        )
    return np.asarray(np.array([*b, *c]) / c[0], np.float64)
