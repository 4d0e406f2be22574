import os
import time

import pytest
from fake_space import FakeSpace, write
from worker_space import WorkerSpace

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.indexing.watching import Watch, watch


def old(folder):
    """Leave the files of a folder alone for a minute."""
    for path in folder.rglob("*"):
        status = path.stat()
        os.utime(path, (status.st_atime - 60, status.st_mtime - 60))
    return folder


@pytest.fixture
def music(tmp_path):
    return old(write(tmp_path / "music", a_wav="a b", b_wav="c d"))


def names(paths):
    return [path.name for path in paths]


def test_what_lies_there_is_ready_at_once_and_only_once(music):
    watched = Watch([music], rest_s=5)
    assert names(watched.look().ready) == ["a.wav", "b.wav"]
    assert watched.look().ready == ()


def test_a_growing_file_is_ready_when_it_has_come_to_rest(music):
    watched = Watch([music], rest_s=5)
    watched.look()
    for length in range(1, 4):
        write(music, new_wav="x " * length)
        assert watched.look().ready == ()
    assert names(watched.look().ready) == ["new.wav"]
    assert watched.look().ready == ()


def test_a_file_of_the_same_size_but_another_time_is_ready_again(music):
    watched = Watch([music], rest_s=5)
    watched.look()
    write(music, a_wav="y z")
    assert watched.look().ready == ()
    assert names(watched.look().ready) == ["a.wav"]


def test_files_that_go_are_told_once(music):
    watched = Watch([music], rest_s=5)
    watched.look()
    (music / "b.wav").unlink()
    assert names(watched.look().gone) == ["b.wav"]
    assert watched.look().gone == ()


class Script:
    """Does one thing in each pause between two looks, and then interrupts."""

    def __init__(self, *things):
        self.things = list(things)

    def __call__(self, seconds):
        assert seconds > 0
        if not self.things:
            raise KeyboardInterrupt
        self.things.pop(0)()


def followed(tmp_path, music, *things, prune=False, space=None):
    catalogue = Catalogue(tmp_path / "c.lance", space or FakeSpace())
    reports, faults = [], []
    with pytest.raises(KeyboardInterrupt):
        watch(
            catalogue,
            [music],
            prune=prune,
            sleep=Script(*things),
            on_look=reports.append,
            on_fault=faults.append,
        )
    kept = sorted(os.path.basename(path) for path in catalogue.items().paths)
    return [(one.indexed, one.skipped, one.pruned) for one in reports], kept, faults


def test_following_indexes_what_is_new_changed_and_moved(tmp_path, music):
    reports, kept, _ = followed(
        tmp_path,
        music,
        lambda: write(music, new_wav="new"),
        lambda: None,
        lambda: write(music, a_wav="changed words"),
        lambda: None,
        lambda: (music / "b.wav").rename(music / "moved.wav"),
        lambda: None,
    )
    assert reports == [(2, 0, 0), (1, 0, 0), (1, 0, 0), (0, 1, 0)]
    assert kept == ["a.wav", "moved.wav", "new.wav"]


def test_deleted_files_go_only_when_asked(tmp_path, music):
    first = followed(tmp_path, music, (music / "b.wav").unlink)
    assert first[0] == [(2, 0, 0)] and first[1] == ["a.wav", "b.wav"]
    # Gone before the watch began, and gone in its course.
    write(music, c_wav="e f")
    reports, kept, _ = followed(tmp_path, old(music), (music / "a.wav").unlink, prune=True)
    assert reports == [(1, 1, 1), (0, 0, 1)]
    assert kept == ["c.wav"]


def test_a_root_that_goes_away_is_said_and_comes_back(tmp_path, music):
    away = tmp_path / "away"
    reports, kept, faults = followed(
        tmp_path,
        music,
        lambda: music.rename(away),
        lambda: away.rename(music),
        prune=True,
    )
    assert reports[0] == (2, 0, 0) and kept == ["a.wav", "b.wav"]
    assert len(faults) == 1 and "is not there, so nothing is pruned" in faults[0]


def test_a_file_that_changed_while_it_was_read_is_taken_again(tmp_path, music, monkeypatch):
    encode = FakeSpace.encode_item
    grown = []

    def growing(space, path, **options):
        encoding = encode(space, path, **options)
        if path.name == "a.wav" and not grown:
            grown.append(path)
            path.write_text("a b and more")
        return encoding

    monkeypatch.setattr(FakeSpace, "encode_item", growing)
    reports, kept, _ = followed(tmp_path, music, time.time, time.time)
    assert reports == [(1, 0, 0), (1, 0, 0)]
    assert kept == ["a.wav", "b.wav"]


def test_one_file_that_crashes_its_decoder_does_not_end_the_watch(tmp_path, music):
    old(write(music, b_wav="segfault"))
    reports, kept, _ = followed(tmp_path, music, lambda: None, space=WorkerSpace())
    assert reports == [(1, 0, 0)]
    assert kept == ["a.wav"]
