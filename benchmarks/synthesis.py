"""Hours of music a minute from MIDI files to recordings, for each voice, on two cores.

    python -m benchmarks.synthesis [--minutes 60] [--piece 180] [--voices builtin fluidr3mono ...]
        [--rates 44100 16000] [--long]

Two kinds of music, made on the spot: piano with chords, notes up to two seconds long (about 6
notes a second), and six sustained parts at once (about 13 a second). Pieces of three minutes are
read from MIDI files, each with a performance and instruments of its own, played by two worker
processes and written as WAV; starting the processes counts. Banks of sampled notes, and with
--long every voice, play as much music as one piece, in memory. Seconds of processor are of all
processes together and change less with other load than the time that passes.
"""

from __future__ import annotations

import resource
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, run_part
from benchmarks.timing import CORES, progress, rounded
from unisono.data.notes import Notes
from unisono.data.sound.sampled_notes import Bank

VOICES = ("builtin", "fluidr3mono", "timgm6mb")
_PARTS = ((40, 72), (40, 67), (41, 60), (42, 48), (73, 76), (60, 55))  # program, middle pitch


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=60.0, help="of music for each figure")
    parser.add_argument("--piece", type=float, default=180.0, help="seconds of a piece")
    parser.add_argument("--voices", nargs="+", default=list(VOICES))
    parser.add_argument("--rates", type=int, nargs="+", default=[44_100])
    parser.add_argument("--long", action="store_true", help="one long piece in memory too")


def part(arguments: Namespace) -> list[Figure]:
    from unisono.data.readers.midi import write_midi

    figures = []
    voices = _present(arguments.voices)
    count = max(1, round(arguments.minutes * 60 / arguments.piece))
    for kind, make in (("piano", piano), ("six parts", six_parts)):
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"{number}.mid" for number in range(count)]
            for number, path in enumerate(files):
                write_midi(make(arguments.piece, number), path)
            for voice in voices:
                for rate in arguments.rates:
                    progress(f"{kind}, {voice}, {rate} Hz")
                    figures.append(_files(kind, files, voice, rate))
        long = make(arguments.minutes * 60, 0)
        progress(f"{kind}, banks, one piece")
        figures.append(_whole(kind, long, "banks of sampled notes", _banks(), 16_000))
        for voice in voices if arguments.long else ():
            progress(f"{kind}, {voice}, one piece")
            figures.append(_whole(kind, long, voice, voice, 44_100))
    return figures


def piano(seconds: float, seed: int) -> Notes:
    """A piano: single notes, and chords of two or three."""
    random = np.random.default_rng(seed)
    rows = []
    at = 0.0
    while at < seconds:
        for _ in range(int(random.choice([1, 1, 1, 2, 3]))):
            held = float(random.choice([0.25, 0.5, 1.0, 2.0]))
            rows.append((at, at + held, int(random.integers(40, 85)), 0))
        at += float(random.choice([0.125, 0.25, 0.25, 0.5]))
    return _notes(rows, random)


def six_parts(seconds: float, seed: int) -> Notes:
    """Two violins, viola, cello, flute and horn without a rest."""
    random = np.random.default_rng(seed)
    rows = []
    for program, middle in _PARTS:
        at = 0.0
        while at < seconds:
            held = float(random.choice([0.125, 0.25, 0.5, 1.0]))
            pitch = middle + int(random.integers(-6, 7))
            rows.append((at, at + 0.95 * held, pitch, program))
            at += held
    return _notes(rows, random)


def _notes(rows: Sequence[tuple[float, float, int, int]], random: np.random.Generator) -> Notes:
    onset, offset, pitch, program = (np.array(column) for column in zip(*sorted(rows), strict=True))
    velocity = random.integers(45, 105, len(onset))
    return Notes(
        onset,
        offset,
        pitch.astype(np.int16),
        velocity.astype(np.int16),
        program.astype(np.int16),
    )


def _present(voices: Sequence[str]) -> list[str]:
    """Voices that this machine has; the others are told."""
    from unisono.data.errors import ReadError
    from unisono.data.sound.voices import voice_of

    present = []
    for voice in voices:
        try:
            voice_of(voice)
            present.append(voice)
        except ReadError as error:
            progress(str(error))
    return present


def _files(kind: str, files: Sequence[Path], voice: str, rate: int) -> Figure:
    from unisono.data.synthesis import Job, Performance, synthesise_files

    jobs = [
        Job(
            midi=path,
            audio=path.with_suffix(".wav"),
            voice=voice,
            performance=Performance.draw(np.random.default_rng(number)),
            sample_rate=rate,
        )
        for number, path in enumerate(files)
    ]
    start, processor = time.perf_counter(), _processor_s()
    outcomes = synthesise_files(jobs, workers=CORES)
    passed, processor = time.perf_counter() - start, _processor_s() - processor
    failures = [outcome.failure for outcome in outcomes if outcome.failure]
    if failures:
        raise RuntimeError(failures[0])
    hours = sum(outcome.duration_s for outcome in outcomes) / 3600
    return _figure(f"{kind}, {voice}, {rate / 1000:g} kHz", hours, passed, processor)


def _banks() -> tuple[Bank, ...]:
    from unisono.data.sound.sampled_notes import make_bank

    return tuple(make_bank(program) for program in sorted({0, *(p for p, _ in _PARTS)}))


def _whole(kind: str, notes: Notes, name: str, voice: str | tuple[Bank, ...], rate: int) -> Figure:
    from unisono.data.synthesis import synthesise

    synthesise(six_parts(1.0, 0), voice, sample_rate=rate)  # compiles what is compiled
    start, processor = time.perf_counter(), _processor_s()
    rendering = synthesise(notes, voice, sample_rate=rate, threads=CORES)
    passed, processor = time.perf_counter() - start, _processor_s() - processor
    what = f"{kind}, {name}, {rate / 1000:g} kHz, one piece in memory"
    return _figure(what, rendering.duration_s / 3600, passed, processor)


def _figure(what: str, hours: float, passed: float, processor: float) -> Figure:
    how = f"{hours * 60:.0f} min of music in {rounded(passed)} s"
    how += f"; {rounded(processor / hours)} s of processor an hour"
    return Figure(what, hours / (passed / 60), "hours a minute", how, at_least=1.0)


def _processor_s() -> float:
    usages = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    run_part(__doc__, part, configure)
