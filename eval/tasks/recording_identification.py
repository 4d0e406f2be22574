"""Seconds of real recordings ask which work they are, among MIDI files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from unisono.alignment.identifying.asked import QUERY_HOP_S
from unisono.alignment.indexing.encoding_files import HOP_S
from unisono.data.modality import Modality
from unisono.eval.harness.engraved_scores import engraved_score
from unisono.eval.harness.identification import StoredWork, WorkQuery, ask_all, found_rows
from unisono.eval.harness.identified_pieces import encode_sound, excerpts
from unisono.eval.harness.other_scores import OTHERS, other_works
from unisono.eval.harness.rendered_sound import SAMPLE_RATE, Waveform
from unisono.eval.harness.task import EvalError, EvalSettings, Outcome, Progress, TaskFacts
from unisono.towers.space import Space

LENGTHS_S = (10.0, 30.0)
EXCERPTS = 5
_BLOCK_S = 30.0

FACTS = TaskFacts(
    name="recording-identification",
    summary="which work are these seconds of a real recording",
    data="a folder of recordings: recordings.parquet with columns file and score (MusicXML, empty "
    "for none), both below the folder; music_end_s where applause follows",
    split="none: all recordings that have a score; nothing is ever chosen on them",
    protocol=f"{EXCERPTS} excerpts of 10 s and of 30 s, spread evenly over each recording, ask "
    f"among MIDI files: the scores as written, without repeats, and up to {OTHERS} files of "
    "--others. Right is the recording's own score",
    main_score="R@1 of 10 s",
    citation="votes as in M. Dorfer et al., TISMIR 1(1), 2018",
    options=("others",),
)


def run(space: Space, settings: EvalSettings, progress: Progress) -> Outcome:
    """Measure both lengths; raises EvalError and ReadError."""
    recordings = _recordings(settings)[: settings.limit]
    stored = {}
    for _, score, _ in recordings:
        if score.stem not in stored:
            midi = engraved_score(score, settings.cache).midi
            stored[score.stem] = space.encode_item(midi, modality=Modality.MIDI, hop_s=HOP_S)
    works = [StoredWork(name, encoding) for name, encoding in stored.items()]
    works += other_works(space, settings, progress)
    queries: dict[float, list[WorkQuery]] = {length_s: [] for length_s in LENGTHS_S}
    for path, score, end_s in progress(recordings, "recording"):
        waveform = _waveform(path)[: round(end_s * SAMPLE_RATE) if end_s else None]
        for length_s in LENGTHS_S:
            queries[length_s] += [
                WorkQuery(score.stem, encode_sound(space, part, QUERY_HOP_S))
                for part in spread_excerpts(waveform, length_s)
            ]
    rows = []
    for length_s, asked in queries.items():
        found = ask_all(space, works, asked, progress)
        rows += found_rows(
            found,
            excerpts(length_s),
            str(Modality.AUDIO),
            str(Modality.MIDI),
            len(works),
            settings.seed,
            length_s == LENGTHS_S[0],
        )
    notes = (f"only the first {settings.limit} recordings",) if settings.limit else ()
    counts = {"recordings": len(recordings), "works": len(works)}
    return Outcome(tuple(rows), counts, notes)


def spread_excerpts(waveform: Waveform, length_s: float) -> list[Waveform]:
    """Excerpts spread evenly; the whole, once, of what is not longer than one."""
    length = round(length_s * SAMPLE_RATE)
    if len(waveform) <= length:
        return [waveform]
    starts = np.linspace(0, len(waveform) - length, EXCERPTS).round().astype(int)
    return [waveform[start : start + length] for start in starts.tolist()]


def _recordings(settings: EvalSettings) -> list[tuple[Path, Path, float | None]]:
    """File, score and end of the music of each recording that has a score."""
    import pyarrow.parquet as parquet

    root = settings.data
    if root is None or not (root / "recordings.parquet").is_file():
        raise EvalError(f"{root or 'no --data'}: no recordings.parquet; give {FACTS.data}")
    rows = parquet.read_table(root / "recordings.parquet").to_pylist()
    found = [
        (root / row["file"], root / row["score"], row.get("music_end_s"))
        for row in rows
        if row.get("score")
    ]
    if not found:
        raise EvalError(f"{root / 'recordings.parquet'}: names no recording with a score")
    for path in (path for pair in found for path in pair[:2]):
        if not path.is_file():
            raise EvalError(f"{path}: named in recordings.parquet, and not there")
    return found


def _waveform(path: Path) -> Waveform:
    from unisono.data.readers.audio import read_blocks

    return np.concatenate(list(read_blocks(path, SAMPLE_RATE, _BLOCK_S)))
