"""The picture of a run: what is on it, and that any log can be drawn."""

from __future__ import annotations

import io
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from tiny_run import SET, TinyRun

from unisono.eval.chart import (
    COLOURS,
    Line,
    Panel,
    Sheet,
    draw,
    linear_axis,
    logarithmic_axis,
    running_mean,
    tick_label,
)
from unisono.eval.doctor_plot import draw_run
from unisono.eval.drawing import Drawing, Polyline, Words, as_png, as_svg, width_of
from unisono.towers.training.run_log import RunLog, StartRecord, StepRecord


@pytest.fixture(scope="module")
def log() -> RunLog:
    torch.set_num_threads(1)
    return TinyRun(steps=60).run()


def words_of(path: Path) -> list[str]:
    root = ElementTree.parse(path).getroot()
    return [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_names_the_run_its_sets_towers_and_panels(log, tmp_path):
    draw_run(log, tmp_path / "run.svg", "a <b> & c\x07")
    words = words_of(tmp_path / "run.svg")
    assert words[0] == "a <b> & c "
    assert words[1] == "60 steps, 0.5 minutes, 64 pairs a second, finished"
    for expected in ("Training loss", SET, "audio", "text", "dashed: chance", "steps"):
        assert expected in words


def test_png_and_svg_have_the_same_shape(log, tmp_path):
    draw_run(log, tmp_path / "run.svg")
    draw_run(log, tmp_path / "run.png")
    root = ElementTree.parse(tmp_path / "run.svg").getroot()
    with Image.open(tmp_path / "run.png") as image:
        assert image.size == (2 * int(root.attrib["width"]), 2 * int(root.attrib["height"]))
        colours = {tuple(c) for c in np.asarray(image.convert("RGB")).reshape(-1, 3)[::7]}
    assert (255, 255, 255) in colours and len(colours) > 10


def test_another_suffix_is_refused(log, tmp_path):
    with pytest.raises(ValueError, match=r"written as \.svg or \.png, not as \.pdf"):
        draw_run(log, tmp_path / "run.pdf")


def test_stages_follow_each_other_and_are_named(log, tmp_path):
    second = tuple(replace(record, stage="heads") for record in log.steps)
    both = replace(log, steps=(*log.steps, *second))
    draw_run(both, tmp_path / "run.svg")
    words = words_of(tmp_path / "run.svg")
    assert "only" in words and "heads" in words
    # The second 60 steps come after the first.
    assert "100" in words


@pytest.mark.parametrize(
    "bare",
    [
        RunLog(),
        RunLog(starts=(StartRecord("only", 1, 1),)),
        RunLog(steps=(StepRecord("only", 10, 1.0, float("nan"), 0.0, 0.0, {"a": float("nan")}),)),
        RunLog(steps=(StepRecord("only", 0, 0.0, 1.0, 0.0, 0.0, {}, {"a": None}, {"a": 0.0}),)),
    ],
    ids=["nothing", "a start", "not a number", "zero"],
)
def test_the_barest_log_can_be_drawn(bare, tmp_path):
    draw_run(bare, tmp_path / "run.svg")
    assert "nothing noted" in words_of(tmp_path / "run.svg")


def test_a_line_goes_where_its_numbers_are_and_breaks_where_there_are_none():
    points = ((0.0, 0.0), (5.0, 10.0), (10.0, float("nan")), (15.0, 0.0), (20.0, 10.0))
    drawn = draw(Sheet("", "", (Panel("a", (Line("a", points),), low=0.0),), "steps"))
    lines = [
        one.points
        for one in drawn.shapes
        if isinstance(one, Polyline) and one.colour == COLOURS[0] and one.width == 1.8
    ]
    assert len(lines) == 2
    (x0, y0), (x1, y1) = lines[0]
    (x2, y2), (x3, y3) = lines[1]
    assert x1 - x0 == pytest.approx((x2 - x1) / 2) == pytest.approx(x3 - x2)
    assert y0 == y2 > y1 == y3


def test_names_of_stages_that_begin_soon_after_each_other_do_not_meet():
    line = Line("a", ((0.0, 1.0), (1000.0, 2.0)))
    divisions = ((0.0, "notes"), (800.0, "character"), (850.0, "words"))
    drawn = draw(Sheet("", "", (Panel("p", (line,)),), "steps", divisions))
    named = {one.text: one for one in drawn.shapes if isinstance(one, Words)}
    notes, character, words = (named[name] for _, name in divisions)
    assert notes.y == character.y
    assert words.x < character.x + width_of("character", character.size)
    assert words.y >= character.y + character.size


def test_a_thing_keeps_its_colour_in_all_panels_and_two_have_different_ones():
    one, two = (Line(name, ((0.0, 1.0), (1.0, 2.0))) for name in "ab")
    drawn = draw(Sheet("", "", (Panel("p", (one, two)), Panel("q", (two,))), "steps"))
    colours = [s.colour for s in drawn.shapes if isinstance(s, Polyline) and s.width == 1.8]
    assert colours[1] == colours[2] != colours[0]


def test_ticks_by_hand():
    assert linear_axis(0, 4.2).ticks == (0, 1, 2, 3, 4, 5)
    assert linear_axis(0, 0.23).ticks == (0, 0.05, 0.1, 0.15, 0.2, 0.25)
    assert linear_axis(3, 3).ticks[-1] > 3
    assert linear_axis(0, 187, tight=True).ticks == (0, 50, 100, 150)
    assert logarithmic_axis(0.02, 3).ticks == pytest.approx((0.01, 0.1, 1, 10))
    assert logarithmic_axis(1, 1).ticks == pytest.approx((1, 10))
    labels = [tick_label(value) for value in (0, 0.25, 1, 250, 1000, 12500, 1e-5, -2)]
    assert labels == ["0", "0.25", "1", "250", "1k", "12.5k", "1e-5", "-2"]
    assert tick_label(0.05, percent=True) == "5 %"


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_an_axis_holds_what_it_is_for_with_few_ticks_at_its_ends(low, size):
    axis = linear_axis(low, low + size)
    assert axis.ticks[0] <= low + 1e-6 * (abs(low) + size) and axis.ticks[-1] >= low + size * 0.999
    assert 2 <= len(axis.ticks) <= 9
    assert axis.share(axis.ticks[0]) == pytest.approx(0, abs=0.01)
    assert axis.share(axis.ticks[-1]) == pytest.approx(1, abs=0.01)


def test_a_running_mean_keeps_straight_lines_and_quietens_noise():
    line = [(float(i), 2.0 * i) for i in range(200)]
    assert np.asarray(running_mean(line)) == pytest.approx(np.asarray(line))
    noisy = [(float(i), float(i % 2)) for i in range(200)]
    assert all(abs(y - 0.5) < 0.1 for _, y in running_mean(noisy)[10:-10])


def test_text_is_anchored_alike_in_both_kinds():
    shapes = tuple(Words(100, 20 + 20 * i, "wide", "#000000", 14, a) for i, a in enumerate(ANCHORS))
    drawing = Drawing(200, 80, shapes, "t")
    assert [f'text-anchor="{a}"' in as_svg(drawing) for a in ANCHORS] == [True] * 3
    with Image.open(io.BytesIO(as_png(drawing))) as image:
        ink = np.asarray(image.convert("L")) < 128
    rows = [ink[2 * top : 2 * top + 36].any(axis=0).nonzero()[0] for top in (6, 26, 46)]
    assert rows[0].min() >= 199 and rows[2].max() <= 201
    assert (rows[1].min() + rows[1].max()) / 2 == pytest.approx(200, abs=4)


ANCHORS = ("start", "middle", "end")
