"""The arithmetic of 100 million tracks, from assumptions that can be changed.

    python -m benchmarks.scale_arithmetic [--tracks 100000000] [--workers 1000] ...

Nothing is measured here: each assumption says in ``--help`` where it is from. The table of
``docs/scale.md`` is the output without arguments.
"""

from __future__ import annotations

from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from unisono.cli.table import table

_TB, _GB, _KIB, _GIB = 1e12, 1e9, 1 << 10, 1 << 30
_BETWEEN_PASSAGES_S = (1, 5, 10, 30)


def _assume(value: float, source: str) -> float:
    given: float = field(default=value, metadata={"help": source})
    return given


@dataclass(frozen=True)
class Assumptions:
    """What is put in; ``help`` of each field says where the number is from."""

    tracks: float = _assume(100e6, "recordings")
    seconds: float = _assume(180, "length of one")
    kbit: float = _assume(192, "kbit/s of a file; MP3s have 128 to 320")
    reads: float = _assume(2, "times a file is read over the network: to hash, and to encode")
    workers: float = _assume(1000, "cores that encode")
    songs_per_core_hour: float = _assume(8850, "benchmarks.catalogue_indexing: 17,700 on 2 cores")
    towers_share: float = _assume(0.45, "of that time, in the tower (profile of one encoding)")
    gflop: float = _assume(6.8, "of the audio tower for one track (torch's FlopCounterMode)")
    gpu_tflops: float = _assume(5, "GUESS: that a small float32 convolutional net gets of a GPU")
    dimension: float = _assume(192, "of a vector of the default space")
    passages: float = _assume(180, "of one track, one a second")
    passages_kib: float = _assume(68, "of passages for one track (benchmarks.ray_indexing)")
    item_kib: float = _assume(1, "of its row of items (benchmarks.ray_indexing)")
    files_per_fragment: float = _assume(500, "the most that a worker takes at once")
    commit_every: float = _assume(10e6, "--commit-every")
    disk_mb: float = _assume(500, "MB/s that one machine reads and writes while it compacts")
    known_bytes: float = _assume(
        480, "bytes in the committing process for a track that it knows (tracemalloc)"
    )
    named_bytes: float = _assume(430, "and for a file that it was given (tracemalloc)")


def rows_of(a: Assumptions) -> list[tuple[str, str, str]]:
    """What it comes to: (what, how much, how it is reckoned)."""
    return [*_work(a), *_bytes(a), *_memory(a), *_commits(a)]


def _work(a: Assumptions) -> list[tuple[str, str, str]]:
    cpu_h = a.tracks / a.songs_per_core_hour
    wall_h = cpu_h / a.workers
    file_bytes = a.kbit * 1000 / 8 * a.seconds
    read = a.tracks * file_bytes * a.reads
    gpu_h = a.tracks * a.gflop / (a.gpu_tflops * 1000) / 3600
    left_h = cpu_h * (1 - a.towers_share)
    return [
        ("CPU", f"{cpu_h:,.0f} core-hours", "tracks / songs a core-hour"),
        (f"on {a.workers:,.0f} cores", f"{wall_h:,.1f} h", "without waiting for files"),
        (
            "GPU (estimate)",
            f"{gpu_h:,.0f} GPU-hours beside {left_h:,.0f} core-hours",
            "GFLOP / TFLOP/s; decoding and spectra stay on cores; not built, see below",
        ),
        (
            "read over the network",
            f"{read / _TB:,.0f} TB",
            f"{file_bytes / 1e6:.1f} MB a file, {a.reads:g} times",
        ),
        (
            "for that",
            f"{read * 8 / (wall_h * 3600) / 1e9:,.0f} Gbit/s",
            f"over the {wall_h:,.1f} h; {read * 8 / (wall_h * 3600) / a.workers / 1e6:,.0f} Mbit/s "
            "a core",
        ),
    ]


def _bytes(a: Assumptions) -> list[tuple[str, str, str]]:
    found = [
        (
            "items on disk",
            f"{a.tracks * a.item_kib * _KIB / _TB:,.2f} TB",
            f"{a.item_kib:g} KiB a track",
        )
    ]
    for between in _BETWEEN_PASSAGES_S:
        kib = a.passages_kib / between
        found.append(
            (
                f"passages, one in {between} s",
                f"{a.tracks * kib * _KIB / _TB:,.1f} TB",
                f"{kib:,.1f} KiB a track" + ("" if between == 1 else "; not an option today"),
            )
        )
    return found


def _memory(a: Assumptions) -> list[tuple[str, str, str]]:
    kinds = {
        "flat, float32": (4 * a.dimension, "4 bytes a value; exact"),
        "flat, float16": (2 * a.dimension, "2 bytes a value"),
        "IVF-PQ": (a.dimension / 4 + 8, "a byte for four values and a row id; `unisono optimise`"),
        "binary": (a.dimension / 8 + 8, "a bit a value and a row id; not built"),
    }
    return [
        (
            f"ANN memory, {kind}",
            f"{a.tracks * size / _GIB:,.0f} GiB for wholes, "
            f"{a.tracks * a.passages * size / _GIB:,.0f} GiB for passages",
            how,
        )
        for kind, (size, how) in kinds.items()
    ]


def _commits(a: Assumptions) -> list[tuple[str, str, str]]:
    commits = -(-a.tracks // a.commit_every)
    fragments = a.tracks / a.files_per_fragment
    stored = a.tracks * (a.passages_kib + a.item_kib) * _KIB
    lost_h = a.commit_every / a.songs_per_core_hour / a.workers
    return [
        ("commits", f"{commits:,.0f} a table", f"one for {a.commit_every:,.0f} files"),
        (
            "fragments",
            f"{fragments:,.0f} a table",
            f"{a.files_per_fragment:g} files, {a.files_per_fragment * a.passages_kib / 1024:,.0f} "
            "MiB of passages each",
        ),
        (
            "compaction of everything",
            f"{2 * stored / (a.disk_mb * 1e6) / 3600:,.0f} h",
            "read and written once by one machine; not needed for fragments of this size",
        ),
        (
            "memory of the committing process",
            f"{a.tracks * (a.known_bytes + a.named_bytes) / _GIB:,.0f} GiB",
            "paths and hashes of all; a catalogue for every 10 million takes a tenth",
        ),
        (
            "lost with a worker",
            f"{a.files_per_fragment / a.songs_per_core_hour * 60:,.1f} min of a core",
            "its files are begun again elsewhere",
        ),
        (
            "lost with the committing process",
            f"at most {lost_h * 60:,.0f} min of all",
            "since the last commit",
        ),
    ]


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,}"


def main(argv: Sequence[str] | None = None) -> None:
    """Print the assumptions and what they come to."""
    parser = ArgumentParser(
        description=(__doc__ or "").splitlines()[0], formatter_class=ArgumentDefaultsHelpFormatter
    )
    for one in fields(Assumptions):
        name = "--" + one.name.replace("_", "-")
        parser.add_argument(name, type=float, default=one.default, help=one.metadata["help"])
    given = Assumptions(**vars(parser.parse_args(argv)))
    rows = [
        (one.name, _shown(getattr(given, one.name)), one.metadata["help"]) for one in fields(given)
    ]
    print(table(("assumed", "value", "from"), rows, right=(1,), width=200))
    print()
    print(table(("what", "how much", "how"), rows_of(given), width=200))


if __name__ == "__main__":
    main()
