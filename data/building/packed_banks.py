"""Banks of sampled notes for a machine without soundfonts: reduced to carry, or synthesised there.

A reduced bank has every third pitch, its loud layer, the first seconds, as mu-law bytes (ITU-T
G.711, continuous form). The pitches between are played from their neighbour a semitone away; the
soft layer is the loud one at the level that the soft one had.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.building.packed_ink import compress, decompress
from unisono.data.errors import ReadError
from unisono.data.sound.sampled_notes import (
    BUILT_IN,
    HIGHEST_PITCH,
    LOWEST_PITCH,
    SAMPLE_RATE,
    VELOCITIES,
    Bank,
    make_bank,
    save_bank,
)

PACKED_SUFFIX = ".bank"
STEP = 3
SECONDS = 1.5

_MAGIC = b"unisono bank 1\n"
_MU = 255.0
_FADE_S = 0.25


def packed_bank(bank: Bank) -> bytes:
    """The bytes of a reduced bank."""
    rows = np.arange(1, bank.samples.shape[0], STEP)
    length = min(round(SECONDS * SAMPLE_RATE), bank.samples.shape[2])
    loud = np.asarray(bank.samples[rows, 1, :length], np.float32) / 32768
    soft = np.asarray(bank.samples[rows, 0, :length], np.float32) / 32768
    level = np.sqrt((soft**2).mean(1) / np.maximum((loud**2).mean(1), 1e-12))
    peak = np.maximum(np.abs(loud).max(1, keepdims=True), 1e-6)
    head = {
        "name": bank.name,
        "program": bank.program,
        "rows": len(rows),
        "length": length,
        "levels": np.round(level, 4).tolist(),
        "peaks": np.round(peak[:, 0], 6).tolist(),
    }
    return _MAGIC + json.dumps(head).encode() + b"\n" + compress(_mu_law(loud / peak).tobytes())


def unpacked_bank(data: bytes) -> Bank:
    """A whole bank of what ``packed_bank`` wrote; raises ValueError or KeyError otherwise."""
    if not data.startswith(_MAGIC):
        raise ValueError("its first line is another one")
    end = data.index(b"\n", len(_MAGIC))
    head = json.loads(data[len(_MAGIC) : end])
    coded = np.frombuffer(decompress(data[end + 1 :]), np.int8).reshape(head["rows"], -1)
    known = _linear(coded) * np.array(head["peaks"], np.float32)[:, None]
    fade = round(_FADE_S * SAMPLE_RATE)
    known[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    samples = np.zeros(
        (HIGHEST_PITCH - LOWEST_PITCH + 1, len(VELOCITIES), known.shape[1]), np.int16
    )
    time = np.arange(known.shape[1])
    for row in range(samples.shape[0]):
        nearest = min(max(round((row - 1) / STEP), 0), len(known) - 1)
        ratio = 2.0 ** ((row - (1 + STEP * nearest)) / 12)
        sound = np.interp(time * ratio, time, known[nearest], right=0.0)
        for layer, level in ((0, head["levels"][nearest]), (1, 1.0)):
            samples[row, layer] = np.clip(sound * level * 32767, -32768, 32767)
    return Bank(head["name"], int(head["program"]), samples)


def unpack_banks(folder: Path) -> None:
    """Make whole banks beside the reduced ones of a folder, where they are not there yet.

    Raises ReadError for a file that is no reduced bank.
    """
    for path in sorted(folder.glob(f"*{PACKED_SUFFIX}")):
        if not path.with_suffix(".npy").exists():
            try:
                bank = unpacked_bank(path.read_bytes())
            except (ValueError, KeyError, TypeError) as error:
                raise ReadError(path, f"is no reduced bank ({error})", "unpack anew") from error
            save_bank(bank, folder)


def synthesise_banks(folder: Path, programs: tuple[int, ...]) -> None:
    """Make banks with the built-in synthesiser, where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for program in programs:
        if not (folder / f"{BUILT_IN}-{program}.npy").exists():
            save_bank(make_bank(program), folder)


def _mu_law(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """Of -1..1: sign(x) ln(1 + mu |x|) / ln(1 + mu)."""
    coded = np.sign(sound) * np.log1p(_MU * np.abs(sound)) / np.log1p(_MU)
    return np.asarray(np.rint(coded * 127), np.int8)


def _linear(coded: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
    value = coded.astype(np.float32) / 127
    return np.asarray(np.sign(value) * np.expm1(np.abs(value) * np.log1p(_MU)) / _MU, np.float32)
