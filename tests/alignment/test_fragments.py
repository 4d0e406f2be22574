"""Rows that are written beside the tables are there whole after their commit, or not at all."""

import fcntl
from pathlib import Path

import pytest
from fake_space import FakeSpace, write

pytest.importorskip("lance")

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.indexing.encoding_files import Job, encode_file
from unisono.alignment.indexing.files import content_hash
from unisono.alignment.store import fragments
from unisono.alignment.store.fragment_files import writing_fragments
from unisono.alignment.store.fragments import commit_fragments, recover, write_fragments


class Killed(Exception):
    pass


@pytest.fixture
def music(tmp_path):
    return write(tmp_path / "music", a_wav="a b", b_wav="c d", c_wav="e f")


@pytest.fixture
def catalogue(tmp_path):
    catalogue = Catalogue(tmp_path / "c.lance", FakeSpace())
    with catalogue.writing([]):
        pass
    return catalogue


@pytest.fixture
def without_locks(monkeypatch):
    def refuse(file, how):
        raise OSError("locks are not supported here")

    monkeypatch.setattr(fcntl, "flock", refuse)


def encoded(music, *names):
    jobs = [Job(content_hash(music / name), music / name) for name in names]
    return [encode_file(FakeSpace(), job).item for job in jobs]


def counts(catalogue):
    return len(catalogue), catalogue.reader().count_passages()


def data_files(catalogue):
    return sorted(path.name for path in Path(catalogue.where).glob("*.lance/data/*"))


def killed_between_the_commits(catalogue, written, monkeypatch):
    append = fragments._append

    def append_passages_only(where, table, names):
        if table == "items":
            raise Killed
        append(where, table, names)

    with monkeypatch.context() as patched:
        patched.setattr(fragments, "_append", append_passages_only)
        with pytest.raises(Killed):
            commit_fragments(catalogue, written)


def test_nothing_is_seen_before_the_commit(catalogue, music):
    parts = [
        write_fragments(catalogue.where, encoded(music, "a.wav", "b.wav")),
        write_fragments(catalogue.where, encoded(music, "c.wav")),
    ]
    assert counts(catalogue) == (0, 0)
    commit_fragments(catalogue, parts)
    assert counts(catalogue) == (3, 6)
    assert [hit.title for hit in catalogue.search("c", k=1)] == ["b"]


def test_a_crash_between_the_two_commits_leaves_nothing(catalogue, music, monkeypatch):
    written = [write_fragments(catalogue.where, encoded(music, "a.wav"))]
    killed_between_the_commits(catalogue, written, monkeypatch)
    assert counts(catalogue) == (0, 2)
    catalogue.repair()
    assert counts(catalogue) == (0, 0)


def test_what_another_has_added_meanwhile_is_not_there_twice(catalogue, music):
    names = "a.wav", "b.wav", "c.wav"
    written = [write_fragments(catalogue.where, encoded(music, *names))]
    catalogue.add([music / "b.wav"])
    commit_fragments(catalogue, written)
    assert counts(catalogue) == (3, 6)
    commit_fragments(catalogue, written)
    assert counts(catalogue) == (3, 6)


def test_files_of_a_killed_run_are_removed_by_the_next(catalogue, music):
    with pytest.raises(Killed), writing_fragments(catalogue):
        write_fragments(catalogue.where, encoded(music, "a.wav"))
        raise Killed
    assert data_files(catalogue) == []
    write_fragments(catalogue.where, encoded(music, "a.wav"))
    (Path(catalogue.where) / ".fragments").write_text("as a run leaves it that is killed")
    catalogue.add([music / "c.wav"])
    assert len(data_files(catalogue)) == 4
    with writing_fragments(catalogue):
        assert len(data_files(catalogue)) == 2
    assert counts(catalogue) == (1, 2)


def test_without_locks_too_a_crash_between_the_commits_leaves_nothing(
    catalogue, music, monkeypatch, without_locks
):
    written = [write_fragments(catalogue.where, encoded(music, "a.wav"))]
    killed_between_the_commits(catalogue, written, monkeypatch)
    monkeypatch.setattr(fragments, "_MARK_WAIT_S", -1.0)
    again = [write_fragments(catalogue.where, encoded(music, "a.wav", "b.wav"))]
    commit_fragments(catalogue, again)
    assert counts(catalogue) == (2, 4)
    recover(catalogue)
    assert counts(catalogue) == (2, 4)


def test_without_locks_a_commit_at_the_same_moment_leaves_no_doubles(
    catalogue, music, monkeypatch, without_locks
):
    written = [write_fragments(catalogue.where, encoded(music, "a.wav", "b.wav"))]
    append = fragments._append

    def late(where, table, names):
        # Another process adds the same between the look at what is there and the commit.
        if table == "passages":
            Catalogue(where, FakeSpace()).add([music / "b.wav"])
        append(where, table, names)

    monkeypatch.setattr(fragments, "_append", late)
    commit_fragments(catalogue, written)
    assert counts(catalogue) == (2, 4)
    assert [hit.title for hit in catalogue.search("c", k=2)] == ["b", "a"]
