"""The same places of scores in two modalities: what the passage retrieval tasks share."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.data.readers.midi import read_midi
from unisono.data.sound.soundfonts import find_soundfont, is_for_measuring
from unisono.eval.harness import density_baseline
from unisono.eval.harness.pair_lists import PairList, pairs_by_rule, read_pairs
from unisono.eval.harness.paired_rows import (
    Direction,
    chance_rows,
    conditions,
    measured_rows,
)
from unisono.eval.harness.passages import notes_passages, sound_passages, strip_passages
from unisono.eval.harness.placed_strips import place_on_strip
from unisono.eval.harness.rendered_sound import SAMPLE_RATE, Renderer, hear
from unisono.eval.harness.repeated_notes import note_windows, share_alone
from unisono.eval.harness.score_folders import (
    ScoreFolder,
    folders_of,
    open_score,
    score_folders,
)
from unisono.eval.harness.task import EvalError, EvalSettings, Outcome, Progress
from unisono.towers.space import Space

Floats = npt.NDArray[np.float64]
BASELINE = "density and height"
WINDOWS_S = (5.0, 10.0)
"""Windows for which it is said how many pairs can be told apart by their notes at all."""


@dataclass(frozen=True)
class Material:
    """The pairs to measure and the folders of their pieces; piano: play all of them on it."""

    pairs: PairList
    scores: tuple[ScoreFolder, ...]
    piano: bool = True


@dataclass(frozen=True)
class PlaceVectors:
    """Places of one modality: vectors (n, d) of the space, features (n, k) of the baseline.

    lost: (n,) bool, places that were not found; their rows are zeros. off: (n,) distance of the
    windows' centres from the places, in seconds or strip pixels.
    """

    vectors: npt.NDArray[np.float32]
    features: Floats
    lost: npt.NDArray[np.bool_]
    off: Floats


@dataclass
class _Gathered:
    vectors: list[npt.NDArray[np.float32]] = field(default_factory=list)
    features: list[Floats] = field(default_factory=list)
    lost: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    off: list[Floats] = field(default_factory=list)

    def joined(self) -> PlaceVectors:
        return PlaceVectors(
            np.concatenate(self.vectors),
            np.concatenate(self.features),
            np.concatenate(self.lost),
            np.concatenate(self.off),
        )


def open_material(settings: EvalSettings) -> Material:
    """Pairs as listed or by rule, of the first pieces where a limit is set; raises EvalError."""
    if settings.data is None:
        raise EvalError("this task needs --data, a folder in MSMD's layout")
    if settings.pairs is None:
        folders = score_folders(settings.data, settings.split)[: settings.limit]
        scores = tuple(open_score(folder) for folder in folders)
        return Material(pairs_by_rule(scores), scores)
    pairs = read_pairs(settings.pairs)
    if settings.limit is not None:
        pairs = pairs.of_first_pieces(settings.limit)
    scores = tuple(map(open_score, folders_of(settings.data, pairs.pieces, settings.split)))
    _check_pages(pairs, scores, settings.pairs)
    return Material(pairs, scores)


def measure(
    space: Space,
    settings: EvalSettings,
    material: Material,
    sides: tuple[Modality, Modality],
    progress: Progress,
) -> Outcome:
    """Both directions between two modalities; raises EvalError and ReadError."""
    missing = [side for side in sides if side not in space.modalities]
    if missing:
        raise EvalError(f"the space {space.name} has no {missing[0]} tower, which this task needs")
    renderer = None
    if Modality.AUDIO in sides:
        renderer = Renderer(find_soundfont(settings.soundfont), settings.cache)
    gathered = {side: _Gathered() for side in sides}
    rows = []
    for score in progress(material.scores, "piece"):
        rows.append(material.pairs.rows_of(score.name))
        pairs = material.pairs.take(rows[-1])
        for side in sides:
            _gather(gathered[side], space, side, score, pairs, settings, renderer, material.piano)
    # pieces may be listed in turns; the order of the list is that of the tables
    back = np.argsort(np.concatenate(rows), kind="stable")
    found = {side: _reordered(gathered[side].joined(), back) for side in sides}
    ways = (sides, (sides[1], sides[0]))
    groups = material.pairs.piece
    lost = found[sides[0]].lost | found[sides[1]].lost
    of_space = [
        Direction(
            str(asks), str(answers), space.weigh(found[asks].vectors, asks, answers, "passage"),
            found[answers].vectors, lost,
        )
        for asks, answers in ways
    ]  # fmt: skip
    plain = {side: density_baseline.comparable(found[side].features) for side in sides}
    of_baseline = [Direction(str(a), str(b), plain[a], plain[b], lost) for a, b in ways]
    table = (
        *measured_rows("this space", "measured", of_space, groups, settings.seed),
        *measured_rows(BASELINE, "baseline", of_baseline, groups, settings.seed),
        *chance_rows(len(groups), [(str(a), str(b)) for a, b in ways]),
    )
    counts: dict[str, float] = {"pairs": len(groups), "pieces": len(material.scores)}
    counts["lost pairs"] = int(lost.sum())
    for side in sides:
        unit = "strip px" if side is Modality.SHEET else "s"
        furthest = float(found[side].off[~found[side].lost].max(initial=0.0))
        counts[f"{side} window off centre at most, {unit}"] = round(furthest, 3)
    notes = (*_notes(settings, renderer, counts), _repeats(material))
    return Outcome(table, counts, notes)


def _repeats(material: Material) -> str:
    """In words, how many pairs have notes around them that no other pair has."""
    parts = []
    for window_s in WINDOWS_S:
        windows: list[Hashable] = [None] * len(material.pairs)
        for score in material.scores:
            rows = material.pairs.rows_of(score.name)
            notes = read_midi(score.midi).notes
            found = note_windows(notes, material.pairs.onset_s[rows], window_s)
            for row, window in zip(rows.tolist(), found, strict=True):
                windows[row] = window
        shares = [
            f"{100 * share_alone([windows[row] for row in chosen]):.1f} % of {condition}"
            for condition, chosen in conditions(len(windows)).items()
        ]
        parts.append(f"{window_s:g} s, {' and '.join(shares)}")
    return f"notes around them that no other pair has: within {'; within '.join(parts)}"


def _notes(
    settings: EvalSettings,
    renderer: Renderer | None,
    counts: Mapping[str, float],
) -> tuple[str, ...]:
    notes = []
    if renderer and not is_for_measuring(renderer.soundfont):
        notes.append(
            f"played with {renderer.soundfont.name}, which is not kept for measuring: "
            "training may have heard it"
        )
    if counts["lost pairs"]:
        notes.append(
            f"{counts['lost pairs']:,} pairs stand in systems that the page reader did not find; "
            "they count as last"
        )
    if settings.limit is not None:
        notes.append(f"only the first {settings.limit} pieces: not the protocol's number")
    return tuple(notes)


def _gather(
    gathered: _Gathered,
    space: Space,
    side: Modality,
    score: ScoreFolder,
    pairs: PairList,
    settings: EvalSettings,
    renderer: Renderer | None,
    piano: bool,
) -> None:
    """Add the places of one piece."""
    kept = np.ones(len(pairs), bool)
    if side is Modality.SHEET:
        system = score.nearest_systems(pairs.page, pairs.x, pairs.y)
        placed = place_on_strip(
            score, pairs.page, system, pairs.x, pairs.y,
            kind=settings.pages, systems=settings.systems, seed=settings.seed,
        )  # fmt: skip
        kept = np.isfinite(placed.columns)
        if placed.strip is None or not kept.any():
            _add(gathered, kept, np.zeros((0, space.dimension), np.float32), None, None)
            return
        columns = placed.columns[kept]
        found = strip_passages(space, placed.strip, columns, settings.phases)
        features = density_baseline.strip_features(placed.strip, columns)
    else:
        music = read_midi(score.midi)
        if side is Modality.MIDI:
            found = notes_passages(space, music.notes, pairs.onset_s, settings.phases)
            features = density_baseline.notes_features(music.notes, pairs.onset_s)
        else:
            assert renderer
            seed = [settings.seed, *hashlib.blake2b(score.name.encode(), digest_size=4).digest()]
            heard = hear(music, renderer, settings.audio, pairs.onset_s, seed, piano=piano)
            sound, at = heard.waveform, heard.seconds
            found = sound_passages(space, sound, SAMPLE_RATE, at, settings.phases)
            features = density_baseline.sound_features(sound, SAMPLE_RATE, at)
    _add(gathered, kept, found.vectors, features, found.off)


def _add(
    gathered: _Gathered,
    kept: npt.NDArray[np.bool_],
    vectors: npt.NDArray[np.float32],
    features: Floats | None,
    off: Floats | None,
) -> None:
    whole = np.zeros((len(kept), vectors.shape[1]), np.float32)
    plain = np.zeros((len(kept), 2 * density_baseline.STRETCHES))
    away = np.zeros(len(kept))
    if features is not None and off is not None:
        whole[kept], plain[kept], away[kept] = vectors, features, off
    gathered.vectors.append(whole)
    gathered.features.append(plain)
    gathered.lost.append(~kept)
    gathered.off.append(away)


def _reordered(places: PlaceVectors, order: npt.NDArray[np.int64]) -> PlaceVectors:
    return PlaceVectors(
        places.vectors[order], places.features[order], places.lost[order], places.off[order]
    )


def _check_pages(pairs: PairList, scores: tuple[ScoreFolder, ...], table: Path) -> None:
    pages = {score.name: len(score.pages) for score in scores}
    last: Counter[str] = Counter()
    for piece, page in zip(pairs.piece, pairs.page.tolist(), strict=True):
        last[piece] = max(last[piece], page)
    for piece, page in last.items():
        if page >= pages[piece]:
            raise EvalError(
                f"{table}: names page {page} of {piece}, which has {pages[piece]} pages; "
                "they count from 0"
            )
