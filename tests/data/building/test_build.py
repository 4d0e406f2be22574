from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_pieces import made_piece
from made_sources import ListedSource, entry, failing, pieces_of, sound_entry
from short_scores import melody, score

from unisono.data.building.build import BuildOptions, BuildReport, build
from unisono.data.building.built import LEFT_OUT, BuiltFolder
from unisono.data.building.check import check
from unisono.data.building.folder_source import FolderSource
from unisono.data.building.watched import Limits
from unisono.data.corpus import Piece
from unisono.data.errors import ReadError
from unisono.data.pairs.config import TableSource
from unisono.data.pairs.table import open_table_source
from unisono.data.sources.entry import Entry, Media, SourceLayoutError

QUICK = BuildOptions(workers=1, limits=Limits(20.0, 2048))


@pytest.fixture
def built(tmp_path: Path) -> BuiltFolder:
    return BuiltFolder(tmp_path / "built")


def run(
    built: BuiltFolder, *entries: Entry, name: str = "made", options: BuildOptions = QUICK
) -> BuildReport:
    return build(ListedSource(name, entries), built.root, built, options)


def test_pieces_table_and_manifest(built: BuiltFolder) -> None:
    report = run(built, entry("one", split="train"), entry("two", split="test"))
    assert (report.made, report.kept, report.failures) == (2, 0, ())
    assert report.counts == {"train": 1, "valid": 0, "test": 1}
    assert pieces_of(built) == {"made-one": "train", "made-two": "test"}
    facts = Piece.load(built.piece("train", "made-one")).facts
    assert (facts.collection, facts.identifier, facts.work) == ("made", "one", "one")
    rows = built.read_table("made")
    assert [(row["id"], row["pieces"]) for row in rows] == [
        ("one", "made-one"),
        ("two", "made-two"),
    ]
    manifest = json.loads(built.manifest.read_text())
    assert manifest["sources"]["made"]["facts"]["licence"] == "CC0 1.0"
    assert manifest["sources"]["made"]["pieces"]["test"] == 1
    assert "numpy" in manifest["versions"]


def test_what_is_there_is_kept_and_what_changed_is_made_anew(built: BuiltFolder) -> None:
    first, second = entry("one"), entry("two")
    run(built, first, second)
    again = run(built, first, second)
    assert (again.made, again.kept) == (0, 2)
    changed = run(built, first, replace(second, title="Another title"))
    assert (changed.made, changed.kept) == (1, 1)


def test_a_changed_file_is_made_anew(built: BuiltFolder, tmp_path: Path) -> None:
    path = tmp_path / "score.mid"
    path.write_bytes(b"first")
    one = replace(entry("one"), media={"midi": (Media(path),)})
    run(built, one)
    path.write_bytes(b"other")
    assert run(built, one).made == 1


def test_a_torn_piece_is_made_anew(built: BuiltFolder) -> None:
    one = entry("one", split="train")
    run(built, one)
    path = built.piece("train", "made-one")
    path.write_bytes(path.read_bytes()[:1000])
    assert run(built, one).made == 1
    assert len(Piece.load(path).pitch) == 60


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("raises", "ValueError: no such score"),
        ("hangs", "took more than 1 s"),
        ("crashes", "SIGKILL"),
        ("grows", "more than 256 MiB"),
    ],
)
def test_a_piece_that_fails_costs_itself_alone(built: BuiltFolder, how: str, said: str) -> None:
    seconds = 1.0 if how == "hangs" else 60.0
    options = replace(QUICK, workers=2, limits=Limits(seconds, 256))
    report = run(built, failing("bad", how), entry("good"), options=options)
    assert report.made == 1
    [(name, why)] = report.failures
    assert name == "made-bad"
    assert said in why
    assert "bad" in built.failures("made").read_text()
    assert list(pieces_of(built)) == ["made-good"]


def test_sides_without_a_publisher_are_stable(built: BuiltFolder, tmp_path: Path) -> None:
    entries = [entry(f"piece {n}", work=f"work {n // 2}") for n in range(12)]
    run(built, *entries)
    sides = {row["work"]: row["split"] for row in built.read_table("made")}
    assert {row["split"] for row in built.rows() if row["work"] == "work 3"} == {sides["work 3"]}
    other = BuiltFolder(tmp_path / "other")
    run(other, *reversed(entries))
    assert {row["id"]: row["split"] for row in other.rows()} == {
        row["id"]: row["split"] for row in built.rows()
    }


def test_a_work_that_another_source_holds_out_leaves_training(built: BuiltFolder) -> None:
    run(built, entry("a", work="fugue", split="train"), entry("b", split="train"), name="first")
    report = run(built, entry("c", work="fugue", split="test"), name="second")
    assert report.left_out == 1
    assert pieces_of(built) == {
        "first-a": LEFT_OUT,
        "first-b": "train",
        "second-c": "test",
    }
    # the other way round it is not even made
    assert run(built, entry("d", work="fugue", split="train"), name="third").left_out == 1
    assert "third-d" not in pieces_of(built)
    # and what has no side of its own joins the others
    run(built, entry("e", work="fugue"), name="fourth")
    assert pieces_of(built)["fourth-e"] == "test"


def test_a_published_split_is_kept_on_request(built: BuiltFolder) -> None:
    parts = [entry("a", work="suite", split="train"), entry("b", work="suite", split="test")]
    assert run(built, *parts).left_out == 1
    asked = run(built, *parts, options=replace(QUICK, as_published=True))
    assert asked.left_out == 0
    assert pieces_of(built) == {"made-a": "train", "made-b": "test"}


def test_a_larger_limit_adds_to_a_smaller_one(built: BuiltFolder) -> None:
    entries = [entry(f"piece {n}", split="train") for n in range(6)]
    run(built, *entries, options=replace(QUICK, limit=2))
    few = set(pieces_of(built))
    report = run(built, *entries, options=replace(QUICK, limit=4))
    assert (report.made, report.kept) == (2, 2)
    assert few < set(pieces_of(built))
    assert len(built.read_table("made")) == 4


def test_layouts_that_are_not_asked_for_any_more_are_removed(
    built: BuiltFolder, tmp_path: Path
) -> None:
    folder = tmp_path / "scores"
    folder.mkdir()
    for name in ("a", "a-2b", "c-7"):
        (folder / f"{name}.musicxml").write_text(score([melody(8, shift=len(name))], title=name))

    def build_it(layouts: int, **options: object) -> BuildReport:
        asked = replace(QUICK, layouts=layouts, keep_pages=True, **options)  # type: ignore[arg-type]
        return build(FolderSource("scores"), folder, built, asked)

    run(built, entry("a-9"), entry("b"), name="other")
    build_it(1)
    first = pieces_of(built)
    pages = sorted(built.root.glob("pages/*"))
    assert build_it(3).made == 6
    again = build_it(1)
    assert (again.made, again.kept, again.removed) == (0, 3, 6)
    assert pieces_of(built) == first
    assert sorted(built.root.glob("pages/*")) == pages
    assert [one for one in check(built).findings if one.kind == "stray"] == []
    # further layouts that no table names either
    build_it(2)
    rows = built.read_table("scores")
    built.write_table("scores", [{**row, "pieces": f"scores-{row['id']}"} for row in rows])
    assert "stray" in {one.kind for one in check(built).findings}
    assert build_it(1).removed == 3
    assert pieces_of(built) == first


def test_copies_in_exchanged_clefs_are_made_to_train_on_alone(
    built: BuiltFolder, tmp_path: Path
) -> None:
    folder = tmp_path / "scores"
    folder.mkdir()
    for name in "abcdefgh":
        (folder / f"{name}.musicxml").write_text(score([melody(12, ord(name))], title=name))
    source = FolderSource("scores")

    def build_it(exchanges: int) -> BuildReport:
        return build(source, folder, built, replace(QUICK, exchanges=exchanges))

    assert build_it(0).made == 8
    plain = pieces_of(built)
    report = build_it(2)
    both = pieces_of(built)
    copies = {name: side for name, side in both.items() if name not in plain}
    trained = [name for name, side in plain.items() if side == "train"]
    assert (report.made, set(copies.values())) == (2 * len(trained), {"train"})
    assert set(copies) == {f"{name}-clefs-{n}" for name in trained for n in (1, 2)}
    pitches = set()
    for name in trained:
        first = Piece.load(built.piece("train", name))
        for copy in (f"{name}-clefs-1", f"{name}-clefs-2"):
            other = Piece.load(built.piece("train", copy))
            assert other.facts.collection == "scores-exchanged"
            assert other.work == first.work
            assert len(other.pitch) == len(first.pitch)
            pitches.add(tuple(other.pitch.tolist()) == tuple(first.pitch.tolist()))
    assert False in pitches
    assert [one for one in check(built).findings if one.kind == "stray"] == []
    assert build_it(2).kept == len(both)
    assert build_it(0).removed == len(copies)
    assert pieces_of(built) == plain


def test_a_smaller_limit_removes_nothing(built: BuiltFolder) -> None:
    entries = [entry(f"piece {n}", split="train") for n in range(4)]
    run(built, *entries)
    assert run(built, *entries, options=replace(QUICK, limit=1)).removed == 0
    assert len(pieces_of(built)) == 4
    assert check(built).errors == []


def test_pieces_of_an_entry_that_is_gone_are_removed(built: BuiltFolder) -> None:
    run(built, entry("one", split="train"), entry("two", split="train"))
    report = run(built, entry("one", split="train"))
    assert (report.kept, report.removed) == (1, 1)
    assert pieces_of(built) == {"made-one": "train"}
    assert check(built).findings == []


def test_a_failure_names_its_file(built: BuiltFolder, tmp_path: Path) -> None:
    folder = tmp_path / "scores"
    folder.mkdir()
    (folder / "empty.musicxml").write_text(score([[]]))
    (folder / "noise.mxl").write_bytes(bytes(range(128, 256)) * 9)
    (folder / "slow.musicxml").write_text(score([melody(8)]))
    quick = replace(QUICK, limits=Limits(1e-3, 2048))
    slow = build(FolderSource("scores"), folder, built, quick).failures
    failures = dict(build(FolderSource("scores"), folder, built, QUICK).failures)
    assert all(str(folder / f"{name.removeprefix('scores-')}.") in why for name, why in slow)
    assert failures["scores-empty"].startswith(f"{folder / 'empty.musicxml'}: ")
    assert failures["scores-noise"].count(str(folder / "noise.mxl")) == 1
    assert "is no score" in failures["scores-noise"]
    assert f"scores-noise\t{folder / 'noise.mxl'}: " in built.failures("scores").read_text()


def test_a_failure_in_the_folder_one_stands_in_names_its_file(
    built: BuiltFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("slow.musicxml").write_text(score([melody(8)]))
    quick = replace(QUICK, limits=Limits(1e-3, 2048))
    [(name, why)] = build(FolderSource("here"), Path(), built, quick).failures
    assert (name, why.partition(" ")[0]) == ("here-slow", "slow.musicxml:")


def test_recordings_and_words_train_from_the_table(built: BuiltFolder, tmp_path: Path) -> None:
    sound = (0.3 * np.sin(np.arange(32_000) / 9)).astype(np.float32)
    one = sound_entry(
        tmp_path,
        "take",
        sound,
        split="train",
        texts=("a calm hum", "one | tone"),
        tags=("calm", "low"),
        related={"artist": ("Somebody",)},
    )
    run(built, one)
    [row] = built.read_table("made")
    assert row["text"] == "a calm hum|one / tone"
    assert (row["tags"], row["tag_text"], row["related_artist"]) == (
        "calm|low",
        "calm, low",
        "Somebody",
    )
    source = open_table_source(
        TableSource(
            str(built.root),
            "tables/made.parquet",
            {"audio": "audio", "text": "text"},
            work="work",
            where={"split": "train"},
            seconds=1.0,
        )
    )
    item = source.draw(0, ("audio", "text"), np.random.default_rng(0))
    assert item.sides["text"].content == "a calm hum"
    assert np.abs(item.sides["audio"].content).max() == pytest.approx(0.3, abs=0.01)  # type: ignore[arg-type]


def test_a_part_of_a_recording_becomes_a_file(built: BuiltFolder, tmp_path: Path) -> None:
    sound = np.repeat([0.1, 0.5, 0.1], 16_000).astype(np.float32)
    whole = sound_entry(tmp_path, "take", sound)
    part = Media(whole.media["audio"][0].path, start_s=1.0, end_s=2.0)
    run(built, replace(whole, media={"audio": (part,)}))
    [row] = built.read_table("made")
    import soundfile

    cut, rate = soundfile.read(row["audio"])
    assert (len(cut), rate) == (16_000, 16_000)
    np.testing.assert_allclose(cut, 0.5, atol=0.01)


def test_a_folder_of_scores(built: BuiltFolder, tmp_path: Path) -> None:
    folder = tmp_path / "scores"
    (folder / "own").mkdir(parents=True)
    (folder / "a.musicxml").write_text(score([melody(8)], title="A"))
    (folder / "a.txt").write_text("a scale")
    (folder / "own" / "score.musicxml").write_text(score([melody(8, shift=3)]))
    (folder / "own" / "other name.txt").write_text("in its folder")
    (folder / "broken.musicxml").write_text("<score-partwise><part>")
    options = replace(QUICK, layouts=2, keep_pages=True)
    report = build(FolderSource("scores"), folder, built, options)
    assert report.made == 4
    assert [name for name, _ in report.failures] == ["scores-broken", "scores-broken-2"]
    rows = {row["id"]: row for row in built.read_table("scores")}
    assert (rows["a"]["text"], rows["a"]["pieces"]) == ("a scale", "scores-a|scores-a-2")
    assert rows["own"]["text"] == "in its folder"
    first, second = (
        Piece.load(built.piece(rows["a"]["split"], name)) for name in ("scores-a", "scores-a-2")
    )
    np.testing.assert_array_equal(first.pitch, second.pitch)
    assert first.ink.shape != second.ink.shape or (first.ink != second.ink).any()
    assert first.places is not None
    assert built.page("scores-a", 1).is_file()


def test_a_folder_without_music_says_so(built: BuiltFolder, tmp_path: Path) -> None:
    (tmp_path / "words.md").write_text("no music")
    with pytest.raises(SourceLayoutError, match="no files of music"):
        build(FolderSource("x"), tmp_path, built, QUICK)


def test_two_builds_in_one_folder_do_not_mix(built: BuiltFolder) -> None:
    with built.locked(), pytest.raises(ReadError, match="another build"):
        run(built, entry("one"))


_SLOW = """
import sys, time
from dataclasses import replace
from functools import partial
sys.path[:0] = {paths!r}
from pathlib import Path
from made_pieces import made_piece
from made_sources import ListedSource, entry
from unisono.data.building.build import BuildOptions, build
from unisono.data.building.built import BuiltFolder

def slowly(name):
    time.sleep(0.3)
    return made_piece(1, name=name)

names = [f"piece {{n}}" for n in range(40)]
entries = [replace(entry(n, split="train"), load_piece=partial(slowly, n)) for n in names]
folder = Path({folder!r})
build(ListedSource("made", entries), folder, BuiltFolder(folder), BuildOptions(workers=1))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_what_was_finished_survives_a_stop(built: BuiltFolder, how: signal.Signals) -> None:
    here = Path(__file__).parent
    code = _SLOW.format(paths=[str(here), str(here.parent)], folder=str(built.root))
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while len(pieces_of(built)) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(process.pid, how)
        assert process.wait(30) != 0
    finally:
        process.kill()
    there = len(pieces_of(built))
    assert 2 <= there < 40
    entries = [entry(f"piece {n}", split="train") for n in range(40)]
    report = run(built, *entries)
    assert (report.kept, report.made) == (there, 40 - there)


def test_a_piece_of_before_has_no_places(tmp_path: Path) -> None:
    piece = made_piece(1)
    piece.save(tmp_path / "one.npz")
    again = Piece.load(tmp_path / "one.npz")
    assert again.places is None
    assert again.key == ""
    assert again.work == "made piece 1"
