"""Boxes of note heads lie on ink and within their page, whatever the score and the layout."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_scores import random_score
from short_scores import note, score

from unisono.data.engraving import MUSIC_FONTS, Engraving, Layout, draw_layout, engrave


def ink_shares(engraving: Engraving) -> list[float]:
    """Share of ink in the box of every note; a box that leaves its page fails."""
    shares = []
    for (x0, y0, x1, y1), number in zip(
        engraving.notated.boxes, engraving.notated.page, strict=True
    ):
        page = engraving.pages[number - 1]
        assert 0 <= x0 < x1 <= page.shape[1]
        assert 0 <= y0 < y1 <= page.shape[0]
        shares.append(float((page[round(y0) : round(y1), round(x0) : round(x1)] < 128).mean()))
    return shares


@pytest.mark.parametrize("seed", range(20))
def test_twenty_random_scores(seed: int) -> None:
    layout = draw_layout(random.Random(seed), staff_space_px=7.0)
    engraving = engrave(random_score(seed), layout)
    shares = np.array(ink_shares(engraving))
    assert len(shares) > 20
    assert shares.min() > 0.2  # hollow heads crossed by nothing have a rim
    assert np.median(shares) > 0.5
    systems = engraving.systems
    for system, page in zip(engraving.notated.system, engraving.notated.page, strict=True):
        assert systems[system].page == page


@pytest.mark.parametrize("font", MUSIC_FONTS)
@pytest.mark.parametrize("quarters", [1, 2, 4])
def test_boxes_fit_tightly_in_every_font(font: str, quarters: int) -> None:
    # without stems and staff lines in the way: a whole note above the staff, between ledger lines
    engraving = engrave(
        score([[note(83, quarters) * (4 // quarters)]]),
        Layout(staff_space_px=20.0, page_width=60, page_height=40, music_font=font),
    )
    notes = engraving.notated
    (page,) = engraving.pages
    for x0, y0, x1, y1 in notes.boxes:
        dark = page < 128
        rows = np.flatnonzero(
            dark[round(y0) + 1 : round(y1) - 1, round(x0) : round(x1)].any(axis=1)
        )
        assert len(rows) >= round(y1) - round(y0) - 6
        columns = np.flatnonzero(dark[round(y0 + 6) : round(y1 - 6), :].any(axis=0))
        inside = columns[(columns > x0 - 4) & (columns < x1 + 4)]
        assert abs(inside.min() - x0) < 4
        assert abs(inside.max() - x1) < 4
    assert notes.height == pytest.approx(23, rel=0.25)  # Petaluma's, by hand, are tall
    assert notes.width == pytest.approx({1: 24, 2: 24, 4: 34}[quarters], rel=0.25)


def test_a_cue_and_a_grace_note_have_smaller_boxes() -> None:
    grace = (
        "<note><grace/><pitch><step>D</step><octave>5</octave></pitch><type>eighth</type></note>"
    )
    small = note(64, 2).replace("<note>", "<note><cue/>").replace("</type>", "</type>")
    notes = engrave(score([[grace + note(60, 2) + small]])).notated
    widths = dict(zip(notes.pitch.tolist(), notes.width.tolist(), strict=True))
    assert widths[74] < 0.8 * widths[60]
    assert widths[64] < 0.9 * widths[60]
    assert dict(zip(notes.pitch.tolist(), notes.grace.tolist(), strict=True))[74]


def test_seconds_of_a_chord_stand_on_both_sides_of_the_stem() -> None:
    engraving = engrave(score([[note(64, 4) + note(65, 4, chord=True)]]), Layout(page_width=50))
    notes = engraving.notated
    assert abs(notes.x[0] - notes.x[1]) > 0.8 * notes.width[0]
    assert min(ink_shares(engraving)) > 0.3


def test_a_note_across_staves_is_on_the_staff_where_it_is_drawn() -> None:
    lower = (
        "<note><pitch><step>{}</step><octave>{}</octave></pitch><duration>2</duration>"
        "<voice>2</voice><type>half</type><staff>{}</staff></note>"
    )
    upper = lower.replace("<voice>2", "<voice>1")
    content = (
        "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>"
        "<staves>2</staves><clef number='1'><sign>G</sign><line>2</line></clef>"
        "<clef number='2'><sign>F</sign><line>4</line></clef></attributes>"
        + upper.format("C", 5, 1) * 2
        + "<backup><duration>4</duration></backup>"
        + lower.format("C", 3, 2)
        + lower.format("G", 4, 1)
    )
    xml = (
        "<score-partwise><part-list><score-part id='P1'><part-name>Piano</part-name></score-part>"
        f"</part-list><part id='P1'><measure number='1'>{content}</measure></part></score-partwise>"
    )
    engraving = engrave(xml)
    notes = engraving.notated
    assert dict(zip(notes.pitch.tolist(), notes.staff.tolist(), strict=True)) == {
        72: 0,
        48: 1,
        67: 0,
    }
    assert engraving.parts == ("Piano",)
    upper_box, lower_box = engraving.systems[0].staves
    crossing = notes.pitch.tolist().index(67)
    assert upper_box[1] - 5 < notes.y[crossing] < upper_box[3] + 5 < lower_box[1]


@pytest.mark.parametrize("lines", [1, 3, 5])
def test_a_staff_of_fewer_lines_has_the_box_of_five(lines: int) -> None:
    details = f"</clef><staff-details><staff-lines>{lines}</staff-lines></staff-details>"
    engraving = engrave(score([[note(60, 4)]]).replace("</clef>", details))
    (staff,) = engraving.systems[0].staves
    assert staff[3] - staff[1] == pytest.approx(40, abs=0.1)
    assert engraving.pages[0][round((staff[1] + staff[3]) / 2), round(staff[0]) + 20] < 200
