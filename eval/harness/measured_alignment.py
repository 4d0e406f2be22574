"""One piece, aligned in all ways, and how far off each is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.alignment.time import Alignment, align
from unisono.data.engraving import Layout, engrave
from unisono.data.readers.midi import read_midi
from unisono.data.readers.musicxml import read_musicxml
from unisono.eval.harness.aligned_pieces import AlignedPiece, PageTruth
from unisono.eval.harness.alignment_baselines import Heard, baselines, sounding_s
from unisono.eval.harness.alignment_errors import AlignmentErrors
from unisono.eval.harness.score_folders import ScoreFolder
from unisono.eval.harness.task import RowKind
from unisono.towers.space import Space

Floats = npt.NDArray[np.float64]
HOP_S = 0.2
SAME = 0.8
_AROUND = 4
"""Moments on both sides, over which a pace is taken."""


def measure_piece(space: Space, piece: AlignedPiece) -> list[AlignmentErrors]:
    """Errors of this space and of the baselines on all kinds of score that the piece has.

    Raises ReadError where a file cannot be aligned at all.
    """
    found = []
    heard = Heard.of(piece.recording, piece.notes)
    if piece.midi is not None and piece.pages is None:
        beats_s = read_midi(piece.midi).beats_s
        true = beats_at(piece.score_s, beats_s)
        alignment = align(space, piece.recording, piece.midi, HOP_S)
        found.append(_timed(piece, "this space", "midi", true, followed(alignment, piece)))
        for name, way in baselines().items():
            score_s, recording_s = way(heard)
            at = np.interp(piece.recording_s, recording_s, score_s)
            found.append(_timed(piece, name, "midi", true, beats_at(at, beats_s)))
    if piece.musicxml is not None:
        written = written_beats(piece.musicxml, piece)
        if written is not None:
            alignment = align(space, piece.recording, piece.musicxml, HOP_S)
            at = followed(alignment, piece)
            found.append(_timed(piece, "this space", "musicxml", written, at))
    if piece.pages is not None:
        alignment = align(space, piece.recording, piece.pages.file, HOP_S)
        found.append(_on_pages(piece, piece.pages, "this space", page_places(alignment, piece)))
        found.append(_on_pages(piece, piece.pages, "linear stretch", linear_places(heard, piece)))
    return found


def timed_errors(piece: AlignedPiece, alignment: Alignment) -> Floats:
    """How far off each true moment is, in seconds, for an alignment with the piece's MIDI file."""
    assert piece.midi is not None
    true = beats_at(piece.score_s, read_midi(piece.midi).beats_s)
    return _timed(piece, "this space", "midi", true, followed(alignment, piece)).seconds


def page_errors(piece: AlignedPiece, alignment: Alignment) -> npt.NDArray[np.bool_]:
    """Whether each true moment is within a note head, a bar and its system (n, 3)."""
    assert piece.pages is not None
    found = _on_pages(piece, piece.pages, "this space", page_places(alignment, piece)).on_pages
    assert found is not None
    return found


def followed(alignment: Alignment, piece: AlignedPiece) -> Floats:
    """The written beat that an alignment gives for each of the true moments."""
    places = [alignment.to_score(float(s)) for s in piece.recording_s]
    return np.array([0.0 if place.beat is None else place.beat for place in places])


def beats_at(seconds: Floats, beats_s: Floats) -> Floats:
    """Beats, with fractions, at seconds; they go on at the pace of the first and the last."""
    before, after = beats_s[1] - beats_s[0], beats_s[-1] - beats_s[-2]
    numbers = np.arange(len(beats_s), dtype=np.float64)
    inside = np.interp(seconds, beats_s, numbers)
    early, late = np.minimum(seconds - beats_s[0], 0), np.maximum(seconds - beats_s[-1], 0)
    return np.asarray(inside + early / before + late / after, np.float64)


def written_beats(path: Path, piece: AlignedPiece) -> Floats | None:
    """The quarter of MusicXML, as it is written, at each true moment.

    The notes of the piece must be those of the MusicXML, once through or with its repeats: with
    the same pitch at the same quarter for ``SAME`` of them. None where they are not.
    """
    assert piece.quarters is not None and piece.note_quarters is not None
    engraving = engrave(read_musicxml(path), Layout(text=False), name=str(path))
    asked = _pitched_quarters(piece.note_quarters, piece.notes.pitch)
    for notes in (engraving.notated, engraving.played):
        there = _pitched_quarters(notes.beat, notes.pitch)
        if len(asked & there) < SAME * max(len(asked), len(there)):
            continue
        played, first = np.unique(notes.beat, return_index=True)
        written = engraving.notated.beat[notes.notated[first]]
        last = np.searchsorted(played, piece.quarters + 1e-3, side="right") - 1
        last = np.maximum(last, 0)
        return np.asarray(written[last] + piece.quarters - played[last], np.float64)
    return None


def _pitched_quarters(quarters: Floats, pitch: npt.NDArray[np.int16]) -> set[tuple[int, int]]:
    return set(zip(np.rint(12 * quarters).astype(int).tolist(), pitch.tolist(), strict=True))


def page_places(alignment: Alignment, piece: AlignedPiece) -> tuple[npt.NDArray[np.int64], Floats]:
    """System (row of the score's systems) and x that an alignment gives for the true moments."""
    assert piece.pages is not None
    score = piece.pages.score
    places = [alignment.to_score(float(s)) for s in piece.recording_s]
    page = np.array([(place.page or 1) - 1 for place in places], np.int64)
    x, y = (np.array([getattr(place, name) or 0.0 for place in places]) for name in "xy")
    system = np.full(len(places), -1, np.int64)
    known = np.isin(page, score.notes["page"][score.notes["system"] >= 0])
    system[known] = score.nearest_systems(page[known], x[known], y[known])
    return system, x


def linear_places(heard: Heard, piece: AlignedPiece) -> tuple[npt.NDArray[np.int64], Floats]:
    """The same for a recording that goes evenly through all systems, from left to right."""
    assert piece.pages is not None
    boxes = np.asarray(piece.pages.score.notes["systems"], np.float64)
    start_s, stop_s = sounding_s(heard.features)
    widths = boxes[:, 3] - boxes[:, 1]
    ends = np.cumsum(widths)
    share = np.clip((piece.recording_s - start_s) / max(1e-6, stop_s - start_s), 0, 1 - 1e-9)
    along = share * ends[-1]
    system = np.searchsorted(ends, along, side="right").astype(np.int64)
    return system, boxes[system, 1] + along - (ends - widths)[system]


def _timed(
    piece: AlignedPiece, who: str, answers: str, true: Floats, found: Floats
) -> AlignmentErrors:
    """How far apart places are in the recording, at its pace around each moment."""
    kind: RowKind = "measured" if who == "this space" else "baseline"
    away = (found - true) * seconds_a_beat(piece, true)
    return AlignmentErrors(who, kind, piece.group, answers, piece.name, away)


def seconds_a_beat(piece: AlignedPiece, beats: Floats) -> Floats:
    """The pace (n,) of a recording around its moments, over some of them where they are close."""
    recording_s = piece.recording_s
    reach = np.arange(len(beats))
    low, high = np.maximum(reach - _AROUND, 0), np.minimum(reach + _AROUND, len(beats) - 1)
    on = (beats[high] - beats[low] > 1e-6) & (recording_s[high] > recording_s[low])
    pace = np.full(len(beats), np.nan)
    pace[on] = (recording_s[high] - recording_s[low])[on] / (beats[high] - beats[low])[on]
    usual = float(np.median(pace[on])) if on.any() else 1.0
    return np.asarray(np.clip(np.where(on, pace, usual), usual / 8, usual * 8), np.float64)


def _on_pages(
    piece: AlignedPiece, truth: PageTruth, who: str, found: tuple[npt.NDArray[np.int64], Floats]
) -> AlignmentErrors:
    system, x = found
    right = system == truth.system
    head = right & (np.abs(x - truth.x) <= truth.head_px)
    score_s = seconds_at(truth.score, system, x)
    bar = np.abs(score_s - truth.score_s) <= truth.bar_s
    seconds = np.interp(score_s, truth.score_s, piece.recording_s) - piece.recording_s
    kind: RowKind = "measured" if who == "this space" else "baseline"
    return AlignmentErrors(
        who, kind, piece.group, "sheet", piece.name, seconds, np.stack([head, bar, right], axis=1)
    )


def seconds_at(score: ScoreFolder, system: npt.NDArray[np.int64], x: Floats) -> Floats:
    """Seconds of the score at places, between the notes of their systems; else its beginning."""
    heads = score.notes
    onset = np.asarray(heads["onset"], np.float64)
    sounding = np.isfinite(onset)
    found = np.full(len(x), onset[sounding].min())
    for row in np.unique(system):
        here = np.flatnonzero(sounding & (heads["system"] == row))
        asked = system == row
        if len(here):
            # Of heads at one place, the first that sounds.
            order = here[np.lexsort((onset[here], heads["x"][here]))]
            found[asked] = np.interp(x[asked], heads["x"][order], onset[order])
    return found
