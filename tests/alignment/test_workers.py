"""Files that break what decodes them cost one file each."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_space import FakeSpace, write
from worker_space import OtherThereSpace, UnopenableSpace, WorkerSpace

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.indexing.encoding_workers import Limits, WorkerError
from unisono.towers.space import load

QUICK = Limits(time_s=4.0, memory_gib=0.4)


@pytest.fixture
def catalogue(tmp_path):
    return Catalogue(tmp_path / "c.lance", WorkerSpace())


def test_decoders_that_fail_in_every_way_cost_one_file_each(catalogue, tmp_path):
    music = write(
        tmp_path / "music",
        a_wav="a b c",
        abort_wav="abort",
        exit_wav="exit",
        hang_wav="hang",
        hog_wav="hog",
        memory_wav="memory",
        noise_wav="noise d e f",
        segfault_wav="segfault",
        z_wav="x y z",
    )
    report = catalogue.add(music, workers=2, limits=QUICK)
    assert [(path.name, reason) for path, reason in report.quarantine] == [
        ("abort.wav", "crashed the decoder (signal 6)"),
        ("exit.wav", "crashed the decoder (it ended with 3)"),
        ("hang.wav", "took longer than 4 s (--time-limit)"),
        ("hog.wav", "needed more than 0.4 GiB of memory (--memory-limit)"),
        ("memory.wav", "needed more memory than there is"),
        ("segfault.wav", "crashed the decoder (signal 11)"),
    ]
    names = {os.path.basename(path) for path in catalogue.items().paths}
    assert names == {"a.wav", "noise.wav", "z.wav"}


def test_workers_give_the_vectors_that_this_process_gives(catalogue, tmp_path):
    music = write(tmp_path / "music", **{f"f{i}_wav": f"x{i} y{i} z{i}" for i in range(20)})
    there = Catalogue(tmp_path / "there.lance", WorkerSpace())
    assert there.add(music, workers=2).indexed == 20
    assert catalogue.add(music, workers=0).indexed == 20
    assert there.space.encoded == []

    def rows(one):
        items = one.items()
        found = one.passages(items.ids)
        return {
            key: (path, whole.tolist(), found[key].vectors.tolist(), list(found[key].places))
            for key, path, whole in zip(items.ids, items.paths, items.vectors, strict=True)
        }

    assert rows(there) == rows(catalogue)


def test_a_real_space_is_opened_by_its_bundle(tmp_path):
    music = write(tmp_path / "music", one_txt="calm piano", two_txt="loud drums", bad_txt="\0\1")
    space = load()
    report = Catalogue(tmp_path / "c.lance", space).add(music, workers=1)
    assert (report.indexed, len(report.quarantine)) == (2, 1)
    items = Catalogue(tmp_path / "c.lance", space).items("path LIKE '%one.txt'")
    assert abs(items.vectors[0] - space.encode(["calm piano"])[0]).max() < 1e-5


def test_what_cannot_be_opened_elsewhere_is_encoded_here_unless_workers_are_asked_for(tmp_path):
    music = write(tmp_path / "music", **{f"f{i}_wav": f"x{i}" for i in range(6)})
    catalogue = Catalogue(tmp_path / "c.lance", FakeSpace())
    with pytest.raises(TypeError, match="cannot be opened in a worker"):
        catalogue.add(music, workers=1)
    assert catalogue.add(music).indexed == 6
    assert len(catalogue.space.encoded) == 6


def test_a_few_files_start_no_worker(catalogue, tmp_path):
    catalogue.add(write(tmp_path / "music", a_wav="a", b_wav="b", c_wav="c"))
    assert len(catalogue.space.encoded) == 3


@pytest.mark.parametrize(
    ("space", "fault"),
    [(UnopenableSpace(), "the weights are damaged"), (OtherThereSpace(), "bundle has changed")],
)
def test_workers_that_cannot_work_end_the_run_with_a_sentence(tmp_path, space, fault):
    music = write(tmp_path / "music", a_wav="a", b_wav="b")
    with pytest.raises(WorkerError, match=fault) as caught:
        Catalogue(tmp_path / "c.lance", space).add(music, workers=1)
    assert "\n" not in str(caught.value)


def test_a_worker_ends_when_its_master_is_killed(tmp_path):
    music = write(tmp_path / "music", a_wav="hang", b_wav="hang more")
    master = _start(tmp_path, music, workers=2)
    try:
        workers = _wait_for(lambda: _busy_workers(master.pid, 2))
    finally:
        os.kill(master.pid, signal.SIGKILL)
        master.wait()
    _wait_for(lambda: not any(_is_running(pid) for pid in workers))


def test_ctrl_c_ends_the_workers_and_keeps_what_is_done(tmp_path):
    music = write(tmp_path / "music", **{f"f{i:02}_wav": f"x{i}" for i in range(20)})
    write(music, z_wav="hang")
    master = _start(tmp_path, music, workers=1)
    log = tmp_path / "log"
    _wait_for(lambda: log.is_file() and log.read_text().count("indexed") >= 16)
    workers = _busy_workers(master.pid, 1)
    master.send_signal(signal.SIGINT)
    master.wait(timeout=20)
    assert workers and not any(_is_running(pid) for pid in workers)
    kept = set(Catalogue(tmp_path / "c.lance", WorkerSpace()).items().paths)
    done = [line.split(" ", 1)[1] for line in log.read_text().splitlines() if "indexed" in line]
    assert set(done) <= kept and len(done) >= 16


def test_larger_files_may_take_longer():
    limits = Limits(time_s=100)
    assert limits.seconds(0) == 100
    assert limits.seconds(4 << 20) == 200


def _start(tmp_path, music, workers):
    script = Path(__file__).with_name("worker_space.py")
    words = [sys.executable, script, tmp_path / "c.lance", music, tmp_path / "log", workers]
    return subprocess.Popen([str(word) for word in words], stderr=subprocess.DEVNULL)


def _wait_for(condition, seconds=30.0):
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("waited too long")


def _busy_workers(master, count):
    """Workers that have opened the space: they have read worker_space, which is not large."""
    listed = Path(f"/proc/{master}/task").glob("*/children")
    pids = [int(pid) for task in listed for pid in task.read_text().split()]
    ready = [pid for pid in pids if "numpy" in Path(f"/proc/{pid}/maps").read_text()]
    return ready if len(ready) == count else []


def _is_running(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
