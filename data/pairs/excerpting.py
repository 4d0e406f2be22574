"""One side of a pair taken from material: at a place, as it is or augmented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.augmentation import (
    EQUALISER_BINS,
    augment_strip,
    augment_waveform,
    draw_equaliser,
)
from unisono.data.errors import ReadError
from unisono.data.excerpts import STRIP_WIDTH
from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pairs.crops import crop_notes, crop_picture, crop_strip
from unisono.data.pairs.material import Material, length_of
from unisono.data.pairs.source import WAVEFORM_RATE, Side, SourceError
from unisono.data.readers.recording import Recording

LONGEST_COLUMNS = 4096
"""Columns of a strip that is taken from its beginning."""

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Length:
    """How long excerpts are.

    seconds: of recordings and MIDI, shorter ones ending in silence; strips are cut to
        ``STRIP_WIDTH`` columns then. 0 takes what there is from the beginning: up to
        ``longest_s`` seconds, or ``LONGEST_COLUMNS`` columns.
    """

    seconds: float
    longest_s: float

    def window(self, material: Material) -> float:
        """Seconds or columns of an excerpt of this material; 0 where it has no length."""
        if isinstance(material, np.ndarray) and material.ndim == 2:
            return float(STRIP_WIDTH if self.seconds else min(LONGEST_COLUMNS, material.shape[1]))
        return self.seconds or min(self.longest_s, length_of(material))


def choose_place(
    material: Material, length: Length, random: np.random.Generator | None, end: float | None = None
) -> float:
    """Where an excerpt begins: anywhere at random, or so that it is the middle; 0 for all of it.

    end: the last second or column that an excerpt may reach, the material's end if None. A MIDI
    excerpt without notes is moved to the note nearest to it.
    """
    if not length.seconds:
        return 0.0
    window = length.window(material)
    end = length_of(material) if end is None else end
    spare = max(end - window, 0.0)
    start = spare / 2 if random is None else random.uniform(0, spare)
    if isinstance(material, Notes):
        sounding = (material.onset_s < start + window) & (material.offset_s > start)
        if not sounding.any():
            nearest = np.argmin(np.abs(material.onset_s - start - window / 2))
            start = min(max(float(material.onset_s[nearest]) - window / 2, 0.0), spare)
    return start


def take_side(
    modality: Modality,
    material: Material,
    start: float,
    length: Length,
    random: np.random.Generator | None,
    identity: str,
) -> Side:
    """The excerpt from ``start`` on, augmented unless ``random`` is None.

    Raises SourceError for a recording that cannot be decoded there.
    """
    window = length.window(material)
    if isinstance(material, Notes):
        return Side(modality, crop_notes(material, start, window), identity, duration_s=window)
    if isinstance(material, tuple):
        text = material[0 if random is None else int(random.integers(len(material)))]
        return Side(modality, text, text)
    if not isinstance(material, np.ndarray):
        return _take_sound(material, start, window, random, identity)
    if modality is Modality.COVER:
        picture = np.asarray(material, np.float32)
        return Side(
            modality, picture if random is None else crop_picture(picture, random), identity
        )
    ink = crop_strip(np.asarray(material, np.uint8), round(start), round(window))
    plain = ink.astype(np.float32) / np.float32(255)
    return Side(modality, plain if random is None else augment_strip(ink, random).ink, identity)


def _take_sound(
    recording: Recording,
    start: float,
    window: float,
    random: np.random.Generator | None,
    identity: str,
) -> Side:
    try:
        waveform = recording.read(start, window)
    except ReadError as error:
        raise SourceError(str(error)) from error
    waveform = np.pad(waveform, (0, max(0, round(window * WAVEFORM_RATE) - len(waveform))))
    if random is None:
        return Side(Modality.AUDIO, waveform, identity)
    changed = augment_waveform(waveform, random)
    equaliser = draw_equaliser(EQUALISER_BINS, random)
    return Side(Modality.AUDIO, changed, identity, equaliser=equaliser)
