import itertools

import numpy as np
import pytest
import soundfile
from fake_space import FakeSpace
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.alignment.time import align
from unisono.alignment.time.note_alignment import (
    NoteAlignmentSettings,
    align_features,
    pairs_of_path,
    pooled,
    sounding,
)
from unisono.alignment.time.pitch_features import (
    SAMPLE_RATE,
    features_of_audio,
    features_of_notes,
)
from unisono.data.notes import Notes
from unisono.data.sound.additive import play_additive


def melody(n=40, seed=0):
    rng = np.random.default_rng(seed)
    onset_s = np.cumsum(rng.choice([0.25, 0.5], n)) - 0.25
    pitch = rng.integers(50, 80, n).astype(np.int16)
    return Notes(
        onset_s,
        np.append(onset_s[1:], onset_s[-1] + 0.5),
        pitch,
        np.full(n, 80, np.int16),
        np.zeros(n, np.int16),
    )


def moved(notes, to):
    return Notes(to(notes.onset_s), to(notes.offset_s), notes.pitch, notes.velocity, notes.program)


def rubato(seconds):
    return 1.0 + 1.2 * seconds + 0.3 * np.sin(seconds)


@pytest.mark.parametrize("silence_s", [0.0, 3.0])
def test_onsets_of_a_performance_are_found_within_two_frames(silence_s):
    score = melody()
    played = moved(score, lambda s: rubato(s) + silence_s)
    sound = np.pad(play_additive(played, SAMPLE_RATE), (0, round(silence_s * SAMPLE_RATE)))
    noise = 1e-3 * np.random.default_rng(1).standard_normal(len(sound))
    heard = features_of_audio([(sound + noise).astype(np.float32)])
    found = align_features(heard, features_of_notes(score))
    errors = np.interp(score.onset_s, found.score_s, found.recording_s) - played.onset_s
    assert np.median(np.abs(errors)) < 0.021
    assert np.quantile(np.abs(errors), 0.9) < 0.05


@settings(max_examples=10)
@given(st.integers(0, 1000), st.floats(0.6, 1.7))
def test_a_performance_as_notes_is_followed_at_any_pace(seed, pace):
    score = melody(25, seed)
    played = moved(score, lambda s: s * pace)
    found = align_features(features_of_notes(played), features_of_notes(score))
    errors = np.interp(score.onset_s, found.score_s, found.recording_s) - played.onset_s
    assert np.quantile(np.abs(errors), 0.9) <= 0.03
    assert (np.diff(found.recording_s) > 0).all() and (np.diff(found.score_s) > 0).all()


def test_another_piece_costs_more():
    right = align_features(features_of_notes(melody()), features_of_notes(melody()))
    wrong = align_features(features_of_notes(melody()), features_of_notes(melody(seed=5)))
    assert right.cost < 0.5 * wrong.cost


def test_long_pieces_are_first_compared_at_a_lower_rate(monkeypatch):
    monkeypatch.setattr("unisono.alignment.time.note_alignment.MOST_COARSE_CELLS", 1000)
    score = melody()
    played = features_of_notes(moved(score, rubato))
    found = align_features(played, features_of_notes(score))
    errors = np.interp(score.onset_s, found.score_s, found.recording_s) - rubato(score.onset_s)
    assert np.median(np.abs(errors)) < 0.03


def test_features_that_cannot_be_compared_are_refused():
    score = features_of_notes(melody(3))
    with pytest.raises(ValueError, match="hops"):
        align_features(score, features_of_notes(melody(3), hop_s=0.01))
    with pytest.raises(ValueError, match="nothing sounds"):
        align_features(features_of_audio([np.zeros(9000, np.float32)]), score)


def test_silence_is_what_is_far_below_the_loud():
    features = features_of_notes(moved(melody(4), lambda s: s + 2.0))
    start, stop = sounding(features, 45.0, 0.0)
    assert start * features.hop_s == pytest.approx(2.0 + melody(4).onset_s[0], abs=0.02)
    assert stop < len(features)


def test_stairs_are_taken_at_their_middles():
    path = np.array([[0, 0], [1, 0], [2, 0], [3, 1], [3, 2], [4, 3]])
    rows, columns = pairs_of_path(path)
    assert rows.tolist() == [1, 3, 4]
    assert columns.tolist() == [0, 1.5, 3]


def test_pooling_keeps_what_is_left_over():
    frames = np.array([[1], [3], [6]], np.float32)
    assert pooled(frames, 2).tolist() == [[2], [3]]
    assert pooled(frames, 2, highest=True).tolist() == [[3], [6]]


def test_a_recording_and_a_midi_file_line_up_to_the_note(tmp_path, monkeypatch):
    import pretty_midi

    from unisono.data.readers.midi import read_midi
    from unisono.data.sound.additive import play_additive

    score = melody()
    midi = pretty_midi.PrettyMIDI(initial_tempo=120)
    midi.instruments.append(pretty_midi.Instrument(0))
    for on, off, pitch in zip(score.onset_s, score.offset_s, score.pitch, strict=True):
        midi.instruments[0].notes.append(pretty_midi.Note(80, int(pitch), on, off))
    midi.write(str(tmp_path / "score.mid"))
    played = moved(read_midi(tmp_path / "score.mid").notes, rubato)
    soundfile.write(tmp_path / "take.wav", play_additive(played, SAMPLE_RATE), SAMPLE_RATE)

    class Hearing(FakeSpace):
        """Knows the notes of the one recording."""

        def encode_item(self, item, *, modality=None, hop_s=None, every_column=False):
            if item.suffix == ".wav":
                encoding = self.encode_notes(played, hop_s=hop_s)
                return type(encoding)(
                    "audio", encoding.whole, encoding.passages, encoding.duration_s
                )
            return super().encode_item(item, modality=modality, hop_s=hop_s)

    alignment = align(Hearing(), tmp_path / "take.wav", tmp_path / "score.mid")
    found = np.array([alignment.to_recording(float(s)) for s in score.onset_s])
    assert np.median(np.abs(found - played.onset_s)) < 0.021
    back = np.array([alignment.to_score(float(s)).score_s for s in played.onset_s])
    assert np.median(np.abs(back - score.onset_s)) < 0.021
    rows = alignment.rows()
    steps = np.diff([row.recording_s for row in rows])
    assert steps == pytest.approx(np.full(len(steps), 0.2))
    assert all(a.score_s <= b.score_s for a, b in itertools.pairwise(rows))
    assert alignment.confidence > 0.3


def test_what_comes_before_and_after_the_score_is_passed_over():
    score, other = melody(), melody(20, seed=9)
    parts = [other, moved(score, lambda s: s + 12.0), moved(other, lambda s: s + 35.0)]
    played = Notes(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("onset_s", "offset_s", "pitch", "velocity", "program")
        )
    )
    found = align_features(
        features_of_notes(played),
        features_of_notes(score),
        NoteAlignmentSettings(passing_over=0.5),
    )
    errors = np.interp(score.onset_s, found.score_s, found.recording_s) - score.onset_s - 12.0
    assert np.quantile(np.abs(errors), 0.9) <= 0.03
    assert found.recording_s[0] > 8 and found.recording_s[-1] < 36
