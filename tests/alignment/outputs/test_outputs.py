"""Every output format against answers that are known."""

import csv
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import known

from unisono.alignment.outputs import (
    FORMATS,
    OutputError,
    ScoreFacts,
    ScoreKind,
    check_score,
    format_of,
)
from unisono.alignment.outputs.audacity import audacity_labels
from unisono.alignment.outputs.document import document
from unisono.alignment.outputs.match_file import match_file, paired
from unisono.alignment.outputs.measure_times import beats_csv, measures_csv
from unisono.alignment.outputs.metres import beats_of_measure, metres_of_musicxml
from unisono.alignment.outputs.musicxml_notes import written_notes
from unisono.alignment.outputs.recording_times import recording_times
from unisono.alignment.outputs.rows import as_csv, rows_of
from unisono.alignment.outputs.time_map import time_map
from unisono.alignment.outputs.uncertain import uncertain_spans
from unisono.alignment.outputs.warped_midi import RESOLUTION, tempo_map, warped_midi
from unisono.data.notes import Notes
from unisono.data.readers.midi import read_midi

PAGES = ScoreFacts(Path("page.png"), ScoreKind.PAGES)


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_of_a_midi_file_have_its_ticks(tmp_path):
    rows = table(as_csv(rows_of(*known.midi(tmp_path))))
    assert rows[2]["recording_s"] == "3.0" and rows[2]["score_s"] == "0.5"
    assert (rows[2]["tick"], rows[2]["measure"], rows[2]["page"]) == ("96", "1", "")
    assert float(rows[2]["beat"]) == pytest.approx(1.0)


def test_measures_are_timed_and_end_where_the_next_begins(tmp_path):
    assert measures_csv(*known.engraved(tmp_path)) == (
        "recording_s,end_s,measure,pass,score_s,page,system,confidence\n"
        "2.0,6.0,1,1,0.0,1,1,0.8\n"
        "6.0,10.0,2,1,2.0,1,1,0.8\n"
    )


def test_a_repeated_measure_has_a_row_a_pass(tmp_path):
    rows = table(measures_csv(*known.engraved(tmp_path, repeat=True)))
    assert [(row["measure"], row["pass"]) for row in rows] == [
        *(("1", "1"), ("2", "1"), ("1", "2"), ("2", "2"))
    ]
    assert [float(row["recording_s"]) for row in rows] == [2, 6, 10, 14]


def test_beats_count_within_the_measure(tmp_path):
    rows = table(beats_csv(*known.engraved(tmp_path)))
    assert [row["beat"] for row in rows] == list("12341234")
    assert [float(row["recording_s"]) for row in rows] == list(range(2, 10))


def test_the_upbeat_is_the_last_beat(tmp_path):
    rows = table(beats_csv(*known.engraved(tmp_path, upbeat=True)))
    assert [(row["measure"], row["beat"]) for row in rows[:3]] == [
        *(("0", "4"), ("1", "1"), ("1", "2"))
    ]


def test_beats_of_a_midi_file_follow_its_time_signature(tmp_path):
    rows = table(beats_csv(*known.midi(tmp_path)))
    assert [(row["measure"], row["beat"]) for row in rows[:4]] == [
        *(("1", "1"), ("1", "2"), ("1", "3"), ("2", "1"))
    ]
    assert float(rows[3]["recording_s"]) == pytest.approx(known.recording_s(1.5))


@pytest.mark.parametrize(
    ("quarters", "metre", "upbeat", "beats"),
    [
        (3.0, (6, 8), False, [(1, 0.0), (2, 1.5)]),
        (1.5, (3, 8), False, [(1, 0.0), (2, 0.5), (3, 1.0)]),
        (1.0, (3, 4), True, [(3, 0.0)]),
        (1.5, (4, 4), True, [(4, 0.5)]),
        (4.0, None, True, [(1, 0.0), (2, 1.0), (3, 2.0), (4, 3.0)]),
        (0.0, (4, 4), False, []),
    ],
)
def test_beats_of_measures(quarters, metre, upbeat, beats):
    assert beats_of_measure(quarters, metre, upbeat=upbeat) == beats


def test_a_metre_holds_until_another_is_given():
    text = (
        "<score-partwise><part><measure/><measure><attributes><time><beats>3+2</beats>"
        "<beat-type>8</beat-type></time></attributes></measure><measure/>"
        "<measure><attributes><time><senza-misura/></time></attributes></measure>"
        "</part></score-partwise>"
    )
    assert metres_of_musicxml(text) == [None, (5, 8), (5, 8), None]


def test_labels_are_measures_and_uncertain_passages(tmp_path):
    alignment, facts = known.engraved(tmp_path, low=[(5.0, 7.0)])
    assert audacity_labels(alignment, facts).splitlines() == [
        "2.000000\t6.000000\tmeasure 1",
        "4.900000\t7.100000\tuncertain",
        "6.000000\t10.000000\tmeasure 2",
    ]


def test_labels_of_pages_are_systems():
    lines = audacity_labels(known.alignment_of_pages(), PAGES).splitlines()
    assert lines == [
        "0.000000\t10.000000\tpage 1, system 1",
        "10.000000\t19.000000\tpage 1, system 2",
    ]


def test_short_doubts_are_left_out_and_near_ones_joined(tmp_path):
    alignment, _ = known.engraved(tmp_path, low=[(2.0, 2.4)])
    assert uncertain_spans(alignment) == []
    alignment, _ = known.engraved(tmp_path, low=[(4.0, 5.0), (6.0, 7.0)])
    assert uncertain_spans(alignment) == [pytest.approx((4.0, 7.0), abs=0.11)]


def test_the_document_says_all_of_it(tmp_path):
    found = document(*known.engraved(tmp_path, low=[(5.0, 7.0)]))
    assert json.loads(json.dumps(found)) == found
    assert (found["score"], len(found["measures"]), found["confidence"]) == ("MusicXML", 2, 0.8)
    assert found["uncertain"] == [[4.9, 7.1]]
    assert document(known.alignment_of_pages(), PAGES)["measures"] == []


@pytest.mark.parametrize("score", [known.engraved, known.midi])
def test_warped_midi_plays_in_time_and_keeps_its_bars(tmp_path, score):
    alignment, facts = score(tmp_path)
    (tmp_path / "warped.mid").write_bytes(warped_midi(alignment, facts))
    warped = read_midi(tmp_path / "warped.mid")
    expected = known.recording_s(np.arange(8) * 0.5)
    np.testing.assert_allclose(warped.notes.onset_s, expected, atol=1e-3)
    np.testing.assert_allclose(warped.notes.offset_s, expected + 1.0, atol=1e-3)
    np.testing.assert_array_equal(warped.notes.pitch, alignment.score.notes.pitch)
    if score is known.engraved:
        # A silent measure first, for the two seconds before the music begins.
        np.testing.assert_allclose(warped.downbeats_s[:3], [0, 2, 6], atol=1e-3)


@given(
    st.lists(st.integers(1, 2000), min_size=1, max_size=60),
    st.data(),
)
def test_tempos_put_every_tick_at_its_second(steps, data):
    paces = data.draw(st.lists(st.floats(0.05, 15), min_size=len(steps), max_size=len(steps)))
    ticks = np.concatenate([[0], np.cumsum(steps)])
    times = np.concatenate([[0.0], np.cumsum(np.array(steps) / RESOLUTION * paces)])
    events = tempo_map(ticks, times)
    starts = np.array([tick for tick, _ in events])
    tempos = np.array([tempo for _, tempo in events]) / 1e6 / RESOLUTION
    lengths = np.diff(np.append(starts, ticks[-1]))
    grid = np.concatenate([[0.0], np.cumsum(lengths * tempos)])
    at = np.interp(ticks, np.append(starts, ticks[-1]), grid)
    np.testing.assert_allclose(at, times, atol=1e-4)


def test_the_time_map_names_every_note_of_the_file(tmp_path):
    found = json.loads(time_map(*known.engraved(tmp_path, repeat=True)))
    assert len(found["notes"]) == 16
    assert found["notes"][0] == {
        **{"id": "first", "part": "P1", "measure": "1", "pass": 1, "beat": 0.0, "pitch": 60},
        **{"onset_s": 2.0, "offset_s": 3.0},
    }
    again = [note for note in found["notes"] if note["id"] == "P1-2-1"]
    assert [(note["pass"], note["onset_s"]) for note in again] == [(1, 6.0), (2, 14.0)]
    assert len(found["measures"]) == 4 and len(found["beats"]) == 16


def test_written_notes_know_chords_voices_and_transposition():
    def note(step, duration, extra=""):
        return (
            f"<note>{extra}<pitch><step>{step}</step><octave>4</octave></pitch>"
            f"<duration>{duration}</duration></note>"
        )

    text = (
        '<score-partwise><part id="P1"><measure number="1"><attributes><divisions>4</divisions>'
        "<transpose><chromatic>-2</chromatic></transpose></attributes>"
        f"{note('C', 4)}{note('E', 4, '<chord/>')}{note('G', 8)}"
        f"<backup><duration>12</duration></backup>{note('A', 2)}"
        "<note><rest/><duration>2</duration></note>"
        f"<note><grace/><pitch><step>B</step><octave>4</octave></pitch></note>{note('D', 4)}"
        "</measure></part></score-partwise>"
    )
    found = [(note.pitch, note.offset, note.duration) for note in written_notes(text)]
    assert found == [(58, 0, 1), (62, 0, 1), (65, 1, 2), (67, 0, 0.5), (69, 1, 0), (60, 1, 1)]


def test_times_go_on_beyond_the_ends_but_not_before_zero(tmp_path):
    alignment, _ = known.engraved(tmp_path)
    np.testing.assert_allclose(recording_times(alignment, [-5, 0, 2, 5]), [0, 2, 6, 12], atol=1e-6)
    with pytest.raises(ValueError, match="no seconds"):
        recording_times(known.alignment_of_pages(), [1.0])


def test_a_match_file_pairs_every_note(tmp_path):
    pytest.importorskip("partitura")
    lines = match_file(*known.engraved(tmp_path)).splitlines()
    notes = [line for line in lines if line.startswith("snote(")]
    assert len(notes) == 8 and all("-note(" in line for line in notes)
    # 960 ticks a second: C4 sounds from 2 s to 3 s.
    assert notes[0].startswith("snote(first,[C,n],4,1:1,0,1/4,0.0000,1.0000")
    assert notes[0].endswith("-note(n0,60,1920,2880,64,1,0).")


def test_a_match_file_of_a_performance_tells_what_was_left_out_and_added(tmp_path):
    pytest.importorskip("partitura")
    onset = np.array([2.1, 3.05, 8.0])
    performance = Notes(onset, onset + 0.5, *(np.array(v, np.int16) for v in _PLAYED))
    text = match_file(*known.engraved(tmp_path), performance)
    assert text.count("-note(") - text.count("insertion-note(") == 2
    assert text.count("-deletion.") == 6 and text.count("insertion-note(n2,40") == 1


_PLAYED = ([60, 62, 40], [70, 71, 72], [0, 0, 0])


def test_the_nearest_notes_of_a_pitch_are_paired_once():
    pitch = np.full(3, 60, np.int16)
    performance = Notes(np.array([0.4, 0.9, 9.0]), np.array([0.5, 1.0, 9.5]), pitch, pitch, pitch)
    found = paired(np.array([0.0, 1.0, 2.0]), np.array([60, 60, 60]), performance)
    assert found.tolist() == [0, 1, -1]


def test_a_missing_partitura_is_named_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "partitura", None)
    with pytest.raises(OutputError, match=r"unisono\[scores\]"):
        match_file(*known.engraved(tmp_path))


@pytest.mark.parametrize("name", ["midi", "measures", "beats", "map", "match"])
def test_what_pages_cannot_give_is_said(name):
    with pytest.raises(OutputError, match=r"page\.png: .*pages"):
        if name == "match":
            match_file(known.alignment_of_pages(), PAGES)
        format_of(name).write(known.alignment_of_pages(), PAGES, Path("take.wav"))


@pytest.mark.parametrize(
    ("file", "name"),
    [
        *(("a.csv", "csv"), ("a.beats.csv", "beats"), ("A.MID", "midi"), ("a.map.json", "map")),
        *(("a.txt", "labels"), ("a.match", "match"), ("a.measures.csv", "measures")),
    ],
)
def test_the_ending_says_the_format(file, name):
    assert format_of(None, Path(file)).name == name


def test_an_unknown_ending_names_those_there_are():
    with pytest.raises(OutputError, match=r"a\.xyz: .*\.csv \(csv\)"):
        format_of(None, Path("a.xyz"))
    assert len({found.name for found in FORMATS}) == len(FORMATS)


def test_what_a_score_lacks_is_said_before_it_is_aligned(tmp_path):
    known.midi(tmp_path)
    (tmp_path / "page.png").write_bytes(b"\x89PNG")
    check_score(format_of("beats"), tmp_path / "score.mid")
    for name, score in [("map", "score.mid"), ("midi", "page.png")]:
        with pytest.raises(OutputError, match=rf"{score}: {name} needs a score as"):
            check_score(format_of(name), tmp_path / score)


def test_bars_in_an_order_of_the_player_s_own(tmp_path):
    from unisono.alignment.outputs.score_facts import facts_of_engraving, facts_of_midi
    from unisono.data.readers.midi import read_midi

    _, facts = known.engraved(tmp_path)
    found = facts_of_engraving(facts.path, facts.engraving, [(4, 4)] * 2, [1, 0, 1])
    assert found.measures.number == ("2", "1", "2")
    np.testing.assert_allclose(found.measures.score_s, [0, 2, 4, 6])
    np.testing.assert_allclose(found.quarters_at([0.5, 2.5, 6.0]), [1, 5, 12])
    assert found.written_seconds(0.5) == pytest.approx(2.5)
    assert found.beats.number.tolist() == [1, 2, 3, 4] * 3
    known.midi(tmp_path)
    midi = facts_of_midi(tmp_path / "score.mid", read_midi(tmp_path / "score.mid"), [1, 0])
    assert midi.measures.number == ("2", "1") and midi.beats.measure.tolist() == [0, 0, 0, 1, 1, 1]
    np.testing.assert_allclose(midi.beats.score_s, np.arange(6) * 0.5, atol=1e-6)
