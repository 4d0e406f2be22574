"""Layouts: sizes in millimetres, what is printed, systems a page, and layouts drawn at random."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from short_scores import melody, note, score

from unisono.data.engraving import MUSIC_FONTS, Layout, draw_layout, engrave
from unisono.data.scores.page_text import glyph_shape, text_runs

LONG = score([melody(40)])
SMALL = Layout(staff_space_px=5.0, page_width=60, page_height=120)


def ink(xml: str, layout: Layout) -> int:
    return sum(int((page < 128).sum()) for page in engrave(xml, layout).pages)


def test_a_page_in_millimetres_at_a_resolution() -> None:
    layout = Layout.in_millimetres(210, 297, staff_height=6.0, dpi=150, margin=15)
    engraving = engrave(LONG, layout)
    height, width = engraving.pages[0].shape
    assert width == pytest.approx(210 / 25.4 * 150, abs=2)
    assert height == pytest.approx(297 / 25.4 * 150, abs=2)
    x0, y0, x1, y1 = engraving.systems[0].staves[0]
    assert y1 - y0 == pytest.approx(6.0 / 25.4 * 150, abs=1)
    right = width - 15 / 25.4 * 150
    assert x1 == pytest.approx(right, abs=3)
    assert x0 >= 15 / 25.4 * 150 - 3


def test_margins() -> None:
    wide = replace(
        SMALL, margin_left=12.0, margin_right=8.0, margin_top=20.0, measure_numbers=False
    )
    engraving = engrave(LONG, wide)
    page = engraving.pages[0]
    columns = np.flatnonzero((page < 128).any(axis=0))
    assert columns.min() >= 12 * 5 - 3
    assert columns.max() <= page.shape[1] - 8 * 5 + 3
    assert np.flatnonzero((page < 128).any(axis=1)).min() >= 19 * 5


@pytest.mark.parametrize("most", [1, 2, 3])
def test_at_most_so_many_systems_a_page(most: int) -> None:
    engraving = engrave(LONG, replace(SMALL, systems_per_page=most, page_height=200))
    systems = [system.page for system in engraving.systems]
    assert max(systems.count(page) for page in set(systems)) == most
    assert len(engraving.notes) == 160


def test_systems_are_spread_over_the_page_when_asked() -> None:
    lowest = [
        engrave(score([melody(24)]), replace(SMALL, justify_vertically=spread)).systems[-1]
        for spread in (False, True)
    ]
    assert lowest[1].page == lowest[0].page
    first_page = [
        max(
            system.box[3]
            for system in engrave(LONG, replace(SMALL, justify_vertically=spread)).systems
            if system.page == 1
        )
        for spread in (False, True)
    ]
    assert first_page[1] > first_page[0]


def test_titles_are_never_drawn_by_default() -> None:
    titled = score([melody(4)], title="A title that tells everything")
    assert ink(titled, SMALL) == ink(score([melody(4)]), SMALL)
    assert ink(titled, replace(SMALL, titles=True)) > ink(titled, SMALL) + 100


def test_measure_numbers_can_be_left_out() -> None:
    with_numbers = ink(LONG, SMALL)
    without = ink(LONG, replace(SMALL, measure_numbers=False))
    assert without < with_numbers - 20
    np.testing.assert_array_equal(
        engrave(LONG, replace(SMALL, measure_numbers=False)).notes.x, engrave(LONG, SMALL).notes.x
    )


def test_numbers_every_so_many_measures() -> None:
    every = ink(LONG, replace(SMALL, measure_number_interval=1))
    assert every > ink(LONG, SMALL) > ink(LONG, replace(SMALL, measure_number_interval=20))


def test_heavier_lines_have_more_ink() -> None:
    large = replace(SMALL, staff_space_px=16.0)
    assert ink(LONG, replace(large, line_weight=1.6)) > 1.1 * ink(LONG, large)


@pytest.mark.parametrize("font", MUSIC_FONTS)
def test_every_music_font_draws_its_own_heads(font: str) -> None:
    assert font in ("Bravura", "Gootville", "Leipzig", "Leland", "Petaluma")
    page = engrave(score([melody(2)]), Layout(staff_space_px=12.0, music_font=font)).pages[0]
    others = [name for name in MUSIC_FONTS if name != font]
    for other in others:
        layout = Layout(staff_space_px=12.0, music_font=other)
        assert (engrave(score([melody(2)]), layout).pages[0] != page).any()


def test_the_fonts_are_those_of_the_package() -> None:
    assert set(MUSIC_FONTS) >= {"Bravura", "Gootville", "Leipzig", "Leland", "Petaluma"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"music_font": "Comic"},
        {"page_width": 5.0},
        {"page_height": 1e6},
        {"staff_space_px": 0.0},
        {"systems_per_page": -1},
        {"margin_left": 27.0, "margin_right": 27.0, "page_width": 60.0},
        {"line_weight": 3.0},
        {"staff_space_px": float("nan")},
    ],
)
def test_what_cannot_be_set_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must be from|no music font|too narrow"):
        Layout(**wrong)  # type: ignore[arg-type]


def test_drawn_layouts_vary_and_repeat() -> None:
    layouts = [draw_layout(random.Random(seed)) for seed in range(300)]
    assert draw_layout(random.Random(7)) == layouts[7]
    assert {layout.music_font for layout in layouts} == set(MUSIC_FONTS)
    for name in ("text", "lyrics", "fingerings", "measure_numbers", "justify_vertically"):
        assert {getattr(layout, name) for layout in layouts} == {True, False}
    assert not any(layout.titles for layout in layouts)
    widths = [layout.page_width for layout in layouts]
    assert max(widths) > 1.5 * min(widths)
    assert any(layout.page_width > layout.page_height for layout in layouts)
    assert {layout.systems_per_page for layout in layouts} == {0, 3, 4, 5, 6}
    assert {layout.staff_space_px for layout in layouts} == {6.0}


def test_a_metronome_mark_is_drawn_as_a_note() -> None:
    svg = (
        '<text x="100" y="50"><tspan font-family="Leipzig" font-size="720px">\ue1d5</tspan>'
        '<tspan font-size="405px"> = 60 &amp; on</tspan></text>'
    )
    glyph, words = text_runs(svg, "Leipzig")
    assert glyph.is_music
    assert (glyph.x, glyph.y, glyph.size) == (100, 50, 720)
    assert words.content == " = 60 & on"
    assert not words.is_music
    assert 200 < words.x < 500
    assert glyph_shape(glyph, "Leipzig").startswith("<path transform=")
    assert glyph_shape(glyph, "Leland") != glyph_shape(glyph, "Leipzig")
    beyond = replace(glyph, content="\uf8fe")
    assert glyph_shape(beyond, "Leipzig") == ""


def test_signs_that_no_print_has_are_left_out() -> None:
    svg = '<text y="50"><tspan font-size="405px">\u26a0dolce\U000e0001</tspan></text>'
    assert [run.content for run in text_runs(svg, "Leipzig")] == ["dolce"]


def test_ink_of_a_metronome_mark_is_on_the_page() -> None:
    mark = (
        "<direction placement='above'><direction-type><metronome><beat-unit>quarter</beat-unit>"
        "<per-minute>96</per-minute></metronome></direction-type></direction>"
    )
    marked = score([[mark + note(60, 4)]])
    layout = Layout(staff_space_px=10.0)
    assert ink(marked, layout) > ink(score([[note(60, 4)]]), layout) + 150
