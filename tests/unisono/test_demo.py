"""`unisono demo` from end to end on small collections, with a space whose answers are known."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pretty_midi
import pytest
import soundfile
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parent))

from space_of_works import SpaceOfWorks

from unisono.cli import main
from unisono.data.modality import Modality

RATE = 8_000
SECONDS = 16
WORKS = ("air", "bourree", "canon", "dance", "etude")
ODD = {"system.png": ("bourree", 0.5, 0.75), "excerpt.wav": ("dance", 0.25, 0.75)}
TAGS = {"air": ["calm", "piano", "minor"], "dance": ["fast"]}


def write_work(folder: Path, number: int) -> None:
    folder.mkdir(parents=True)
    pitches = [60 + number + 7 * i % 12 for i in range(SECONDS)]
    time = np.arange(RATE) / RATE
    tones = [np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time) for pitch in pitches]
    sound = 0.3 * np.concatenate([tone * np.exp(-2 * time) for tone in tones])
    soundfile.write(folder / "recording.ogg", sound, RATE)
    midi = pretty_midi.PrettyMIDI(initial_tempo=60.0)
    midi.instruments = [pretty_midi.Instrument(0)]
    midi.instruments[0].notes = [
        pretty_midi.Note(80, pitch, float(i), i + 0.9) for i, pitch in enumerate(pitches)
    ]
    midi.write(str(folder / "score.mid"))
    page = Image.new("L", (400, 520), 255)
    ImageDraw.Draw(page).text((30, 30 + number), folder.name, fill=0)
    page.save(folder / "page.png")
    (folder / "note.txt").write_text(folder.name)
    times = "".join(f"{i},{i}\n" for i in range(SECONDS))
    (folder / "performance.csv").write_text("recording_s,score_s\n" + times)


def answers() -> dict[str, object]:
    """Four systems as the space sees them, each played for a quarter of the recording."""
    systems = [
        {"box": [20, 20 + 120 * i, 380, 116 + 120 * i], "score_s": 4.0 * i, "recording_s": 4.0 * i}
        for i in range(4)
    ]
    return {"systems": systems, "end_of_music_s": float(SECONDS)}


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    root = tmp_path / "music"
    for number, work in enumerate(WORKS):
        write_work(root / work, number)
    entries = [
        {
            "slug": work,
            "title": work.title(),
            "tags": TAGS.get(work, ["slow"]),
            "answers": answers(),
        }
        for work in WORKS
    ]
    (root / "catalogue.json").write_text(json.dumps({"works": entries}))
    return root


class Run:
    def __init__(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        self.capsys = capsys
        self.report = tmp_path / "report.html"

    def __call__(self, *words: object, space: object = None) -> tuple[int, str, str]:
        load = lambda where: space or SpaceOfWorks(ODD, seconds=float(SECONDS))  # noqa: E731
        code = main(["demo", *map(str, words), "--report", str(self.report)], load=load)
        out, err = self.capsys.readouterr()
        return code, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    return Run(capsys, tmp_path)


def test_demo_says_what_is_right_and_writes_one_page(run: Run, collection: Path) -> None:
    code, out, err = run(collection)
    assert code == 0 and err == ""
    assert "20 files" in out and "could not be used" not in out
    said = " ".join(out.split())
    assert "Right: the recording of Bourree comes first. The time is right too" in said
    assert "played at 0:08-0:12" in said
    assert "Right: the page of Dance comes first. The place is right too" in said
    assert "Right: the MIDI file of Canon comes first." in said
    assert "comes first for 5 of 5" in said
    assert re.search(r"Right: half of the notes are placed within 0\.\d\d s", said)
    page = run.report.read_text()
    assert page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    for name in ("text", "page", "place", "midi", "tags", "alignment", "map"):
        assert f'<section id="{name}">' in page
    # Nothing is fetched from outside.
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page)
    assert not re.search(r"https?://|url\(|@import", page)


def test_json_tells_the_same(run: Run, collection: Path) -> None:
    code, out, _ = run(collection, "--json")
    told = json.loads(out)
    assert code == 0
    assert told["indexed"] == {"audio": 5, "text": 5, "cover": 0, "sheet": 5, "midi": 5}
    steps = {step["name"]: step for step in told["steps"]}
    assert list(steps) == ["text", "page", "place", "midi", "tags", "alignment"]
    assert [steps[name]["right"] for name in ("page", "place", "midi", "alignment")] == [True] * 4
    first = steps["page"]["answers"][0]
    assert first["right"] is True and first["path"].endswith("bourree/recording.ogg")
    assert set(first["moment"]) == {"start_s", "end_s"}
    assert 7 <= first["moment"]["start_s"] < first["moment"]["end_s"] <= 13
    assert told["report"] == str(run.report)


class Deaf(SpaceOfWorks):
    """A space that takes every recording for another work."""

    def encode_item(self, item, *, modality=None, hop_s=None, every_column=False):
        if isinstance(item, Path) and item.name == "recording.ogg":
            turned = WORKS[(WORKS.index(item.parent.name) + 1) % len(WORKS)]
            other = item.parent.parent / turned / "score.mid"
            found = super().encode_item(other, hop_s=hop_s)
            return type(found)(Modality.AUDIO, found.whole, found.passages, found.duration_s)
        return super().encode_item(item, modality=modality, hop_s=hop_s)


def test_wrong_answers_are_called_wrong(run: Run, collection: Path) -> None:
    code, out, _ = run(collection, "--json", space=Deaf(ODD, seconds=float(SECONDS)))
    steps = {step["name"]: step for step in json.loads(out)["steps"]}
    assert code == 0
    assert steps["page"]["right"] is False
    assert steps["page"]["verdict"].startswith("Wrong: Air comes first;")
    assert steps["midi"]["right"] is False
    assert "comes first for 0 of 5" in steps["midi"]["summary"]
    assert "✗" in run.report.read_text()


def test_wrong_place_of_a_right_answer_is_half_right(run: Run, collection: Path) -> None:
    odd = ODD | {"system.png": ("bourree", 0.0, 0.25)}
    _, out, _ = run(collection, "--json", space=SpaceOfWorks(odd, seconds=float(SECONDS)))
    [step] = [step for step in json.loads(out)["steps"] if step["name"] == "page"]
    assert step["right"] is False
    assert step["verdict"].startswith("Half right: the recording of Bourree comes first. The time")


def test_folder_of_ones_own_has_no_verdicts_but_all_steps(run: Run, collection: Path) -> None:
    (collection / "catalogue.json").unlink()
    (collection / "air" / "notes.xyz").write_bytes(b"\x00\x01")
    code, out, _ = run(collection, "--json")
    told = json.loads(out)
    assert code == 0
    assert [Path(entry["path"]).name for entry in told["quarantine"]].count("notes.xyz") == 1
    assert all(step["right"] is None for step in told["steps"])
    text = next(step for step in told["steps"] if step["name"] == "text")
    assert "only you can tell" in text["verdict"] and len(text["answers"]) == 5
    assert "notes.xyz" in run.report.read_text()


def test_missing_kinds_are_named_and_left_out(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "one.txt").write_text("a calm lullaby")
    code, out, _ = run(folder)
    assert code == 0
    assert out.count("Left out: ") == 6
    assert "Left out: there is no recording in this folder." in out
    assert "Left out: there is no page of notes in this folder." in out
    assert run.report.exists()


def test_folder_without_music_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    code, _, err = run(folder)
    assert code == 2
    assert err.count("\n") == 1 and "there is no recording" in err
    assert not run.report.exists()


def test_folder_that_is_not_there_or_is_a_file(run: Run, tmp_path: Path) -> None:
    code, _, err = run(tmp_path / "nowhere")
    assert code == 2 and "there is no such folder" in err
    (tmp_path / "file.txt").write_text("x")
    code, _, err = run(tmp_path / "file.txt")
    assert code == 2 and "is a file, not a folder" in err


def test_catalogue_is_kept_where_asked(run: Run, collection: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.lance"
    assert run(collection, "--catalogue", kept)[0] == 0
    from unisono.alignment.catalogue import Catalogue

    assert len(Catalogue(kept, SpaceOfWorks())) == 20
