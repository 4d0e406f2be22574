"""Texts in the encodings that people save them in."""

from __future__ import annotations

from pathlib import Path

import pytest

from unisono.data.errors import ReadError
from unisono.data.readers.text import read_text


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"])
def test_encodings(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes("\n ein Stück für Klavier \n".encode(codec))
    assert read_text(path) == "ein Stück für Klavier"


def test_limit_counts_characters_and_cuts_none_in_two(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("ü" * 100, "utf-8")
    assert read_text(path, limit=7) == "ü" * 7
    path.write_text("a" + "ü" * 100, "utf-8")
    assert read_text(path, limit=8) == "a" + "ü" * 7


def test_no_words(tmp_path: Path) -> None:
    blank = tmp_path / "blank.txt"
    blank.write_text(" \n\t")
    for path in (blank, tmp_path / "missing.txt", tmp_path):
        with pytest.raises(ReadError, match=path.name):
            read_text(path)
