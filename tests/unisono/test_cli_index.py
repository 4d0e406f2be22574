"""Indexing a collection over time: logs, limits, pruning, following, another space."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "alignment"))

from fake_space import FakeSpace, write

from unisono.alignment.indexing import watching
from unisono.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in a folder with some music; returns its code, output and messages."""
    write(tmp_path / "music", a_wav="a b c", b_wav="d e", note_txt="calm piano")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNISONO_CATALOGUE", raising=False)

    def command(*words, space=None):
        code = main(list(words), load=lambda where: space or FakeSpace())
        out, err = capsys.readouterr()
        return code, out, err

    return command


def test_the_log_has_a_line_for_each_file(run):
    write(Path("music"), broken_wav="broken", copy_wav="a b c")
    assert run("index", "music", "--log", "log.jsonl")[0] == 0
    lines = [json.loads(line) for line in Path("log.jsonl").read_text().splitlines()]
    states = {Path(line["path"]).name: (line["state"], line["reason"]) for line in lines}
    assert states == {
        "a.wav": ("indexed", None),
        "b.wav": ("indexed", None),
        "broken.wav": ("unusable", "the file is damaged; get it again"),
        "copy.wav": ("skipped", None),
        "note.txt": ("indexed", None),
    }
    run("index", "music", "--log", "log.jsonl")
    assert len(Path("log.jsonl").read_text().splitlines()) == 2 * len(lines)


def test_pruning_is_only_done_when_asked_and_is_counted(run):
    run("index", "music")
    Path("music/b.wav").unlink()
    assert "removed" not in run("index", "music")[1]
    assert "1 removed (gone)" in run("index", "music", "--prune")[1]
    report = json.loads(run("index", "music", "--prune", "--json")[1])
    assert report == {"indexed": 0, "skipped": 2, "quarantine": [], "pruned": 0}


def test_an_empty_mount_point_is_not_pruned(run):
    run("index", "music")
    Path("music").rename("elsewhere")
    Path("music").mkdir()
    code, _, err = run("index", "music", "--prune")
    assert code == 2
    assert "so nothing is pruned; if its disk is not mounted, mount it" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words", [("--workers", "-1"), ("--time-limit", "0"), ("--memory-limit", "nan")]
)
def test_limits_that_make_no_sense_are_refused(run, words):
    with pytest.raises(SystemExit) as ended:
        run("index", "music", *words)
    assert ended.value.code == 2


def test_following_ends_at_ctrl_c_with_a_sentence(run, monkeypatch):
    def pause(seconds):
        assert seconds == pytest.approx(7, abs=5)
        if Path("music/late.wav").exists():
            raise KeyboardInterrupt
        write(Path("music"), late_wav="x y")

    # The files were written just now, so the first look waits for them to come to rest.
    pauses = iter([None, pause, None, pause])

    def sleep(seconds):
        if step := next(pauses):
            step(seconds)

    followed = watching.watch
    monkeypatch.setattr(
        watching, "watch", lambda *words, **options: followed(*words, sleep=sleep, **options)
    )
    code, out, err = run("index", "music", "--watch", "--every", "7", "--json")
    assert code == 130
    assert [json.loads(line)["indexed"] for line in out.splitlines()] == [3, 1]
    assert err == (
        "unisono: stopped; what was indexed is kept, and the same command goes on from there\n"
    )


def test_another_space_is_refused_and_reindex_embeds_anew(run):
    run("index", "music")
    code, _, err = run("index", "music", space=FakeSpace("fake-2"))
    assert code == 2 and "`unisono reindex --catalogue music.lance`" in err
    assert err.count("\n") == 1
    Path("music/b.wav").unlink()
    code, out, _ = run("reindex", "--json", space=FakeSpace("fake-2"))
    gone = str(Path("music/b.wav").absolute())
    assert code == 0
    assert json.loads(out) == {"indexed": 2, "gone": [gone], "quarantine": []}
    assert run("search", "calm", "--json", space=FakeSpace("fake-2"))[0] == 0


def test_reindex_lists_what_is_left_out(run):
    run("index", "music")
    Path("music/a.wav").unlink()
    write(Path("music"), b_wav="broken")
    code, out, _ = run("reindex", space=FakeSpace("fake-2"))
    assert code == 0
    assert "the file is gone" in out and "the file is damaged" in out
    assert "1 embedded with the space fake, 1 gone, 1 not usable" in out
    assert "nothing to do" in run("reindex", space=FakeSpace("fake-2"))[1]


def test_reindex_without_a_catalogue_is_refused(run):
    code, _, err = run("reindex", "--catalogue", "none.lance")
    assert code == 2 and "there is no catalogue at" in err and err.count("\n") == 1
