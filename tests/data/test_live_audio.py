"""Sound that is still being made: growing WAV files, raw samples, no microphone."""

import io
import struct
import sys
import threading
import time

import numpy as np
import pytest
import soundfile

from unisono.data.errors import ReadError
from unisono.data.readers.live_audio import PcmFormat, growing_wav, microphone, raw_pcm


def tone(seconds=0.5, rate=16_000):
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)).astype("f4")


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT"])
def test_a_finished_file_is_read_to_its_end(tmp_path, subtype):
    sound = tone()
    soundfile.write(tmp_path / "take.wav", np.stack([sound, sound], 1), 16_000, subtype=subtype)
    heard = np.concatenate(list(growing_wav(tmp_path / "take.wav", patience_s=0)))
    assert heard == pytest.approx(sound, abs=1e-4)


def test_another_rate_is_resampled(tmp_path):
    soundfile.write(tmp_path / "take.wav", tone(rate=44_100), 44_100)
    heard = np.concatenate(list(growing_wav(tmp_path / "take.wav", patience_s=0)))
    assert len(heard) == pytest.approx(8_000, abs=2)
    assert heard[1000:7000] == pytest.approx(tone()[1000:7000], abs=0.02)


def test_what_is_written_later_is_heard_too(tmp_path):
    path = tmp_path / "take.wav"
    data = (tone() * 32767).astype("<i2").tobytes()
    size = 0xFFFFFFFF  # a writer does not know it yet
    header = b"RIFF" + struct.pack("<I", size) + b"WAVE"
    header += b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16)
    path.write_bytes(header[:20])

    def write():
        with path.open("ab") as file:
            for piece in (
                header[20:] + b"data" + struct.pack("<I", size),
                data[:5001],
                data[5001:],
            ):
                time.sleep(0.1)
                file.write(piece)
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    heard = np.concatenate(list(growing_wav(path, patience_s=1.0)))
    writer.join()
    assert heard == pytest.approx(tone(), abs=1e-4)


@pytest.mark.parametrize(
    "content", [b"ID3 is no WAV at all", b"RIFF", b"RIFF....WAVEfmt " + struct.pack("<I", 16)]
)
def test_what_is_no_wav_is_refused(tmp_path, content):
    (tmp_path / "take.wav").write_bytes(content)
    with pytest.raises(ReadError, match="WAV"):
        list(growing_wav(tmp_path / "take.wav", patience_s=0))


def test_samples_of_a_pipe_come_in_any_pieces():
    class Pipe(io.BytesIO):
        def read1(self, size=-1):
            return self.read(7)

    stereo = np.stack([tone(0.01), tone(0.01)], 1)
    data = (stereo * 32767).astype("<i2").tobytes() + b"x"
    heard = np.concatenate(list(raw_pcm(Pipe(data), PcmFormat(16_000, 2))))
    assert heard == pytest.approx(tone(0.01), abs=1e-4)


@pytest.mark.parametrize("wrong", [{"bits": 8}, {"rate": 0}, {"channels": 0}, {"kind": "u"}])
def test_formats_that_are_none_are_refused(wrong):
    with pytest.raises(ValueError, match="cannot"):
        PcmFormat(**wrong)


def test_without_its_package_a_microphone_is_refused_with_a_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(ReadError, match="pip install sounddevice"):
        next(microphone())
