"""What adding promises while files move, change, vanish, and others write too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_space import FakeSpace, write
from worker_space import WorkerSpace

from unisono.alignment.catalogue import Catalogue, CatalogueError
from unisono.alignment.indexing.adding import Adding


@pytest.fixture
def catalogue(tmp_path, space):
    return Catalogue(tmp_path / "c.lance", space)


@pytest.fixture
def music(tmp_path):
    return write(
        tmp_path / "music", a_wav="a b c", b_wav="d e f g", c_wav="h i", d_wav="j", e_wav="k l m"
    )


def paths(catalogue):
    return sorted(os.path.basename(path) for path in catalogue.items().paths)


def test_two_processes_at_once_leave_each_file_once(tmp_path):
    music = tmp_path / "music"
    for part in "left", "shared", "right":
        write(music / part, **{f"{part}{i}_wav": f"{part}x{i} y z" for i in range(40)})
    script = Path(__file__).with_name("worker_space.py")
    # Each takes its own part and the shared one, from different sides.
    for part in "left", "right":
        (tmp_path / part).mkdir()
        (tmp_path / part / "1").symlink_to(music / part)
        (tmp_path / part / "0").symlink_to(music / "shared")
    both = [
        subprocess.Popen(
            [sys.executable, script, tmp_path / "c.lance", tmp_path / part, tmp_path / f"{part}log"]
        )
        for part in ("left", "right")
    ]
    assert [process.wait() for process in both] == [0, 0]
    catalogue = Catalogue(tmp_path / "c.lance", WorkerSpace())
    items = catalogue.items()
    assert len(items) == len(set(items.ids)) == 120
    assert [len(one.places) for one in catalogue.passages(items.ids).values()] == [3] * 120


def test_moved_and_changed_files_with_workers(tmp_path, music):
    catalogue = Catalogue(tmp_path / "c.lance", WorkerSpace())
    assert catalogue.add(music, workers=2).indexed == 5
    vectors = dict(zip(catalogue.items().ids, catalogue.items().vectors, strict=True))
    (music / "a.wav").rename(music / "moved.wav")
    write(music, b_wav="n o")
    report = catalogue.add(music, workers=2)
    assert (report.indexed, report.skipped) == (1, 4)
    items = catalogue.items()
    assert paths(catalogue) == ["b.wav", "c.wav", "d.wav", "e.wav", "moved.wav"]
    assert sum(item_id in vectors for item_id in items.ids) == 4
    for item_id, vector in zip(items.ids, items.vectors, strict=True):
        assert item_id not in vectors or (vector == vectors[item_id]).all()


def test_on_done_tells_of_each_file_once_and_after_it_is_written(tmp_path, catalogue, music):
    write(music, broken_wav="broken", copy_wav="a b c")
    told = []

    def see(done):
        if done.state != "unusable":
            held = Catalogue(tmp_path / "c.lance", FakeSpace()).items().vectors
            assert len(held) >= 1
        told.append((done.path.name, done.state, done.reason))

    catalogue.add(music, on_done=see)
    assert sorted(told) == [
        ("a.wav", "indexed", ""),
        ("b.wav", "indexed", ""),
        ("broken.wav", "unusable", "the file is damaged; get it again"),
        ("c.wav", "indexed", ""),
        ("copy.wav", "skipped", ""),
        ("d.wav", "indexed", ""),
        ("e.wav", "indexed", ""),
    ]


def test_a_copy_with_another_name_is_tried_when_the_first_cannot_be_used(catalogue, tmp_path):
    music = write(tmp_path / "music", a_csv="calm words", b_txt="calm words")
    report = catalogue.add(music)
    assert report.indexed == 1 and paths(catalogue) == ["b.txt"]
    assert [path.name for path, _ in report.quarantine] == ["a.csv"]


def test_a_file_that_becomes_a_copy_loses_its_old_self(catalogue, music):
    catalogue.add(music)
    write(music, a0_wav="new words", b_wav="new words")
    catalogue.add(music)
    assert paths(catalogue) == ["a.wav", "a0.wav", "c.wav", "d.wav", "e.wav"]


def test_names_with_quotes_move_and_go(catalogue, tmp_path):
    music = write(tmp_path / "music", a_wav="a b", z_wav="c")
    catalogue.add(music)
    odd = music / 'it\'s "odd"; ü.wav'
    (music / "a.wav").rename(odd)
    catalogue.add(music)
    assert str(odd) in catalogue.items().paths
    odd.unlink()
    assert catalogue.prune([music]) == [str(odd)]
    assert paths(catalogue) == ["z.wav"]


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (lambda path: path.write_text("a b c and more"), "changed while it was read; index it"),
        (lambda path: path.unlink(), "vanished while it was read"),
    ],
)
@pytest.mark.parametrize("fails", [False, True])
def test_a_file_that_changes_while_it_is_read(
    catalogue, music, monkeypatch, happens, reason, fails
):
    encode = catalogue.space.encode_item

    def meddled(path, **options):
        encoding = encode(path, **options)
        if path.name == "a.wav":
            happens(path)
            if fails:
                raise RuntimeError("a decoder that reads half a file")
        return encoding

    monkeypatch.setattr(catalogue.space, "encode_item", meddled)
    report = catalogue.add(music)
    assert [(path.name, why[:34]) for path, why in report.quarantine] == [("a.wav", reason[:34])]
    assert paths(catalogue) == ["b.wav", "c.wav", "d.wav", "e.wav"]


def test_pruning_removes_what_is_gone_below_the_given_paths_only(catalogue, tmp_path, music):
    other = write(tmp_path / "music2", x_wav="x", y_wav="y")
    catalogue.add([music, other])
    (music / "a.wav").unlink()
    (other / "x.wav").unlink()
    assert catalogue.prune([music]) == [str(music / "a.wav")]
    assert paths(catalogue) == ["b.wav", "c.wav", "d.wav", "e.wav", "x.wav", "y.wav"]
    assert catalogue.prune([music]) == []


def test_a_disk_that_is_not_mounted_empties_nothing(catalogue, tmp_path, music):
    catalogue.add(music)
    music.rename(tmp_path / "elsewhere")
    with pytest.raises(CatalogueError, match="is not there, so nothing is pruned"):
        catalogue.prune([music])
    music.mkdir()  # the mount point is left, and empty
    with pytest.raises(CatalogueError, match="holds no file, but the catalogue has 5 from it"):
        catalogue.prune([music])
    assert len(catalogue) == 5


def test_a_catalogue_that_is_replaced_while_it_is_open_is_not_written_to(
    catalogue, tmp_path, music
):
    catalogue.add(music)
    (tmp_path / "c.lance").rename(tmp_path / "old.lance")
    Catalogue(tmp_path / "c.lance", FakeSpace("fake-2")).add(music)
    write(music, new_wav="new")
    with pytest.raises(CatalogueError, match="was replaced or removed"):
        catalogue.add(music)


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_ends_with_a_sentence_and_keeps_what_is_done(small_disk, tmp_path, space):
    many = {f"f{i:03}_wav": " ".join(f"w{i}x{j}" for j in range(60)) for i in range(200)}
    music = write(tmp_path / "music", **many)
    done = []
    with pytest.raises(CatalogueError, match=r"the disk that holds .* is full") as caught:
        Catalogue(small_disk / "c.lance", space).add(music, on_done=done.append)
    assert "\n" not in str(caught.value)
    catalogue = Catalogue(small_disk / "c.lance", space)
    ids = catalogue.items().ids
    assert len(done) > 0
    assert {str(one.path) for one in done} <= set(catalogue.items().paths)
    assert all(len(one.places) == 60 for one in catalogue.passages(ids).values())


def test_where_files_cannot_be_locked_nothing_is_there_twice(tmp_path, music, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def refuse(file, what):
        raise OSError(37, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    Catalogue(tmp_path / "c.lance", FakeSpace()).add(music)
    one, other = (Catalogue(tmp_path / "c.lance", FakeSpace()) for _ in range(2))
    # Both looked before either wrote.
    late = [Adding(catalogue, False, None) for catalogue in (one, other)]
    write(music, new_wav="x y z")
    assert [run.run(sorted(music.iterdir())).indexed for run in late] == [1, 1]
    items = one.items()
    assert len(items) == 6
    assert sorted(len(found.places) for found in one.passages(items.ids).values()) == [
        *(1, 2, 3, 3, 3, 4),
    ]
