"""Heads stay on their lines and spaces, and are the notes that the new clefs make of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from unisono.data.scores.exchanged_clefs import exchange_clefs, without_first_part

BOTTOM = {("G", 2): 30, ("F", 4): 18, ("C", 3): 24, ("C", 4): 22, ("C", 1): 28}
SHARPS = "FCGDAEB"


def pitch(step: str, octave: int, alter: int = 0) -> str:
    altered = f"<alter>{alter}</alter>" if alter else ""
    return f"<pitch><step>{step}</step>{altered}<octave>{octave}</octave></pitch>"


def note(step: str, octave: int, alter: int = 0, staff: int = 1, sign: str = "") -> str:
    shown = f"<accidental>{sign}</accidental>" if sign else ""
    return (
        f"<note>{pitch(step, octave, alter)}<duration>1</duration><voice>{staff}</voice>"
        f"<type>quarter</type>{shown}<staff>{staff}</staff></note>"
    )


def clef(sign: str, line: int, number: int = 1, more: str = "") -> str:
    return f'<clef number="{number}"><sign>{sign}</sign><line>{line}</line>{more}</clef>'


def keyboard(measures: int = 12, fifths: int = 1) -> str:
    """Two staves in G major; F sharp without a sign, F natural and B flat with one."""
    start = (
        f"<attributes><divisions>1</divisions><key><fifths>{fifths}</fifths></key>"
        "<time><beats>4</beats><beat-type>4</beat-type></time><staves>2</staves>"
        f"{clef('G', 2, 1)}{clef('F', 4, 2)}</attributes>"
    )
    right = note("F", 5, 1) + note("G", 4) + note("B", 4, -1, sign="flat") + note("D", 5)
    left = note("G", 2, staff=2) + note("F", 3, 0, 2, "natural") + note("D", 3, staff=2)
    left += note("C", 3, staff=2)
    bars = "".join(
        f'<measure number="{n}">{start if n == 1 else ""}{right}'
        f"<backup><duration>4</duration></backup>{left}</measure>"
        for n in range(1, measures + 1)
    )
    return (
        '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>Piano</part-name>'
        f'</score-part></part-list><part id="P1">{bars}</part></score-partwise>'
    )


def read(xml: str) -> Iterator[tuple[int, int, int]]:
    """(staff, height on the staff, alteration beyond the signature) of every note."""
    for part in ElementTree.fromstring(xml).iter("part"):
        bottom: dict[int, int | None] = {}
        for element in part.iter():
            if element.tag == "clef":
                named = (element.findtext("sign") or "", int(element.findtext("line") or 0))
                bottom[int(element.get("number", "1"))] = BOTTOM.get(named)
            if element.tag != "note" or element.find("pitch") is None:
                continue
            staff = int(element.findtext("staff") or 1)
            step = element.findtext("pitch/step") or ""
            diatonic = 7 * int(element.findtext("pitch/octave") or 0) + "CDEFGAB".index(step)
            lowest = bottom[staff]
            assert lowest is not None
            alter = int(float(element.findtext("pitch/alter") or 0))
            yield staff, diatonic - lowest, alter - int(step in SHARPS[:1])


@given(seed=st.integers(0, 10_000))
@examples(max_examples=60)
def test_heads_stay_where_they_stand(seed: int) -> None:
    xml = keyboard()
    before, after = list(read(xml)), list(read(exchange_clefs(xml, Random(seed))))
    assert [row[:2] for row in after] == [row[:2] for row in before]
    # what follows the signature, F sharp, still does
    for old, new in zip(before, after, strict=True):
        assert old[2] != 0 or new[2] == 0


def test_clefs_change_at_first_and_in_the_middle_and_sometimes_stay() -> None:
    changed, places = 0, set()
    for seed in range(30):
        after = ElementTree.fromstring(exchange_clefs(keyboard(), Random(seed)))
        measures = list(after.iter("measure"))
        places |= {n for n, measure in enumerate(measures) if measure.find("attributes/clef")}
        first = [(c.findtext("sign"), c.findtext("line")) for c in measures[0].iter("clef")]
        changed += first != [("G", "2"), ("F", "4")]
        assert not any(element.get("exchanged") for element in after.iter())
    assert 15 < changed < 30
    assert len(places) > 4


def test_the_same_generator_gives_the_same_score() -> None:
    assert exchange_clefs(keyboard(), Random(4)) == exchange_clefs(keyboard(), Random(4))
    assert exchange_clefs(keyboard(), Random(4)) != exchange_clefs(keyboard(), Random(5))


@pytest.mark.parametrize(
    "other",
    [
        clef("G", 2, more="<clef-octave-change>-1</clef-octave-change>"),
        clef("percussion", 3),
        clef("TAB", 5),
    ],
)
def test_clefs_that_are_not_understood_stay_with_their_notes(other: str) -> None:
    xml = keyboard().replace(clef("G", 2, 1), other)
    for seed in range(10):
        after = ElementTree.fromstring(exchange_clefs(xml, Random(seed)))
        names = [
            (n.findtext("pitch/step"), n.findtext("pitch/octave"))
            for n in after.iter("note")
            if n.findtext("staff") == "1"
        ]
        assert names == [("F", "5"), ("G", "4"), ("B", "4"), ("D", "5")] * 12


def test_a_tie_is_not_torn() -> None:
    begin = note("C", 5).replace("<duration>", '<tie type="start"/><duration>')
    end = note("C", 5).replace("<duration>", '<tie type="stop"/><duration>')
    held = note("C", 5).replace("<duration>", '<tie type="stop"/><tie type="start"/><duration>')
    bars = begin, *[held] * 20, end
    start = f"<attributes><divisions>1</divisions>{clef('G', 2)}</attributes>"
    body = "".join(
        f'<measure number="{n}">{"" if n else start}{bar}</measure>' for n, bar in enumerate(bars)
    )
    xml = f'<score-partwise><part id="P1">{body}</part></score-partwise>'
    for seed in range(20):
        after = ElementTree.fromstring(exchange_clefs(xml, Random(seed)))
        assert len({ElementTree.tostring(p) for p in after.iter("pitch")}) == 1


def test_the_page_has_the_same_heads_and_they_sound_as_the_clef_says() -> None:
    from unisono.data.engraving import engrave

    plain = engrave(keyboard(4), name="plain").notes
    for seed in range(4):
        other = engrave(exchange_clefs(keyboard(4), Random(seed)), name="other").notes
        assert len(other.pitch) == len(plain.pitch)
        np.testing.assert_allclose(np.sort(other.onset_s), np.sort(plain.onset_s))
        if (other.pitch != plain.pitch).any():
            return
    raise AssertionError("no clef was exchanged")


def test_the_accompaniment_of_a_song() -> None:
    from short_scores import melody, score

    song = score([melody(2), melody(2, 3)], names=["Voice", "Piano"])
    alone = ElementTree.fromstring(without_first_part(song))
    assert [part.get("id") for part in alone.iter("part")] == ["P2"]
    assert [p.findtext("part-name") for p in alone.iter("score-part")] == ["Piano"]
    one = score([melody(2)])
    assert without_first_part(one) == one
