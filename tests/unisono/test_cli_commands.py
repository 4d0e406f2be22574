"""The commands from end to end, through ``main``, with a space whose vectors are known."""

import csv
import io
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "alignment"))

from fake_space import FakeSpace, write

from unisono.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in a folder with some music; returns its code, output and messages."""
    write(
        tmp_path,
        take_wav="a b c d e f g h",
        song_mid="b c d e",
        page_png="p q r s\na b c d",
        calm_txt="calm piano",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNISONO_CATALOGUE", raising=False)

    def command(*words, space=None):
        code = main(list(words), load=lambda where: space or FakeSpace())
        out, err = capsys.readouterr()
        return code, out, err

    return command


@pytest.fixture
def indexed(run):
    assert run("index", ".")[0] == 0
    return run


def test_index_prints_its_promise(run):
    write(Path("."), bad_wav="broken")
    code, out, _ = run("index", ".", "--json")
    assert code == 0
    assert json.loads(out) == {
        "indexed": 4,
        "skipped": 0,
        "quarantine": [
            {"path": str(Path("bad.wav").absolute()), "reason": "the file is damaged; get it again"}
        ],
    }
    code, out, _ = run("index", ".")
    assert code == 0
    assert "0 indexed, 4 skipped" in out
    assert "bad.wav" in out and "the file is damaged" in out
    assert Path("music.lance").is_dir()


def test_index_of_nothing_usable_is_1_and_of_nothing_there_2(run, tmp_path):
    write(tmp_path / "bad", bad_wav="broken")
    assert run("index", "bad")[0] == 1
    (tmp_path / "none").mkdir()
    assert run("index", "none")[0] == 1
    code, _, err = run("index", "nowhere")
    assert (code, err) == (2, "unisono: nowhere: there is no such file or folder\n")


def test_search_prints_its_promise(indexed):
    code, out, _ = indexed("search", "c d", "--json", "-k", "4")
    hits = json.loads(out)
    assert code == 0
    assert [list(hit) for hit in hits] == [
        ["rank", "score", "modality", "title", "path", "moment"]
    ] * 4
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4]
    moments = {hit["modality"]: hit["moment"] for hit in hits}
    assert set(moments["audio"]) == {"start_s", "end_s"}
    assert set(moments["sheet"]) == {"page", "system", "x0", "x1"}
    assert (moments["sheet"]["page"], moments["sheet"]["system"]) == (1, 2)
    assert moments["text"] is None


def test_search_prints_a_table(indexed):
    code, out, _ = indexed("search", "song.mid", "--want", "audio,sheet")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["rank", "score", "modality", "title", "path", "moment"]
    assert len(lines) == 4
    assert lines[2].split()[2:] == ["audio", "take", "take.wav", "00:01–00:05"]  # noqa: RUF001
    assert lines[3].endswith("p. 1, system 2")


def test_search_narrows_by_want_where_and_k(indexed):
    for options in (["--want", "midi"], ["--want", "midi", "--want", "midi"]):
        hits = json.loads(indexed("search", "c", "--json", *options)[1])
        assert [hit["modality"] for hit in hits] == ["midi"]
    code, out, err = indexed("search", "c", "--where", "title = 'none'", "--json")
    assert (code, json.loads(out)) == (1, [])
    code, out, err = indexed("search", "c", "--where", "title = 'none'")
    assert (code, out) == (1, "") and "nothing" in err
    code, _, err = indexed("search", "c", "--where", "nonsense ==")
    assert code == 2 and err.startswith("unisono: the condition") and err.count("\n") == 1
    code, _, err = indexed("search", "c", "--want", "smell")
    assert code == 2 and "audio, text, cover, sheet, midi" in err


def test_a_word_that_names_a_file_is_a_file_unless_text_is_forced(indexed):
    as_file = json.loads(indexed("search", "take.wav", "--json")[1])
    as_text = json.loads(indexed("search", "take.wav", "--text", "--json")[1])
    assert "take" not in [hit["title"] for hit in as_file]
    assert "take" in [hit["title"] for hit in as_text]


def test_a_mistyped_file_is_not_taken_as_text(indexed):
    code, _, err = indexed("search", "takke.wav")
    assert code == 2
    assert err == "unisono: takke.wav: there is no such file; if it is meant as text, give --text\n"
    assert indexed("search", "x" * 5000)[0] == 0


def test_a_missing_catalogue_says_how_to_make_one(run):
    code, _, err = run("search", "calm", "--catalogue", "none.lance")
    assert code == 2
    assert "unisono index FOLDER --catalogue none.lance" in err and err.count("\n") == 1


def test_the_catalogue_of_another_space_is_refused(indexed):
    code, _, err = indexed("search", "calm", space=FakeSpace("fake-2"))
    assert code == 2 and "another space" in err


def test_the_environment_names_the_catalogue(run, monkeypatch):
    monkeypatch.setenv("UNISONO_CATALOGUE", "elsewhere.lance")
    run("index", "calm.txt")
    assert Path("elsewhere.lance").is_dir() and not Path("music.lance").exists()
    assert len(json.loads(run("search", "calm", "--json")[1])) == 1


def test_tag_prints_its_promise(run):
    write(Path("."), dance_wav="waltz waltz waltz sad")
    code, out, _ = run("tag", "dance.wav", "--tags", "fugue,waltz", "--tags", "march", "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found) == ["path", "tags"] and found["path"] == "dance.wav"
    assert found["tags"][0]["tag"] == "waltz" and len(found["tags"]) == 3
    probabilities = [tag["probability"] for tag in found["tags"]]
    assert probabilities == sorted(probabilities, reverse=True)
    table = run("tag", "dance.wav", "take.wav", "--tags", "fugue,waltz")[1]
    assert "dance.wav" in table and "take.wav" in table and "probability" in table


def test_tag_without_words_is_refused(run):
    assert run("tag", "take.wav", "--tags", " , ")[::2] == (2, "unisono: --tags names no words\n")


def test_align_writes_the_promised_columns(run):
    # a space without training fits nothing: what it writes is looked at, not how sure it is
    code, out, err = run("align", "take.wav", "page.png", "--hop", "1", "--force")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0 and "confidence" in err
    assert list(rows[0]) == [
        *("recording_s", "score_s", "beat", "measure", "page", "system", "x", "y"),
        *("confidence", "tick"),
    ]
    assert len(rows) == 8
    assert rows[0]["score_s"] == rows[0]["beat"] == rows[0]["measure"] == ""
    assert rows[0]["page"] == "1" and float(rows[0]["x"]) >= 0
    run("align", "take.wav", "page.png", "--hop", "1", "--force", "-o", "times.csv")
    assert Path("times.csv").read_text() == out
    found = json.loads(run("align", "take.wav", "page.png", "--json", "--force")[1])
    assert found["rows"][0]["score_s"] is None and 0 <= found["confidence"] <= 1


def test_align_names_a_missing_file(run):
    assert run("align", "take.wav", "no.mid")[::2] == (
        2,
        "unisono: no.mid: there is no such file\n",
    )


def test_embed_writes_whole_vectors_and_names_what_it_leaves_out(run):
    write(Path("."), bad_wav="broken")
    code, out, err = run("embed", "take.wav", "bad.wav", "calm piano", "-o", "v.parquet", "--json")
    report = json.loads(out)
    assert code == 0
    assert (report["embedded"], report["rows"]) == (2, 2)
    assert report["quarantine"] == [
        {"path": "bad.wav", "reason": "the file is damaged; get it again"}
    ]
    assert err == "unisono: bad.wav: the file is damaged; get it again\n"
    rows = pyarrow.parquet.read_table("v.parquet").to_pylist()
    assert [row["path"] for row in rows] == ["take.wav", "calm piano"]
    assert [row["modality"] for row in rows] == ["audio", "text"]
    assert np.linalg.norm(rows[0]["vector"]) == pytest.approx(1)


@pytest.mark.parametrize("suffix", ["parquet", "npz"])
def test_embed_writes_passages_with_their_places(run, suffix):
    code, *_ = run("embed", "take.wav", "page.png", "--passages", "-o", f"p.{suffix}")
    assert code == 0
    if suffix == "npz":
        columns = dict(np.load("p.npz"))
        assert columns["vector"].dtype == np.float32
    else:
        table = pyarrow.parquet.read_table("p.parquet")
        columns = {name: np.array(table[name].to_pylist()) for name in table.column_names}
    assert len(columns["path"]) == len(columns["vector"]) == 8 + 8
    assert columns["start_s"][:8].astype(float).tolist() == list(range(8))
    assert columns["system"][8:].astype(int).tolist() == [1] * 4 + [2] * 4


def test_embed_refuses_what_it_cannot_write(run):
    assert run("embed", "take.wav", "-o", "v.csv")[0] == 2
    assert run("embed", "take.wav", "-o", "none/v.npz")[0] == 2
    write(Path("."), bad_wav="broken")
    assert run("embed", "bad.wav", "-o", "v.npz")[0] == 1
    assert not Path("v.npz").exists()


def test_info_shows_every_fact(run):
    code, out, _ = run("info")
    assert code == 0
    for fact in ("fake-1", "48", "Apache-2.0", "parameters"):
        assert fact in out
    facts = json.loads(run("info", "--json")[1])
    assert facts["fingerprint"] == "fake-1" and facts["towers"][0]["licence"] == "CC0"


def test_ctrl_c_ends_with_a_sentence(run, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeSpace, "encode_item", interrupted)
    code, _, err = run("index", ".")
    assert code == 130
    assert err == (
        "unisono: stopped; what was indexed is kept, and the same command goes on from there\n"
    )


def test_an_unexpected_error_is_one_line(run, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("odd\nthing")

    monkeypatch.setattr(FakeSpace, "encode_item", broken)
    code, _, err = run("tag", "take.wav", "--tags", "a")
    assert code == 2
    assert err.startswith("unisono: unexpected RuntimeError: odd thing") and err.count("\n") == 1
    monkeypatch.setenv("UNISONO_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        run("tag", "take.wav", "--tags", "a")
