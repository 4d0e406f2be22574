from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.data.captions import describe, form_of, instrument_phrase, mode_of

MAJOR = np.array([0, 2, 4, 5, 7, 9, 11])
MINOR = np.array([0, 2, 3, 5, 7, 8, 10])


def scale(steps: np.ndarray, tonic: int) -> tuple[np.ndarray, np.ndarray]:
    """A scale up and down, its tonic and fifth held longer, as pieces do."""
    pitch = np.concatenate([tonic + steps, [tonic + 12], tonic + steps[::-1]]).astype(np.int16)
    held = np.where((pitch - tonic) % 12 == 0, 2.0, np.where((pitch - tonic) % 12 == 7, 1.5, 0.5))
    return pitch, held


@pytest.mark.parametrize("tonic", range(60, 72))
def test_mode_in_every_key(tonic: int) -> None:
    assert mode_of(*scale(MAJOR, tonic)) == "major"
    assert mode_of(*scale(MINOR, tonic)) == "minor"


def test_c_major_and_a_minor() -> None:
    assert mode_of(*scale(MAJOR, 60)) == "major"
    assert mode_of(*scale(MINOR, 57)) == "minor"


def test_one_long_note_does_not_drown_the_rest() -> None:
    pitch, held = scale(MINOR, 57)
    held[1] = 500.0
    assert mode_of(pitch, held) == "minor"


@given(st.lists(st.integers(0, 127), max_size=3))
def test_mode_of_next_to_nothing(pitch: list[int]) -> None:
    assert mode_of(np.array(pitch, np.int16), np.ones(len(pitch))) in ("major", "minor")


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("Valse de l'adieu", "waltz"),
        ("Menuetto in G", "minuet"),
        ("Wiegenlied", "lullaby"),
        ("Praeludium 1", "prelude"),
        ("Trauermarsch", ""),  # a form within a word may be another word's part
        ("Kleine Fuge", "fugue"),
        ("Sonatina", "sonata"),
        ("Maple Leaf Rag", "ragtime"),
        ("Maple_Leaf, Rag1 (fast)", "ragtime"),
        ("Ragtime Dance", "ragtime"),
        ("Peacherine Rag, with variations", "ragtime"),
        ("A Ragged Rascal", ""),
        ("The Rage of Achilles", ""),
        ("Evening Raga", ""),
        ("Ragout fin", ""),
        ("Arianna's Lament", ""),
        ("Aria", "aria"),
        ("A Gigantic Joke", ""),
        ("Fugue17 in A flat", "fugue"),
        ("String Quartet No. 2", "string quartet"),
        ("Fragment", ""),
        ("Ave Maria", ""),
        ("", ""),
    ],
)
def test_form_of_a_title(title: str, form: str) -> None:
    assert form_of(title) == form


@pytest.mark.parametrize(
    ("instruments", "phrase"),
    [
        (["piano", "piano"], "solo piano"),
        (["voice", "piano", "piano"], "voice and piano"),
        (["violin", "violin", "viola", "cello"], "string quartet"),
        (["violin", "viola", "cello", "piano"], "violin, viola, cello and piano"),
        (["flute", "oboe", "horn"], "flute, oboe and horn"),
        (["voice"], "solo voice"),
        (["voice"] * 4, "choir"),
    ],
)
def test_instruments_in_words(instruments: list[str], phrase: str) -> None:
    assert instrument_phrase(instruments) == phrase


@pytest.mark.parametrize(
    ("composer", "surname"),
    [
        ("BachJS", "Bach"),
        ("Johann Sebastian Bach", "Bach"),
        ("MozartWA", "Mozart"),
        ("Anonymous", ""),
        ("Traditional", ""),
        ("", ""),
    ],
)
def test_composers_go_by_their_surname(composer: str, surname: str) -> None:
    assert facts(60, composer=composer).composer == surname


def facts(count: int, span_s: float = 10.0, mode: str = "major", **named: str):  # type: ignore[no-untyped-def]
    onset = np.linspace(0, span_s, count)
    pitch = np.full(count, 60, np.int16)
    held = np.full(count, span_s / max(count, 1))
    return describe(onset, pitch, held, instruments=["piano"], mode=mode, **named)


def test_tempo_and_mood_follow_the_notes() -> None:
    assert "slow" in facts(10).tempo
    assert "fast" in facts(90).tempo
    assert "calm" in facts(10).moods
    assert "cheerful" in facts(60).moods
    assert "sad" in facts(10, mode="minor").moods
    assert "sad" not in facts(10).moods
    assert facts(10).texture == ("monophonic", "middle register")


def test_a_caption_says_only_what_was_found() -> None:
    description = facts(10, mode="minor", title="Valse", composer="ChopinF")
    random = np.random.default_rng(0)
    captions = {description.caption(random) for _ in range(300)}
    assert len(captions) > 20
    joined = " ".join(captions)
    assert all(word in joined for word in ("waltz", "solo piano", "Chopin", "minor"))
    assert not any(word in joined for word in ("major", "fast", "cheerful"))
    assert description.caption(np.random.default_rng(5)) == description.caption(
        np.random.default_rng(5)
    )


def test_nothing_to_describe() -> None:
    assert facts(0).caption(np.random.default_rng(0))
