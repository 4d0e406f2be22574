"""Excerpts of recordings, read at their place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from unisono.data.errors import ReadError
from unisono.data.pairs.shelf import Shelf
from unisono.data.readers.audio import read_audio
from unisono.data.readers.recording import KEPT_S, KeptRecording, open_recording

LONG_S = KEPT_S + 30


def chirp(seconds: float, rate: int) -> np.ndarray:
    """Rising from 100 to 1000 Hz, so that no two places sound alike."""
    time = np.arange(round(seconds * rate)) / rate
    sweep = 100 * time + 450 / seconds * time**2
    return (0.5 * np.sin(2 * np.pi * sweep)).astype(np.float32)


def write_m4a(path: Path, samples: np.ndarray, rate: int) -> None:
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=rate)
        stream.layout = "mono"  # type: ignore[attr-defined]
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        fifo.write(frame)
        for piece in fifo.read_many(1024):
            container.mux(stream.encode(piece))  # type: ignore[attr-defined]
        container.mux(stream.encode(None))  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg", "a.m4a"])
@pytest.mark.parametrize("start", [0.0, 47.3, LONG_S - 2])
def test_an_excerpt_is_part_of_the_whole(
    name: str, start: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    rate = 22_050
    if not path.exists():
        samples = chirp(LONG_S, rate)
        if name.endswith("m4a"):
            write_m4a(path, samples, rate)
        else:
            with soundfile.SoundFile(path, "w", rate, channels=2) as file:
                for block in np.array_split(samples, 200):  # Vorbis overflows on long ones
                    file.write(np.stack([block, block], axis=1))
    recording = open_recording(path)
    assert recording.duration_s == pytest.approx(LONG_S, abs=0.1)
    assert recording.nbytes == 0  # it stays in its file
    excerpt = recording.read(start, 1.5)
    assert excerpt.shape == (24_000,)
    expected = read_audio(path)[round(start * 16_000) :][:24_000]
    np.testing.assert_allclose(excerpt, expected, atol=2e-3)


def test_short_recordings_are_kept(tmp_path: Path) -> None:
    samples = chirp(4, 16_000)
    soundfile.write(tmp_path / "a.wav", samples, 16_000, subtype="FLOAT")
    recording = open_recording(tmp_path / "a.wav")
    assert recording.nbytes == 2 * 64_000
    (tmp_path / "a.wav").unlink()
    np.testing.assert_allclose(recording.read(1.0, 2.0), samples[16_000:48_000], atol=2e-5)
    assert len(recording.read(3.0, 2.0)) == 16_000


def test_samples_out_of_range_are_cut_off() -> None:
    kept = KeptRecording(np.array([2.0, -2.0, 0.5], np.float32), 16_000)
    np.testing.assert_allclose(kept.read(0, 1), [1.0, -1.0, 0.5], atol=2e-5)


def test_a_file_shorter_than_it_says(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp3"
    soundfile.write(path, chirp(LONG_S, 16_000), 16_000)
    recording = open_recording(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    assert len(recording.read(10.0, 1.0)) == 16_000
    with pytest.raises(ReadError, match=r"cut\.mp3: breaks off before second 100 of 120"):
        recording.read(100.0, 1.0)


def test_what_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("words")
    for name in ("a.wav", "none.wav"):
        with pytest.raises(ReadError, match=name):
            open_recording(tmp_path / name)


def test_the_shelf_drops_what_was_not_asked_for() -> None:
    shelf = Shelf[str](len, mebibytes=10 / (1 << 20))
    made: list[str] = []

    def get(key: str) -> str:
        def make() -> str:
            made.append(key)
            return key

        return shelf.get(key, make)

    for key in ("aaaa", "bbbb", "aaaa", "cccc", "aaaa"):
        assert get(key) == key
    assert made == ["aaaa", "bbbb", "cccc"]
    get("bbbb")  # fell off when the third came, as the first had been asked for since
    assert made[3:] == ["bbbb"]
    get("larger than the shelf")
    get("larger than the shelf")
    assert made[4:] == ["larger than the shelf"] * 2
    get("bbbb")
    assert len(made) == 6
