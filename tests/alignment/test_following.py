"""A performance that is followed while it is played."""

import numpy as np
import pytest

from unisono.alignment.time.following import Follower, follow
from unisono.alignment.time.live_features import LOOKAHEAD_S, STEP_S, LiveFeatures
from unisono.alignment.time.note_jumps import notes_in_order
from unisono.alignment.time.pitch_features import SAMPLE_RATE
from unisono.alignment.time.written_score import WrittenScore, written_midi
from unisono.data.errors import ReadError
from unisono.data.notes import Notes
from unisono.data.readers.midi import write_midi
from unisono.data.sound.additive import play_additive

BAR_S = 2.0
BARS = 16


def melody():
    rng = np.random.default_rng(3)
    onset_s = np.arange(BARS * 8) * BAR_S / 8
    pitch = rng.integers(50, 80, len(onset_s)).astype(np.int16)
    velocity, program = np.full(len(pitch), 80, np.int16), np.zeros(len(pitch), np.int16)
    return Notes(onset_s, onset_s + BAR_S / 8, pitch, velocity, program)


@pytest.fixture
def written(tmp_path):
    write_midi(melody(), tmp_path / "score.mid")
    return written_midi(tmp_path / "score.mid")


def sound_of(written, runs, before_s=0.0):
    order = [bar for first, last in runs for bar in range(first, last + 1)]
    sound = play_additive(notes_in_order(written.notes, written.map_of(order)), SAMPLE_RATE)
    noise = 1e-3 * np.random.default_rng(1).standard_normal(round(before_s * SAMPLE_RATE))
    return np.concatenate([noise, sound]).astype(np.float32), order


def followed(written, sound, block=1_000):
    follower = Follower(written)
    return [
        place
        for at in range(0, len(sound), block)
        for place in follower.hear(sound[at : at + block])
    ]


def test_the_bar_is_known_while_it_is_played(written):
    sound, _ = sound_of(written, [(0, BARS - 1)])
    places = followed(written, sound)
    true = np.array([place.recording_s for place in places])
    found = np.array([-1 if place.score_s is None else place.score_s for place in places])
    inside = (true > 2) & (true < BARS * BAR_S - 1)
    assert np.median(np.abs(found - true)[inside]) < 0.15
    assert np.mean(np.abs(found - true)[inside] < 0.5) > 0.97
    at = places[round(9.0 / STEP_S)]
    assert (at.bar, at.measure) == (5, "5")
    assert at.beat == pytest.approx(18, abs=1)
    assert at.confidence > 0.5


def test_a_player_who_jumps_is_found_again(written):
    sound, order = sound_of(written, [(0, 9), (2, 15)])
    places = followed(written, sound)
    for second in (15.0, 34.0, 44.0):
        assert places[round(second / STEP_S)].bar == order[int(second / BAR_S)] + 1


def test_before_the_music_there_is_no_place(written):
    sound, _ = sound_of(written, [(0, 3)], before_s=4.0)
    places = followed(written, sound)
    assert places[20].bar is None
    assert places[20].confidence == 0
    assert places[round(9.0 / STEP_S)].bar == 3


def test_the_way_in_which_sound_comes_changes_nothing(written):
    sound, _ = sound_of(written, [(0, 3)])
    few, many = followed(written, sound, 317), followed(written, sound, 40_000)
    assert [place.score_s for place in few] == [place.score_s for place in many]
    sure = [[place.confidence for place in places] for places in (few, many)]
    assert sure[0] == pytest.approx(sure[1], abs=1e-3)


def test_a_place_comes_soon_after_its_sound(written):
    """No more than what the lowest pitches need, and a moment."""
    sound, _ = sound_of(written, [(0, 3)])
    follower = Follower(written)
    for at in range(0, len(sound), 160):
        for place in follower.hear(sound[at : at + 160]):
            late = (at + 160) / SAMPLE_RATE - place.recording_s
            assert late <= LOOKAHEAD_S + STEP_S + 0.02


def test_memory_does_not_grow():
    live = LiveFeatures()
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)
    for _ in range(40):
        live.hear(noise)
    held = sum(part.size for part in vars(live).values() if isinstance(part, np.ndarray))
    assert held < 10_000
    assert live._beginning is None


def test_silence_alone_is_no_error(written):
    places = followed(written, np.zeros(3 * SAMPLE_RATE, np.float32))
    assert len(places) == 28
    assert all(np.isfinite(place.confidence) for place in places)


def test_blocks_are_followed_through_a_file(written):
    sound, _ = sound_of(written, [(0, 3)])
    places = list(follow(iter([sound[:9_000], sound[9_000:]]), written.path))
    assert [p.score_s for p in places] == [p.score_s for p in followed(written, sound)]


def test_pictures_and_scores_without_notes_are_refused(tmp_path, written):
    (tmp_path / "page.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ReadError, match="MIDI or MusicXML"):
        next(follow([], tmp_path / "page.png"))
    drums = Notes(
        *(getattr(written.notes, name) for name in ("onset_s", "offset_s", "pitch", "velocity")),
        np.full(len(written.notes), -1, np.int16),
    )
    with pytest.raises(ReadError, match="no notes with a pitch"):
        Follower(
            WrittenScore(written.path, drums, written.bar_s, written.order, written.place_at_s)
        )
