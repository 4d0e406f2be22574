"""Kill an indexing process again and again at random moments, and look what is left each time.

``python tests/alignment/crash_loop.py --kills 50``
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import lancedb
from worker_space import WorkerSpace

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.indexing.files import content_hash

FILES = 60


class CrashLoop:
    """A folder of changing files, a catalogue of it, and whoever is killed while writing it."""

    def __init__(self, folder: Path, seed: int, workers: int = 0) -> None:
        self.music, self.where, self.log = folder / "music", folder / "c.lance", folder / "log"
        self.workers = workers
        self.draw = random.Random(seed)
        self.music.mkdir()
        self.version = 0
        self.kills = self.reported = 0
        for number in range(FILES):
            self._fill(self.music / f"f{number:03}.wav")

    def run(self, kills: int) -> None:
        """Kill so many times; change some of the files in between whenever a run has ended."""
        whole_s = self._whole_run()
        while self.kills < kills:
            process = self._start()
            self._wait_for("started", process)
            time.sleep(self.draw.uniform(0.0, whole_s))
            ended = "ended" in self.log.read_text()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.kills += not ended
            self.check()
            if ended or self._done() > FILES // 2:
                self._change_some()
        process = self._start()
        assert process.wait() == 0
        self.check()
        self.check_end()

    def check(self) -> None:
        """Everything that was reported is there, whole; nothing is there twice."""
        if not (self.where / "items.lance").exists():
            assert "indexed" not in self.log.read_text()
            return
        catalogue = Catalogue(self.where, WorkerSpace())
        ids, paths = self._items(catalogue)
        assert all(count == 1 for count in Counter(ids).values()), "an item is there twice"
        lines = [line.split(" ", 1) for line in self.log.read_text().splitlines() if " " in line]
        for state, path in lines:
            assert state in ("indexed", "skipped"), (state, path)
            assert content_hash(Path(path)) in ids, f"{path} was reported and is not there"
            assert path in paths, f"{path} was reported and is not there"
        self.reported += len(lines)
        passages = catalogue.passages(ids)
        for item_id, path in zip(ids, paths, strict=True):
            if Path(path).is_file() and content_hash(Path(path)) == item_id:
                words = Path(path).read_text().split()
                assert len(passages[item_id].places) == len(words), f"{path} is not whole"

    def check_end(self) -> None:
        """After a run to the end there is exactly one item for each file, and nothing else."""
        catalogue = Catalogue(self.where, WorkerSpace())
        ids, paths = self._items(catalogue)
        files = sorted(self.music.iterdir())
        assert sorted(paths) == [str(path) for path in files]
        assert sorted(ids) == sorted(content_hash(path) for path in files)
        passages = lancedb.connect(str(self.where)).open_table("passages")
        keys = passages.search().select(["item_id", "number"]).to_arrow().to_pylist()
        assert len({(key["item_id"], key["number"]) for key in keys}) == len(keys)
        owners = Counter(key["item_id"] for key in keys)
        expected = {content_hash(path): len(path.read_text().split()) for path in files}
        assert owners == expected, "passages are left over, or missing"

    def _whole_run(self) -> float:
        """Seconds of an undisturbed run, in another place."""
        kept, self.where = self.where, self.where.with_name("undisturbed.lance")
        process = self._start()
        self._wait_for("started", process)
        began = time.monotonic()
        assert process.wait() == 0
        self.where = kept
        return time.monotonic() - began

    def _done(self) -> int:
        return sum(" " in line for line in self.log.read_text().splitlines())

    def _items(self, catalogue: Catalogue) -> tuple[list[str], list[str]]:
        items = catalogue.items()
        return list(items.ids), list(items.paths)

    def _start(self) -> subprocess.Popen[bytes]:
        self.log.write_text("")
        script = Path(__file__).with_name("worker_space.py")
        words = [sys.executable, script, self.where, self.music, self.log, self.workers]
        return subprocess.Popen([str(word) for word in words], start_new_session=True)

    def _wait_for(self, word: str, process: subprocess.Popen[bytes]) -> None:
        while word not in self.log.read_text():
            assert process.poll() is None, "the indexing process has failed"
            time.sleep(0.01)

    def _change_some(self) -> None:
        """New contents for a third of the files, new names for some."""
        files = sorted(self.music.iterdir())
        for path in self.draw.sample(files, FILES // 3):
            self._fill(path)
        for path in self.draw.sample(files, FILES // 10):
            self.version += 1
            path.rename(self.music / f"moved{self.version:04}.wav")

    def _fill(self, path: Path) -> None:
        self.version += 1
        words = [f"w{self.version}x{i}" for i in range(self.draw.randint(1, 30))]
        path.write_text(" ".join(words))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        loop = CrashLoop(Path(folder), arguments.seed, arguments.workers)
        loop.run(arguments.kills)
    print(
        f"{loop.kills} kills, {loop.reported} files reported done before them: "
        "none lost, none twice, nothing left over"
    )
