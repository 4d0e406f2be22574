"""What a pair is and what gives pairs.

An item of a source has one side for every role. Roles of sources that join modalities are the
names of those modalities (``audio``, ``sheet``); a modality paired with itself has the roles
``left`` and ``right``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import TimeMap
from unisono.data.modality import Modality
from unisono.data.notes import Notes

FloatArray = npt.NDArray[np.float32]
Content = FloatArray | Notes | str

WAVEFORM_RATE = 16_000


class SourceError(ValueError):
    """A source of pairs cannot be opened or read; the message says which, why and what to do."""


@dataclass(frozen=True)
class Side:
    """One side of a pair.

    content: for audio a waveform (samples,) at ``WAVEFORM_RATE``; for sheet ink
        (STRIP_HEIGHT, width) in 0..1, 1 is black; for MIDI its Notes; for a cover a square
        picture (3, s, s) in 0..1; for text a str.
    identity: equal for sides of equal content, so that copies are not taken for negatives;
        empty where every draw is different.
    anchors: (K,) seconds (audio, MIDI) or columns (sheet) at which the sides of the item show
        the same moment; None when the pair is meant as a whole.
    duration_s: of a MIDI excerpt, which may end after its last note, and of sound at another
        pace; 0 for all notes.
    equaliser: (spectrogram bins,) gains that the audio front end applies, or None.
    heads: (3, n) of all notes that begin here: second or column, row of the strip (NaN where it
        is not known, and in sound), pitch; None where nobody says.
    pace: seconds of a waveform to those at which it is to be heard, and of which anchors, heads
        and duration speak; None as it is. Front ends of spectrograms follow it by where they take
        their frames; backbones that hear waveforms as wholes take no notice of it.
    """

    modality: Modality
    content: Content
    identity: str = ""
    anchors: FloatArray | None = None
    duration_s: float = 0.0
    equaliser: FloatArray | None = None
    heads: FloatArray | None = None
    pace: TimeMap | None = None


@dataclass(frozen=True)
class Item:
    """What was drawn of one item.

    usable: (K,) bool, false for anchors that only fill the array; None without anchors.
    moments: (K,) int64, equal for anchors with the same music around them, which are no
        negatives of each other where a batch holds several items of a work. None where nobody
        says.
    """

    sides: Mapping[str, Side]
    work: str
    usable: npt.NDArray[np.bool_] | None = None
    moments: npt.NDArray[np.int64] | None = None


@runtime_checkable
class Editions(Protocol):
    """A source some of whose items are of one edition of a work: several of a work then are."""

    @property
    def editions(self) -> Sequence[str]:
        """Of every item, different for different works."""
        ...


class PairSource(Protocol):
    """Items whose sides belong together."""

    @property
    def roles(self) -> Mapping[str, Modality]:
        """The modality of each role."""
        ...

    @property
    def works(self) -> Sequence[str]:
        """Of every item, what it is a part or version of: a piece, a track, an artist.

        No two items of one work are taken for negatives of each other unless that is wanted.
        """
        ...

    @property
    def shares(self) -> npt.NDArray[np.float64] | None:
        """(items,) how often each item is drawn beside the others; None for all alike."""
        ...

    @property
    def fixed(self) -> bool:
        """Whether an item is the same at every draw, so that features of it can be kept."""
        ...

    def draw(self, index: int, roles: Collection[str], random: np.random.Generator) -> Item:
        """Item ``index`` with the sides asked for; the same generator state, the same item.

        Raises SourceError for a file that cannot be read and for a role that the source lacks.
        """
        ...
