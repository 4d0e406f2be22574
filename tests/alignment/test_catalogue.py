import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_space import FakeSpace, write

from unisono.alignment.catalogue import Catalogue, CatalogueError
from unisono.alignment.indexing.adding import Adding


@pytest.fixture
def music(tmp_path):
    return write(
        tmp_path / "music",
        fugue_wav="a b c d e f g h",
        fugue_mid="a b c d e f g h",
        waltz_wav="p q r s t u v w",
        page_png="a b c d\ne f g h",
        note_txt="calm piano",
    )


@pytest.fixture
def catalogue(tmp_path, space):
    return Catalogue(tmp_path / "music.lance", space)


def test_a_folder_is_indexed_once(catalogue, music, tmp_path):
    first = catalogue.add(music)
    assert (first.indexed, first.skipped) == (4, 1)  # fugue.mid has the bytes of fugue.wav
    again = Catalogue(tmp_path / "music.lance", catalogue.space).add(music)
    assert (again.indexed, again.skipped, again.quarantine) == (0, 5, [])
    assert len(catalogue.items()) == 4


def test_an_unchanged_file_is_not_encoded_again(catalogue, music):
    catalogue.add(music)
    catalogue.space.encoded.clear()
    catalogue.add(music)
    assert catalogue.space.encoded == []


def test_a_changed_file_replaces_its_old_self(catalogue, music):
    catalogue.add(music)
    (music / "waltz.wav").write_text("new words here")
    assert catalogue.add(music).indexed == 1
    items = catalogue.items("path LIKE '%waltz.wav'")
    assert len(items) == 1
    assert len(catalogue.passages(items.ids)[items.ids[0]].places) == 3
    assert len(catalogue) == 4


def test_a_moved_file_keeps_its_vectors(catalogue, music):
    catalogue.add(music)
    catalogue.space.encoded.clear()
    (music / "waltz.wav").rename(music / "renamed.wav")
    report = catalogue.add(music)
    assert (report.indexed, report.skipped) == (0, 5)
    assert catalogue.space.encoded == []
    assert [os.path.basename(p) for p in catalogue.items("modality = 'audio'").paths].count(
        "renamed.wav"
    ) == 1
    assert len(catalogue) == 4


def test_a_copy_stays_when_the_original_changes(catalogue, music):
    (music / "a_copy.wav").write_text("p q r s t u v w")
    catalogue.add(music)
    (music / "a_copy.wav").write_text("something else")
    catalogue.add(music)
    paths = sorted(os.path.basename(path) for path in catalogue.items().paths)
    assert "waltz.wav" in paths and "a_copy.wav" in paths


def test_bad_files_go_to_the_quarantine_with_one_line_each(catalogue, music):
    write(music, bad_wav="broken", crash_wav="crash", empty_wav="", data_csv="1,2", odd_xyz="?")
    report = catalogue.add(music)
    reasons = {path.name: reason for path, reason in report.quarantine}
    assert report.indexed == 4
    assert reasons["bad.wav"] == "the file is damaged; get it again"
    assert reasons["crash.wav"] == "cannot be read (RuntimeError: decoder fell over)"
    assert reasons["empty.wav"] == "the file is empty"
    assert ".csv" in reasons["data.csv"]
    assert set(reasons) == {"bad.wav", "crash.wav", "empty.wav", "data.csv", "odd.xyz"}


def test_missing_files_fifos_and_odd_names_are_reported(catalogue, tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    odd = os.fsdecode(b"\xff\xfe.wav")
    (tmp_path / odd).write_text("a b")
    report = catalogue.add([tmp_path / "none.wav", tmp_path / "pipe.wav", tmp_path / odd])
    reasons = [reason for _, reason in report.quarantine]
    assert reasons == [
        "no such file or directory",
        "not a regular file",
        "its name is not valid UTF-8; rename it",
    ]


def test_hidden_files_loops_and_catalogues_are_passed_over(space, tmp_path):
    music = write(tmp_path / "music", take_wav="a b c")
    write(music / ".hidden", other_wav="x")
    write(music / "old.lance", table_wav="x")
    (music / "sub").mkdir()
    (music / "sub" / "loop").symlink_to(music)
    report = Catalogue(music / "mine.lance", space).add(music)
    assert (report.indexed, report.skipped, report.quarantine) == (1, 0, [])


def test_an_interruption_keeps_what_was_encoded(catalogue, music, monkeypatch):
    encode = catalogue.space.encode_item

    def interrupted(path, **options):
        if path.name == "page.png":
            raise KeyboardInterrupt
        return encode(path, **options)

    monkeypatch.setattr(catalogue.space, "encode_item", interrupted)
    with pytest.raises(KeyboardInterrupt):
        catalogue.add(music)
    assert len(catalogue) == 2
    monkeypatch.undo()
    assert catalogue.add(music).indexed == 2


def test_a_crash_between_the_tables_duplicates_nothing(catalogue, music, monkeypatch):
    def crash(rows):
        raise SystemError("killed")

    monkeypatch.setattr(catalogue, "_merge_items", crash)
    with pytest.raises(SystemError):
        catalogue.add(music)
    monkeypatch.undo()
    assert catalogue.add(music).indexed == 4
    for item_id, passages in catalogue.passages(catalogue.items().ids).items():
        assert len(passages.places) in (1, 8), item_id


def test_another_space_is_refused(catalogue, music, tmp_path):
    catalogue.add(music)
    with pytest.raises(CatalogueError, match="unisono reindex --catalogue"):
        Catalogue(tmp_path / "music.lance", FakeSpace("fake-2"))


def test_a_missing_catalogue_says_how_to_make_one(catalogue, tmp_path):
    with pytest.raises(CatalogueError, match="unisono index FOLDER"):
        catalogue.search("calm")
    assert not (tmp_path / "music.lance").exists()


def test_vectors_and_places_come_back(catalogue, music):
    catalogue.add(music)
    items = catalogue.items("modality = 'sheet'")
    expected = catalogue.space.encode_item(music / "page.png")
    assert (items.vectors[0] == expected.whole).all()
    passages = catalogue.passages(items.ids)[items.ids[0]]
    assert list(passages.places) == list(expected.passages.places)
    assert abs(passages.vectors - expected.passages.vectors).max() < 1e-3


def test_progress_is_reported_for_each_file(catalogue, music):
    calls = []
    catalogue.add(music, on_progress=lambda done, total, path: calls.append((done, total, path)))
    assert [(done, total) for done, total, _ in calls] == [(i, 5) for i in range(5)]


def test_two_writers_of_the_same_file_leave_one_item(space, music, tmp_path):
    Catalogue(tmp_path / "c.lance", space).add(write(tmp_path / "first", x_txt="x"))
    one, other = (Catalogue(tmp_path / "c.lance", space) for _ in range(2))
    # Both looked before either wrote.
    runs = [Adding(catalogue, False, None) for catalogue in (one, other)]
    assert [run.run(sorted(music.iterdir())).indexed for run in runs] == [4, 4]
    fresh = Catalogue(tmp_path / "c.lance", space)
    assert len(fresh) == 5
    assert sorted(len(p.places) for p in fresh.passages(fresh.items().ids).values()) == [
        *(1, 1),
        *(8, 8, 8),
    ]


def test_a_killed_run_is_taken_up_again(space, tmp_path):
    music = write(tmp_path / "music", **{f"f{i}_wav": f"x{i} y{i}" for i in range(40)})
    code = (
        f"import os, sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from fake_space import FakeSpace\nfrom unisono.alignment.catalogue import Catalogue\n"
        f"Catalogue({str(tmp_path / 'c.lance')!r}, FakeSpace()).add({str(music)!r}, "
        "on_progress=lambda done, total, path: done == 20 and os.kill(os.getpid(), 9))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == -9
    catalogue = Catalogue(tmp_path / "c.lance", space)
    kept = len(catalogue)
    assert 0 < kept <= 20
    report = catalogue.add(music)
    assert (report.indexed, report.skipped, len(catalogue)) == (40 - kept, kept, 40)
    passages = catalogue.passages(catalogue.items().ids)
    assert [len(p.places) for p in passages.values()] == [2] * 40


def test_an_open_catalogue_sees_what_others_write(catalogue, music, tmp_path, space):
    catalogue.add(music)
    Catalogue(tmp_path / "music.lance", space).add(write(tmp_path / "more", new_txt="new words"))
    assert len(catalogue.items()) == 5
