from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pieces import made_piece
from made_sources import ListedSource, entry, sound_entry

from unisono.data.building.build import BuildOptions, build
from unisono.data.building.built import BuiltFolder
from unisono.data.building.check import Checked, check
from unisono.data.building.check_pieces import faults_of_piece
from unisono.data.building.duplicates import alike, note_shingles
from unisono.data.corpus import Piece
from unisono.data.errors import ReadError
from unisono.data.sources.entry import Entry


def checked(folder: Path, *entries: Entry, name: str = "made") -> tuple[BuiltFolder, Checked]:
    built = BuiltFolder(folder / "built")
    build(ListedSource(name, entries), folder, built, BuildOptions(workers=1))
    return built, check(built)


def kinds(result: Checked) -> list[tuple[str, str]]:
    return [(one.level, one.kind) for one in result.findings]


def test_a_sound_dataset_has_counts_and_no_errors(tmp_path: Path) -> None:
    _, result = checked(tmp_path, entry("one", split="train"), entry("two", split="test"))
    assert result.findings == []
    counter = result.counts["made", "train"]
    assert (counter["entries"], counter["pieces"], counter["notes"]) == (1, 1, 60)


def test_a_work_on_two_sides_is_a_leak(tmp_path: Path) -> None:
    built, _ = checked(tmp_path, entry("one", split="train"), entry("two", split="test"))
    rows = built.read_table("made")
    for row in rows:
        row["work"] = "the same"
    built.write_table("made", rows)
    assert ("error", "leak") in kinds(check(built))


def test_the_same_notes_in_two_collections_on_two_sides_are_a_leak(tmp_path: Path) -> None:
    checked(tmp_path, entry("one", split="train", seed=5), name="first")
    copy = entry("another name", split="test", seed=5)
    _, result = checked(tmp_path, copy, entry("third", split="train"), name="second")
    assert kinds(result) == [("error", "leak")]
    assert "first-one" in result.findings[0].where


def test_the_same_notes_on_one_side_are_told(tmp_path: Path) -> None:
    first, second = (entry(name, split="train", seed=5) for name in ("one", "two"))
    assert kinds(checked(tmp_path, first, second)[1]) == [("note", "duplicate")]


def test_silent_clipped_copied_and_missing_recordings(tmp_path: Path) -> None:
    time = np.arange(16_000) / 16_000
    tone = 0.3 * np.sin(2 * np.pi * 330 * time)
    entries = [
        sound_entry(tmp_path, "silent", np.zeros(16_000), split="train"),
        sound_entry(tmp_path, "clipped", np.clip(20 * tone, -1, 1), split="train"),
        sound_entry(tmp_path, "tone", tone, split="train"),
        sound_entry(tmp_path, "copy", tone, split="test"),
        sound_entry(tmp_path, "gone", 0.5 * tone, split="train"),
    ]
    built, _ = checked(tmp_path, *entries)
    (tmp_path / "gone.wav").unlink()
    (tmp_path / "broken.wav").write_bytes(b"RIFF no sound at all")
    found = {(one.kind, Path(one.where.split(", ")[0]).stem) for one in check(built).findings}
    assert {("silent", "silent"), ("clipped", "clipped"), ("missing", "gone")} <= found
    assert ("leak", "copy") in found
    quick = {one.kind for one in check(built, sounds=False).findings}
    assert "silent" not in quick
    assert "missing" in quick


def test_pieces_that_are_gone_torn_or_strays(tmp_path: Path) -> None:
    built, _ = checked(tmp_path, *(entry(n, split="train") for n in ("one", "two", "three")))
    built.piece("train", "made-one").unlink()
    torn = built.piece("train", "made-two")
    torn.write_bytes(torn.read_bytes()[:500])
    shutil.copy(built.piece("train", "made-three"), built.piece("train", "stray"))
    findings = check(built).findings
    told = sorted((one.level, one.kind) for one in findings)
    assert told == [("error", "piece")] * 2 + [("error", "stray")]
    [stray] = [one for one in findings if one.kind == "stray"]
    assert "build its source again, or delete it" in stray.what


def test_failures_of_the_build_are_told_again(tmp_path: Path) -> None:
    def fails() -> Piece:
        raise ValueError("no such score")

    _, result = checked(tmp_path, replace(entry("bad"), load_piece=fails), entry("good"))
    assert [(one.kind, one.where) for one in result.findings] == [("not made", "made-bad")]


def test_a_folder_that_was_not_built(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="holds no built dataset"):
        check(BuiltFolder(tmp_path))


PIECE = made_piece(3)


@pytest.mark.parametrize(
    ("piece", "said"),
    [
        (replace(PIECE, ink=np.zeros_like(PIECE.ink)), "error empty"),
        (replace(PIECE, x=PIECE.x + PIECE.ink.shape[1] / 2), "error outside"),
        (replace(PIECE, x=PIECE.x - 300), "error outside"),
        (replace(PIECE, offset_s=PIECE.onset_s), "error notes"),
        (replace(PIECE, x=PIECE.x[:5]), "error notes"),
        (replace(PIECE, facts=replace(PIECE.facts, title="")), "note no title"),
        (made_piece(1, count=12), "note few notes"),
    ],
)
def test_faults_of_a_piece(piece: Piece, said: str) -> None:
    assert [f"{level} {kind}" for level, kind, _ in faults_of_piece(piece)] == [said]


def test_one_system_without_ink() -> None:
    ink = PIECE.ink.copy()
    ink[:, 300:500] = 0
    piece = replace(PIECE, ink=ink, system_start=np.array([0, 300, 500]))
    [(level, kind, what)] = faults_of_piece(piece)
    assert (level, kind) == ("error", "empty")
    assert "1 of 3 systems: [2]" in what


@given(st.integers(-12, 12), st.floats(0.3, 3), st.integers(0, 100))
def test_shingles_know_no_key_and_no_tempo(shift: int, stretch: float, seed: int) -> None:
    piece = made_piece(seed)
    first = note_shingles(piece.onset_s, piece.pitch)
    np.testing.assert_array_equal(
        first, note_shingles(piece.onset_s * stretch, piece.pitch + shift)
    )


def test_an_excerpt_is_found_in_the_whole_and_other_music_is_not() -> None:
    whole = made_piece(1, count=400)
    part = note_shingles(whole.onset_s[100:250], whole.pitch[100:250])
    other = made_piece(2, count=400)
    every = [note_shingles(p.onset_s, p.pitch) for p in (whole, other)] + [part]
    assert [(i, j) for i, j, _ in alike(every)] == [(0, 2)]
    assert list(alike([note_shingles([], [])] * 2)) == []


def test_drones_are_not_taken_for_one_music() -> None:
    pitch = np.resize([60, 60, 67], 300)
    assert not list(alike([note_shingles(np.arange(300), pitch)] * 2))
