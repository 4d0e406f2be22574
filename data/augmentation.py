"""What happens to music on its way to us: scanners, rooms, microphones.

Every function takes a ``numpy.random.Generator`` and returns a changed copy. Moments of a waveform
stay where they are; a strip says where its columns went.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.strip import scanned_strip

EQUALISER_BINS = 112
"""Gains of an equaliser: one for every row of the log-frequency spectrogram."""

_SCANNED = 0.6
"""Share of strips that go through a scanner; the others are changed at their own size."""

_ASTRAY = 0.06
"""Share of strips whose staves were not levelled well."""

Ink = npt.NDArray[np.uint8]
Waveform = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ChangedStrip:
    """A strip as another scan or photo would show it.

    ink: (h, w) float32, 0..1. warp: (2, 3), old pixels (x, y, 1) to new ones.
    """

    ink: npt.NDArray[np.float32]
    warp: npt.NDArray[np.float64]

    def columns(self, old: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Where columns of the strip given lie now, at half its height."""
        middle = self.warp[0, 1] * self.ink.shape[0] / 2 + self.warp[0, 2]
        return np.asarray(self.warp[0, 0] * np.asarray(old, np.float64) + middle, np.float32)

    def points(self, x: npt.ArrayLike, y: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """(2, n): where points (n,) of the strip given lie now, columns and rows."""
        old = np.stack([np.asarray(x, np.float64), np.asarray(y, np.float64)])
        return np.asarray(self.warp[:, :2] @ old + self.warp[:, 2:], np.float64)


def augment_strip(ink: Ink, random: np.random.Generator) -> ChangedStrip:
    """A crop of a strip (h, w) uint8 as another scan or photo of it would look."""
    import cv2

    warp = _draw_warp(ink.shape, random)
    height, width = ink.shape
    warped = cv2.warpAffine(ink, warp, (width, height), flags=cv2.INTER_LINEAR)
    if random.random() < _SCANNED:
        image = scanned_strip(np.asarray(warped, np.uint8), random)
    else:
        image = _printed(np.asarray(warped, np.uint8), random)
    image = image * random.uniform(0.6, 1.15) + random.uniform(-0.03, 0.05)
    return ChangedStrip(np.asarray(np.clip(image, 0.0, 1.0), np.float32), warp)


def _printed(ink: Ink, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Thicker or thinner, softer, of two levels, noisy: changes at the size of the strip."""
    import cv2

    image: npt.NDArray[np.float32] = ink.astype(np.float32) / 255.0
    if random.random() < 0.35:  # thick or thin ink
        kernel = np.ones((2, 2), np.uint8) if random.random() < 0.5 else np.ones((1, 2), np.uint8)
        thick = random.random() < 0.6
        changed = np.asarray(cv2.dilate(image, kernel) if thick else cv2.erode(image, kernel))
        image = image + random.uniform(0.2, 0.8) * (changed - image)
    if random.random() < 0.4:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.2)), np.float32)
    if random.random() < 0.25:  # bi-level scan
        level = random.uniform(0.25, 0.55)
        image = np.clip((image - level) * random.uniform(4, 12) + 0.5, 0, 1)
    if random.random() < 0.4:
        noise = random.normal(0, random.uniform(0.01, 0.12), image.shape)
        image = image + noise.astype(np.float32)
    if random.random() < 0.15:
        image = _specks(image, random)
    return image


def _draw_warp(shape: tuple[int, ...], random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Wider or narrower, a little aslant, up or down: (2, 3), old pixels to new ones.

    Staves stay where ``pages.level`` puts them but for what its faults are, now and then large.
    """
    height, width = shape
    astray = random.random() < _ASTRAY
    stretch = random.uniform(0.82, 1.2)
    zoom = random.uniform(0.9, 1.1) if astray else 1 + random.normal(0, 0.006)
    up = random.uniform(-6, 6) if astray else random.normal(0, 0.5)
    matrix = np.array(
        [
            [stretch, random.normal(0, 0.02), 0.0],
            [random.normal(0, 0.006 if astray else 0.0015), zoom, 0.0],
        ]
    )
    centre = np.array([width / 2, height / 2])
    matrix[:, 2] = centre - matrix[:, :2] @ centre + [0.0, up]
    return matrix


def _specks(image: npt.NDArray[np.float32], random: np.random.Generator) -> npt.NDArray[np.float32]:
    count = random.integers(5, 60)
    rows = random.integers(0, image.shape[0], count)
    columns = random.integers(0, image.shape[1], count)
    image = image.copy()
    image[rows, columns] = random.uniform(0, 1, count)
    return image


def augment_waveform(waveform: Waveform, random: np.random.Generator) -> Waveform:
    """A waveform (samples,) at 16 kHz as another room and microphone would give it."""
    from scipy.signal import fftconvolve

    result = waveform
    if random.random() < 0.5:
        response = _room_response(random)
        result = fftconvolve(result, response)[: len(waveform)].astype(np.float32)
    level = float(np.sqrt(np.mean(result**2))) + 1e-5
    if random.random() < 0.5:
        noise_level = level * 10 ** (-random.uniform(12, 50) / 20)
        noise = random.standard_normal(len(result), dtype=np.float32)
        if random.random() < 0.5:  # towards brown noise
            noise = np.cumsum(noise) / 30.0
            noise -= noise.mean()
        result = result + noise_level * noise
    # renderers and field recordings are far below what is released, which is near full scale
    gain = 10 ** (random.uniform(-50, -8) / 20) / level
    return np.asarray(np.clip(result * gain, -1.0, 1.0), np.float32)


def _room_response(random: np.random.Generator) -> Waveform:
    """Direct sound and an exponentially decaying noise tail (Moorer 1979)."""
    decay_s = random.uniform(0.15, 1.8)
    length = int(16_000 * min(decay_s, 1.2))
    time = np.arange(length, dtype=np.float32) / 16_000
    tail = random.standard_normal(length, dtype=np.float32) * np.exp(-6.9 * time / decay_s)
    tail *= random.uniform(0.02, 0.6) / np.sqrt(np.sum(tail**2))
    tail[0] += 1.0
    return np.asarray(tail, np.float32)


def draw_equaliser(bins: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Gains (bins,) of a gentle equaliser: drawn at five points, interpolated between them."""
    decibels = random.uniform(-8, 8, 5) if random.random() < 0.5 else np.zeros(5)
    smooth = np.interp(np.linspace(0, 4, bins), np.arange(5), decibels)
    return (10 ** (smooth / 20)).astype(np.float32)
