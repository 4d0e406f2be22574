from __future__ import annotations

import pytest

from unisono.data.scores.heading import Heading, heading_of

MEI = """<mei xmlns="http://www.music-encoding.org/ns/mei"><music><body><mdiv><score>
<scoreDef {definition}><staffGrp><staffDef n="1" lines="5"/></staffGrp></scoreDef>
<section><measure n="1"><staff n="1"><layer/></staff>{tempo}</measure>
{later}<measure n="2"/></section></score></mdiv></body></music></mei>"""


def heading(definition: str = "", tempo: str = "", later: str = "") -> Heading:
    return heading_of(MEI.format(definition=definition, tempo=tempo, later=later))


@pytest.mark.parametrize(
    ("signature", "fifths"), [("3f", -3), ("0", 0), ("2s", 2), ("mixed", None)]
)
def test_signatures(signature: str, fifths: int | None) -> None:
    assert heading(f'keysig="{signature}"').fifths == fifths


def test_metre_and_tempo() -> None:
    found = heading(
        'meter.count="6" meter.unit="8"', "<tempo>Allegro  <rend>moderato</rend></tempo>"
    )
    assert found == Heading(None, "6/8", "Allegro moderato")


def test_what_changes_is_not_said() -> None:
    later = '<scoreDef keysig="1f" meter.count="2" meter.unit="4"/>'
    found = heading('keysig="3f" meter.count="6" meter.unit="8"', later=later)
    assert (found.fifths, found.metre) == (None, "")


def test_the_same_said_again_is_no_change() -> None:
    assert heading('keysig="3f"', later='<scoreDef keysig="3f"/>').fifths == -3


def test_a_metronome_mark_is_no_word() -> None:
    assert heading(tempo="<tempo>\u2669 = 120</tempo>").tempo_mark == ""
    assert heading(tempo="<tempo>Vivace (\u2669 = 160)</tempo>").tempo_mark == "Vivace"


def test_a_score_that_says_nothing() -> None:
    assert heading() == Heading()
