"""Ray, started here for one run or joined where it is, and silent."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from unisono.data.cores import cores

OBJECT_STORE_BYTES = 100 * 1024**2
"""Of a Ray that is started here: only names of files and of fragments go through its store."""
_SILENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    # By default Ray's workers are nice (15), and starve beside whatever else a machine does.
    "RAY_worker_niceness": "0",
    # What Ray says of workers that die goes to standard output, where the report goes.
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",
}
"""Ray reads these when it is imported."""


class RayError(Exception):
    """Ray is not there or cannot work; the text is one line."""


@dataclass(frozen=True)
class Cluster:
    """Where Ray runs.

    address: of a running cluster, as ``ray.init`` takes it (``auto``, ``ray://host:10001``); None
        for a Ray of this machine that is started and ended with the run.
    workers: processes that encode; by default one for each core that there is.
    """

    address: str | None = None
    workers: int | None = None


def require_ray() -> None:
    """Import Ray, silent; raises RayError where it or Lance is not installed.

    Lance itself is imported later: Ray forks when it starts, which Lance warns of.
    """
    for name, value in _SILENT.items():
        os.environ.setdefault(name, value)
    try:
        if find_spec("lance") is None:
            raise ModuleNotFoundError(name="lance")
        import ray  # noqa: F401
    except ImportError as error:
        raise RayError(
            f"--ray needs the library {error.name}; install it with pip install 'unisono[scale]'"
        ) from error


@contextmanager
def running(cluster: Cluster) -> Iterator[int]:
    """Start or join Ray; yields the number of workers to use.

    A Ray that this process has joined already is used and stays. Raises RayError where Ray is not
    installed, cannot be started or cannot be reached.
    """
    require_ray()
    import ray

    if ray.is_initialized():
        _quiet_data()
        yield cluster.workers or _cores_of_cluster()
        return
    folder = _short_folder() if cluster.address is None else None
    try:
        _start(cluster, folder)
        _quiet_data()
        yield cluster.workers or _cores_of_cluster()
    finally:
        ray.shutdown()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _start(cluster: Cluster, folder: Path | None) -> None:
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}
    try:
        if cluster.address is None:
            with _hushed():
                ray.init(
                    address="local",
                    num_cpus=cluster.workers or cores(),
                    num_gpus=0,
                    include_dashboard=False,
                    object_store_memory=OBJECT_STORE_BYTES,
                    _temp_dir=str(folder),
                    **quiet,
                )
        else:
            with _hushed():
                ray.init(address=cluster.address, **quiet)
    except Exception as error:
        # Ray raises what it likes: ConnectionError, ValueError, RuntimeError, its own.
        where = cluster.address or "on this machine"
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RayError(f"Ray cannot be used ({where}): {said}") from error


@contextmanager
def _hushed() -> Iterator[None]:
    """Without standard error, to which Ray's core says at its start how little it will say."""
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _quiet_data() -> None:
    from ray.data import DataContext

    context = DataContext.get_current()
    context.enable_progress_bars = False
    for name in ("ray.data", "ray"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _cores_of_cluster() -> int:
    import ray

    resources: Any = ray.cluster_resources  # without types
    return max(1, int(resources().get("CPU", 1)))


def _short_folder() -> Path:
    # Ray's sockets lie in it, and the path of a socket has at most 107 characters.
    parent = "/tmp" if os.access("/tmp", os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix="unisono-ray-", dir=parent))
