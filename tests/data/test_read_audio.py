"""Recordings come out as the same mono blocks, whatever container and rate they are in."""

from __future__ import annotations

import types
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unisono.data.errors import ReadError
from unisono.data.readers.audio import read_audio, read_blocks

RATE = 16_000


def _tone(seconds: float, rate: int, channels: int = 1, hertz: float = 440.0) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    tone = (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    return np.repeat(tone[:, None], channels, axis=1)


def _write_m4a(path: Path, samples: np.ndarray, rate: int) -> None:
    import av

    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=rate, layout="mono")
        for start in range(0, len(samples), 1024):
            piece = np.ascontiguousarray(samples[None, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    n = min(len(a), len(b))
    return float(np.corrcoef(a[:n], b[:n])[0, 1])


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3", "aiff"])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_container_gives_the_tone(tmp_path: Path, ending: str, channels: int) -> None:
    path = tmp_path / f"tone.{ending}"
    soundfile.write(path, _tone(1.0, 44_100, channels), 44_100)
    got = read_audio(path)
    assert got.dtype == np.float32
    assert abs(len(got) - RATE) <= 800  # MP3 pads
    middle = got[len(got) // 4 : -len(got) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert abs(np.argmax(spectrum) * RATE / len(middle) - 440) < 4
    assert 0.45 < middle.max() < 0.56


def test_opus(tmp_path: Path) -> None:
    path = tmp_path / "tone.opus"
    soundfile.write(path, _tone(1.0, 48_000, 2), 48_000, format="OGG", subtype="OPUS")
    got = read_audio(path)
    assert abs(len(got) - RATE) < 200
    assert _correlation(got, _tone(1.0, RATE)[:, 0]) > 0.99


def test_m4a_is_read_without_the_encoders_padding(tmp_path: Path) -> None:
    path = tmp_path / "take.m4a"
    sound = np.zeros(22_050, np.float32)
    sound[11_025:13_230] = _tone(0.05, 44_100)[:, 0]
    _write_m4a(path, sound, 44_100)
    got = read_audio(path, 44_100)
    assert len(got) == len(sound)
    assert abs(int(np.argmax(np.abs(got) > 0.3)) - int(np.argmax(np.abs(sound) > 0.3))) < 40


def test_m4a_with_broken_packets_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "take.m4a"
    noise = np.random.default_rng(4).normal(0, 0.1, 44_100 * 3).astype(np.float32)
    _write_m4a(path, noise, 44_100)
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 300] = b"\xff" * 300
    path.write_bytes(data)
    assert len(read_audio(path)) > 2.7 * RATE


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000])
def test_every_rate_keeps_length_and_place(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, _tone(1.5, rate), rate, subtype="FLOAT")
    got = read_audio(path, RATE)
    assert abs(len(got) - 1.5 * RATE) <= 1
    inner = slice(1000, -1000)
    assert np.abs(got[inner] - _tone(1.5, RATE)[: len(got), 0][inner]).max() < 0.01


def test_the_rate_of_the_file_passes_untouched(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    tone = _tone(0.5, RATE)[:, 0]
    soundfile.write(path, tone, RATE, subtype="FLOAT")
    assert np.array_equal(read_audio(path, RATE), tone)


@pytest.mark.parametrize("channels", [2, 3, 6])
def test_channels_are_averaged(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "many.wav"
    sound = np.random.default_rng(0).uniform(-1, 1, (RATE, channels)).astype(np.float32)
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    np.testing.assert_allclose(read_audio(path, RATE), sound.mean(axis=1), atol=1e-6)


def test_streamed_resampling_equals_that_of_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "noise.wav"
    sound = np.random.default_rng(1).normal(0, 0.1, 44_100 * 8).astype(np.float32)
    soundfile.write(path, sound, 44_100, subtype="FLOAT")
    whole = soxr.resample(sound, 44_100, RATE, quality="HQ")
    np.testing.assert_allclose(read_audio(path, RATE), whole, atol=1e-5)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(block_s=st.floats(0.1, 5.0))
def test_the_size_of_blocks_changes_nothing(tmp_path: Path, block_s: float) -> None:
    path = tmp_path / "noise.ogg"
    if not path.exists():
        noise = np.random.default_rng(2).normal(0, 0.1, (22_050 * 4, 2))
        soundfile.write(path, noise, 22_050)
    blocks = list(read_blocks(path, RATE, block_s))
    assert {len(block) for block in blocks[:-1]} <= {round(block_s * RATE)}
    assert 0 < len(blocks[-1]) <= round(block_s * RATE)
    assert np.array_equal(np.concatenate(blocks), read_audio(path, RATE))


def test_blocks_are_streamed(tmp_path: Path) -> None:
    """The first block is there before a fault further on in the file can be met."""
    path = tmp_path / "long.wav"
    sound = np.zeros(RATE * 60, np.float32)
    sound[-1] = np.nan
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    blocks = read_blocks(path, RATE, 1.0)
    assert isinstance(blocks, types.GeneratorType)
    assert len(next(blocks)) == RATE
    with pytest.raises(ReadError, match="not numbers"):
        list(blocks)


def test_max_s_reads_only_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    tone = _tone(3, RATE)[:, 0]
    soundfile.write(path, tone, RATE, subtype="FLOAT")
    assert np.array_equal(read_audio(path, RATE, max_s=0.25), tone[:4000])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_numbers_are_refused(tmp_path: Path, bad: float) -> None:
    path = tmp_path / "bad.wav"
    sound = _tone(1, RATE)
    sound[500] = bad
    soundfile.write(path, sound, RATE, subtype="FLOAT")
    with pytest.raises(ReadError, match=r"bad\.wav: holds samples that are not numbers"):
        read_audio(path)


@pytest.mark.parametrize("ending", ["mp3", "wav", "flac", "ogg"])
def test_a_truncated_file_gives_what_is_there(tmp_path: Path, ending: str) -> None:
    whole = tmp_path / f"whole.{ending}"
    noise = np.random.default_rng(3).normal(0, 0.1, (44_100 * 10, 2))
    soundfile.write(whole, noise, 44_100)
    part = tmp_path / f"part.{ending}"
    part.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    got, full = read_audio(part), read_audio(whole)
    assert 4.5 * RATE < len(got) < 6.5 * RATE
    same = len(got) - 4000
    np.testing.assert_allclose(got[:same], full[:same], atol=1e-4)


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 64])
def test_a_header_that_lies_about_its_length(tmp_path: Path, length: int) -> None:
    path = tmp_path / "stream.wav"
    soundfile.write(path, _tone(1, RATE), RATE)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = length.to_bytes(4, "little")
    path.write_bytes(data)
    if length == 64:  # short but honest as far as any decoder can tell: refused, not guessed
        with pytest.raises(ReadError, match="holds only 2 ms"):
            read_audio(path)
    else:
        assert len(read_audio(path)) == RATE


@pytest.mark.parametrize(("samples", "said"), [(0, "no sound"), (160, "only 10 ms")])
def test_too_little_sound_is_refused(tmp_path: Path, samples: int, said: str) -> None:
    path = tmp_path / "blip.wav"
    soundfile.write(path, np.full(samples, 0.1, np.float32), RATE)
    with pytest.raises(ReadError, match=said):
        list(read_blocks(path))


def test_a_tenth_of_a_second_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, _tone(0.1, 44_100), 44_100)
    assert abs(len(read_audio(path)) - 1600) <= 1


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.mp3"
    text.write_text("These are words, not sound.\n" * 50)
    empty = tmp_path / "empty.mp3"
    empty.touch()
    for path in (text, empty, tmp_path / "missing.mp3", tmp_path):
        with pytest.raises(ReadError, match=path.name):
            read_audio(path)


def test_a_useless_block_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="block_s"):
        next(read_blocks(tmp_path / "x.wav", block_s=0.0))
