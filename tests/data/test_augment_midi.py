from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.data.augment import (
    HUMAN_PIANIST,
    NEW,
    SEQUENCER,
    SET_BY_HAND,
    TRANSCRIBER,
    ExtraNotes,
    HumanPianist,
    MergedNotes,
    MidiChain,
    MidiEffect,
    MissingNotes,
    Music,
    OtherPace,
    OtherPrograms,
    Quantised,
    SplitNotes,
    Transposed,
    learned_numbers,
)
from unisono.data.augmenting.human_timing import write_numbers
from unisono.data.augmenting.human_timing_comparison import (
    autocorrelation_distance,
    of_played,
    played_by_model,
    played_by_noise,
    relative_distance,
    statistics,
)
from unisono.data.augmenting.human_timing_fit import PedalUse, fit_pianist
from unisono.data.augmenting.human_timing_matching import PlayedNotes, match_performance
from unisono.data.augmenting.learn_human_timing import learn
from unisono.data.errors import ReadError
from unisono.data.notes import DRUMS, Notes
from unisono.data.readers.midi import to_pretty_midi


def made_music(measures: int = 16, seed: int = 0) -> Music:
    """Chords on beats, a melody of sixteenths above them, repeated notes and some drums."""
    random = np.random.default_rng(seed)
    rows: list[tuple[float, float, int, int, int]] = []
    for beat in range(4 * measures):
        second = 0.5 * beat
        root = int(random.integers(40, 50))
        rows += [(second, second + 0.48, root + step, 70, 0) for step in (0, 7, 12)]
        for part in (0.0, 0.125, 0.25, 0.375):
            pitch = int(random.integers(66, 84))
            rows.append((second + part, second + part + 0.115, pitch, 90, 0))
        rows.append((second, second + 0.1, 36, 80, DRUMS))
    rows += [(0.5 * b + 0.01, 0.5 * b + 0.49, 60, 60, 40) for b in range(4 * measures)]
    rows = sorted(set(rows), key=lambda row: (row[0], row[2]))
    onset, offset, pitch, velocity, program = (
        np.asarray(column) for column in zip(*rows, strict=True)
    )
    notes = Notes(
        onset.astype(float), offset.astype(float), pitch.astype(np.int16),
        velocity.astype(np.int16), program.astype(np.int16),
    )  # fmt: skip
    beats = 0.5 * np.arange(4 * measures + 1)
    return Music(notes, beats, beats[::4])


EFFECTS: dict[str, MidiEffect] = {
    "missing": MissingNotes(0.1, 1.0, 3),
    "extra": ExtraNotes(0.1, 3),
    "split": SplitNotes(0.3, 3),
    "merged": MergedNotes(0.5, 3),
    "quantised": Quantised(3),
    "half quantised": Quantised(3, 0.5),
    "up": Transposed(5),
    "down": Transposed(-30),
    "programs": OtherPrograms(3),
    "pace": OtherPace(1.3),
    "pianist": HumanPianist(3),
    "pianist without pedal": HumanPianist(4, pedal=False),
    "chain": MidiChain((OtherPace(0.8), MissingNotes(0.1, 1.0, 1), HumanPianist(5),
                        ExtraNotes(0.1, 2), Transposed(-2))),
}  # fmt: skip
EFFECTS |= {
    f"{name} {seed}": recipe.draw(np.random.default_rng(seed))
    for name, recipe in {
        "transcriber": TRANSCRIBER, "sequencer": SEQUENCER, "human": HUMAN_PIANIST,
    }.items()
    for seed in range(3)
}  # fmt: skip


@pytest.mark.parametrize("name", EFFECTS)
def test_every_note_is_where_the_effect_says(name: str) -> None:
    music = made_music()
    change = EFFECTS[name].apply(music)
    new, old = change.music.notes, music.notes
    assert len(change.rows) == len(new)
    stayed = np.flatnonzero(change.rows != NEW)
    rows = change.rows[stayed]
    assert len(np.unique(rows)) == len(rows)
    distance = np.abs(new.onset_s[stayed] - change.time_map(old.onset_s[rows]))
    assert distance.max() <= change.spread_s + 1e-6
    pitched = old.program[rows] != DRUMS
    moved = (new.pitch[stayed] - old.pitch[rows])[pitched]
    np.testing.assert_array_equal(moved, change.semitones)
    assert (new.pitch[stayed][~pitched] == old.pitch[rows][~pitched]).all()
    np.testing.assert_allclose(change.music.beats_s, change.time_map(music.beats_s), atol=1e-6)


@pytest.mark.parametrize("name", EFFECTS)
def test_what_comes_out_are_notes(name: str) -> None:
    notes = EFFECTS[name].apply(made_music()).music.notes
    assert (np.diff(notes.onset_s) >= 0).all()
    assert notes.onset_s.min() >= 0
    assert (notes.offset_s > notes.onset_s).all()
    assert 0 <= notes.pitch.min() <= notes.pitch.max() <= 127
    assert 1 <= notes.velocity.min() <= notes.velocity.max() <= 127
    assert notes.pitch.dtype == notes.velocity.dtype == notes.program.dtype == np.int16


@pytest.mark.parametrize("name", EFFECTS)
def test_the_same_again_and_the_input_as_it_was(name: str) -> None:
    music = made_music()
    first, second = EFFECTS[name].apply(music), EFFECTS[name].apply(music)
    np.testing.assert_array_equal(first.music.notes.onset_s, second.music.notes.onset_s)
    np.testing.assert_array_equal(first.rows, second.rows)
    for field in ("onset_s", "offset_s", "pitch", "velocity", "program"):
        np.testing.assert_array_equal(
            getattr(music.notes, field), getattr(made_music().notes, field)
        )


@pytest.mark.parametrize("name", EFFECTS)
@pytest.mark.parametrize("count", [0, 1])
def test_no_note_and_one_note(name: str, count: int) -> None:
    whole = made_music().notes
    notes = Notes(*(getattr(whole, field)[:count] for field in
                    ("onset_s", "offset_s", "pitch", "velocity", "program")))  # fmt: skip
    change = EFFECTS[name].apply(Music(notes))
    assert len(change.rows) == len(change.music.notes)
    assert (len(change.rows) > 0) == (count > 0)


def test_soft_and_inner_notes_go_first() -> None:
    music = made_music(64)
    change = MissingNotes(0.2, 1.5, 0).apply(music)
    gone = np.setdiff1d(np.arange(len(music.notes)), change.rows)
    assert len(gone) == round(0.2 * len(music.notes))
    velocity = music.notes.velocity.astype(float)
    assert velocity[gone].mean() < velocity.mean() - 5


def test_extra_notes_are_mostly_octaves_beside_old_ones() -> None:
    music = made_music(64)
    change = ExtraNotes(0.2, 0).apply(music)
    new, notes = np.flatnonzero(change.rows == NEW), change.music.notes
    assert len(new) == pytest.approx(0.2 * len(music.notes), rel=0.1)
    for row in new:
        near = np.abs(music.notes.onset_s - notes.onset_s[row]) <= 0.021
        steps = notes.pitch[row] - music.notes.pitch[near]
        assert np.isin(steps, [12, -12, 1, -1, 19, 7, -5, 24]).any()


def test_split_notes_meet_and_merged_ones_are_whole_again() -> None:
    notes = Notes(np.array([0.0]), np.array([2.0]), *(np.array([v], np.int16) for v in (60, 80, 0)))
    split = SplitNotes(1.0, 1).apply(Music(notes))
    halves = split.music.notes
    assert list(split.rows) == [0, NEW]
    assert halves.offset_s[0] == halves.onset_s[1]
    joined = MergedNotes(1.0, 1).apply(split.music)
    assert list(joined.rows) == [0]
    assert joined.music.notes.offset_s[0] == 2.0


def test_repetitions_join_as_far_as_they_go() -> None:
    count = 4
    notes = Notes(
        np.arange(count) * 0.5, np.arange(count) * 0.5 + 0.45,
        *(np.full(count, value, np.int16) for value in (60, 80, 0)),
    )  # fmt: skip
    joined = MergedNotes(1.0, 1).apply(Music(notes)).music.notes
    assert len(joined) == 1
    assert joined.offset_s[0] == pytest.approx(1.95)


def test_quantised_onsets_lie_on_the_grid() -> None:
    human = HumanPianist(1).apply(made_music()).music
    beats = Quantised(4).apply(human).music
    at = np.interp(beats.notes.onset_s, beats.beats_s, np.arange(len(beats.beats_s)))
    inside = beats.notes.onset_s < beats.beats_s[-1]
    np.testing.assert_allclose((at * 4)[inside], np.rint(at * 4)[inside], atol=1e-5)


@settings(max_examples=40)
@given(semitones=st.integers(-60, 60), low=st.integers(0, 60), high=st.integers(61, 127))
def test_transposition_stays_in_range_and_says_so(semitones: int, low: int, high: int) -> None:
    music = made_music(2)
    pitched = music.notes.program != DRUMS
    before = music.notes.pitch[pitched]
    change = Transposed(semitones, low, high).apply(music)
    after = change.music.notes.pitch[change.music.notes.program != DRUMS]
    assert abs(change.semitones) <= abs(semitones)
    assert change.semitones * semitones >= 0
    assert after.min() >= min(low, before.min())
    assert after.max() <= max(high, before.max())


def test_programs_change_together_and_drums_stay() -> None:
    music = made_music()
    new = OtherPrograms(1).apply(music).music.notes.program
    for old in np.unique(music.notes.program):
        assert len(np.unique(new[music.notes.program == old])) == 1
    assert (new[music.notes.program == DRUMS] == DRUMS).all()


def test_a_pianist_leads_with_the_melody_and_pedals() -> None:
    music = made_music(64)
    music = replace(music, notes=_without_drums(music.notes))
    numbers = replace(SET_BY_HAND, pedal=replace(SET_BY_HAND.pedal, used=1.0))
    dry, wet = (HumanPianist(2, numbers, pedal=pedal).apply(music) for pedal in (False, True))
    np.testing.assert_array_equal(dry.music.notes.onset_s, wet.music.notes.onset_s)
    assert wet.music.notes.offset_s.sum() > dry.music.notes.offset_s.sum() + 10
    back = np.argsort(dry.rows)
    late = (dry.music.notes.onset_s - dry.time_map(music.notes.onset_s[dry.rows]))[back]
    on_beat = np.isin(music.notes.onset_s, music.beats_s)
    melody = on_beat & (music.notes.pitch > 65)
    assert late[melody].mean() < late[on_beat & ~melody].mean() - 0.003


def test_a_pianist_needs_no_beats_and_keeps_the_pace() -> None:
    music = made_music(64)
    played = HumanPianist(3).apply(Music(music.notes))
    assert played.music.notes.duration_s == pytest.approx(music.notes.duration_s, rel=0.3)


def test_no_key_is_struck_while_it_is_down() -> None:
    notes = HumanPianist(3).apply(made_music()).music.notes
    for program, pitch in set(zip(notes.program.tolist(), notes.pitch.tolist(), strict=True)):
        if program == 0:
            rows = (notes.program == program) & (notes.pitch == pitch)
            onset, offset = notes.onset_s[rows], notes.offset_s[rows]
            assert (offset[:-1] <= onset[1:] + 0.0101).all()


def played_like(numbers: object, seed: int, pieces: int = 6) -> list[PlayedNotes]:
    random, result = np.random.default_rng(seed), []
    for piece in range(pieces):
        music = made_music(80, piece)
        notes = _without_drums(music.notes, 0)
        straight = PlayedNotes(
            notes.onset_s, notes.offset_s, notes.pitch, notes.onset_s, notes.offset_s,
            notes.velocity.astype(float), music.beats_s, music.beats_s,
            np.isin(music.beats_s, music.downbeats_s),
        )  # fmt: skip
        result.append(played_by_model(straight, numbers, random))  # type: ignore[arg-type]
    return result


def test_fitting_finds_the_numbers_again() -> None:
    tempo = replace(SET_BY_HAND.tempo, between=0.0, hesitates=0.0)
    truth = replace(SET_BY_HAND, tempo=tempo)
    pedal = PedalUse(np.full(9, 1.5), np.full(8, 0.5), np.zeros(9), 0.5)
    found = fit_pianist(of_played(played_like(truth, 0, 12)), [pedal])
    played, again = (statistics(of_played(played_like(n, 3, 12))) for n in (truth, found))
    assert autocorrelation_distance(played, again) < 0.1
    assert relative_distance(played, again) < 0.25
    assert found.onset.spread_s == pytest.approx(truth.onset.spread_s, rel=0.4)
    assert found.velocity.note == pytest.approx(truth.velocity.note, rel=0.3)
    assert found.velocity.per_octave == pytest.approx(truth.velocity.per_octave, abs=1.0)
    assert found.length.note == pytest.approx(truth.length.note, rel=0.4)
    assert found.pedal.down_beats == pytest.approx(1.5)


def test_a_model_has_a_memory_that_white_noise_lacks() -> None:
    real = played_like(SET_BY_HAND, 0)
    seen, random = of_played(real), np.random.default_rng(1)
    truth = statistics(seen)
    model = statistics(of_played(played_like(SET_BY_HAND, 5)))
    noise = statistics(of_played([played_by_noise(one, seen, random) for one in real]))
    assert autocorrelation_distance(truth, model) < 0.15
    assert autocorrelation_distance(truth, noise) > 0.3


def test_notes_are_found_again_in_a_performance() -> None:
    music = made_music()
    score = _without_drums(music.notes)
    change = MidiChain((HumanPianist(6, pedal=False), MissingNotes(0.05, 0.0, 1))).apply(
        replace(music, notes=score)
    )
    downbeat = np.isin(music.beats_s, music.downbeats_s)
    found = match_performance(
        score, change.music.notes, music.beats_s, change.music.beats_s, downbeat
    )
    inside = score.onset_s[change.rows] <= music.beats_s[-1]
    assert len(found.pitch) == pytest.approx(inside.sum(), abs=3)
    expected = change.time_map(found.score_onset_s)
    assert np.abs(found.onset_s - expected).max() <= 0.3


def test_learning_writes_numbers_and_compares(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = []
    for work in range(10):
        music = made_music(24, work)
        score = replace(music, notes=_without_drums(music.notes, 0))
        change = HumanPianist(work, pedal=False).apply(score)
        (tmp_path / f"{work}").mkdir()
        to_pretty_midi(score.notes).write(str(tmp_path / f"{work}" / "midi_score.mid"))
        to_pretty_midi(change.music.notes).write(str(tmp_path / f"{work}.mid"))
        kinds = ["db" if beat % 4 == 0 else "b" for beat in range(len(score.beats_s))]
        rows.append({
            "performance": f"{work}.mid", "piece": f"{work}", "composer": "nobody",
            "title": f"{work}", "score_and_performance_aligned": True,
            "score_beats": score.beats_s.tolist(), "score_beat_types": kinds,
            "performance_beats": change.music.beats_s.tolist(),
        })  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "annotations.parquet")
    table = learn(tmp_path, tmp_path / "numbers.json", splits=2)
    assert "fitted on 8 performances of 8 works; compared on 2 performances of 2 others" in table
    assert "split 1" in table
    numbers = learned_numbers(tmp_path / "numbers.json")
    assert numbers.pedal.used == 0
    assert numbers.velocity.top > 2
    assert not np.isnan(list(asdict(numbers.tempo.slow).values())).any()
    pq.write_table(pa.Table.from_pylist(rows[:3]), tmp_path / "annotations.parquet")
    with pytest.raises(ReadError, match="too few performances"):
        learn(tmp_path, tmp_path / "numbers.json")
    with pytest.raises(ReadError, match="cannot be read as a table"):
        learn(tmp_path / "0", tmp_path / "numbers.json")


def test_numbers_come_back_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    write_numbers(path, SET_BY_HAND, {"from": "nowhere"})
    assert learned_numbers(path) == SET_BY_HAND
    path.write_text("{}")
    with pytest.raises(ReadError, match="learn_human_timing"):
        learned_numbers(path)
    with pytest.raises(ReadError, match="learn_human_timing"):
        learned_numbers(tmp_path / "none.json")


def test_learned_numbers_tell_their_licence_and_are_no_default() -> None:
    from unisono.data.augmenting.human_timing import LEARNED

    assert "non-commercial" in json.loads(LEARNED.read_text())["licence"]
    assert LEARNED.stat().st_size < 100_000
    assert HumanPianist(1).numbers is SET_BY_HAND != learned_numbers()
    assert "numbers" in repr(HumanPianist(1, learned_numbers()))


def _without_drums(notes: Notes, only: int | None = None) -> Notes:
    rows = notes.program != DRUMS if only is None else notes.program == only
    return Notes(*(getattr(notes, field)[rows] for field in
                   ("onset_s", "offset_s", "pitch", "velocity", "program")))  # fmt: skip
