"""Engraved scores as folders in MSMD's layout, and the task that is measured on them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tiny_scores import SpaceOfBars, click, scales, write_pairs

from unisono.data.errors import ReadError
from unisono.data.readers.midi import read_midi
from unisono.eval.harness import engraved_scores, rendered_sound
from unisono.eval.harness.engraved_scores import engraved_score
from unisono.eval.harness.registry import open_task
from unisono.eval.harness.task import EvalError, EvalSettings, silent


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    folder = tmp_path / "lieder"
    (folder / "scores").mkdir(parents=True)
    rows = []
    for number, split in enumerate(("valid", "valid", "test")):
        (folder / "scores" / f"{number}.mxl").write_text(scales(20 + number))
        rows.append({"id": str(number), "split": split, "title": "Song", "composer": "Someone"})
    write_pairs(folder / "songs.parquet", rows)
    return folder


@pytest.fixture
def settings(songs, tmp_path, monkeypatch) -> EvalSettings:
    monkeypatch.setattr(rendered_sound, "synthesise", click)
    soundfont = tmp_path / "MuseScore_General_Full.sf3"
    soundfont.write_bytes(b"a soundfont")
    return EvalSettings(data=songs, soundfont=str(soundfont), cache=tmp_path / "cache")


def test_an_engraved_score_has_every_note_in_time_and_on_the_page(songs, tmp_path) -> None:
    score = engraved_score(songs / "scores" / "0.mxl", tmp_path / "cache")
    notes, played = score.notes, read_midi(score.midi).notes
    assert score.name == "0" and len(notes["onset"]) == len(played) == 80
    assert np.sort(notes["onset"]) == pytest.approx(played.onset_s, abs=1e-3)
    assert set(played.program.tolist()) == {73}
    assert set(notes["page"].tolist()) == set(range(len(score.pages)))
    boxes = notes["systems"][notes["system"]]
    assert (boxes[:, 0] == notes["page"]).all()
    assert ((boxes[:, 1] <= notes["x"]) & (notes["x"] <= boxes[:, 3])).all()
    assert (np.abs(notes["y"] - (boxes[:, 2] + boxes[:, 4]) / 2) < 60).all()


def test_a_score_is_engraved_once_for_its_content(songs, tmp_path, monkeypatch) -> None:
    path, cache = songs / "scores" / "0.mxl", tmp_path / "cache"
    first = engraved_score(path, cache)
    with monkeypatch.context() as patch:
        patch.setattr(engraved_scores, "engrave", None)
        assert engraved_score(path, cache).folder == first.folder
    path.write_text(scales(5))
    assert engraved_score(path, cache).folder != first.folder


def test_a_broken_score_is_named_and_leaves_nothing(songs, tmp_path) -> None:
    path = songs / "scores" / "0.mxl"
    path.write_text("<score-partwise>")
    with pytest.raises(ReadError, match=r"0\.mxl"):
        engraved_score(path, tmp_path / "cache")
    assert not [one for one in (tmp_path / "cache").rglob("*") if one.is_file()]


def test_the_songs_of_a_split_are_measured(settings) -> None:
    outcome = open_task("song-retrieval").run(SpaceOfBars(), settings, silent)
    assert outcome.counts["pieces"] == 2 and outcome.counts["pairs"] > 60
    assert {row.kind for row in outcome.rows} == {"measured", "baseline", "chance"}
    # with fewer than 2,000 pairs nothing is the protocol's number
    assert not any(row.main for row in outcome.rows)


def test_folders_without_songs_are_named(settings, tmp_path) -> None:
    from dataclasses import replace

    run = open_task("song-retrieval").run
    for data, fault in ((None, "no songs.parquet"), (tmp_path, "no songs.parquet")):
        with pytest.raises(EvalError, match=fault):
            run(SpaceOfBars(), replace(settings, data=data), silent)
    with pytest.raises(EvalError, match="no song in the split other"):
        run(SpaceOfBars(), replace(settings, split="other"), silent)
