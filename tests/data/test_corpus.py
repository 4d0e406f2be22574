from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_pieces import made_piece
from short_scores import melody, note, score

from unisono.data.corpus import Piece, PieceFacts, long_strip, piece_from_engraving, staff_space
from unisono.data.engraving import Layout, engrave
from unisono.data.pages.strips import STRIP_HEIGHT

FACTS = PieceFacts("made", "one", "A title — größer", "Bach", "CC0", ("piano", "piano"))


def test_a_piece_comes_back_from_disk(tmp_path: Path) -> None:
    piece = made_piece(3)
    piece.save(tmp_path / "one.npz")
    again = Piece.load(tmp_path / "one.npz")
    assert again.facts == piece.facts
    for name in ("ink", "onset_s", "offset_s", "pitch", "staff", "x"):
        stored, before = getattr(again, name), getattr(piece, name)
        np.testing.assert_array_equal(stored, before)
        assert stored.dtype == before.dtype
    assert [path.name for path in tmp_path.iterdir()] == ["one.npz"]


def test_a_piece_with_the_field_for_words_that_is_no_more(tmp_path: Path) -> None:
    piece = made_piece(3)
    piece.save(tmp_path / "one.npz")
    with np.load(tmp_path / "one.npz") as stored:
        arrays = dict(stored)
    facts = json.loads(str(arrays["facts"])) | {"words": ""}
    np.savez_compressed(tmp_path / "old.npz", **(arrays | {"facts": np.array(json.dumps(facts))}))
    assert Piece.load(tmp_path / "old.npz").facts == piece.facts


@pytest.fixture(scope="module")
def piece() -> Piece:
    xml = score([melody(12), [note(48, 4)] * 12])
    layout = Layout(staff_space_px=6.0, page_width=70, page_height=70)
    return piece_from_engraving(engrave(xml, layout), FACTS)


def test_notes_of_a_piece_stand_on_its_strip(piece: Piece) -> None:
    assert piece.facts == replace(FACTS, metre="4/4")
    assert len(piece.pitch) == 60
    assert piece.ink.shape[0] == STRIP_HEIGHT
    assert (np.diff(piece.onset_s) >= 0).all()
    assert (piece.offset_s > piece.onset_s).all()
    assert piece.x.min() > 0
    assert piece.x.max() < piece.ink.shape[1]
    upper = piece.x[piece.staff == 0]
    # time runs from left to right through all systems side by side
    assert (np.diff(upper) > 0).all()
    heads = [piece.ink[:, round(float(x)) - 1 : round(float(x)) + 2].max() for x in upper]
    assert min(heads) > 120


def test_systems_of_all_pages_are_in_the_long_strip() -> None:
    layout = Layout(staff_space_px=6.0, page_width=60, page_height=50)
    engraving = engrave(score([melody(24)]), layout)
    assert len(engraving.pages) > 1
    strip = long_strip(engraving)
    assert len(strip.strips) == len(engraving.systems)
    assert [s.page for s in strip.strips] == [s.page for s in engraving.systems]
    assert [s.system for s in strip.strips if s.page == 2][:1] == [1]


def test_staff_space_is_the_median() -> None:
    staves = [(0.0, 10.0, 9.0, 50.0), (0.0, 80.0, 9.0, 120.0), (0.0, 200.0, 9.0, 400.0)]
    assert staff_space(staves) == 10
