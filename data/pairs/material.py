"""What a file or a cell holds, decoded: something that excerpts are taken from."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pairs.source import WAVEFORM_RATE, SourceError
from unisono.data.readers.audio import read_audio
from unisono.data.readers.cover import read_cover
from unisono.data.readers.midi import read_midi
from unisono.data.readers.recording import KeptRecording, Recording, open_recording
from unisono.data.readers.sheet import read_strip

PICTURE_SIZE = 128

Ink = npt.NDArray[np.uint8]
Picture = npt.NDArray[np.float32]

Material = Recording | Notes | Ink | Picture | tuple[str, ...]
"""A recording, notes, the ink of a long strip (h, w), a picture (3, s, s), or wordings."""


def read_material(modality: Modality, path: Path) -> Material:
    """What a file holds; raises SourceError naming a file that cannot be read."""
    try:
        if modality is Modality.AUDIO:
            return open_recording(path, WAVEFORM_RATE)
        return _read(modality, path)
    except ReadError as error:
        raise SourceError(str(error)) from error
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be opened ({error.strerror}); check its rights"
        ) from error


def material_of_bytes(modality: Modality, content: bytes, name: str) -> Material:
    """What the bytes of a file hold; raises SourceError with ``name`` where they hold nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cell"  # the kind of a file is found by its content
        path.write_bytes(content)
        try:
            if modality is Modality.AUDIO:
                return KeptRecording(read_audio(path, WAVEFORM_RATE), WAVEFORM_RATE)
            return _read(modality, path)
        except ReadError as error:
            raise SourceError(f"{name}: {error.reason}") from error


def _read(modality: Modality, path: Path) -> Material:
    if modality is Modality.MIDI:
        return read_midi(path).notes
    if modality is Modality.SHEET:
        return read_strip(path).ink
    return read_cover(path, PICTURE_SIZE)


def wordings(cell: str) -> tuple[str, ...]:
    """The sentences of a cell, divided by ``|``."""
    return tuple(text.strip() for text in cell.split("|") if text.strip())


def bytes_of(material: Material) -> int:
    """Bytes that a material takes in memory."""
    if isinstance(material, tuple):
        return sum(len(text) for text in material)
    if isinstance(material, Notes):
        return 22 * len(material)  # two times of 8 bytes and three numbers of 2
    return material.nbytes


def length_of(material: Material) -> float:
    """Seconds of a recording or of notes, columns of a strip, 0 for what has no length."""
    if isinstance(material, np.ndarray):
        return float(material.shape[1]) if material.ndim == 2 else 0.0
    return 0.0 if isinstance(material, tuple) else material.duration_s
