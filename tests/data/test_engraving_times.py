"""Times of engraved notes: durations, grace notes, parts, repeats and the map, MIDI."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_scores import random_score
from short_scores import melody, note, score

from unisono.data.engraving import Engraving, Layout, engrave
from unisono.data.scores.encoding import EncodedMeasure, EncodedScore
from unisono.data.scores.repeats import played_order, repeat_map, score_order

SMALL = Layout(staff_space_px=5.0, text=False)
QUARTERS = "".join(map(note, (60, 62, 64, 65)))


def grace(step: str, *, slash: bool = False) -> str:
    mark = '<grace slash="yes"/>' if slash else "<grace/>"
    pitch = f"<pitch><step>{step}</step><octave>5</octave></pitch>"
    return f"<note>{mark}{pitch}<type>eighth</type></note>"


def moments(engraving: Engraving) -> dict[int, tuple[float, float, float]]:
    """Pitch -> beat, duration in beats, onset in seconds."""
    notes = engraving.notes
    return {
        int(pitch): (float(beat), float(length), float(onset))
        for pitch, beat, length, onset in zip(
            notes.pitch, notes.beat, notes.duration_beats, notes.onset_s, strict=True
        )
    }


def test_durations_parts_and_measures() -> None:
    engraving = engrave(
        score([[QUARTERS, note(67, 4)], [note(48, 2) + note(43, 2), note(60, 4)]], names=["A", "B"])
    )
    notes = engraving.notes
    assert notes.duration_beats.tolist() == [1, 2, 1, 1, 2, 1, 4, 4]
    assert notes.part.tolist() == [0, 1, 0, 0, 1, 0, 0, 1]
    assert engraving.parts == ("A", "B")
    assert notes.measure_index.tolist() == [0] * 6 + [1] * 2
    assert notes.played_measure.tolist() == notes.measure_index.tolist()
    assert notes.notated.tolist() == list(range(8))
    assert not notes.grace.any()
    measures = engraving.measures
    assert measures.number.tolist() == ["1", "2"]
    assert measures.onset_s == pytest.approx([0, 2])
    assert measures.beat.tolist() == [0, 4]
    assert measures.duration_beats.tolist() == [4, 4]
    assert measures.page.tolist() == [1, 1]
    assert measures.x0[1] == pytest.approx(measures.x1[0], abs=1)


@pytest.mark.parametrize("slash", [True, False])
def test_a_note_keeps_its_beat_under_grace_notes(slash: bool) -> None:
    marks = grace("D", slash=slash) + grace("E", slash=slash)
    upper = [note(60, 2) + marks + note(62, 2), marks + note(64, 4)]
    lower = [note(48, 2) + note(50, 2), note(52, 4)]
    engraving = engrave(score([upper, lower]))
    notes = engraving.notes
    for high, low in ((60, 48), (62, 50), (64, 52)):
        found = moments(engraving)
        assert found[high] == pytest.approx(found[low])
    graces = notes.pitch[notes.grace].tolist()
    assert graces == [74, 76, 74, 76]
    assert notes.beat[notes.grace].tolist() == [2, 2, 4, 4]
    assert set(notes.duration_beats[notes.grace]) == {0}
    assert notes.onset_s[notes.grace] == pytest.approx([0.88, 0.94, 1.88, 1.94])
    assert (notes.offset_s > notes.onset_s).all()


def test_grace_notes_at_the_very_start_and_in_a_rush() -> None:
    first = engrave(score([[grace("D") + note(60, 4)], [note(48, 4)]])).notes
    assert first.onset_s.tolist() == [0, 0, 0]
    assert first.beat.tolist() == [0, 0, 0]
    fast = note(60, 1).replace("quarter", "64th")
    many = "".join(grace(step) for step in "CDEFGAB")
    xml = score([[fast + many + note(62, 2) + note(60, 1)]], bpm=200)
    notes = engrave(xml).notes
    real = notes.onset_s[~notes.grace]
    assert (notes.onset_s[notes.grace] > real[0]).all()
    assert (notes.onset_s[notes.grace] < real[1]).all()


def test_a_tied_grace_note_is_one_note() -> None:
    tied = (
        grace("D")
        .replace("<type>", '<tie type="start"/><type>')
        .replace("</note>", '<notations><tied type="start"/></notations></note>')
    )
    main = note(74, 4, tie="stop")
    notes = engrave(score([[tied + main]])).notes
    assert notes.pitch.tolist() == [74]
    assert notes.duration_beats.tolist() == [4]


def test_transposing_instruments_sound_where_they_sound() -> None:
    xml = score([[QUARTERS]]).replace(
        "</clef>",
        "</clef><transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>",
    )
    assert engrave(xml).notes.pitch.tolist() == [58, 60, 62, 63]


def test_written_and_played_side_by_side() -> None:
    engraving = engrave(score([[QUARTERS, note(67, 4)]], repeat=True))
    written, played = engraving.notated, engraving.played
    assert engraving.notes is written
    assert len(written) == 5
    assert len(played) == 10
    assert played.notated.tolist() == [0, 1, 2, 3, 4] * 2
    assert played.measure_index.tolist() == [0, 0, 0, 0, 1] * 2
    assert played.played_measure.tolist() == [0, 0, 0, 0, 1, 2, 2, 2, 2, 3]
    for name in ("x", "y", "page", "system", "pitch", "measure", "staff"):
        np.testing.assert_array_equal(getattr(played, name), getattr(written, name)[played.notated])
    repeats = engraving.repeats
    assert repeats.order == (0, 1, 0, 1)
    assert repeats.to_notated(5.0) == pytest.approx(1.0)
    assert repeats.to_played(1.0) == pytest.approx((1.0, 5.0))
    assert [span.played_s for span in repeats.spans] == [(0.0, 4.0), (4.0, 8.0)]
    assert engrave(score([[QUARTERS]]), expand_repeats=True).played.notated.tolist() == [0, 1, 2, 3]


def test_a_score_without_repeats_maps_to_itself() -> None:
    engraving = engrave(score([melody(3)]))
    assert engraving.played is engraving.notated
    repeats = engraving.repeats
    assert len(repeats.spans) == 1
    for moment in (0.0, 1.3, 6.0):
        assert repeats.to_notated(moment) == moment
        assert repeats.to_played(moment) == (moment,)
    assert repeats.to_notated(99.0) == 6.0
    assert repeats.to_notated(-1.0) == 0.0
    assert repeats.to_played(99.0) == ()


def ending(number: int, content: str, *, repeat: bool) -> str:
    back = '<repeat direction="backward"/>' if repeat else ""
    left = f'<barline location="left"><ending number="{number}" type="start"/></barline>'
    right = f'<barline location="right"><ending number="{number}" type="stop"/>{back}</barline>'
    return left + content + right


def test_a_tie_into_two_endings() -> None:
    held = note(60, 4, tie="start")
    first = ending(1, note(60, 2, tie="stop") + note(62, 2), repeat=True)
    second = ending(2, note(64, 4), repeat=False)
    engraving = engrave(score([[held, first, second]]))
    played = engraving.played
    assert played.pitch.tolist() == [60, 62, 60, 64]
    # the second time, nothing is there for the note to go on into
    assert played.duration_beats.tolist() == [6, 2, 4, 4]
    assert played.measure.tolist() == ["1", "2", "1", "3"]
    assert engraving.repeats.order == (0, 1, 0, 2)
    assert engraving.repeats.to_played(4.5) == pytest.approx((8.5 - 2,))


def test_dal_segno_al_coda() -> None:
    def direction(kind: str, sound: str) -> str:
        return f"<direction><direction-type>{kind}</direction-type><sound {sound}/></direction>"

    measures = [
        note(60, 4),
        direction("<segno/>", 'segno="s"') + note(62, 4),
        direction("<coda/>", 'tocoda="c"') + note(64, 4),
        note(65, 4) + direction("<words>D.S. al Coda</words>", 'dalsegno="s"'),
        direction("<coda/>", 'coda="c"') + note(67, 4),
    ]
    played = engrave(score([measures])).played
    assert played.pitch.tolist() == [60, 62, 64, 65, 62, 64, 67]


def bars(text: str) -> list[EncodedMeasure]:
    """Measures from a line such as ``|: a 1[b :| 2[c d``."""
    found: list[EncodedMeasure] = []
    opened, passes = False, ()
    for word in text.split():
        if word == "|:":
            opened, passes = True, ()
        elif word == ":|":
            last = found[-1]
            found[-1] = EncodedMeasure(last.identifier, "", last.repeat_starts, True, last.ending)
        elif word == "|":
            passes = ()
        else:
            marks, bracket, name = word.rpartition("[")
            if bracket:
                passes = tuple(int(mark) for mark in marks.split(","))
            found.append(EncodedMeasure(name, "", opened, False, passes))
            opened = False
    return found


@pytest.mark.parametrize(
    ("written", "played"),
    [
        ("a b", "ab"),
        ("a b :|", "abab"),
        ("a |: b :| c", "abbc"),
        ("a |: b :| |: c :|", "abbcc"),
        ("a :| b :| c", "aabbc"),
        ("|: a 1[b :| 2[c", "abac"),
        ("|: a 1[b :| 2[c | d :|", "abacdd"),
        ("|: a 1[b :| | c", "abac"),
        ("|: a 1,2[b :| 3[c | d", "ababacd"),
        ("|: a 1[b :| 2[c :| 3[d | e", "abacade"),
        ("|: a 1[b c :| 2[d e | |: f :|", "abcadeff"),
        ("|: a |: b :|", "abb"),
        ("", ""),
    ],
)
def test_repeat_signs_are_followed(written: str, played: str) -> None:
    measures = bars(written)
    order = played_order(measures)
    assert "".join(measures[index].identifier for index in order) == played


def test_what_the_score_says_comes_before_its_signs() -> None:
    measures = bars("a b :|") + bars("c :|")
    said = EncodedScore(measures=measures, movements=[(range(2), (0, 1, 1)), (range(2, 3), ())])
    assert score_order(said) == (0, 1, 1, 2, 2)
    unsaid = EncodedScore(measures=measures, movements=[(range(2), ()), (range(2, 3), ())])
    assert score_order(unsaid) == (0, 1, 0, 1, 2, 2)


@given(
    st.lists(st.floats(0.5, 8.0), min_size=1, max_size=8).flatmap(
        lambda lengths: st.tuples(
            st.just(lengths),
            st.lists(st.integers(0, len(lengths) - 1), min_size=1, max_size=20),
            st.floats(0.0, 1.0),
        )
    )
)
@example(([4.0, 1.1913543415269547, 3.0], [1, 0, 0, 2, 1], 0.0))  # rounds at a border
@settings(max_examples=60)
def test_there_and_back(drawn: tuple[list[float], list[int], float]) -> None:
    lengths, order, part = drawn
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    repeats = repeat_map(order, starts.tolist(), (2 * starts).tolist())
    total = sum(lengths[index] for index in order)
    assert repeats.spans[-1].played_s[1] == pytest.approx(total)
    assert repeats.spans[-1].played_beats[1] == pytest.approx(2 * total)
    moment = part * total * 0.999
    written = repeats.to_notated(moment)
    back = repeats.to_played(written)
    assert min(abs(np.array(back) - moment)) < 1e-6
    for again in back:
        assert repeats.to_notated(again) == pytest.approx(written, abs=1e-6)


@pytest.mark.parametrize("seed", [2, 3, 5])
def test_played_times_lead_to_written_ones(seed: int) -> None:
    engraving = engrave(random_score(seed), SMALL)
    played, written = engraving.played, engraving.notated
    ordinary = ~played.grace
    led = [engraving.repeats.to_notated(float(s) + 1e-6) for s in played.onset_s[ordinary]]
    there = written.onset_s[played.notated[ordinary]]
    # a tie across a repeat sign begins anew where there is nothing to go on from
    assert np.mean(np.abs(np.array(led) - there) < 2e-3) > 0.95
    assert (np.diff(played.onset_s) >= 0).all()
    assert (played.offset_s > played.onset_s).all()


@pytest.mark.parametrize("repeats", [False, True])
def test_a_midi_file_has_the_same_onsets(tmp_path: Path, repeats: bool) -> None:
    import pretty_midi

    engraving = engrave(random_score(4), SMALL, expand_repeats=repeats)
    engraving.write_midi(tmp_path / "score.mid")
    tracks = pretty_midi.PrettyMIDI(str(tmp_path / "score.mid")).instruments
    assert [track.program for track in tracks] == list(engraving.programs)
    assert [track.name for track in tracks] == list(engraving.parts)
    found = sorted((n.pitch, n.start) for track in tracks for n in track.notes)
    expected = sorted(
        (int(p), float(s))
        for p, s in zip(engraving.notes.pitch, engraving.notes.onset_s, strict=True)
    )
    assert [pitch for pitch, _ in found] == [pitch for pitch, _ in expected]
    np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], atol=1e-3)


def test_programs_come_from_the_score_or_from_names() -> None:
    names = ["Violino I", "Violoncello", "Singstimme", "Klavier", "Clavecin", "Contrabass", "X"]
    engraving = engrave(score([[note(60, 4)]] * 7, names=names), Layout(page_height=300))
    assert engraving.programs == (40, 42, 52, 0, 6, 43, 0)
    sounding = engraving.to_notes(velocity=70)
    assert sorted(sounding.program) == sorted(engraving.programs)
    assert set(sounding.velocity) == {70}
    np.testing.assert_array_equal(sounding.onset_s, engraving.notes.onset_s)
    told = score([[note(60, 4)]], names=["Violino"]).replace(
        "</score-part>",
        '<score-instrument id="I1"><instrument-name>x</instrument-name></score-instrument>'
        '<midi-instrument id="I1"><midi-program>74</midi-program></midi-instrument></score-part>',
    )
    assert engrave(told).programs == (73,)
