"""Recordings that are damaged, empty or no recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000


def tone(path: Path, seconds: float = 3.0) -> None:
    """A rising tone, in the container that the name asks for."""
    time = np.arange(round(seconds * RATE)) / RATE
    soundfile.write(path, 0.4 * np.sin(2 * np.pi * (220 + 60 * time) * time), RATE)


def words(path: Path) -> None:
    path.write_text("These are words, not sound.\n" * 50)


def truncated_mp3(path: Path) -> None:
    _cut(path, 0.6)


def truncated_flac(path: Path) -> None:
    _cut(path, 0.6)


def header_only(path: Path) -> None:
    tone(path)
    path.write_bytes(path.read_bytes()[:60])


def silence(path: Path) -> None:
    soundfile.write(path, np.zeros(2 * RATE), RATE)


def not_numbers(path: Path) -> None:
    sound = np.zeros(RATE, np.float32)
    sound[100:200] = np.nan
    soundfile.write(path, sound, RATE, subtype="FLOAT")


def one_sample(path: Path) -> None:
    soundfile.write(path, np.array([0.5]), RATE)


def one_hertz(path: Path) -> None:
    """Half an hour, by its header, in 4 KB."""
    soundfile.write(path, np.full(2000, 0.5), 1)


def _cut(path: Path, part: float) -> None:
    tone(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
