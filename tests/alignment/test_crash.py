"""Whoever indexes may be killed at any moment."""

import lancedb
import pytest
from crash_loop import CrashLoop
from fake_space import FakeSpace, write

from unisono.alignment.catalogue import Catalogue


@pytest.mark.parametrize(("seed", "kills", "workers"), [(1, 8, 0), (2, 3, 2)])
def test_nothing_is_lost_or_doubled_by_kills_at_random_moments(tmp_path, seed, kills, workers):
    loop = CrashLoop(tmp_path, seed, workers)
    loop.run(kills)
    assert loop.kills == kills


@pytest.mark.parametrize("meanwhile", ["unchanged", "changed", "removed"])
def test_passages_of_an_item_that_was_not_written_go(tmp_path, space, monkeypatch, meanwhile):
    music = write(tmp_path / "music", a_wav="a b c", b_wav="d e")
    where = tmp_path / "c.lance"
    catalogue = Catalogue(where, space)

    def die(rows):
        raise SystemError("killed")

    monkeypatch.setattr(catalogue, "_merge_items", die)
    with pytest.raises(SystemError):
        catalogue.add(music)
    assert (_count(where, "passages"), _count(where, "items")) == (5, 0)
    if meanwhile == "changed":
        write(music, a_wav="x")
    elif meanwhile == "removed":
        (music / "a.wav").unlink()
    assert Catalogue(where, space).add(music).quarantine == []
    assert _count(where, "passages") == {"unchanged": 5, "changed": 3, "removed": 2}[meanwhile]


def test_a_crash_while_an_item_is_removed_leaves_no_passages(tmp_path, space, monkeypatch):
    music = write(tmp_path / "music", a_wav="a b c", b_wav="d e")
    where = tmp_path / "c.lance"
    catalogue = Catalogue(where, space)
    catalogue.add(music)

    class Dying:
        def delete(self, condition):
            raise SystemError("killed")

    (music / "a.wav").unlink()
    monkeypatch.setattr(catalogue, "_passages", Dying())
    with pytest.raises(SystemError):
        catalogue.prune([music])
    assert (_count(where, "passages"), _count(where, "items")) == (5, 1)
    Catalogue(where, space).add(music)
    assert (_count(where, "passages"), _count(where, "items")) == (2, 1)


def test_a_table_that_was_only_begun_is_made_anew(tmp_path):
    music = write(tmp_path / "music", a_wav="a b c")
    (tmp_path / "c.lance" / "items.lance" / "_versions").mkdir(parents=True)
    (tmp_path / "c.lance" / ".writing").write_text("0123")
    catalogue = Catalogue(tmp_path / "c.lance", FakeSpace())
    assert catalogue.add(music).indexed == 1
    assert len(catalogue) == 1


def _count(where, table):
    return lancedb.connect(str(where)).open_table(table).count_rows()
