"""Bad input is refused in one line, or read as far as it goes, in bounded memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from bad_files import BAD_FILES, USED, BadFile, make_bad_files
from bad_recordings import tone
from bad_scores import END, NOTE, SCORE, write_midi_bytes

from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.readers import audio, midi_events, page, score_archive
from unisono.data.readers.audio import read_audio
from unisono.data.readers.cover import read_cover
from unisono.data.readers.metadata import read_metadata
from unisono.data.readers.midi import read_midi
from unisono.data.readers.musicxml import read_musicxml
from unisono.data.readers.page import read_pages
from unisono.data.readers.recording import open_recording
from unisono.data.readers.text import read_text

MOST_MIB = 800
"""Memory that reading takes at most, beyond what the libraries take before the first file."""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of the whole set, read one after the other in a process of its own."""
    outer = tmp_path_factory.mktemp("outer")
    folder = outer / "set"
    made = make_bad_files(folder)
    paths = {str(folder / bad.name): bad.name for bad in made}
    program = str(Path(__file__).parent / "read_any.py")
    done = subprocess.run([sys.executable, program, *paths], capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:].decode()
    report = json.loads(done.stdout)
    report["files"] = {paths[path]: file for path, file in report["files"].items()}
    report["outside"] = [path.name for path in outer.iterdir()]
    return report


@pytest.mark.parametrize("bad", BAD_FILES, ids=lambda bad: ascii(bad.name))
def test_each_is_refused_in_words_or_used(outcome: dict[str, Any], bad: BadFile) -> None:
    if bad.name not in outcome["files"]:
        pytest.skip("cannot be made here")
    said = outcome["files"][bad.name]["said"]
    if bad.reading == USED:
        assert said is None
        return
    assert said is not None
    assert bad.reading in said
    assert "\n" not in said
    # what is wrong; what to do
    assert said.count(";") == 1


def test_memory_is_bounded(outcome: dict[str, Any]) -> None:
    assert outcome["peak_mib"] - outcome["base_mib"] < MOST_MIB


def test_nothing_is_written_outside(outcome: dict[str, Any]) -> None:
    assert outcome["outside"] == ["set"]


def test_what_a_truncated_file_still_holds_is_used(tmp_path: Path) -> None:
    for name in ("take.mp3", "take.flac"):
        tone(tmp_path / name)
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
        assert 16_000 < len(read_audio(tmp_path / name)) < 40_000
    write_midi_bytes(tmp_path / "take.mid", NOTE * 100 + END)
    data = (tmp_path / "take.mid").read_bytes()
    (tmp_path / "take.mid").write_bytes(data[:422])
    assert len(read_midi(tmp_path / "take.mid").notes) == 50


@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize(
    "read",
    [
        read_audio,
        open_recording,
        read_midi,
        read_musicxml,
        read_text,
        lambda path: read_cover(path, 8),
        lambda path: list(read_pages(path)),
    ],
)
def test_no_reader_waits_for_a_pipe_or_drinks_from_a_device(
    tmp_path: Path, kind: str, read: Any
) -> None:
    path = tmp_path / "odd"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(ReadError, match="not a regular file"):
        read(path)
    for modality in Modality:
        assert read_metadata(path, modality).title == "odd"


def test_a_name_with_a_colon_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("Quartet: first take.wav")
    tone(path)
    assert read_metadata(path, Modality.AUDIO).title == "Quartet: first take"
    assert open_recording(path).duration_s == 3
    # what only FFmpeg decodes, and by a name that it could take for a protocol
    data = path.read_bytes()
    Path("http:x").write_bytes(data)
    assert audio.open_container(Path("http:x")).duration == 3_000_000


def test_a_recording_of_days_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tone(tmp_path / "long.wav", 4.0)
    monkeypatch.setattr(audio, "MAX_HOURS", 3 / 3600)
    with pytest.raises(ReadError, match=r"lasts longer than .* hours; split it"):
        read_audio(tmp_path / "long.wav")


@pytest.mark.parametrize("rate", [1, 999, 1_000_001, 0x7FFFFFFF])
def test_an_absurd_rate_is_refused(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "odd.wav", np.full(4000, 0.5), 16_000)
    data = bytearray((tmp_path / "odd.wav").read_bytes())
    data[24:28] = rate.to_bytes(4, "little")
    (tmp_path / "odd.wav").write_bytes(data)
    with pytest.raises(ReadError, match=f"claims to have {rate:,} samples a second"):
        read_audio(tmp_path / "odd.wav")


def test_more_events_than_music_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "black.mid"
    monkeypatch.setattr(midi_events, "MAX_EVENTS", 20)
    write_midi_bytes(path, NOTE * 5 + END, NOTE * 5 + END)
    assert len(read_midi(path).notes) == 10
    tempo, meter = b"\x00\xff\x51\x03\x07\xa1\x20", b"\x00\xff\x58\x04\x04\x02\x18\x08"
    for more in (NOTE, 11 * tempo, 11 * meter):
        write_midi_bytes(path, NOTE * 5 + END, NOTE * 5 + more + END)
        with pytest.raises(ReadError, match="more than 20 events; split it"):
            read_midi(path)
    monkeypatch.setattr(midi_events, "MAX_TRACKS", 2)
    write_midi_bytes(path, NOTE + END, NOTE + END, NOTE + END)
    with pytest.raises(ReadError, match="more than 2 tracks"):
        read_midi(path)


def test_times_that_run_backwards_take_no_longer(tmp_path: Path) -> None:
    """Many open notes of one key, of which an end far back closes one at a time."""
    back = b"\xff\xff\xff\x7f\x90\x3c\x40\x01\x80\x3c\x40"  # a tick back, on; a tick later, off
    write_midi_bytes(tmp_path / "a.mid", b"\x05\x90\x3c\x40" * 30_000 + back * 30_000 + END)
    assert len(read_midi(tmp_path / "a.mid").notes) == 60_000


def test_a_number_without_end(tmp_path: Path) -> None:
    write_midi_bytes(tmp_path / "a.mid", NOTE + b"\xff" * 1_000_000)
    assert len(read_midi(tmp_path / "a.mid").notes) == 1


def test_time_signatures_without_end(tmp_path: Path) -> None:
    meter = b"\x01\xff\x58\x04\x01\x06\x18\x08"
    write_midi_bytes(tmp_path / "a.mid", meter * 30_000 + NOTE + END)
    score = read_midi(tmp_path / "a.mid")
    assert len(score.notes) == 1
    assert (np.diff(score.beats_s) > 0).all()


def test_a_page_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    def write(path: Path, count: int) -> None:
        first, *others = [Image.new("L", (30, 20), 255) for _ in range(count)]
        first.save(path, save_all=True, append_images=others)

    monkeypatch.setattr(page, "MAX_PAGES", 3)
    for name in ("score.pdf", "score.tiff"):
        write(tmp_path / name, 3)
        assert len(list(read_pages(tmp_path / name))) == 3
        write(tmp_path / name, 4)
        with pytest.raises(ReadError, match=r"has (4|more than 3) pages; split it"):
            next(iter(read_pages(tmp_path / name)))


@pytest.mark.parametrize("declared", ["punycode", "utf-7", "unicode_escape", "rot13", "nonsense"])
def test_an_encoding_that_is_none_of_characters(tmp_path: Path, declared: str) -> None:
    path = tmp_path / "odd.xml"
    path.write_text(f'<?xml version="1.0" encoding="{declared}"?>{SCORE}')
    with pytest.raises(ReadError, match="not in the encoding that it declares"):
        read_musicxml(path)


@pytest.mark.parametrize("far", [False, True], ids=["32 bit", "64 bit"])
def test_an_archive_of_endless_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, far: bool
) -> None:
    import zipfile

    path = tmp_path / "many.mxl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("piece.xml", SCORE)
        if far:
            monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 0)
    assert zipfile.ZipFile(path).namelist() == ["piece.xml"]
    if not far:
        assert read_musicxml(path) == SCORE
        monkeypatch.setattr(score_archive, "MAX_DIRECTORY_BYTES", 20)
    with pytest.raises(ReadError, match="is a broken archive"):
        read_musicxml(path)


def test_an_archive_of_other_packings(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.mxl", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("piece.xml", SCORE)
    with pytest.raises(ReadError, match="is a broken archive"):
        read_musicxml(tmp_path / "a.mxl")


def test_tags_are_cut_to_size(tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "a.flac", "w", 16_000, 1) as file:
        file.title = "long " * 2000
        file.write(np.full(4000, 0.1))
    assert len(read_metadata(tmp_path / "a.flac", Modality.AUDIO).title) == 500
