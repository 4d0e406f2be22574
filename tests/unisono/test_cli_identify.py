"""``unisono identify`` through ``main``, in a space whose answers are known."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "alignment"))

from fake_space import FakeSpace, write

from unisono.alignment.identifying import identify as identifying
from unisono.alignment.identifying.confidence import Confidence
from unisono.cli import main

ANSWER = [
    "rank", "probability", "title", "composer", "modality", "path", "place", "asked", "evidence",
]  # fmt: skip


def words_of(work):
    return [f"w{number}" for number in np.random.default_rng(work).integers(60, size=40)]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    confidence = Confidence(offset=-6, order=3, margin=3, votes=1, consistent=2, length=0)
    kept = identifying.identify
    monkeypatch.setattr(
        identifying, "identify", lambda *a, **k: kept(*a, confidence=confidence, **k)
    )
    music = {f"work{work}_mid": " ".join(words_of(work)) for work in range(8)}
    page = words_of(20)
    lines = "\n".join(" ".join(page[first : first + 10]) for first in range(0, 40, 10))
    write(tmp_path / "music", sheet_png=lines, calm_txt="calm", **music)
    write(tmp_path, take_wav=" ".join(words_of(3)[10:24]), song_wav=" ".join(page[12:26]))
    write(
        tmp_path,
        alien_wav=" ".join(f"z{number}" for number in range(14)),
        still_wav="- -",
        note_txt="calm",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNISONO_CATALOGUE", raising=False)

    def command(*words):
        code = main(list(words), load=lambda where: FakeSpace())
        out, err = capsys.readouterr()
        return code, out, err

    assert command("index", "music")[0] == 0
    return command


def test_the_work_its_place_and_how_sure(run):
    code, out, err = run("identify", "take.wav")
    assert code == 0 and not err
    head, _, first, *_ = out.splitlines()
    assert head.split() == ["rank", "sure", "title", "composer", "modality", "path", "from", "to"]
    assert "work3.mid" in first and first.split()[-2:] == ["00:10", "00:24"]
    assert first.split()[0] == "1" and "%" in first


def test_json_keeps_its_promise(run):
    code, out, _ = run("identify", "take.wav", "--json", "-k", "2")
    found = json.loads(out)
    assert code == 0 and found["identified"] is True and found["modality"] == "audio"
    assert list(found) == ["identified", "none", "modality", "works", "passages", "answers"]
    assert [list(answer) for answer in found["answers"]] == [ANSWER] * 2
    assert found["answers"][0]["place"] == {"start_s": 10.0, "end_s": 24.0}
    assert found["answers"][0]["asked"] == {"start_s": 0.0, "end_s": 14.0}


def test_places_on_pages_go_from_system_to_system(run):
    code, out, _ = run("identify", "song.wav", "--json")
    place = json.loads(out)["answers"][0]["place"]
    assert code == 0 and (place["from"]["system"], place["to"]["system"]) == (2, 3)
    shown = run("identify", "song.wav")[1].splitlines()[2]
    assert shown.endswith("p. 1, system 2  p. 1, system 3")


def test_none_of_these_is_one_sentence_and_exit_code_1(run):
    code, out, err = run("identify", "alien.wav")
    assert code == 1 and err.count("\n") == 1
    assert err.startswith("unisono: none of these") and "of 9 works" in err
    code, out, _ = run("identify", "alien.wav", "--json")
    assert code == 1 and json.loads(out)["identified"] is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["note.txt"], "this is a text"),
        (["still.wav"], "nothing sounds"),
        (["calm piano"], "no such file"),
        (["gone.wav"], "no such file"),
        (["take.wav", "-c", "none.lance"], "there is no catalogue at none.lance"),
        (["take.wav", "--want", "text"], "no passages"),
        (["take.wav", "--from", "9", "--to", "3"], "--to 3 is not after --from 9"),
        (["take.wav", "--from", "60"], "holds nothing from 60"),
        (["take.wav", "--explain", "why.pdf"], "ends in .html or .png"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(run, words, said):
    code, out, err = run("identify", *words)
    assert code == 2 and not out and said in err and err.count("\n") == 1


@pytest.mark.parametrize("query", ["take.wav", "song.wav", "alien.wav", "music/sheet.png"])
def test_an_explanation_boxes_what_met(run, query):
    plain = run("identify", query, "--json")
    for name in ("why.html", "why.png"):
        assert run("identify", query, "--json", "--explain", name) == plain
    text = Path("why.html").read_text()
    assert "http" not in text.replace("http-equiv", "") and "data:image/png" in text
    assert f"Which work is {Path(query).name}?" in text and "% sure" in text
    with Image.open("why.png") as picture:
        assert picture.width == 1000 and picture.height > 100


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom unisono.cli import main\n"
        "try: main(['identify', '--help'])\nexcept SystemExit: pass\n"
        "sys.exit(' '.join(n for n in ('torch', 'numba', 'lancedb', 'PIL', 'numpy')"
        " if n in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.stderr.strip() == ""
