"""Alignment with real MIDI and MusicXML files, read and engraved, in a space that is known."""

import numpy as np
import pretty_midi
import pytest
from fake_space import FakeSpace, write

import unisono.alignment.time.alignment as alignment_module
from unisono.alignment.time import ScorePlace, align
from unisono.alignment.time.pitch_features import features_of_notes
from unisono.alignment.time.played_order import PlayedOrder
from unisono.alignment.time.score import centres
from unisono.data.errors import ReadError
from unisono.data.notes import Notes
from unisono.data.places import Region, TimeSpan
from unisono.towers.encoding import Passages

PITCHES = (60, 64, 67, 72, 71, 69, 65, 62, 59, 55, 57, 61, 66, 70, 73, 58)
STEPS = {0: ("C", 0), 1: ("C", 1), 2: ("D", 0), 3: ("D", 1), 4: ("E", 0), 5: ("F", 0)}
STEPS |= {6: ("F", 1), 7: ("G", 0), 8: ("G", 1), 9: ("A", 0), 10: ("A", 1), 11: ("B", 0)}


@pytest.fixture(autouse=True)
def words_sound(monkeypatch):
    """The fake space hears words; here each is a pitch that sounds for a second."""

    def features(path, modality):
        pitches = np.array(path.read_text().split(), np.int16)
        onset_s = np.arange(len(pitches), dtype=np.float64)
        velocity, program = np.full_like(pitches, 80), np.zeros_like(pitches)
        return features_of_notes(Notes(onset_s, onset_s + 1, pitches, velocity, program))

    monkeypatch.setattr(alignment_module, "features_of_recording", features)


def played(folder, pitches, seconds_each):
    words = [str(pitch) for pitch in pitches for _ in range(seconds_each)]
    return write(folder, take_wav=" ".join(words)) / "take.wav"


def midi_file(folder):
    midi = pretty_midi.PrettyMIDI(initial_tempo=120)
    instrument = pretty_midi.Instrument(0)
    for i, pitch in enumerate(PITCHES):
        instrument.notes.append(pretty_midi.Note(80, pitch, i * 0.5, (i + 1) * 0.5))
    midi.instruments.append(instrument)
    midi.write(str(folder / "score.mid"))
    return folder / "score.mid"


def musicxml_file(folder, repeat=False):
    def note(pitch):
        step, alter = STEPS[pitch % 12]
        octave = pitch // 12 - 1
        return (
            f"<note><pitch><step>{step}</step><alter>{alter}</alter><octave>{octave}</octave>"
            "</pitch><duration>1</duration><type>quarter</type></note>"
        )

    measures = []
    for i in range(0, len(PITCHES), 4):
        start = (
            "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type>"
            "</time><clef><sign>G</sign><line>2</line></clef></attributes>"
            '<direction><sound tempo="120"/></direction>'
            if i == 0
            else ""
        )
        end = (
            '<barline location="right"><bar-style>light-heavy</bar-style>'
            '<repeat direction="backward"/></barline>'
            if repeat and i == len(PITCHES) - 4
            else ""
        )
        notes = "".join(note(pitch) for pitch in PITCHES[i : i + 4])
        measures.append(f'<measure number="{i // 4 + 1}">{start}{notes}{end}</measure>')
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0"><part-list>'
        '<score-part id="P1"><part-name>Violin</part-name></score-part></part-list>'
        f'<part id="P1">{"".join(measures)}</part></score-partwise>'
    )
    (folder / "score.musicxml").write_text(text)
    return folder / "score.musicxml"


def test_a_recording_is_followed_in_a_midi_file(tmp_path):
    alignment = align(FakeSpace(), played(tmp_path, PITCHES, 2), midi_file(tmp_path), hop_s=0.25)
    row = alignment.to_score(13.0)  # the middle of note 6, a quarter of its length before beat 7
    assert row.score_s == pytest.approx(3.25, abs=0.25)
    assert row.beat == pytest.approx(6.5, abs=0.5)
    assert row.measure == "2"
    assert (row.page, row.system, row.x) == (None, None, None)
    assert alignment.to_recording(3.25) == pytest.approx(13.0, abs=1.0)
    assert alignment.confidence > 0.3
    assert [r.measure for r in alignment.rows()] == sorted(r.measure for r in alignment.rows())


def test_a_recording_is_followed_in_engraved_musicxml(tmp_path):
    score = musicxml_file(tmp_path)
    alignment = align(FakeSpace(), played(tmp_path, PITCHES, 2), score, hop_s=0.25)
    row = alignment.to_score(21.0)
    assert row.score_s == pytest.approx(5.25, abs=0.25)
    assert row.beat == pytest.approx(10.5, abs=0.5)
    assert (row.measure, row.page, row.system) == ("3", 1, 1)
    assert row.x > alignment.to_score(5.0).x
    assert alignment.to_recording(row) == pytest.approx(21.0, abs=1.0)
    region = Region(1, 1, row.x - 5, row.x + 5, row.y - 5, row.y + 5)
    assert alignment.to_recording(region) == pytest.approx(21.0, abs=1.5)
    assert alignment.to_recording(ScorePlace(score_s=5.25)) == pytest.approx(21.0, abs=1.0)


def test_a_repeat_is_followed_when_it_is_played_and_only_then(tmp_path):
    score = musicxml_file(tmp_path, repeat=True)
    once = align(FakeSpace(), played(tmp_path, PITCHES, 2), score, hop_s=0.5)
    assert once.to_score(29.0).score_s == pytest.approx(7.25, abs=0.5)
    twice = align(FakeSpace(), played(tmp_path, PITCHES * 2, 1), score, hop_s=0.5)
    assert twice.to_score(24.5).score_s == pytest.approx(12.25, abs=0.5)
    assert twice.to_score(24.5).measure == twice.to_score(8.5).measure == "3"


def test_passages_cut_off_by_the_ends_keep_their_middles():
    middles = np.arange(0.1, 10, 0.2)
    places = [TimeSpan(max(0.0, m - 1.5), min(10.0, m + 1.5)) for m in middles]
    passages = Passages(np.ones((50, 2), np.float32), places, np.ones(50, np.float32))
    assert centres(passages) == pytest.approx(middles)


def test_a_repeat_that_no_mark_shows_is_found_and_said(tmp_path):
    score = musicxml_file(tmp_path)
    take = played(tmp_path, (*PITCHES[:8], *PITCHES), 2)
    alignment = align(FakeSpace(), take, score, hop_s=0.5)
    assert alignment.order.words() == "bars 1 to 2, 1 to 4"
    assert [alignment.to_score(s).measure for s in (4, 12, 20, 28, 36, 44)] == list("121234")


def test_an_order_that_is_given_is_followed(tmp_path):
    order = PlayedOrder.parse("3-4 1-2")
    take = played(tmp_path, (*PITCHES[8:], *PITCHES[:8]), 2)
    alignment = align(FakeSpace(), take, musicxml_file(tmp_path), hop_s=0.5, order=order)
    assert alignment.order == order
    assert [alignment.to_score(s).measure for s in (4, 12, 20, 28)] == list("3412")
    assert alignment.to_score(20.0).score_s == pytest.approx(5.0, abs=0.5)


def test_an_order_of_bars_that_there_are_not_is_refused(tmp_path):
    take = played(tmp_path, PITCHES, 1)
    for score in (musicxml_file(tmp_path), midi_file(tmp_path)):
        with pytest.raises(ReadError, match="bar 9, but there are only 4"):
            align(FakeSpace(), take, score, order=PlayedOrder.parse("1-9"))
