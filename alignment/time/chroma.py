"""Chroma and chroma onsets: what sounds and what begins, octaves folded into twelve classes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

CLASSES = 12


def folded(bands: FloatArray, lowest: int) -> FloatArray:
    """Sum the bands (n, b) of equal pitch class; the first band is MIDI pitch ``lowest``.

    Returns: (n, 12), C first.
    """
    chroma = np.zeros((len(bands), CLASSES), np.float32)
    for band in range(bands.shape[1]):
        chroma[:, (lowest + band) % CLASSES] += bands[:, band]
    return chroma


def chroma(energies: FloatArray, lowest: int, compression: float) -> FloatArray:
    """Unit chroma vectors (n, 12) of band energies (n, b); what is silent gets equal parts.

    Energies are log(1 + compression * e / loudest), Müller 2015, equation 3.5, after folding.
    """
    classes = folded(energies, lowest)
    classes = np.log1p(
        np.float32(compression) * classes / max(1e-20, float(classes.max(initial=0)))
    )
    return unit_rows(classes, 1e-3)


def unit_rows(vectors: FloatArray, threshold: float) -> FloatArray:
    """Rows at unit length; rows shorter than ``threshold`` become equal parts."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    equal = np.float32(1 / np.sqrt(vectors.shape[1]))
    return np.where(lengths > threshold, vectors / np.maximum(lengths, 1e-20), equal).astype(
        np.float32
    )


def downsampled(vectors: FloatArray, factor: int, width: int) -> FloatArray:
    """Mean of ``width`` rows (Hann) around every ``factor``-th, at unit length.

    As CENS, Müller, Kurth and Clausen 2005, without the quantisation. width: odd.
    """
    window = np.hanning(width + 2)[1:-1].astype(np.float32)
    padded = np.pad(vectors, ((width // 2, width // 2), (0, 0)))
    view = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0)[::factor]
    return unit_rows(view @ (window / window.sum()), 1e-3)


def decaying_onsets(
    onsets: FloatArray,
    lowest: int,
    hop_s: float,
    *,
    neighbourhood_s: float = 0.8,
    decay_s: float = 0.2,
    quietest: float = 0.1,
) -> FloatArray:
    """DLNCO features (n, 12) of the onsets (n, b) of bands.

    Ewert, Müller and Grosche, "High resolution audio synchronization using chroma onset
    features", 2009, section 3: onsets are folded, divided by the largest norm within
    ``neighbourhood_s`` around them (at least ``quietest`` of the norm that few exceed), and
    fade over ``decay_s`` like sqrt(1 / k) in the k-th frame.
    """
    from scipy.ndimage import maximum_filter1d

    classes = folded(onsets, lowest)
    norms = np.linalg.norm(classes, axis=1)
    typical = float(np.quantile(norms[norms > 0], 0.9)) if (norms > 0).any() else 1.0
    around = maximum_filter1d(norms, 2 * round(neighbourhood_s / hop_s / 2) + 1)
    classes /= np.maximum(around, np.float32(quietest * typical))[:, None]
    fading = classes.copy()
    for k in range(1, round(decay_s / hop_s)):
        np.maximum(fading[k:], classes[:-k] * np.float32(np.sqrt(1 / (k + 1))), out=fading[k:])
    return fading
