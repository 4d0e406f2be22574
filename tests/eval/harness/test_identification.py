"""Identification measured: queries with known answers, and the three tasks from folder to table."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "alignment"))

from fake_space import FakeSpace
from identification_spaces import AskedSpaceOfBars
from tiny_scores import click, scales, write_pairs, write_score

from unisono.data.notes import Notes
from unisono.data.readers.midi import read_midi, write_midi
from unisono.eval.harness import rendered_sound
from unisono.eval.harness.engraved_scores import engraved_score
from unisono.eval.harness.identification import StoredWork, WorkQuery, ask_all, found_rows
from unisono.eval.harness.other_scores import other_works
from unisono.eval.harness.registry import open_task
from unisono.eval.harness.task import EvalError, EvalSettings, silent
from unisono.eval.tasks import scan_identification
from unisono.eval.tasks.recording_identification import spread_excerpts
from unisono.eval.tasks.scan_identification import notes_of


def notes_at(pitches, step_s=1.0):
    onset = np.arange(len(pitches)) * step_s
    zeros = np.zeros(len(pitches), np.int16)
    return Notes(onset, onset + step_s, np.array(pitches, np.int16), zeros + 80, zeros)


def melody(seed, count=30):
    return np.random.default_rng(seed).integers(40, 80, count).tolist()


def test_queries_get_ranks_with_their_work_and_doubt_without_it():
    space = FakeSpace()
    stored = [StoredWork(f"w{i}", space.encode_notes(notes_at(melody(i)))) for i in range(6)]
    queries = [
        WorkQuery(f"w{i}", space.encode_notes(notes_at(melody(i)[5:17]), hop_s=0.5))
        for i in range(6)
    ]
    found = ask_all(space, stored, [*queries, WorkQuery("w2", None)], silent)
    assert [one.rank for one in found] == [1] * 6 + [6]
    assert [one.plain_rank for one in found][-1] == 6
    for one in found[:-1]:
        assert one.without < one.probability
        assert one.judged[0][1] and not one.judged[-1][1]
    assert found[-1].judged == () and found[-1].probability == 0
    rows = found_rows(found, "excerpts", "midi", "midi", 6, 0, True)
    assert [row.kind for row in rows] == ["measured", "baseline", "chance"]
    ours, _, chance = rows
    assert ours.scores["R@1"].value == pytest.approx(6 / 7)
    # The page that could not be read scores 0 with and without its work: half of a pair each.
    assert ours.scores["AUC none"].value == pytest.approx((6 * 7 + 0.5) / 49)
    assert chance.scores["R@1"].value == pytest.approx(1 / 6)
    assert ours.by_group["w2"] == 0.5


@pytest.fixture
def pieces(tmp_path, monkeypatch) -> EvalSettings:
    monkeypatch.setattr(rendered_sound, "synthesise", click)
    soundfont = tmp_path / "MuseScore_General_Full.sf3"
    soundfont.write_bytes(b"a soundfont")
    seconds = 0.5 + 1.2 * np.arange(10)
    columns = np.array([110, 210, 310, 410, 510, 110, 210, 310, 410, 510])
    for number in range(3):
        write_score(
            tmp_path / "msmd" / "valid" / f"piece{number}", 36 + 8 * number, seconds, columns
        )
    return EvalSettings(data=tmp_path / "msmd", soundfont=str(soundfont), cache=tmp_path / "cache")


def test_pieces_are_named_from_sound_excerpts_and_pages(pieces):
    outcome = open_task("piece-identification").run(AskedSpaceOfBars(), pieces, silent)
    measured = [row for row in outcome.rows if row.kind == "measured"]
    assert [(row.condition, row.asks, row.answers) for row in measured] == [
        ("full recordings", "audio", "sheet"),
        ("10 s excerpts", "audio", "sheet"),
        ("10 s excerpts", "audio", "midi"),
        ("whole scores", "sheet", "audio"),
        ("one page (clean)", "sheet", "audio"),
        ("one page (clean)", "sheet", "midi"),
    ]
    assert [row.scores["R@1"].value for row in measured] == [1.0] * 6
    assert [row.main for row in measured] == [True] + [False] * 5
    assert [row.queries for row in measured] == [3, 9, 9, 3, 3, 3]
    assert all(row.candidates == 3 for row in measured)
    assert outcome.counts == {"pieces": 3, "unread pages": 0}


def test_a_page_without_staves_is_last(pieces):
    space = AskedSpaceOfBars()
    read = space.encode_item
    blank = pieces.data / "blank.png"
    Image.new("L", (80, 80), 255).save(blank)
    asked = []

    def encode_item(path, **options):
        if path.suffix == ".png":
            asked.append(path)
            return read(blank if len(asked) == 2 else path, **options)
        return read(path, **options)

    space.encode_item = encode_item
    outcome = open_task("piece-identification").run(space, pieces, silent)
    assert outcome.counts["unread pages"] == 1
    last = [row for row in outcome.rows if row.kind == "measured"][-1]
    assert last.by_group == {"piece0": 1.0, "piece1": 0.0, "piece2": 1.0}
    assert "on 1 of 3 asking pages no staves were found: last" in outcome.notes


def test_pieces_need_a_folder():
    with pytest.raises(EvalError, match="--data"):
        open_task("piece-identification").run(AskedSpaceOfBars(), EvalSettings(), silent)


@pytest.fixture
def others(tmp_path):
    folder = tmp_path / "others" / "below"
    folder.mkdir(parents=True)
    for number in range(5):
        write_midi(notes_at(melody(100 + number)), folder / f"{number}.mid")
    (folder / "broken.mid").write_bytes(b"MThd not really")
    return tmp_path / "others"


def test_other_scores_are_read_and_broken_ones_left_out(others, tmp_path):
    found = other_works(AskedSpaceOfBars(), EvalSettings(others=others), silent)
    assert len({one.work for one in found}) == 5
    with pytest.raises(EvalError, match="needs --others"):
        other_works(AskedSpaceOfBars(), EvalSettings(), silent)
    (tmp_path / "empty").mkdir()
    with pytest.raises(EvalError, match="no MIDI file"):
        other_works(AskedSpaceOfBars(), EvalSettings(others=tmp_path / "empty"), silent)


def scans(folder: Path) -> Path:
    folder.mkdir()
    rows, pages = [], {}
    for number, name in enumerate(("bach_op1", "haydn_q4")):
        for piece in ("a", "b"):
            pitches = melody(10 * number + (piece == "b"))
            for i, pitch in enumerate(pitches):
                rows.append(
                    {
                        "scan_prefix": name, "piece": piece, "onset_quarters": 2.0 * i,
                        "duration_quarters": 2.0, "staff": 1, "midi": pitch, "tied": None,
                    }
                )  # fmt: skip
            page = f"{name}_p{len(pages) + 1:02}.png"
            words = [str(pitch) for pitch in pitches[4:24]]
            (folder / page).write_text(" ".join(words[:10]) + "\n" + " ".join(words[10:]))
            pages[page] = {"ensemble": "piano"}
    pages["lost_p01.png"] = {"ensemble": "quartet"}
    (folder / "lost_p01.png").write_text("1 2 3")
    (folder / "staves.json").write_text(json.dumps(pages))
    write_pairs(folder / "notes.parquet", rows)
    return folder


class MidiSpace(FakeSpace):
    """Reads MIDI files as what they are; pages are files of words."""

    def encode_item(self, item, **options):
        if item.suffix == ".mid":
            return self.encode_notes(read_midi(item).notes)
        return super().encode_item(item, **options)


def test_scanned_pages_are_named_by_print(tmp_path, others):
    settings = EvalSettings(data=scans(tmp_path / "scans"), others=others)
    outcome = open_task("scan-identification").run(MidiSpace(), settings, silent)
    row = next(row for row in outcome.rows if row.kind == "measured")
    assert (row.queries, row.candidates, row.main) == (4, 7, True)
    assert row.scores["R@1"].value == 1.0
    assert "no notes of lost: its pages are left out" in outcome.notes


def test_pages_of_movements_without_notes_are_counted_apart(tmp_path, others, monkeypatch):
    folder = scans(tmp_path / "scans")
    facts = json.loads((folder / "staves.json").read_text())
    facts["bach_op1_p09.png"] = {"ensemble": "piano", "work": {"movement": "Finale"}}
    words = [str(pitch) for pitch in melody(999)[:20]]
    (folder / "bach_op1_p09.png").write_text(" ".join(words))
    (folder / "staves.json").write_text(json.dumps(facts))
    (others / "below" / "broken.mid").unlink()
    monkeypatch.setattr(scan_identification, "WITHOUT_NOTES", {("bach_op1", "Finale")})
    settings = EvalSettings(data=folder, others=others)
    outcome = open_task("scan-identification").run(MidiSpace(), settings, silent)
    every, known = (row for row in outcome.rows if row.kind == "measured")
    assert (every.queries, every.main) == (5, True)
    assert (known.condition, known.queries, known.main) == ("scanned pages with notes", 4, False)
    assert known.scores["R@1"].value == 1.0
    assert every.scores["R@1"].value == 0.8


@pytest.mark.parametrize("name", ["staves.json", "notes.parquet"])
def test_scans_without_their_tables_are_told(tmp_path, others, name):
    folder = scans(tmp_path / "scans")
    (folder / name).write_text("nothing")
    settings = EvalSettings(data=folder, others=others)
    with pytest.raises(EvalError, match=f"{name}: damaged"):
        open_task("scan-identification").run(FakeSpace(), settings, silent)
    (folder / name).unlink()
    with pytest.raises(EvalError, match=f"no {name} here"):
        open_task("scan-identification").run(FakeSpace(), settings, silent)


def test_tied_heads_are_one_note_and_grace_notes_sound():
    def head(onset, duration, midi, tied=None):
        return {
            "onset_quarters": onset, "duration_quarters": duration, "staff": 1, "midi": midi,
            "tied": tied,
        }  # fmt: skip

    notes = notes_of([head(4, 2, 60, 1), head(6, 1, 60, -1), head(6, 0, 62)], 0)
    assert notes.pitch.tolist() == [60, 62]
    assert notes.onset_s.tolist() == [0.0, 1.0]
    assert notes.offset_s == pytest.approx([1.5, 1.05])


def test_seconds_of_recordings_are_named_among_scores(tmp_path, others):
    folder = tmp_path / "recordings"
    (folder / "audio").mkdir(parents=True)
    (folder / "scores").mkdir()
    score = folder / "scores" / "song.mxl"
    score.write_text(scales(24))
    notes = read_midi(engraved_score(score, tmp_path / "cache").midi).notes
    click(notes, score, folder / "audio" / "take.wav")
    rows = [
        {"file": "audio/take.wav", "score": "scores/song.mxl"},
        {"file": "audio/none.wav", "score": ""},
    ]
    write_pairs(folder / "recordings.parquet", rows)
    settings = EvalSettings(data=folder, others=others, cache=tmp_path / "cache")
    outcome = open_task("recording-identification").run(AskedSpaceOfBars(), settings, silent)
    measured = [row for row in outcome.rows if row.kind == "measured"]
    assert [row.condition for row in measured] == ["10 s excerpts", "30 s excerpts"]
    assert [row.scores["R@1"].value for row in measured] == [1.0, 1.0]
    assert [row.candidates for row in measured] == [6, 6] and measured[0].main
    write_pairs(folder / "recordings.parquet", rows[1:])
    with pytest.raises(EvalError, match="no recording with a score"):
        open_task("recording-identification").run(AskedSpaceOfBars(), settings, silent)


def test_excerpts_lie_evenly_from_end_to_end():
    sound = np.arange(20 * rendered_sound.SAMPLE_RATE, dtype=np.float32)
    parts = spread_excerpts(sound, 10.0)
    assert [round(float(part[0]) / rendered_sound.SAMPLE_RATE, 1) for part in parts] == [
        0.0, 2.5, 5.0, 7.5, 10.0,
    ]  # fmt: skip
    assert all(len(part) == 10 * rendered_sound.SAMPLE_RATE for part in parts)
    assert len(spread_excerpts(sound[:100], 10.0)) == 1
