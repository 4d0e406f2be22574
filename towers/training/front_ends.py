"""Sides of pairs into the inputs of a tower: spectrogram, piano roll, padding, anchors.

Front ends run in the loader's workers, beside the training itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from unisono.data.notes import Notes
from unisono.data.pairs.source import WAVEFORM_RATE, Side
from unisono.towers import piano_roll, spectrogram
from unisono.towers.cover import COVER_SIZE
from unisono.towers.training.inputs import Inputs
from unisono.towers.training.note_targets import note_targets, output_columns

if TYPE_CHECKING:
    from unisono.towers.sentences import SentenceCache

FloatArray = npt.NDArray[np.float32]
FrontEnd = Callable[[Sequence[Side]], Inputs]
"""Makes one batch of sides of one modality."""

_HALF_WINDOW = spectrogram.WINDOW // 2


@dataclass(frozen=True)
class SpectrogramFrontEnd:
    """Recordings for the default audio tower: (B, 1, BINS, T).

    stride: input columns to an output column; T is a multiple of ``multiple``.
    """

    stride: int = 2
    multiple: int = 4

    def __call__(self, sides: Sequence[Side]) -> Inputs:
        """Make the batch."""
        seconds = [_heard_s(side) for side in sides]
        frames = [max(1, int(one * spectrogram.FRAME_RATE + 1e-6)) for one in seconds]
        length = _multiple(max(frames), self.multiple)
        seen = [
            _frames(side, _multiple(count, self.stride), length)
            for side, count in zip(sides, frames, strict=True)
        ]
        sound = spectrogram.spectrogram_of_frames(torch.stack(seen), _gains(sides))
        return Inputs(
            arrays=sound.unsqueeze(1).contiguous(),
            lengths=_lengths(frames, length, self.stride),
            anchors=_anchors(sides, spectrogram.FRAME_RATE, self.stride, length),
            targets=note_targets(sides, spectrogram.FRAME_RATE, self.stride, length // self.stride),
        )


@dataclass(frozen=True)
class RollFrontEnd:
    """Notes for the MIDI tower: (B, 2, ROWS, T) and the families; strides as for sound."""

    stride: int = 2
    multiple: int = 4

    def __call__(self, sides: Sequence[Side]) -> Inputs:
        """Make the batch."""
        notes = [notes_of(side) for side in sides]
        seconds = [s.duration_s or n.duration_s for s, n in zip(sides, notes, strict=True)]
        frames = [max(1, int(duration * piano_roll.FRAME_RATE)) for duration in seconds]
        length = _multiple(max(frames), self.multiple)
        rolls = [piano_roll.piano_roll(one, 0.0, length) for one in notes]
        return Inputs(
            arrays=torch.from_numpy(np.stack([roll for roll, _ in rolls])),
            extra=torch.from_numpy(np.stack([families for _, families in rolls])),
            lengths=_lengths(frames, length, self.stride),
            anchors=_anchors(sides, piano_roll.FRAME_RATE, self.stride, length),
        )


@dataclass(frozen=True)
class StripFrontEnd:
    """Ink for the sheet tower: (B, 1, STRIP_HEIGHT, T); strides as for sound."""

    stride: int = 4
    multiple: int = 8

    def __call__(self, sides: Sequence[Side]) -> Inputs:
        """Make the batch."""
        strips = [array_of(side) for side in sides]
        widths = [strip.shape[1] for strip in strips]
        length = _multiple(max(widths), self.multiple)
        padded = [np.pad(s, ((0, 0), (0, length - s.shape[1]))) for s in strips]
        return Inputs(
            arrays=torch.from_numpy(np.stack(padded)).unsqueeze(1),
            lengths=_lengths(widths, length, self.stride),
            anchors=_anchors(sides, 1.0, self.stride, length),
            targets=note_targets(sides, 1.0, self.stride, length // self.stride),
        )


@dataclass(frozen=True)
class PictureFrontEnd:
    """Pictures (B, 3, size, size) in 0..1 for cover towers."""

    size: int = COVER_SIZE

    def __call__(self, sides: Sequence[Side]) -> Inputs:
        """Make the batch."""
        pictures = []
        for side in sides:
            picture = torch.from_numpy(array_of(side))[None]
            if picture.shape[2:] != (self.size, self.size):
                picture = functional.interpolate(picture, (self.size, self.size), mode="area")
            pictures.append(picture)
        return Inputs(torch.cat(pictures))


@dataclass(frozen=True)
class WaveformFrontEnd:
    """Recordings (B, samples) at the rate of a foreign audio backbone."""

    sample_rate: int

    def __call__(self, sides: Sequence[Side]) -> Inputs:
        """Make the batch; shorter recordings are filled up with silence."""
        import soxr

        waveforms = [
            soxr.resample(array_of(side), WAVEFORM_RATE, self.sample_rate, quality="HQ")
            for side in sides
        ]
        longest = max(len(waveform) for waveform in waveforms)
        padded = [np.pad(w, (0, longest - len(w))).astype(np.float32) for w in waveforms]
        return Inputs(torch.from_numpy(np.stack(padded)))


@dataclass(frozen=True)
class StripPictureFrontEnd:
    """Windows of the strip as pictures, black on white, for foreign sheet backbones."""

    width: int

    def __call__(self, sides: Sequence[Side]) -> Inputs:
        """Make the batch from the middle ``width`` columns of each strip."""
        windows = []
        for side in sides:
            ink = array_of(side)
            start = max(0, (ink.shape[1] - self.width) // 2)
            window = ink[:, start : start + self.width]
            windows.append(np.pad(window, ((0, 0), (0, self.width - window.shape[1]))))
        return Inputs(1.0 - torch.from_numpy(np.stack(windows))[:, None].repeat(1, 3, 1, 1))


class SentenceFrontEnd:
    """Texts for the default text tower: MiniLM's sentence embeddings (B, 384)."""

    def __init__(self) -> None:
        self._cache: SentenceCache | None = None

    def __call__(self, sides: Sequence[Side]) -> Inputs:
        """Make the batch; a sentence is embedded once."""
        if self._cache is None:  # made in the process that uses it
            from unisono.towers.sentences import SentenceCache

            self._cache = SentenceCache()
        texts = tuple(str(side.content) for side in sides)
        return Inputs(self._cache(texts), texts=texts)


def text_front_end(sides: Sequence[Side]) -> Inputs:
    """Sentences as they are, for text models that read them themselves."""
    texts = tuple(str(side.content) for side in sides)
    return Inputs(torch.zeros(len(texts), 0), texts=texts)


def array_of(side: Side) -> FloatArray:
    """The array of a side; raises TypeError for one that has none."""
    if not isinstance(side.content, np.ndarray):
        raise TypeError(f"a side of {side.modality} holds {type(side.content).__name__}")
    return side.content


def notes_of(side: Side) -> Notes:
    """The notes of a side; raises TypeError for one that has none."""
    if not isinstance(side.content, Notes):
        raise TypeError(f"a side of {side.modality} holds {type(side.content).__name__}")
    return side.content


def _multiple(length: int, stride: int) -> int:
    return -(-length // stride) * stride


def _lengths(lengths: Sequence[int], longest: int, stride: int) -> Tensor | None:
    columns = [-(-length // stride) for length in lengths]
    if min(columns) == longest // stride:
        return None
    return torch.tensor(columns)


def _anchors(sides: Sequence[Side], rate: float, stride: int, length: int) -> Tensor | None:
    """Output columns of anchors."""
    if any(side.anchors is None for side in sides):
        return None
    places = np.stack([np.asarray(side.anchors, np.float64) for side in sides])
    columns = output_columns(places, rate, stride)
    return torch.from_numpy(np.clip(columns, 0, length // stride - 1))


def _heard_s(side: Side) -> float:
    """Seconds of a recording, at the pace at which it is to be heard."""
    return side.duration_s if side.pace else len(array_of(side)) / spectrogram.SAMPLE_RATE


def _frames(side: Side, count: int, length: int) -> Tensor:
    """(length, WINDOW) samples around each frame of a recording; silence after ``count`` frames."""
    rate, waveform = spectrogram.SAMPLE_RATE, array_of(side)
    at = np.arange(length) / spectrogram.FRAME_RATE
    if side.pace is None:
        waveform = waveform[: round(count / spectrogram.FRAME_RATE * rate)]
    else:
        at = side.pace.back(at)
    # Frames that begin beyond either end are as silent as those at it.
    middles = np.clip(np.rint(at * rate), -_HALF_WINDOW, len(waveform) + _HALF_WINDOW)
    padded = np.pad(waveform, 2 * _HALF_WINDOW)
    windows = torch.from_numpy(padded).unfold(0, spectrogram.WINDOW, 1)
    return windows[torch.from_numpy(middles.astype(np.int64) + _HALF_WINDOW)]


def _gains(sides: Sequence[Side]) -> Tensor | None:
    if all(side.equaliser is None for side in sides):
        return None
    flat = np.ones(spectrogram.BINS, np.float32)
    return torch.from_numpy(
        np.stack([flat if side.equaliser is None else side.equaliser for side in sides])
    )
