"""Recordings of which it is known where in their scores they are: ASAP and solo violin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from unisono.data.notes import Notes
from unisono.data.readers.midi import read_midi, write_midi
from unisono.eval.harness.alignment_sets import PERFORMANCES
from unisono.eval.harness.rendered_sound import SAMPLE_RATE, Renderer, Waveform, hear
from unisono.eval.harness.task import EvalError, EvalSettings

if TYPE_CHECKING:
    from unisono.eval.harness.score_folders import ScoreFolder

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PageTruth:
    """Where a recording is on pages: an entry a moment.

    file: all pages as one file. system: rows of the systems in which the notes stand. x: pixels.
    head_px: how wide a note head is. score_s: seconds of the score, bar_s: how long the bar
    lasts in it. score: heads and systems of the pages.
    """

    file: Path
    score: ScoreFolder
    system: npt.NDArray[np.int64]
    x: Floats
    head_px: float
    score_s: Floats
    bar_s: Floats


@dataclass(frozen=True)
class AlignedPiece:
    """A recording and where in its score it is at some moments.

    recording: an audio file. recording_s: (n,) the moments. notes: of the score; score_s: (n,)
    seconds of them. midi, musicxml: the score as files; quarters: (n,) the moments in it, with
    the repeats that are played, note_quarters: (notes,) where each of the notes begins in it.
    pages: the same on pages.
    """

    group: str
    name: str
    recording: Path
    recording_s: Floats
    notes: Notes
    score_s: Floats
    midi: Path | None = None
    musicxml: Path | None = None
    quarters: Floats | None = None
    note_quarters: Floats | None = None
    pages: PageTruth | None = None


Opener = Callable[[Path], AlignedPiece]
"""Makes the files of a piece in a folder, and says what is true of them."""


def asap_pieces(root: Path, settings: EvalSettings, renderer: Renderer) -> list[Opener]:
    """The performances of a split. Raises EvalError for another split, or what is not there."""
    import pandas as pd

    if settings.split not in PERFORMANCES:
        raise EvalError(f"--split {settings.split}: there are {', '.join(PERFORMANCES)}")
    table = pd.read_parquet(root / "annotations.parquet").set_index("performance")
    lacking = [one for one in PERFORMANCES[settings.split] if one not in table.index]
    if lacking:
        raise EvalError(f"{root}: its annotations lack {lacking[0]}; get the whole of ASAP")

    def opener(name: str) -> Opener:
        return lambda folder: _asap_piece(root, name, table.loc[name], settings, renderer, folder)

    return [opener(name) for name in PERFORMANCES[settings.split]]


def _asap_piece(
    root: Path, name: str, row: Any, settings: EvalSettings, renderer: Renderer, folder: Path
) -> AlignedPiece:
    certain = np.array(
        [
            "bR" not in pair
            for pair in zip(row.score_beat_types, row.performance_beat_types, strict=True)
        ]
    )
    performance = read_midi(root / name)
    beats_s = np.asarray(row.performance_beats, np.float64)[certain]
    heard = hear(performance, renderer, settings.audio, beats_s, seed_of(name, settings))
    score = read_midi(root / row.piece / "midi_score.mid")
    score_s = np.asarray(row.score_beats, np.float64)[certain]
    return AlignedPiece(
        group=f"asap, {settings.audio}",
        name=name,
        recording=write_sound(heard.waveform, folder),
        recording_s=heard.seconds,
        notes=score.notes,
        score_s=score_s,
        midi=root / row.piece / "midi_score.mid",
        musicxml=root / row.piece / "xml_score.mxl",
        quarters=score.ticks_at(score_s) / score.resolution,
        note_quarters=score.ticks_at(score.notes.onset_s) / score.resolution,
    )


def violin_pieces(root: Path) -> list[Opener]:
    """The real recordings of Bach for solo violin."""
    import pandas as pd

    notes = pd.read_parquet(root / "notes.parquet")
    recordings = pd.read_parquet(root / "recordings.parquet")

    def opener(file: str, score: str) -> Opener:
        rows = notes[notes.file == file].sort_values("onset_tick", kind="stable")
        return lambda folder: _violin_piece(root, file, score, rows, folder)

    return [opener(row.file, row.score) for row in recordings.itertuples()]


def _violin_piece(root: Path, file: str, score: str, rows: Any, folder: Path) -> AlignedPiece:
    quarters = rows.onset_tick.to_numpy() / 24
    onset_s = quarters / 2
    pitch = rows.pitch.to_numpy().astype(np.int16)
    notes = Notes(
        onset_s,
        np.maximum(rows.offset_tick.to_numpy() / 48, onset_s + 0.05),
        pitch,
        np.full_like(pitch, 80),
        np.full_like(pitch, 40),
    )
    midi = folder / "score.mid"
    write_midi(notes, midi)
    return AlignedPiece(
        group="violin",
        name=Path(file).stem,
        recording=root / file,
        recording_s=rows.start_s.to_numpy(),
        notes=notes,
        score_s=onset_s,
        midi=midi,
        musicxml=root / score,
        quarters=quarters,
        note_quarters=quarters,
    )


def excerpt(piece: AlignedPiece, length_s: float, share: float, path: Path) -> AlignedPiece:
    """A part of a piece's recording, with the moments that are in it, against the whole score.

    share: where it begins, 0 at the beginning and 1 where it ends with the recording. path: of the
    audio file that is written.
    """
    import soundfile

    waveform, rate = soundfile.read(str(piece.recording), dtype="float32")
    start_s = share * max(0.0, len(waveform) / rate - length_s)
    first, last = round(start_s * rate), round((start_s + length_s) * rate)
    soundfile.write(str(path), waveform[first:last], rate, subtype="FLOAT")
    inside = (piece.recording_s >= start_s) & (piece.recording_s < start_s + length_s)
    pages = piece.pages
    if pages is not None:
        parts = (pages.system, pages.x, pages.score_s, pages.bar_s)
        system, x, score_s, bar_s = (one[inside] for one in parts)
        pages = replace(pages, system=system, x=x, score_s=score_s, bar_s=bar_s)
    return replace(
        piece,
        recording=path,
        recording_s=piece.recording_s[inside] - start_s,
        score_s=piece.score_s[inside],
        quarters=None if piece.quarters is None else piece.quarters[inside],
        pages=pages,
    )


def seed_of(name: str, settings: EvalSettings) -> list[int]:
    """What is drawn for a piece, whichever others are measured."""
    import hashlib

    return [settings.seed, *hashlib.blake2b(name.encode(), digest_size=4).digest()]


def write_sound(waveform: Waveform, folder: Path) -> Path:
    """A recording as a file."""
    import soundfile

    path = folder / "recording.wav"
    soundfile.write(str(path), waveform, SAMPLE_RATE, subtype="FLOAT")
    return path
