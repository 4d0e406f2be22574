import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.cli.arguments import words
from unisono.cli.table import (
    cell_width,
    clock,
    place_json,
    printable,
    shortened,
    shown_path,
    shown_place,
    table,
)
from unisono.data.places import Region, TickSpan, TimeSpan

ROWS = [("1", "a long title of a piece", "/a/very/long/path/to/some/file.mp3"), ("10", "x", "y")]


def test_columns_line_up():
    lines = table(("rank", "title", "path"), ROWS, right=(0,)).splitlines()
    assert lines[0].index("title") == lines[2].index("a long") == lines[3].index("x")
    assert lines[2].startswith("   1  ") and lines[3].startswith("  10  ")


@pytest.mark.parametrize("width", [40, 50, 60])
def test_a_table_fits_its_width(width):
    lines = table(("rank", "title", "path"), ROWS, shrink=(2, 1), width=width).splitlines()
    assert max(len(line) for line in lines) <= width
    assert any("…" in line and line.endswith(".mp3") for line in lines)


@given(st.text(max_size=30), st.integers(3, 40))
def test_shortened_text_never_takes_more_than_its_width(text, width):
    short = shortened(text, width)
    assert cell_width(short) <= width
    assert short == text if cell_width(text) <= width else "…" in short


def test_wide_signs_and_marks_count_as_they_are_shown():
    assert cell_width("交響曲") == 6
    assert cell_width("Dvorˇák".replace("rˇ", "r\u030c")) == 6


def test_clock_and_places():
    assert [clock(s) for s in (0, 61.4, 3599.6, 7325)] == ["00:00", "01:01", "1:00:00", "2:02:05"]
    assert shown_place(TimeSpan(61, 65)) == "01:01–01:05"  # noqa: RUF001
    assert shown_place(Region(2, 3, 0, 1, 2, 3)) == "p. 2, system 3"
    assert shown_place(None) == ""
    assert place_json(TickSpan(1.0, 2.5, 10, 20)) == {"start_s": 1.0, "end_s": 2.5}
    assert place_json(Region(2, 3, 0, 1, 2, 3)) == {"page": 2, "system": 3, "x0": 0, "x1": 1}
    assert place_json(None) is None


def test_paths_are_shown_as_one_would_type_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert shown_path(tmp_path / "a" / "b.mid") == os.path.join("a", "b.mid")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert shown_path(tmp_path / "home" / "b.mid") == "~/b.mid"
    assert shown_path("/elsewhere/b.mid") == "/elsewhere/b.mid"


def test_odd_bytes_in_names_can_be_printed():
    assert printable(os.fsdecode(b"a\xff.wav")).encode() == b"a?.wav"


def test_words_come_repeated_or_with_commas():
    assert words(["a, b", "c", "b,,"]) == ["a", "b", "c"]
