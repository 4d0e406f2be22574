from __future__ import annotations

import pytest

from unisono.data.words.composers import era_of, lived, surname
from unisono.data.words.forms import form_of
from unisono.data.words.instruments import families, instrument_phrase


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
        (["violin", "viola", "cello"], "violin, viola and cello"),
        (["violin", "violin"], "violin duo"),
        (["flute"] * 3, "flute"),
        (["voice"] * 4, "choir"),
    ],
)
def test_instruments_in_words(instruments: list[str], phrase: str) -> None:
    assert instrument_phrase(instruments) == phrase


@pytest.mark.parametrize(
    ("composer", "name"),
    [
        ("BachJS", "Bach"),
        ("Johann Sebastian Bach", "Bach"),
        ("MozartWA", "Mozart"),
        ("Schubert, Franz", "Schubert"),
        ("Johann Strauss, Jr.", "Strauss"),
        ("Johann Strauss II", "Strauss"),
        ("Traditional, England", ""),
        ("Anonymous", ""),
        ("Traditional", ""),
        ("", ""),
    ],
)
def test_composers_go_by_their_surname(composer: str, name: str) -> None:
    assert surname(composer) == name


@pytest.mark.parametrize(
    ("composer", "era"),
    [
        ("Thomas Tallis", "Renaissance"),
        ("BachJS", "Baroque"),
        ("Mozart", "Classical"),
        ("Frédéric Chopin", "Romantic"),
        ("Béla Bartók", "20th century"),
        ("Gabriel Fauré", ""),  # on the line between two
        ("Nobody Known", ""),
    ],
)
def test_eras_of_composers(composer: str, era: str) -> None:
    assert era_of(*(lived(composer) or (None, None))) == era


def test_who_died_young_is_of_no_era() -> None:
    assert era_of(1710, 1736) == ""


def test_families_of_instruments() -> None:
    assert families(["violin", "viola"]) == ("strings",)
    assert families(["violin", "flute"]) == families([]) == ()
