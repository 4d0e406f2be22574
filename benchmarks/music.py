"""Recordings made on the spot: sound like music, written as MP3 of any length."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 44_100

FloatArray = npt.NDArray[np.float32]

_NOTE_S = 1.5
_NOTES_PER_S = 6
_CHORDS = ((48, 52, 55), (45, 48, 52), (41, 45, 48), (43, 47, 50))
_QUALITY = 0.6  # of 0..1: 192 kbit/s
_LONG_QUALITY = 0.2  # 80 kbit/s, so that two hours stay small on disk


def music(seconds: float, seed: int = 0) -> FloatArray:
    """Plucked chords and a melody over soft noise, panned: (n, 2) at 44.1 kHz."""
    random = np.random.default_rng(seed)
    count = round(seconds * SAMPLE_RATE)
    sound = random.standard_normal((count + round(_NOTE_S * SAMPLE_RATE), 2), np.float32)
    sound *= 0.002
    notes: dict[int, FloatArray] = {}
    for second in np.sort(random.uniform(0, seconds, round(seconds * _NOTES_PER_S))):
        chord = _CHORDS[int(second // 2) % len(_CHORDS)]
        pitch = int(random.choice(chord)) + 12 * int(random.integers(0, 4))
        if pitch not in notes:
            notes[pitch] = _pluck(pitch)
        left = random.uniform(0.2, 0.8)
        pan = np.array([left, 1 - left], np.float32) * np.float32(random.uniform(0.05, 0.25))
        first = round(second * SAMPLE_RATE)
        sound[first : first + len(notes[pitch])] += notes[pitch][:, None] * pan
    return np.clip(sound[:count], -1, 1)


def write_mp3(path: Path, seconds: float, seed: int = 0) -> None:
    """A recording as constant-rate stereo MP3; another for each seed."""
    _write(path, music(seconds, seed), _QUALITY)


def write_long_mp3(path: Path, seconds: float, *, piece_s: float = 60.0) -> None:
    """A recording of any length in seconds of work: one minute of frames, again and again.

    The encoder starts each piece with an empty bit reservoir, so the pieces join without a gap.
    """
    _write(path, music(piece_s), _LONG_QUALITY)
    frames = _without_header_frame(path.read_bytes())
    with path.open("wb") as file:
        for _ in range(round(seconds / piece_s)):
            file.write(frames)


def mp3_frames(seconds: float, seed: int = 0) -> bytes:
    """A stretch of constant-rate stereo MP3 without its header: stretches join without a gap."""
    with NamedTemporaryFile(suffix=".mp3") as file:
        write_mp3(Path(file.name), seconds, seed)
        return _without_header_frame(Path(file.name).read_bytes())


def _write(path: Path, sound: FloatArray, quality: float) -> None:
    import soundfile

    soundfile.write(
        path,
        sound,
        SAMPLE_RATE,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT",
        compression_level=1 - quality,
    )


def _without_header_frame(mp3: bytes) -> bytes:
    """The frames of sound alone: the first, which tells the length of the file, is left out."""
    kbit = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)[mp3[2] >> 4]
    size = 144_000 * kbit // SAMPLE_RATE + (mp3[2] >> 1 & 1)
    if mp3[:2] not in (b"\xff\xfb", b"\xff\xfa") or not {b"Info", b"Xing"} & {mp3[36:40]}:
        raise RuntimeError("the encoder wrote an MP3 file of a form that is not known here")
    return mp3[size:]


def _pluck(pitch: int) -> FloatArray:
    """One decaying note of eight harmonics, (n,)."""
    second = np.arange(round(_NOTE_S * SAMPLE_RATE)) / SAMPLE_RATE
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    note = sum(
        np.exp(-(2 + harmonic) * second)
        * np.sin(2 * np.pi * harmonic * frequency * second)
        / harmonic
        for harmonic in range(1, 9)
    )
    attack = np.minimum(second / 0.005, 1.0) * np.minimum((_NOTE_S - second) / 0.05, 1.0)
    return np.asarray(note * attack, np.float32)
