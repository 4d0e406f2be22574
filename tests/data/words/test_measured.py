from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.data.words import measured
from unisono.data.words.measured import Key, key_of, mode_of

MAJOR = np.array([0, 2, 4, 5, 7, 9, 11])
MINOR = np.array([0, 2, 3, 5, 7, 8, 10])


def scale(steps: np.ndarray, tonic: int) -> tuple[np.ndarray, np.ndarray]:
    """A scale up and down, its tonic and fifth held longer, as pieces do."""
    pitch = np.concatenate([tonic + steps, [tonic + 12], tonic + steps[::-1]]).astype(np.int16)
    held = np.where((pitch - tonic) % 12 == 0, 2.0, np.where((pitch - tonic) % 12 == 7, 1.5, 0.5))
    return pitch, held


@pytest.mark.parametrize("tonic", range(60, 72))
def test_mode_and_key_in_every_key(tonic: int) -> None:
    assert mode_of(*scale(MAJOR, tonic)) == "major"
    assert mode_of(*scale(MINOR, tonic)) == "minor"
    assert key_of(*scale(MAJOR, tonic)) == Key(tonic % 12, "major")
    assert key_of(*scale(MINOR, tonic)) == Key(tonic % 12, "minor")


def test_one_long_note_does_not_drown_the_rest() -> None:
    pitch, held = scale(MINOR, 57)
    held[1] = 500.0
    assert mode_of(pitch, held) == "minor"


def test_all_twelve_notes_alike_are_in_no_key() -> None:
    assert key_of(np.arange(60, 84, dtype=np.int16), np.ones(24)) is None


@given(st.lists(st.integers(0, 127), max_size=3))
def test_mode_of_next_to_nothing(pitch: list[int]) -> None:
    assert mode_of(np.array(pitch, np.int16), np.ones(len(pitch))) in ("major", "minor", "")


def test_a_signature_leaves_two_keys() -> None:
    pitch = np.array([64, 66, 68, 71, 73], np.int16)  # E major without its half tones
    held = np.array([0.5, 0.5, 1.0, 1.0, 0.5])
    assert mode_of(pitch, held) == "minor"  # of G sharp, whose fifth is missing
    assert mode_of(pitch, held, fifths=4) == "major"
    assert mode_of(np.arange(60, 72, dtype=np.int16), np.ones(12), fifths=0) == ""


@pytest.mark.parametrize(
    ("key", "name", "fifths"),
    [
        (Key(0, "major"), "C major", 0),
        (Key(9, "minor"), "A minor", 0),
        (Key(7, "major"), "G major", 1),
        (Key(3, "major"), "E flat major", -3),
        (Key(0, "minor"), "C minor", -3),
        (Key(1, "minor"), "C sharp minor", 4),
        (Key(1, "major"), "D flat major", -5),
        (Key(6, "major"), "F sharp major", 6),
        (Key(8, "minor"), "G sharp minor", 5),
    ],
)
def test_names_and_signatures(key: Key, name: str, fifths: int) -> None:
    assert (key.name, key.fifths) == (name, fifths)


def test_beats_a_minute_by_metre() -> None:
    onset = np.arange(13) * 0.25
    assert measured.beats_per_minute(onset, onset * 2, "4/4") == pytest.approx(120)
    assert measured.beats_per_minute(onset, onset * 3, "6/8") == pytest.approx(120)
    assert measured.beats_per_minute(onset, onset * 2, "2/2") == pytest.approx(60)
    for unsaid in ("3/8", "", "C"):
        assert measured.beats_per_minute(onset, onset * 2, unsaid) is None


def test_a_pulse_that_stands_still_is_no_tempo() -> None:
    onset = np.arange(20) * 0.5
    fermata = onset + np.where(np.arange(20) > 9, 4.0, 0.0)
    assert measured.beats_per_minute(fermata, np.arange(20.0), "4/4") is None
    assert measured.beats_per_minute(onset[:2], np.arange(2.0), "4/4") is None


@pytest.mark.parametrize(
    ("metre", "compound"),
    [("6/8", True), ("9/8", True), ("12/8", True), ("3/8", False), ("3/4", False), ("", False)],
)
def test_compound_metres(metre: str, compound: bool) -> None:
    assert measured.is_compound(metre) is compound


def chords(sizes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    onset = np.repeat(np.arange(len(sizes), dtype=float), sizes)
    return onset, onset + 1.0


@pytest.mark.parametrize(
    ("sizes", "texture"),
    [
        ([1] * 8, "monophonic"),
        ([2] * 8, "two-part"),
        ([4] * 8, "chordal"),
        ([3, 1, 1, 3, 1, 1, 3, 1], "polyphonic"),
        ([7] * 8, "full"),
        ([], ""),
    ],
)
def test_textures(sizes: list[int], texture: str) -> None:
    assert measured.texture_of(*chords(sizes)) == texture


def test_voices_at_once() -> None:
    assert measured.voices(np.array([0.0, 0.0, 2.0]), np.array([1.0, 1.0, 3.0])) == 1.5
    assert measured.voices(np.zeros(0), np.zeros(0)) == 0.0


def test_a_rolled_chord_is_one_onset() -> None:
    assert measured.onset_rate(np.array([0.0, 0.02, 0.03, 2.0])) == 1.0
    assert measured.onset_rate(np.array([1.0])) == 0.0


@pytest.mark.parametrize(
    ("velocities", "swell"),
    [
        (np.linspace(40, 100, 12), "getting louder"),
        (np.linspace(100, 40, 12), "getting softer"),
        (np.linspace(60, 65, 12), ""),
        (np.full(12, 80), ""),
        (np.resize([40, 100], 12), ""),
    ],
)
def test_swells(velocities: np.ndarray, swell: str) -> None:
    assert measured.swell_of(np.arange(12.0), velocities.astype(np.int16)) == swell


def test_registers_and_loudness_in_order() -> None:
    registers = [
        measured.register_of(np.array([pitch], np.int16)) for pitch in (30, 50, 60, 75, 95)
    ]
    assert registers == ["very low", "low", "middle", "high", "very high"]
    loudness = [measured.loudness_of(np.array([v], np.int16)) for v in (20, 50, 70, 90, 120)]
    assert loudness == ["very soft", "soft", "moderately loud", "loud", "very loud"]
