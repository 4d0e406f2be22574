"""Many MIDI files into recordings, on all cores; one that fails does not stop the others."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.cores import cores
from unisono.data.errors import ReadError
from unisono.data.notes import Notes
from unisono.data.readers.midi import read_midi
from unisono.data.sound.performance import Performance
from unisono.data.sound.rendering import synthesise

FORMATS = {".wav": ("WAV", "PCM_16"), ".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS")}

_CHUNK = 1 << 14  # libsndfile's Vorbis encoder overflows its stack on long writes

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Job:
    """A MIDI file to play.

    audio: where the recording goes, .wav, .flac or .ogg. voice: ``builtin`` or a soundfont.
    table: where a CSV file with the time of each note in the recording goes, if anywhere; its
    rows are in the order of ``read_midi(midi).notes``.
    """

    midi: Path
    audio: Path
    voice: str = "builtin"
    performance: Performance = field(default_factory=Performance)
    sample_rate: int = 44_100
    table: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a job: seconds of audio and the notes as they sound, or why it failed.

    notes: None where they went into the job's table, so that thousands of files fit in memory.
    """

    job: Job
    notes: Notes | None = None
    duration_s: float = 0.0
    failure: str = ""


def synthesise_files(
    jobs: Sequence[Job],
    workers: int | None = None,
    told: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Play files in worker processes; outcomes in the order of the jobs.

    workers: processes, as many as there are cores when None; cores beyond the number of jobs
    play parts of the same piece. told: is called with each outcome as soon as it is there.
    A file that cannot be played, or on which a worker dies, has a ``failure`` that names it.
    Workers are new processes: a script that calls this needs ``if __name__ == "__main__":``.
    """
    workers = workers or cores()
    if not jobs:
        return []
    threads = max(1, workers // len(jobs))
    outcomes: dict[int, Outcome] = {}
    for index, outcome in _outcomes(jobs, min(workers, len(jobs)), threads):
        outcomes[index] = outcome
        if told is not None:
            told(outcome)
    return [outcomes[index] for index in range(len(jobs))]


def play_file(job: Job, threads: int = 1) -> Outcome:
    """Play one file in this process; raises nothing but what ends the process."""
    started = time.time()
    try:
        _check_targets(job)
        notes = read_midi(job.midi).notes
        rendering = synthesise(
            notes, job.voice, job.performance, sample_rate=job.sample_rate, threads=threads
        )
        write_audio(rendering.waveform, rendering.sample_rate, job.audio)
        if job.table is not None:
            write_table(rendering.notes, job.table)
    except ReadError as error:
        return Outcome(job, failure=_named(job, str(error)))
    except (ValueError, OSError) as error:
        return Outcome(job, failure=_named(job, str(error)))
    except Exception as error:  # one bad file must not stop the others; its reason is told
        seconds = time.time() - started
        text = f"{type(error).__name__} after {seconds:.0f} s: {error}"
        return Outcome(job, failure=_named(job, text))
    kept = rendering.notes if job.table is None else None
    return Outcome(job, kept, rendering.duration_s)


def write_audio(waveform: FloatArray, sample_rate: int, path: Path) -> None:
    """Write (samples,) mono as WAV or FLAC of 16 bits, or Ogg Vorbis, whole or not at all.

    Raises ValueError for another suffix.
    """
    import soundfile

    container, subtype = _format(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with soundfile.SoundFile(
            partial, "w", sample_rate, 1, format=container, subtype=subtype
        ) as file:
            for start in range(0, len(waveform), _CHUNK):
                file.write(waveform[start : start + _CHUNK])
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_table(notes: Notes, path: Path) -> None:
    """Write notes as CSV, seconds to the microsecond, a row a note in their order."""
    columns = (notes.onset_s, notes.offset_s, notes.pitch, notes.velocity, notes.program)
    lines = ["onset_s,offset_s,pitch,velocity,program"]
    lines += [
        f"{onset:.6f},{offset:.6f},{pitch},{velocity},{program}"
        for onset, offset, pitch, velocity, program in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text("\n".join(lines) + "\n")
    partial.replace(path)


def _outcomes(jobs: Sequence[Job], processes: int, threads: int) -> Iterator[tuple[int, Outcome]]:
    """Outcomes as they come. A dead worker takes all that wait with it: these are tried alone."""
    left = dict(enumerate(jobs))
    with _pool(processes) as pool:
        try:
            waiting = _submit(pool, jobs, threads)
            for future in as_completed(waiting):
                try:
                    outcome = future.result()
                except BrokenProcessPool:
                    continue
                left.pop(waiting[future])
                yield waiting[future], outcome
        except BaseException:  # Ctrl-C, or the caller has had enough: what waits is not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for index, job in left.items():
        with _pool(1) as alone:
            try:
                yield index, alone.submit(play_file, job, threads).result()
            except BrokenProcessPool:
                yield index, Outcome(job, failure=_named(job, "the synthesiser broke down on it"))


def _submit(
    pool: ProcessPoolExecutor, jobs: Sequence[Job], threads: int
) -> dict[Future[Outcome], int]:
    """Hand in all jobs, or as many as a pool takes before a worker dies."""
    waiting: dict[Future[Outcome], int] = {}
    for index, job in enumerate(jobs):
        try:
            waiting[pool.submit(play_file, job, threads)] = index
        except BrokenProcessPool:
            break
    return waiting


def _pool(processes: int) -> ProcessPoolExecutor:
    # a fork would inherit locks of threads that are not there any more
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_leave_ctrl_c_alone)


def _leave_ctrl_c_alone() -> None:
    """The parent hears it and ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _check_targets(job: Job) -> None:
    _format(job.audio)
    if job.audio.resolve() == job.midi.resolve():
        raise ValueError("the recording would replace the MIDI file")


def _format(path: Path) -> tuple[str, str]:
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        fault = f"cannot write '{path.suffix}': name a .wav, .flac or .ogg file"
        raise ValueError(f"{path}: {fault}") from None


def _named(job: Job, text: str) -> str:
    return text if text.startswith(str(job.midi)) else f"{job.midi}: {text}"
