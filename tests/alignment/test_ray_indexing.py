"""Indexing over a Ray of two workers, which is really started, gives what indexing here gives."""

import pytest
from fake_space import write
from worker_space import UnopenableSpace, WorkerSpace

pytest.importorskip("ray")
pytest.importorskip("lance")

from unisono.alignment.catalogue import Catalogue, CatalogueError
from unisono.alignment.indexing.encoding_workers import Limits
from unisono.alignment.indexing.ray_indexing import RayOptions, add_over_ray
from unisono.alignment.indexing.ray_session import Cluster, RayError, running
from unisono.alignment.indexing.ray_worker import KILLED_TWICE
from unisono.alignment.store.fragment_files import sweep, writing_fragments
from unisono.data.errors import ReadError

QUICK = Limits(time_s=4.0, memory_gib=0.4)


@pytest.fixture(scope="module", autouse=True)
def ray():
    with running(Cluster(workers=2)):
        yield


@pytest.fixture
def catalogue(tmp_path):
    return Catalogue(tmp_path / "ray.lance", WorkerSpace())


def two_by_two(commit_every=1000):
    return RayOptions(Cluster(workers=2), commit_every)


def rows(catalogue):
    """Every column of both tables, in order of their keys."""
    reader = catalogue.reader()
    items = reader.items.to_arrow().sort_by("id").to_pylist()
    key = [("item_id", "ascending"), ("number", "ascending")]
    return items, reader.stored.to_arrow().sort_by(key).to_pylist()


def appends(catalogue, table):
    """How many commits have appended rows."""
    import lance

    done = lance.dataset(f"{catalogue.where}/{table}.lance").get_transactions(50)
    return sum(isinstance(one and one.operation, lance.LanceOperation.Append) for one in done)


def unused(catalogue):
    """Bytes of data files that no version of the tables names."""
    return sweep(catalogue)


def test_the_catalogue_and_the_report_are_those_of_indexing_here(catalogue, tmp_path, capfd):
    music = write(
        tmp_path / "music",
        **{f"f{i}_wav": f"x{i} y{i} z{i}" for i in range(9)},
        a_txt="calm piano",
        abort_wav="abort",
        broken_wav="broken",
        copy_wav="x3 y3 z3",
        empty_wav="",
        hang_wav="hang",
        page_png="a b\nc d",
        wrong_xyz="calm piano",
        zcopy_jpg="x8 y8 z8",
    )
    here = Catalogue(tmp_path / "here.lance", WorkerSpace())
    expected = here.add(music, workers=2, limits=QUICK)
    done = []
    report = add_over_ray(catalogue, [music], two_by_two(), limits=QUICK, on_done=done.append)
    assert report == expected
    assert (report.indexed, report.skipped, len(report.quarantine)) == (11, 3, 4)
    assert rows(catalogue) == rows(here)
    assert len(done) == 18
    assert capfd.readouterr() == ("", "")


def test_later_runs_skip_move_and_replace_in_portions_of_one_commit_each(catalogue, tmp_path):
    music = write(tmp_path / "music", **{f"f{i}_wav": f"x{i} y{i}" for i in range(4)})
    add_over_ray(catalogue, [music], two_by_two())
    assert (appends(catalogue, "items"), appends(catalogue, "passages")) == (1, 1)
    before = {path: item for item, path in catalogue.known().items()}
    write(music, f0_wav="changed now", new_wav="n e w", zz_wav="n e w")
    (music / "f1.wav").rename(music / "moved.wav")
    report = add_over_ray(catalogue, [music], two_by_two(commit_every=2))
    assert (report.indexed, report.skipped) == (2, 4)
    after = {path: item for item, path in catalogue.known().items()}
    assert after[str(music / "moved.wav")] == before[str(music / "f1.wav")]
    assert after[str(music / "f0.wav")] != before[str(music / "f0.wav")]
    assert len(after) == 5
    assert (appends(catalogue, "items"), appends(catalogue, "passages")) == (3, 3)
    assert catalogue.reader().count_passages() == 2 + 2 * 3 + 3


def test_a_file_that_kills_rays_own_worker_costs_one_file_and_leaves_nothing(catalogue, tmp_path):
    music = write(
        tmp_path / "music", orphan_wav="orphan", **{f"f{i}_wav": f"x{i} y{i}" for i in range(7)}
    )
    report = add_over_ray(catalogue, [music], two_by_two())
    assert report.quarantine == [(music / "orphan.wav", KILLED_TWICE)]
    assert report.indexed == len(catalogue) == 7
    assert catalogue.reader().count_passages() == 14
    assert unused(catalogue) == 0


def test_ctrl_c_commits_what_is_handed_in_and_the_same_call_goes_on(catalogue, tmp_path):
    music = write(
        tmp_path / "music", broken_wav="broken", **{f"f{i}_wav": f"slow x{i}" for i in range(11)}
    )

    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_over_ray(catalogue, [music], two_by_two(), on_done=stop)
    held = len(catalogue)
    assert catalogue.reader().count_passages() == 2 * held < 22
    report = add_over_ray(catalogue, [music], two_by_two())
    assert (report.indexed, report.skipped) == (11 - held, held)
    assert unused(catalogue) == 0


def test_addresses_of_a_store_are_fetched_and_kept_as_they_are(catalogue, tmp_path):
    music = write(tmp_path / "music", a_wav="a b", empty_wav="", broken_wav="broken")
    write(music / ".hidden", x_wav="x")
    write(music / "other.lance", x_wav="x")
    write(music / "sub folder", b_wav="c d")
    uri = f"file://{music}"
    report = add_over_ray(catalogue, [uri], two_by_two())
    assert sorted(catalogue.known().values()) == [f"{uri}/a.wav", f"{uri}/sub folder/b.wav"]
    assert [(str(path), reason) for path, reason in report.quarantine] == [
        (f"{uri}/broken.wav", "the file is damaged; get it again"),
        (f"{uri}/empty.wav", "the file is empty"),
    ]
    assert add_over_ray(catalogue, [f"{uri}/a.wav"], two_by_two()).skipped == 1
    with pytest.raises(ReadError, match="no such file or folder"):
        add_over_ray(catalogue, [f"{uri}/nowhere"], two_by_two())
    with pytest.raises(ReadError, match="cannot be opened"):
        add_over_ray(catalogue, ["nothing://at/all"], two_by_two())


def test_a_space_that_workers_cannot_open_is_one_sentence(tmp_path):
    music = write(tmp_path / "music", a_wav="a")
    catalogue = Catalogue(tmp_path / "c.lance", UnopenableSpace())
    with pytest.raises(RayError, match="a worker cannot open the space: the weights are damaged"):
        add_over_ray(catalogue, [music], two_by_two())
    assert len(catalogue) == 0


def test_two_runs_into_one_catalogue_are_refused(catalogue, tmp_path):
    music = write(tmp_path / "music", a_wav="a")
    with writing_fragments(catalogue), pytest.raises(CatalogueError, match="wait for it"):
        add_over_ray(catalogue, [music], two_by_two())
