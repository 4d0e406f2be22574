"""Files that do not belong together, or not as a whole: an answer, or a refusal that says why."""

import numpy as np
import pytest
import soundfile
from fake_space import FakeSpace

from unisono.alignment.time import align, fitted_confidence
from unisono.alignment.time.confidence import (
    AlignmentConfidence,
    MatchConfidence,
    MomentConfidence,
)
from unisono.alignment.time.doubts import doubt_of
from unisono.alignment.time.score import centres
from unisono.data.errors import ReadError
from unisono.data.notes import Notes
from unisono.data.places import TimeSpan
from unisono.data.readers.midi import write_midi
from unisono.data.sound.additive import play_additive
from unisono.towers.encoding import Passages

RATE = 16_000


NOTES = AlignmentConfidence(
    MatchConfidence(-3.0, 12.0, 4.0, 4.0, 0.0, 2.0, 2.0, 0.3, 0.2), MomentConfidence(-3.0, 6.0, 0.8)
)
"""Set by hand: the fitted one knows another space."""


@pytest.fixture(autouse=True)
def confidence_set_by_hand(monkeypatch):
    monkeypatch.setattr(fitted_confidence, "NOTES", NOTES)


class SpaceOfWhatSounds(FakeSpace):
    """Knows the notes of recordings that it was told of."""

    def __init__(self):
        super().__init__()
        self.known = {}

    def encode_item(self, item, *, modality=None, hop_s=None, every_column=False):
        if item.suffix != ".wav":
            return super().encode_item(item, modality=modality, hop_s=hop_s)
        encoding = self.encode_notes(self.known[item], hop_s=hop_s)
        return type(encoding)("audio", encoding.whole, encoding.passages, encoding.duration_s)


def tune(seed, quarters=48, start_s=0.0, slower=1.0):
    """A melody over slow chords, no bar like another."""
    random = np.random.default_rng(seed)
    onset_s = 0.5 * np.arange(quarters)
    melody = random.integers(60, 80, quarters)
    bass = np.repeat(random.integers(40, 56, -(-quarters // 4)), 4)[:quarters:4]
    onsets = np.concatenate([onset_s, onset_s[::4]])
    lengths = np.concatenate([np.full(quarters, 0.5), np.full(len(bass), 2.0)])
    pitch = np.concatenate([melody, bass]).astype(np.int16)
    order = np.argsort(onsets, kind="stable")
    onsets, lengths, pitch = onsets[order], lengths[order], pitch[order]
    return Notes(
        start_s + slower * onsets,
        start_s + slower * (onsets + lengths),
        pitch,
        np.full(len(pitch), 80, np.int16),
        np.zeros(len(pitch), np.int16),
    )


def together(*parts):
    names = ("onset_s", "offset_s", "pitch", "velocity", "program")
    return Notes(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def between(notes, start_s, stop_s):
    inside = (notes.onset_s >= start_s) & (notes.onset_s < stop_s)
    return Notes(
        notes.onset_s[inside] - start_s,
        np.minimum(notes.offset_s[inside], stop_s) - start_s,
        notes.pitch[inside],
        notes.velocity[inside],
        notes.program[inside],
    )


@pytest.fixture
def lined_up(tmp_path):
    """Aligns notes that are played with notes that are written."""

    def run(played, written):
        space = SpaceOfWhatSounds()
        recording, score = tmp_path / "take.wav", tmp_path / "score.mid"
        soundfile.write(recording, play_additive(played, RATE), RATE)
        write_midi(written, score)
        space.known[recording] = played
        return align(space, recording, score)

    return run


def test_the_right_piece_is_recognised(lined_up):
    found = lined_up(tune(1, slower=1.2), tune(1))
    assert found.belongs and found.confidence > 0.8
    assert np.median(found.confidences) > 0.5


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_another_piece_is_refused_and_why_is_said(lined_up, seed):
    found = lined_up(tune(1), tune(seed))
    assert not found.belongs
    assert len(doubt_of(found)) > 20
    assert np.max(found.confidences) < 0.5


def test_passages_longer_than_the_recording_are_still_in_order():
    spans = [TimeSpan(0.0, 3.0)] * 15
    middles = centres(Passages(np.zeros((15, 2), np.float32), spans, np.ones(15, np.float32)))
    assert middles == pytest.approx(0.2 * np.arange(15) + 0.1)
    one = centres(Passages(np.zeros((1, 2), np.float32), spans[:1], np.ones(1, np.float32)))
    assert one == pytest.approx([1.5])


def test_silence_is_named(tmp_path):
    recording, score = tmp_path / "take.wav", tmp_path / "score.mid"
    recording.write_text("- - - -")
    write_midi(tune(1), score)
    with pytest.raises(ReadError, match=r"take\.wav: nothing sounds"):
        align(FakeSpace(), recording, score)


def test_a_part_of_a_score_ten_times_as_long_is_found(lined_up):
    whole = tune(1, quarters=400)
    found = lined_up(between(whole, 80.0, 100.0), whole)
    assert found.belongs
    beats = [found.to_score(seconds).beat for seconds in (3.0, 10.0, 17.0)]
    assert beats == pytest.approx([166, 180, 194], abs=1)


def test_three_seconds_are_placed_or_refused(lined_up):
    whole = tune(1, quarters=96)
    found = lined_up(between(whole, 20.0, 23.0), whole)
    placed = found.to_score(1.5).beat == pytest.approx(43, abs=1)
    assert placed or not found.belongs
    assert all(0 <= row.confidence <= 1 for row in found.rows())


def test_of_two_movements_the_one_of_the_score_is_followed(lined_up):
    first, second = tune(1), tune(2, start_s=26.0)
    found = lined_up(together(first, second), tune(1))
    assert found.to_score(12.0).beat == pytest.approx(24, abs=0.5)
    assert found.to_score(12.0).confidence > found.to_score(45.0).confidence + 0.1
    other = lined_up(together(first, second), tune(2))
    assert other.to_score(38.0).beat == pytest.approx(24, abs=0.5)
    assert other.to_score(38.0).confidence > other.to_score(8.0).confidence + 0.1


def test_a_single_note_is_no_reason_to_fail(lined_up):
    one = between(tune(1), 0.0, 0.4)
    found = lined_up(one, one)
    assert 0 <= found.confidence <= 1
    assert lined_up(tune(1), one).rows()


def test_drums_alone_are_followed_by_the_space(tmp_path):
    space = SpaceOfWhatSounds()
    notes = tune(1, quarters=12)
    drums = Notes(
        notes.onset_s, notes.offset_s, notes.pitch, notes.velocity, np.full_like(notes.program, -1)
    )
    recording, score = tmp_path / "take.wav", tmp_path / "score.mid"
    soundfile.write(recording, play_additive(notes, RATE), RATE)
    write_midi(drums, score)
    space.known[recording] = notes
    assert 0 <= align(space, recording, score).confidence <= 1
