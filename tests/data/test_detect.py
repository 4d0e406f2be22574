"""The kind of a file is told by what is in it, whatever it is called."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.readers.detect import detect

SCORE = "<score-partwise version='4.0'><part-list/></score-partwise>"


def _save(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3", "AIFF", "RF64", "CAF", "AU"])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_recordings(tmp_path: Path, kind: str, rate: int) -> None:
    path = tmp_path / "misleading.txt"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, rate), rate, format=kind)
    assert detect(path) is Modality.AUDIO


def test_mp3_with_and_without_id3(tmp_path: Path) -> None:
    path = tmp_path / "take"
    soundfile.write(path, np.zeros(44_100), 44_100, format="MP3")
    bare = path.read_bytes()
    bare = bare[bare.index(b"\xff\xfb") :]
    assert detect(_save(path, bare)) is Modality.AUDIO
    tag = b"ID3\x03\0\0\0\0\0\x0a" + b"\0" * 10
    assert detect(_save(path, tag + bare)) is Modality.AUDIO


@pytest.mark.parametrize("container", ["mp4", "adts"])
def test_aac(tmp_path: Path, container: str) -> None:
    import av

    path = tmp_path / "take"
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream("aac", rate=44_100, layout="mono")
        for start in range(0, 20_480, 1024):
            silence = np.zeros((1, 1024), np.float32)
            frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44_100, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert detect(path) is Modality.AUDIO


def test_midi(tmp_path: Path) -> None:
    assert detect(_save(tmp_path / "a.mp3", b"MThd\0\0\0\6\0\0\0\1\0\x60")) is Modality.MIDI
    assert detect(_save(tmp_path / "b", b"RIFF\x20\0\0\0RMIDdata\x10\0\0\0MThd")) is Modality.MIDI


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_musicxml(tmp_path: Path, codec: str) -> None:
    path = _save(tmp_path / "a.txt", f'<?xml version="1.0"?>\n{SCORE}'.encode(codec))
    assert detect(path) is Modality.SHEET


def test_compressed_musicxml(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("piece.xml", SCORE)
    assert detect(path) is Modality.SHEET


def test_pdf(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    Image.new("L", (20, 20)).save(path, "PDF")
    assert detect(path) is Modality.SHEET


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("systems", [0, 2])
def test_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, systems: int) -> None:
    """Whether a picture shows staves is the staff finder's to say."""
    boxes = [(0, 0, 10, 10)] * systems
    monkeypatch.setattr("unisono.data.staves.find_systems", lambda image: boxes)
    path = tmp_path / "picture.mid"
    Image.new("RGB", (40, 30), (200, 10, 10)).save(path, kind)
    assert detect(path) is (Modality.SHEET if systems else Modality.COVER)


def test_a_drawn_staff_is_a_sheet_and_a_gradient_a_cover(tmp_path: Path) -> None:
    page = np.full((600, 900), 255, np.uint8)
    for top in (120, 360):
        for line in range(5):
            page[top + 12 * line : top + 12 * line + 2, 60:840] = 0
        page[top : top + 50, 60:62] = 0
        for x in range(120, 820, 50):  # note heads with stems
            page[top + 6 + (x // 50 % 4) * 6 :, x : x + 14][:10] = 0
            page[top - 20 : top + 20, x + 12 : x + 14] = 0
    Image.fromarray(page).save(tmp_path / "page.png")
    assert detect(tmp_path / "page.png") is Modality.SHEET
    slope = np.add.outer(np.arange(300), np.arange(300)) % 256
    Image.fromarray(slope.astype(np.uint8)).save(tmp_path / "cover.png")
    assert detect(tmp_path / "cover.png") is Modality.COVER


@pytest.mark.parametrize(
    "data",
    [
        b"a calm piece",
        "für Klavier".encode(),
        "für Klavier".encode("utf-16"),
        "\ufeffwith a mark".encode(),
        b"BM is how this text begins",
        b"ID3 is a format for tags",
        b"<b>words</b> with a mark",
        ("ü" * 40_000).encode()[:-1] + b"\xbc",
    ],
)
def test_words_are_text_even_when_called_mp3(tmp_path: Path, data: bytes) -> None:
    assert detect(_save(tmp_path / "words.mp3", data)) is Modality.TEXT


def test_the_ending_decides_only_for_text_of_another_encoding(tmp_path: Path) -> None:
    words = "für Klavier".encode("latin-1")
    assert detect(_save(tmp_path / "a.txt", words)) is Modality.TEXT
    with pytest.raises(ReadError):
        detect(_save(tmp_path / "a.bin", words))
    with pytest.raises(ReadError):
        detect(_save(tmp_path / "b.txt", words + b"\0\1\2"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\x7fELF\2\1\1\0\0\0", "not a kind of file that unisono reads"),
        (bytes(range(256)) * 8, "not a kind of file that unisono reads"),
        (b"\xff\xfb\x90\x00" + b"\xaa" * 2000, "not a kind of file that unisono reads"),
        (b"PK\x03\x04 broken", "zip archive"),
        (b"<?xml version='1.0'?><svg/>", "XML that is not MusicXML"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        detect(_save(tmp_path / "thing.bin", data))


def test_folder_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="is a folder"):
        detect(tmp_path)
    with pytest.raises(ReadError, match="does not exist"):
        detect(tmp_path / "missing.mid")
