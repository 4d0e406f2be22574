"""Questions of several parts, several catalogues and explanations, through ``main``."""

import json
import sys
from pathlib import Path

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "alignment"))

from fake_space import FakeSpace, write

from unisono.cli import main

PROMISED = ["rank", "score", "modality", "title", "path", "moment"]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    write(
        tmp_path / "one", take_wav="a b c d e f g h", calm_txt="calm piano", cover_jpg="calm blue"
    )
    write(tmp_path / "two", other_wav="k l m n", soft_txt="calm soft")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNISONO_CATALOGUE", raising=False)

    def command(*words):
        code = main(list(words), load=lambda where: FakeSpace())
        out, err = capsys.readouterr()
        return code, out, err

    for name in ("one", "two"):
        assert command("index", name, "-c", f"{name}.lance")[0] == 0
    return command


def paths(out):
    return [Path(hit["path"]).name for hit in json.loads(out)]


def test_parts_of_a_question_work_together_and_keep_the_promise(run):
    asked = ("search", "calm", "-c", "one.lance", "--want", "text,cover", "--json")
    assert paths(run(*asked, "--and", "piano")[1])[0] == "calm.txt"
    assert paths(run(*asked, "--less", "piano")[1])[0] == "cover.jpg"
    code, out, _ = run(*asked[:1], *asked[2:], "--more", "blue")
    assert code == 0 and paths(out)[0] == "cover.jpg"
    assert [list(hit) for hit in json.loads(out)] == [PROMISED] * 2


def test_nothing_to_look_for_is_told(run):
    for words in (["search"], ["search", "--less", "calm"]):
        code, _, err = run(*words, "-c", "one.lance")
        assert code == 2 and "nothing to look for" in err


def test_several_catalogues_are_asked_at_once(run):
    code, out, _ = run("search", "calm", "-c", "one.lance", "-c", "two.lance", "--json", "-k", "3")
    assert code == 0 and set(paths(out)) == {"calm.txt", "cover.jpg", "soft.txt"}
    code, _, err = run("search", "calm", "-c", "one.lance", "-c", "none.lance")
    assert code == 2 and "none.lance" in err


def test_a_wrong_condition_names_the_columns(run):
    code, _, err = run("search", "calm", "-c", "one.lance", "--where", "compser = 'Bach'")
    assert code == 2 and "compser" in err and "composer" in err and err.count("\n") == 1


@pytest.mark.parametrize("query", ["one/take.wav", "c", "calm"])
def test_an_explanation_is_one_file_that_needs_nothing_else(run, query):
    write(Path("."), page_png="a b c d\ne f g h", song_mid="a b c d")
    assert run("index", "page.png", "song.mid", "-c", "one.lance")[0] == 0
    words = ("search", query, "-c", "one.lance", "--itself", "--json")
    plain = run(*words)
    for name in ("why.html", "why.png"):
        assert run(*words, "--explain", name) == plain
    text = Path("why.html").read_text()
    assert "http" not in text.replace("http-equiv", "") and "data:image/png" in text
    with Image.open("why.png") as picture:
        assert picture.width == 1000 and picture.height > 100


def test_an_explanation_needs_a_name_that_can_be_written(run):
    for name, said in (("why.txt", ".html or .png"), ("none/why.html", "no folder")):
        code, _, err = run("search", "calm", "-c", "one.lance", "--explain", name)
        assert code == 2 and said in err


def test_optimise_says_what_is_searched_exactly(run):
    code, out, _ = run("optimise", "-c", "one.lance")
    assert code == 0 and "searched exactly" in out
    facts = json.loads(run("optimise", "-c", "one.lance", "--json")[1])
    assert [(one["table"], one["recall_at_10"]) for one in facts] == [
        ("items", None),
        ("passages", None),
    ]
    assert run("optimise", "-c", "none.lance")[0] == 2
