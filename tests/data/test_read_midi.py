"""MIDI files are read whatever state they are in, and as pretty_midi reads sound ones."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import numpy as np
import pretty_midi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unisono.data.errors import ReadError
from unisono.data.notes import DRUMS, Notes
from unisono.data.readers.midi import MidiScore, read_midi, to_pretty_midi, write_midi

END = b"\x00\xff\x2f\x00"
NOTE = b"\x00\x90\x3c\x40\x60\x80\x3c\x40"  # C4 for 96 ticks


def _chunk(body: bytes, length: int | None = None) -> bytes:
    return b"MTrk" + struct.pack(">I", len(body) if length is None else length) + body


def _file(*chunks: bytes, resolution: int = 96, kind: int = 1) -> bytes:
    return b"MThd" + struct.pack(">IhhH", 6, kind, len(chunks), resolution) + b"".join(chunks)


def _read(tmp_path: Path, data: bytes) -> MidiScore:
    path = tmp_path / "take.mid"
    path.write_bytes(data)
    return read_midi(path)


def _notes(rows: list[tuple[float, float, int, int, int]]) -> Notes:
    table = np.array(rows, np.float64).reshape(-1, 5)
    return Notes(table[:, 0], table[:, 1], *(table[:, k].astype(np.int16) for k in (2, 3, 4)))


def _is_one_c(score: MidiScore) -> bool:
    return score.notes.pitch.tolist() == [60] and bool(
        np.isclose(score.notes.onset_s[0], 0) and np.isclose(score.notes.offset_s[0], 0.5)
    )


def test_a_sound_file_needs_no_repair(tmp_path: Path) -> None:
    score = _read(tmp_path, _file(_chunk(NOTE + END)))
    assert _is_one_c(score)
    assert score.repairs == ()
    assert score.notes.velocity.tolist() == [64]
    assert score.notes.program.tolist() == [0]
    assert score.title is None


DAMAGED = {
    "bad key signature": _file(_chunk(b"\x00\xff\x59\x02\x20\x07" + NOTE + END)),
    "short key signature": _file(_chunk(b"\x00\xff\x59\x01\x20" + NOTE + END)),
    "no end of track": _file(_chunk(NOTE)),
    "cut inside an event": _file(_chunk(NOTE + b"\x00\x90\x40", length=200)),
    "cut inside a meta event": _file(_chunk(NOTE + b"\x00\xff\x03\x30Son", length=200)),
    "length 0": _file(_chunk(NOTE + END, length=0)),
    "length too short": _file(_chunk(NOTE + END, length=6)),
    "length too long": _file(_chunk(NOTE + END, length=1 << 30)),
    "negative first time": _file(_chunk(b"\x8f\xff\xff\xff\x60" + NOTE[1:] + END)),
    "negative time, 28 bit": _file(_chunk(b"\xff\xff\xff\x60" + NOTE[1:] + END)),
    "stray bytes first": _file(_chunk(b"\x00\x33\x00\x21" + NOTE + END)),
    "undefined status": _file(_chunk(b"\x00\xf4\x00\xf9" + NOTE + END)),
    "tempo 0": _file(_chunk(b"\x00\xff\x51\x03\x00\x00\x00" + NOTE + END)),
    "short tempo": _file(_chunk(b"\x00\xff\x51\x01\x07" + NOTE + END)),
    "meter 0/4": _file(_chunk(b"\x00\xff\x58\x04\x00\x02\x18\x08" + NOTE + END)),
    "sysex without end": _file(_chunk(b"\x00\xf0\x81\x00\x01\x02\xf7" + NOTE + END)),
    "more tracks promised": _file(_chunk(NOTE + END)).replace(b"\0\1\0\1", b"\0\1\0\x09", 1),
    "data after the end": _file(_chunk(NOTE + END + b"\x00\x90\x50\x50\x10\x80\x50\x00")),
    "foreign chunk": _file(b"XFIH\x00\x00\x00\x04abcd", _chunk(NOTE + END)),
    "velocity over 127": _file(_chunk(b"\x00\x90\x3c\xc8\x60\x80\x3c\xff" + END)),
    "wrapped in RIFF": b"RIFF\x40\0\0\0RMIDdata\x30\0\0\0" + _file(_chunk(NOTE + END)),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_damage_does_not_lose_the_file(tmp_path: Path, what: str) -> None:
    assert _is_one_c(_read(tmp_path, DAMAGED[what]))


def test_repairs_are_told(tmp_path: Path) -> None:
    assert _read(tmp_path, DAMAGED["no end of track"]).repairs == ("a track has no end mark",)
    assert "negative" in _read(tmp_path, DAMAGED["negative first time"]).repairs[0]


def test_a_broken_track_does_not_hide_the_next(tmp_path: Path) -> None:
    second = b"\x00\x91\x48\x40\x60\x81\x48\x40" + END
    for length in (None, 3, 9, 100_000):
        data = _file(_chunk(NOTE + b"\x00\x90", length=length), _chunk(second))
        assert sorted(_read(tmp_path, data).notes.pitch.tolist()) == [60, 72]


def test_notes_without_end_and_without_length(tmp_path: Path) -> None:
    held = b"\x00\x90\x3c\x40" + b"\x60\x90\x40\x40" + b"\x00\x80\x40\x40" + b"\x60\xff\x2f\x00"
    score = _read(tmp_path, _file(_chunk(held)))
    assert score.notes.pitch.tolist() == [60, 64]
    np.testing.assert_allclose(score.notes.offset_s, [1.0, 0.51])


def test_running_status_and_silent_note_on(tmp_path: Path) -> None:
    body = b"\x00\x90\x3c\x40\x60\x3c\x00\x00\x3e\x40\x60\x3e\x00" + END
    score = _read(tmp_path, _file(_chunk(body)))
    assert score.notes.pitch.tolist() == [60, 62]
    np.testing.assert_allclose(score.notes.offset_s, [0.5, 1.0])


@pytest.mark.parametrize(
    ("resolution", "seconds"), [(96, 0.5), (1, 48.0), (32_767, 96 / 32_767 / 2), (119, 96 / 238)]
)
def test_odd_resolutions(tmp_path: Path, resolution: int, seconds: float) -> None:
    score = _read(tmp_path, _file(_chunk(NOTE + END), resolution=resolution))
    np.testing.assert_allclose(score.notes.offset_s, [seconds])


def test_time_code_resolution(tmp_path: Path) -> None:
    score = _read(tmp_path, _file(_chunk(NOTE + END), resolution=0xE728))  # 25 frames of 40 ticks
    np.testing.assert_allclose(score.notes.offset_s, [0.096])


def test_resolution_0_is_mended(tmp_path: Path) -> None:
    assert _read(tmp_path, _file(_chunk(NOTE + END), resolution=0)).resolution == 480


def test_tempo_on_another_track_counts(tmp_path: Path) -> None:
    tempo = b"\x30\xff\x51\x03\x0f\x42\x40"  # 60 bpm from tick 48
    score = _read(tmp_path, _file(_chunk(NOTE + END), _chunk(tempo + END)))
    np.testing.assert_allclose(score.notes.offset_s, [0.75])
    assert score.ticks_at([0.0, 0.25, 0.75]).tolist() == [0, 48, 96]
    np.testing.assert_allclose(score.seconds_at([0, 48, 96]), [0, 0.25, 0.75])
    np.testing.assert_allclose(score.beat_at([0.25, 0.5]), [1 / 3, 2 / 3], atol=1e-9)


def test_beats_and_downbeats(tmp_path: Path) -> None:
    three_four = b"\x00\xff\x58\x04\x03\x02\x18\x08"
    body = three_four + b"\x00\x90\x3c\x40\x84\x3f\x80\x3c\x40" + END  # 575 of 576 ticks
    score = _read(tmp_path, _file(_chunk(body)))
    np.testing.assert_allclose(score.beats_s, np.arange(7) * 0.5)
    np.testing.assert_allclose(score.downbeats_s, [0, 1.5, 3.0])
    assert score.measure_at([0.0, 1.49, 1.5, 2.9]).tolist() == [1, 1, 2, 2]


def test_compound_time_beats_in_dotted_quarters(tmp_path: Path) -> None:
    six_eight = b"\x00\xff\x58\x04\x06\x03\x18\x08"
    body = six_eight + b"\x00\x90\x3c\x40\x84\x3f\x80\x3c\x40" + END
    score = _read(tmp_path, _file(_chunk(body)))
    np.testing.assert_allclose(score.beats_s[:4], [0, 0.75, 1.5, 2.25])
    np.testing.assert_allclose(score.downbeats_s[:2], [0, 1.5])


def test_huge_ticks(tmp_path: Path) -> None:
    far = b"\x00\x90\x3c\x40\x60\x80\x3c\x40" + b"\x84\xe2\xda\x00\x90\x40\x40\x60\x80\x40\x40"
    score = _read(tmp_path, _file(_chunk(far + END), resolution=480))
    assert len(score.notes) == 2
    assert score.ticks_at(score.notes.onset_s[1]) > 10_000_000
    with pytest.raises(ReadError, match="claims to last"):
        _read(tmp_path, _file(_chunk(far + END), resolution=1))


def test_title_is_the_first_tracks_name(tmp_path: Path) -> None:
    name = "Für Elise".encode()
    body = b"\x00\xff\x03" + bytes([len(name)]) + name + NOTE + END
    assert _read(tmp_path, _file(_chunk(body))).title == "Für Elise"
    generic = b"\x00\xff\x03\x0dcontrol track" + NOTE + END
    assert _read(tmp_path, _file(_chunk(generic))).title is None


@pytest.mark.parametrize(
    "data",
    [_file(_chunk(END)), _file(), b"MThd\0\0\0\6\0\1", b"no MIDI at all", b""],
    ids=["no notes", "no tracks", "cut header", "text", "empty"],
)
def test_nothing_to_read(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ReadError, match=r"take\.mid"):
        _read(tmp_path, data)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="does not exist"):
        read_midi(tmp_path / "missing.mid")


def test_writing_and_reading_agree(tmp_path: Path) -> None:
    notes = _notes([(0, 0.5, 60, 64, 0), (0.5, 1, 64, 80, 40), (1, 1.25, 38, 100, DRUMS)])
    path = tmp_path / "out.mid"
    write_midi(notes, path, title="Präludium")
    score = read_midi(path)
    assert score.title == "Präludium"
    assert score.notes.pitch.tolist() == [60, 64, 38]
    assert score.notes.program.tolist() == [0, 40, DRUMS]
    assert score.notes.velocity.tolist() == [64, 80, 100]
    np.testing.assert_allclose(score.notes.onset_s, notes.onset_s, atol=1e-3)
    np.testing.assert_allclose(score.notes.offset_s, notes.offset_s, atol=1e-3)
    assert len(to_pretty_midi(score.notes).instruments) == 3


_NOTE_ROWS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 40), st.integers(21, 108), st.integers(1, 127)),
    min_size=1,
    max_size=30,
    unique_by=lambda row: row[2],  # pretty_midi drops ends of overlapping notes of one pitch
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_NOTE_ROWS)
def test_agrees_with_pretty_midi(tmp_path: Path, rows: list[tuple[int, int, int, int]]) -> None:
    path = tmp_path / "notes.mid"
    write_midi(_notes([(b / 20, (b + n) / 20, p, v, 0) for b, n, p, v in rows]), path)
    ours, theirs = read_midi(path), pretty_midi.PrettyMIDI(str(path))
    notes = sorted(theirs.instruments[0].notes, key=lambda n: (n.start, n.pitch))
    assert ours.notes.pitch.tolist() == [n.pitch for n in notes]
    np.testing.assert_allclose(ours.notes.onset_s, [n.start for n in notes], atol=1e-9)
    np.testing.assert_allclose(ours.notes.offset_s, [n.end for n in notes], atol=1e-9)
    assert np.array_equal(np.lexsort((ours.notes.pitch, ours.notes.onset_s)), np.arange(len(notes)))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=120), st.integers(0, 60))
def test_no_bytes_bring_it_down(tmp_path: Path, noise: bytes, at: int) -> None:
    """Whatever overwrites a file, it is read or refused in words."""
    clean = _file(_chunk(NOTE * 4 + END))
    path = tmp_path / "noise.mid"
    path.write_bytes(clean[:14] + (clean[14 : 14 + at] + noise + clean[14 + at + len(noise) :]))
    try:
        score = read_midi(path)
    except ReadError:
        return
    assert (score.notes.offset_s > score.notes.onset_s).all()
    assert (score.notes.onset_s >= 0).all()
    assert (np.diff(score.beats_s) >= 0).all()


def test_real_files_agree_with_pretty_midi() -> None:
    folder = Path(__file__).parents[3] / "shared" / "data" / "msmd" / "valid"
    files = sorted(folder.glob("*/*.mid"))[:3]
    if not files:
        pytest.skip("the real material is not here")
    for path in files:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = pretty_midi.PrettyMIDI(str(path))
        count = sum(len(i.notes) for i in theirs.instruments)
        assert abs(len(read_midi(path).notes) - count) <= 0.01 * count
