import pytest
from fake_space import FakeSpace, write

from unisono.alignment.catalogue import Catalogue, CatalogueError
from unisono.alignment.indexing import reindexing
from unisono.alignment.indexing.reindexing import reindex

OLD, NEW = "fake-1", "fake-2"


@pytest.fixture
def music(tmp_path):
    return write(tmp_path / "music", a_wav="a b c", b_wav="d e", c_wav="f")


@pytest.fixture
def where(tmp_path, music):
    Catalogue(tmp_path / "c.lance", FakeSpace(OLD)).add(music)
    return tmp_path / "c.lance"


def kept(where, fingerprint=NEW):
    return {
        path.rsplit("/", 1)[1] for path in Catalogue(where, FakeSpace(fingerprint)).known().values()
    }


def only_the_catalogue(where):
    return [path.name for path in where.parent.glob("*.lance")] == [where.name]


def test_every_file_is_embedded_with_the_new_space(where):
    report = reindex(where, FakeSpace(NEW))
    assert (report.indexed.indexed, report.gone, report.indexed.quarantine) == (3, [], [])
    assert kept(where) == {"a.wav", "b.wav", "c.wav"}
    with pytest.raises(CatalogueError, match="another space"):
        Catalogue(where, FakeSpace(OLD))
    assert only_the_catalogue(where)
    space = FakeSpace(NEW)
    assert reindex(where, space).already and space.encoded == []


@pytest.mark.parametrize("in_one_step", [True, False])
def test_gone_and_broken_files_are_told_and_left_out(where, music, monkeypatch, in_one_step):
    if not in_one_step:
        monkeypatch.setattr(reindexing, "_exchange", lambda one, other: False)
    (music / "a.wav").unlink()
    write(music, b_wav="broken", c_wav="other words")
    report = reindex(where, FakeSpace(NEW))
    assert report.gone == [str(music / "a.wav")]
    assert report.indexed.quarantine == [(music / "b.wav", "the file is damaged; get it again")]
    assert kept(where) == {"c.wav"}
    assert only_the_catalogue(where)


def test_a_stopped_run_leaves_the_old_one_and_is_gone_on_with(where, music):
    class Stopped(FakeSpace):
        def encode_item(self, item, **options):
            if item.name == "c.wav":
                raise KeyboardInterrupt
            return super().encode_item(item, **options)

    with pytest.raises(KeyboardInterrupt):
        reindex(where, Stopped(NEW))
    assert kept(where, OLD) == {"a.wav", "b.wav", "c.wav"}
    (music / "a.wav").unlink()
    space = FakeSpace(NEW)
    report = reindex(where, space)
    assert [item.name for item in space.encoded] == ["c.wav"]
    assert report.gone == [str(music / "a.wav")]
    assert kept(where) == {"b.wav", "c.wav"}
    assert only_the_catalogue(where)


def test_half_of_a_third_space_is_thrown_away(where, tmp_path, music):
    Catalogue(tmp_path / "c.reindexing.lance", FakeSpace("fake-3")).add(music)
    assert reindex(where, FakeSpace(NEW)).indexed.indexed == 3
    assert only_the_catalogue(where)


def test_a_swap_in_two_steps_that_was_stopped_is_finished(where, tmp_path, music):
    Catalogue(tmp_path / "c.reindexing.lance", FakeSpace(NEW)).add(music)
    where.rename(tmp_path / "c.replaced.lance")
    assert reindex(where, FakeSpace(NEW)).already
    assert kept(where) == {"a.wav", "b.wav", "c.wav"}
    assert only_the_catalogue(where)


def test_what_others_add_meanwhile_is_taken_along(where, music):
    class Late(FakeSpace):
        def encode_item(self, item, **options):
            if not (music / "late.wav").exists():
                write(music, late_wav="late words")
                Catalogue(where, FakeSpace(OLD)).add(music)
            return super().encode_item(item, **options)

    assert reindex(where, Late(NEW)).indexed.indexed == 4
    assert "late.wav" in kept(where)


@pytest.mark.parametrize("files", ["gone", "broken"])
def test_the_old_one_stays_when_nothing_can_be_embedded(where, music, files):
    for path in music.iterdir():
        path.unlink() if files == "gone" else path.write_text("broken")
    with pytest.raises(CatalogueError, match="so it stays as it is"):
        reindex(where, FakeSpace(NEW))
    assert kept(where, OLD) == {"a.wav", "b.wav", "c.wav"}


@pytest.mark.parametrize(
    ("where", "fault"), [("none.lance", "no catalogue at"), ("s3://bucket/c.lance", "object store")]
)
def test_what_cannot_be_reindexed_is_said(tmp_path, monkeypatch, where, fault):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CatalogueError, match=fault):
        reindex(where, FakeSpace(NEW))
    assert list(tmp_path.iterdir()) == []
