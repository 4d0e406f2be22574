"""Notes into sound, with the exact time of each note in it.

    rendering = synthesise(read_midi(path).notes, "fluidr3mono", Performance.draw(random))
    rendering.waveform, rendering.notes   # row i of the notes is note i of what was given

Files, on all cores: :func:`synthesise_files`, or

    python -m unisono.data.synthesis OUT MIDI... [--voice builtin] [--vary SEED]

which writes a recording for each MIDI file and a CSV file with the times of its notes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from unisono.data.sound.batch import Job, Outcome, synthesise_files
from unisono.data.sound.performance import Performance
from unisono.data.sound.rendering import SAMPLE_RATE, Rendering, synthesise

__all__ = [
    "Job",
    "Outcome",
    "Performance",
    "Rendering",
    "main",
    "synthesise",
    "synthesise_files",
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Play MIDI files; 1 when any of them failed."""
    from tqdm import tqdm

    options = _parser().parse_args(arguments)
    jobs = [_job(options, midi, number) for number, midi in enumerate(options.midi)]
    if len({job.audio for job in jobs}) < len(jobs):
        print("two MIDI files have the same name; give them in two runs", file=sys.stderr)
        return 1
    try:
        with tqdm(total=len(jobs), unit="file", disable=None) as bar:
            outcomes = synthesise_files(jobs, options.workers, lambda _: bar.update() and None)
    except KeyboardInterrupt:
        print("stopped; what was finished stays", file=sys.stderr)
        return 130
    failures = [outcome.failure for outcome in outcomes if outcome.failure]
    seconds = sum(outcome.duration_s for outcome in outcomes)
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(jobs) - len(failures)} recordings, {seconds / 60:.1f} minutes, in {options.out}")
    return 1 if failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m unisono.data.synthesis", description="Play MIDI files into recordings."
    )
    parser.add_argument("out", type=Path, help="folder for the recordings and their tables")
    parser.add_argument("midi", type=Path, nargs="+", help="MIDI files")
    parser.add_argument(
        "--voice", default="builtin", help="builtin, or a soundfont: its path or short name"
    )
    parser.add_argument("--rate", type=int, default=SAMPLE_RATE, help="sample rate, Hz")
    parser.add_argument("--format", choices=("wav", "flac", "ogg"), default="flac")
    parser.add_argument(
        "--vary",
        type=int,
        metavar="SEED",
        help="vary each file (else: as written)",
    )
    parser.add_argument("--workers", type=int, help="processes (all cores)")
    return parser


def _job(options: argparse.Namespace, midi: Path, number: int) -> Job:
    performance = Performance()
    if options.vary is not None:
        performance = Performance.draw(np.random.default_rng([options.vary, number]))
    return Job(
        midi=midi,
        audio=options.out / f"{midi.stem}.{options.format}",
        voice=options.voice,
        performance=performance,
        sample_rate=options.rate,
        table=options.out / f"{midi.stem}.csv",
    )


if __name__ == "__main__":
    sys.exit(main())
