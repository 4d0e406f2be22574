"""Turn a performance into a recording: FluidSynth, a small room, Ogg Vorbis."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pretty_midi
import soundfile
import soxr

SAMPLE_RATE = 32_000
SOUNDFONTS = tuple(
    Path("/usr/share/sounds/sf3") / name
    for name in ("MuseScore_General_Full.sf3", "MuseScore_General.sf3")
)
"""Where Debian's musescore-general-soundfont (MIT licence) lies."""

Samples = npt.NDArray[np.float32]


class MissingSynthesiser(RuntimeError):
    """FluidSynth or its soundfont is not installed."""


def record(midi: pretty_midi.PrettyMIDI, seed: int) -> Samples:
    """Mono samples at SAMPLE_RATE, peak 0.8, ending 1.5 s after the last note.

    Raises MissingSynthesiser when there is no fluidsynth or soundfont.
    """
    dry = _synthesise(midi)[: round((midi.get_end_time() + 1.5) * SAMPLE_RATE)]
    random = np.random.default_rng(seed)
    wet = _room(dry, random)
    hiss = np.float32(1.5e-4) * random.standard_normal(len(wet)).astype(np.float32)
    samples = wet * np.float32(0.8 / max(1e-9, float(np.abs(wet).max()))) + hiss
    fade = round(0.6 * SAMPLE_RATE)
    samples[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return samples


def write_ogg(samples: Samples, path: Path, title: str, composer: str) -> None:
    """Write Ogg Vorbis with its title, the composer as artist.

    The stream's serial number, otherwise random, is set to 1.
    """
    with soundfile.SoundFile(
        path, "w", SAMPLE_RATE, 1, format="OGG", subtype="VORBIS", compression_level=0.9
    ) as file:
        file.title, file.artist = title, composer
        for start in range(0, len(samples), 1 << 14):  # libsndfile overflows on long writes
            file.write(samples[start : start + (1 << 14)])
    path.write_bytes(_with_serial_number(path.read_bytes(), 1))


def _synthesise(midi: pretty_midi.PrettyMIDI) -> Samples:
    program = shutil.which("fluidsynth")
    soundfont = next((path for path in SOUNDFONTS if path.exists()), None)
    if program is None or soundfont is None:
        raise MissingSynthesiser(
            "making the recordings needs FluidSynth and the MuseScore_General soundfont: "
            "apt-get install fluidsynth musescore-general-soundfont "
            "(the finished recordings are part of the repository)"
        )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.mid"), Path(folder, "out.wav")
        midi.write(str(source))
        command = [program, "-qni", "-R", "0", "-C", "0", "-g", "0.5", "-r", "44100"]
        command += ["-o", "synth.dynamic-sample-loading=1"]
        subprocess.run(
            [*command, "-F", str(target), str(soundfont), str(source)],
            check=True,
            capture_output=True,
        )
        stereo, rate = soundfile.read(target, dtype="float32", always_2d=True)
    mono: Samples = soxr.resample(stereo.mean(axis=1), rate, SAMPLE_RATE).astype(np.float32)
    return mono


def _room(dry: Samples, random: np.random.Generator) -> Samples:
    """Early reflections and a decaying tail of noise, mixed under the direct sound."""
    decay_s = random.uniform(0.7, 1.3)
    t = np.arange(round(decay_s * SAMPLE_RATE)) / SAMPLE_RATE
    tail = random.standard_normal(len(t)) * np.exp(-6.9 * t / decay_s) * (t > 0.018)
    tail = np.convolve(tail, np.ones(4) / 4.0, mode="same")  # walls take the treble
    for delay_s, gain in ((0.011, 0.35), (0.017, 0.28), (0.026, 0.2)):
        tail[round(delay_s * SAMPLE_RATE)] += gain * 12
    response = 0.22 * tail / np.sqrt(np.sum(tail**2))
    response[0] += 1.0
    size = 1 << (len(dry) + len(response)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(response, size), size)
    return wet[: len(dry)].astype(np.float32)


def _with_serial_number(data: bytes, serial: int) -> bytes:
    """The same Ogg stream under another serial number, checksums renewed (RFC 3533)."""
    out, at = bytearray(data), 0
    while at < len(out):
        segments = out[at + 26]
        size = 27 + segments + sum(out[at + 27 : at + 27 + segments])
        out[at + 14 : at + 18] = serial.to_bytes(4, "little")
        out[at + 22 : at + 26] = bytes(4)
        out[at + 22 : at + 26] = _ogg_checksum(bytes(out[at : at + size])).to_bytes(4, "little")
        at += size
    return bytes(out)


def _ogg_checksum(page: bytes) -> int:
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ _CRC[value >> 24 ^ byte]
    return value


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(value)
    return tuple(table)


_CRC = _crc_table()
