"""Captions: true of the excerpt, worded in many ways, composed of what is known."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.data.captions import Caption, Description, Known, describe, tags_of
from unisono.data.words.vocabulary import words_for

TRIAD = np.array([0, 4, 7, 12])


def piece(count: int, span_s: float = 10.0, *, minor: bool = False, **named: object) -> Description:
    """A broken chord of C, of so many notes."""
    onset = np.linspace(0, span_s, count)
    steps = TRIAD - np.array([0, 1, 0, 0]) * minor
    pitch = (60 + np.resize(steps, count)).astype(np.int16)
    held = np.full(count, span_s / max(count, 1))
    named.setdefault("instruments", ["piano"])
    named.setdefault("mode", "minor" if minor else "major")
    return describe(onset, pitch, held, **named)  # type: ignore[arg-type]


def test_pace_and_mood_follow_the_notes() -> None:
    assert piece(10).value("pace") == "very slow"
    assert piece(90).value("pace") == "very fast"
    assert "calm" in piece(10).moods
    assert "cheerful" in piece(60).moods
    assert "sad" in piece(10, minor=True).moods
    assert "sad" not in piece(10).moods


def test_what_is_known_of_the_piece_is_said() -> None:
    known = Known(title="Valse", composer="Frédéric Chopin", metre="3/4", style=("salon music",))
    description = piece(10, minor=True, known=known)
    assert description.value("form") == "waltz"
    assert description.value("composer") == "Chopin"
    assert description.value("era") == "Romantic"
    random = np.random.default_rng(0)
    joined = " ".join(description.caption(random) for _ in range(400))
    for words in ("waltz", "solo piano", "Chopin", "minor", "salon music", "three beats"):
        assert words in joined


def test_years_of_the_composer_count_where_they_are_given() -> None:
    known = Known(composer="Nobody Known", born=1650, died=1710)
    assert piece(10, known=known).value("era") == "Baroque"
    assert piece(10, known=Known(composer="Nobody Known")).value("era") == ""


def test_a_key_is_said_only_where_it_agrees_with_the_printed_one() -> None:
    assert piece(40).value("key") == "C major"
    assert piece(40, known=Known(fifths=0)).value("key") == "C major"
    assert piece(40, known=Known(fifths=1)).value("key") == ""


def test_the_mode_of_the_piece_is_not_said_of_an_excerpt_that_has_another() -> None:
    away = piece(40, minor=True, mode="major")
    assert away.value("mode") == away.value("key") == ""  # people call the piece major all the same
    assert piece(40, minor=True).value("mode") == "minor"
    chromatic = np.arange(60, 84, dtype=np.int16)
    held = np.full(24, 0.5)
    held[[0, 3, 7, 6, 9, 1]] = 0.9  # C minor and F sharp minor alike
    told = describe(np.arange(24) * 0.5, chromatic, held, instruments=[], mode="major")
    assert told.value("key") == told.value("mode") == ""


def test_beats_a_minute_need_beats() -> None:
    onset = np.arange(20) * 0.5
    pitch, held = np.full(20, 60, np.int16), np.full(20, 0.5)
    assert describe(onset, pitch, held, instruments=[]).value("tempo") == ""
    told = describe(
        onset, pitch, held, instruments=[], beat=np.arange(20.0), known=Known(metre="4/4")
    )
    assert told.value("tempo") == "120"
    compound = describe(
        onset, pitch, held, instruments=[], beat=np.arange(20.0), known=Known(metre="6/8")
    )
    assert compound.value("tempo") == "80"


@pytest.mark.parametrize("draw", [Description.draw, Description.draw_tags])
def test_captions_are_many_and_always_the_same_for_a_seed(draw: object) -> None:
    description = piece(10, minor=True, known=Known(title="Valse", composer="ChopinF"))
    random = np.random.default_rng(0)
    texts = {draw(description, random).text for _ in range(300)}  # type: ignore[operator]
    assert len(texts) > 40
    again = [draw(description, np.random.default_rng(5)) for _ in range(2)]  # type: ignore[operator]
    assert again[0] == again[1]


def test_tags_are_between_one_and_the_most_that_was_asked_for() -> None:
    description = piece(10, known=Known(title="Valse"))
    random = np.random.default_rng(0)
    counts = {len(description.draw_tags(random, most=3).claims) for _ in range(200)}
    assert counts == {1, 2, 3}


def test_nothing_to_describe() -> None:
    nothing = describe(np.zeros(0), np.zeros(0, np.int16), np.zeros(0), instruments=[])
    assert nothing.claims == ()
    assert nothing.caption(np.random.default_rng(0))


def test_a_collections_own_tags() -> None:
    random = np.random.default_rng(0)
    drawn = [tags_of(["jazz", "piano", "calm"], random, most=2).split(", ") for _ in range(100)]
    assert {len(tags) for tags in drawn} == {1, 2}
    assert {tag for tags in drawn for tag in tags} == {"jazz", "piano", "calm"}
    assert tags_of([], random) == ""


# Every stated fact, found again in another way -------------------------------------------------


def recomputed(kind: str, onset: np.ndarray, pitch: np.ndarray) -> str:
    """The facts that follow from notes alone, by plain counting."""
    if kind == "register":
        middle = sorted(pitch)[len(pitch) // 2]
        bounds = [(48, "very low"), (55, "low"), (70, "middle"), (80, "high"), (999, "very high")]
        return next(word for bound, word in bounds if middle < bound)
    if kind == "pace":
        struck, last = 0, -1.0
        for second in sorted(onset):
            struck += second - last > 0.04
            last = second
        rate = struck / max(max(onset) - min(onset), 1.0) if len(onset) > 1 else 0.0
        bounds_s = [(1.6, "very slow"), (2.8, "slow"), (4.5, "moderate"), (7.0, "fast")]
        return next((word for bound, word in bounds_s if rate < bound), "very fast")
    raise AssertionError(kind)


NOTES = st.lists(
    st.tuples(
        st.integers(0, 400).map(lambda step: step * 0.05),
        st.integers(30, 96),
        st.integers(1, 40).map(lambda step: step * 0.05),
    ),
    min_size=3,
    max_size=40,
).filter(lambda notes: len(notes) % 2 == 1)
NAMES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@settings(max_examples=60)
@given(NOTES, st.integers(0, 2**31))
def test_every_stated_fact_is_true_of_the_excerpt(
    notes: list[tuple[float, int, float]], seed: int
) -> None:
    notes.sort()
    onset, pitch, held = (np.array(column) for column in zip(*notes, strict=True))
    known = Known(title="Menuet", composer="Domenico Scarlatti", metre="3/4")
    description = describe(onset, pitch.astype(np.int16), held, instruments=["piano"], known=known)
    random = np.random.default_rng(seed)
    for caption in (description.draw(random), description.draw_tags(random)):
        for claim in caption.claims:
            assert said(caption, claim.kind, claim.value)
            if claim.kind in ("register", "pace"):
                assert claim.value == recomputed(claim.kind, onset, pitch)
            if claim.kind == "key":
                tonic = NAMES[claim.value[0]] + ("sharp" in claim.value) - ("flat" in claim.value)
                third = 4 if claim.value.endswith("major") else 3
                chord = {tonic % 12, (tonic + third) % 12, (tonic + 7) % 12}
                assert chord <= {int(one) % 12 for one in pitch}
            if claim.kind == "texture" and claim.value == "monophonic":
                assert held.sum() <= 1.15 * (np.max(onset + held) - np.min(onset))
            if claim.kind == "metre":
                assert claim.value == "3/4"


def said(caption: Caption, kind: str, value: str) -> bool:
    """Whether a caption has one of the wordings of a fact."""
    words = [word.removeprefix("by ") for word in words_for(kind, value)]
    return any(re.search(re.escape(word), caption.text, re.I) for word in words)


@given(st.integers(0, 2**31))
def test_a_caption_claims_nothing_that_is_not_known(seed: int) -> None:
    description = piece(10, minor=True, known=Known(title="Valse"))
    text = description.caption(np.random.default_rng(seed)).lower()
    assert not any(word in text for word in ("major", "fast", "cheerful", "baroque", "4/4", "bpm"))
    assert "loud" not in text and "soft" not in text


def test_a_list_of_instruments_is_not_cut_in_two() -> None:
    told = describe(
        np.arange(20) * 0.5,
        np.full(20, 60, np.int16),
        np.full(20, 0.5),
        instruments=["flute", "oboe", "piano"],
        known=Known(metre="3/4"),
    )
    texts = [told.caption(np.random.default_rng(seed)) for seed in range(300)]
    assert any("for flute, oboe and piano." in text for text in texts)
    assert not any("oboe and piano" in text.replace("flute, oboe and piano", "") for text in texts)


def test_instruments_are_said_only_where_all_are_known() -> None:
    onset, pitch, held = np.arange(20) * 0.5, np.full(20, 60, np.int16), np.full(20, 0.5)
    assert describe(onset, pitch, held, instruments=["flute", ""]).value("instruments") == ""
