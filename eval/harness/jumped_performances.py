"""Performances with repeats taken, left out, added or cut, and how well their bars are found.

    python -m unisono.eval.harness.jumped_performances DIR --ids FILE --side valid [--only 20]

DIR holds scores as MusicXML (``<id>.mxl`` or ``<id>.musicxml``); FILE is JSON with a list of ids
under each side. Each score is played in orders drawn at random, with rubato, by a soundfont (with
a piano for every part), after applause. What is measured is the share of moments of the music at
which the bar is the right one, also counted as right within a quarter of a second of a bar line,
and the share of performances whose order is right to the bar.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.jumps import JumpPrices
from unisono.alignment.time.note_jumps import find_bar_order, notes_in_order
from unisono.alignment.time.pitch_features import (
    SAMPLE_RATE,
    PitchFeatures,
    features_of_audio,
    features_of_notes,
)
from unisono.data.engraving import Engraving, Layout, engrave
from unisono.data.errors import ReadError
from unisono.data.notes import Notes
from unisono.data.readers.musicxml import read_musicxml
from unisono.data.scores.repeats import RepeatMap, repeat_map
from unisono.eval.harness.task import EvalError
from unisono.eval.markdown_table import markdown

FloatArray = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

KINDS = ("as written", "marked", "unmarked")
"""What may happen: nothing; written repeats are taken or not; a passage is repeated or cut that
no mark speaks of."""
NEAR_S = 0.25
"""Of a bar line, on whose both sides both bars count as right."""
STEP_S = 0.1


@dataclass(frozen=True)
class WrittenBars:
    """A score as it is written: its notes, its bars, and the order that its marks say.

    bar_s: (b + 1,) seconds at which bars begin, and the end. order: indices of bars.
    """

    name: str
    notes: Notes
    bar_s: npt.NDArray[np.float64]
    order: tuple[int, ...]


@dataclass(frozen=True)
class JumpedPerformance:
    """A performance in sound, and where it is in its score.

    sound: (samples,) float32 mono at SAMPLE_RATE. score: its marks may say another order than was
    played. times_s: (k,) moments of the music; score_s: (k,) where in the written score they are.
    """

    kind: str
    sound: FloatArray
    score: WrittenBars
    runs: tuple[tuple[int, int], ...]
    times_s: npt.NDArray[np.float64]
    score_s: npt.NDArray[np.float64]


@dataclass(frozen=True)
class OrderScore:
    """Of one performance: share of moments in the right bar, and whether all of the order is."""

    kind: str
    name: str
    right_bar: float
    right_order: bool
    played: str
    found: str


def written_bars(path: Path) -> WrittenBars:
    """Read MusicXML as it is written. Raises ReadError."""
    return bars_of_engraving(
        engrave(read_musicxml(path), Layout(text=False), name=str(path)), path.stem
    )


def bars_of_engraving(engraving: Engraving, name: str) -> WrittenBars:
    """Notes and bars of an engraved score as it is written."""
    notes = replace(engraving, notes=engraving.notated).to_notes()
    bar_s = engraving.measures.onset_s
    end = max(span.notated_s[1] for span in engraving.repeats.spans)
    end = max(end, notes.duration_s, float(bar_s[-1]) + 0.1)
    return WrittenBars(name, notes, np.append(bar_s, end), engraving.repeats.order)


def perform(
    written: WrittenBars, kind: str, seed: int, soundfont: str = "fluidr3mono"
) -> JumpedPerformance:
    """Play a score in an order of ``KINDS``, drawn by ``seed``, after applause.

    Raises ReadError where the soundfont is missing, ValueError for scores of fewer than 8 bars.
    """
    from unisono.data.sound.performance import Performance
    from unisono.data.sound.rendering import synthesise

    random = np.random.default_rng(seed)
    score, order = drawn_order(written, kind, random)
    played = map_of(score, order)
    notes = notes_in_order(score.notes, played)
    notes = replace(notes, program=np.zeros(len(notes), np.int16))
    performance = Performance.draw(random, vary_instruments=False)
    rendering = synthesise(notes, soundfont, performance, sample_rate=SAMPLE_RATE)
    lead_s = float(random.uniform(2, 8))
    sound = np.concatenate([applause(lead_s, SAMPLE_RATE, random), rendering.waveform])
    sound = np.concatenate([sound, applause(lead_s, SAMPLE_RATE, random)])
    end = played.spans[-1].played_s[1]
    at = np.arange(0.0, min(end, notes.duration_s), STEP_S)
    times = performance.time_map(notes.duration_s)(at) + lead_s
    score_s = np.array([played.to_notated(float(second)) for second in at])
    return JumpedPerformance(kind, sound, score, runs_of(played), times, score_s)


def drawn_order(
    written: WrittenBars, kind: str, random: np.random.Generator
) -> tuple[WrittenBars, tuple[int, ...]]:
    """A score, perhaps with repeats written into it, and the order in which to play it."""
    b = len(written.bar_s) - 1
    if b < 8:
        raise ValueError(f"{written.name} has only {b} bars")
    straight = tuple(range(b))
    if kind == "as written":
        return written, written.order
    if kind == "unmarked":
        first, last = _passage(b, random)
        if random.random() < 0.5:
            return written, (*straight[: last + 1], *straight[first:])
        return written, (*straight[:first], *straight[last + 1 :])
    if written.order != straight:
        own = map_of(written, written.order).spans
        # Each way back is taken or not; all of it is still played in the end.
        order: list[int] = []
        for span in own:
            again = span.last_measure in order or span.first_measure in order
            if not again or random.random() < 0.5:
                order += range(span.first_measure, span.last_measure + 1)
        return written, tuple(order)
    half = b // 2
    passages = [_passage(half, random)]
    if random.random() < 0.5:
        first, last = _passage(b - half, random)
        passages.append((first + half, last + half))
    marked: list[int] = []
    taken: list[int] = []
    at = 0
    for first, last in passages:
        marked += (*range(at, last + 1), *range(first, last + 1))
        taken += range(at, last + 1)
        if random.random() < 0.5:
            taken += range(first, last + 1)
        at = last + 1
    return replace(written, order=(*marked, *range(at, b))), (*taken, *range(at, b))


def _passage(b: int, random: np.random.Generator) -> tuple[int, int]:
    """First and last of at least 4 of b bars, or as many as there are, but not all of them."""
    length = int(random.integers(min(4, b - 1), max(min(4, b - 1) + 1, b // 2)))
    first = int(random.integers(0, max(1, b - length)))
    return first, first + length - 1


def map_of(score: WrittenBars, order: Sequence[int]) -> RepeatMap:
    """Between the seconds of a score and those of its bars in an order."""
    seconds = score.bar_s.tolist()
    return repeat_map(order, seconds, seconds)


def runs_of(played: RepeatMap) -> tuple[tuple[int, int], ...]:
    """First and last bars of its spans."""
    return tuple((span.first_measure, span.last_measure) for span in played.spans)


def applause(seconds: float, rate: int, random: np.random.Generator) -> FloatArray:
    """Hands that clap: short bursts of noise, 60 a second."""
    n = round(seconds * rate)
    sound = np.zeros(n, np.float32)
    decay = np.exp(-np.arange(round(0.02 * rate)) / (0.004 * rate)).astype(np.float32)
    for at in random.integers(0, max(1, n - len(decay)), round(60 * seconds)):
        clap = random.standard_normal(len(decay)).astype(np.float32) * decay
        sound[at : at + len(decay)] += clap[: n - at] * np.float32(0.1)
    return np.clip(sound, -1, 1)


def judge(performance: JumpedPerformance, prices: JumpPrices | None = None) -> OrderScore:
    """Find the order of a performance and say how right it is."""
    score = performance.score
    heard = features_of_audio([performance.sound])
    return judge_features(performance, heard, features_of_notes(score.notes), prices)


def judge_features(
    performance: JumpedPerformance,
    heard: PitchFeatures,
    written: PitchFeatures,
    prices: JumpPrices | None = None,
) -> OrderScore:
    """The same with features that are there already."""
    score = performance.score
    found = find_bar_order(heard, written, score.bar_s[:-1].tolist(), score.order, prices)
    sections = found.path.sections
    right = right_bars(found.score_s(performance.times_s), performance.score_s, score.bar_s)
    return OrderScore(
        performance.kind,
        score.name,
        float(right.mean()),
        sections == performance.runs,
        words_of(performance.runs),
        words_of(sections),
    )


def right_bars(
    found_s: npt.NDArray[np.float64],
    true_s: npt.NDArray[np.float64],
    bar_s: npt.NDArray[np.float64],
) -> npt.NDArray[np.bool_]:
    """Whether places (k,) found in a score are in the bar of the true ones; -1 is nowhere.

    Within ``NEAR_S`` of a bar line, the bar beyond it is right as well.
    """
    bar = np.searchsorted(bar_s, found_s, side="right")
    low = np.searchsorted(bar_s, true_s - NEAR_S, side="right")
    high = np.searchsorted(bar_s, true_s + NEAR_S, side="right")
    return (found_s >= 0) & (np.maximum(low, 1) <= bar) & (bar <= high)


def words_of(runs: Sequence[tuple[int, int]]) -> str:
    """Runs of bars, counted from 1."""
    return " ".join(f"{first + 1}-{last + 1}" for first, last in runs)


def performances(
    paths: Sequence[Path], kinds: Sequence[str] = KINDS, soundfont: str = "fluidr3mono"
) -> Iterator[JumpedPerformance]:
    """One performance of each kind of each score; scores that cannot be used are left out."""
    for seed, path in enumerate(paths):
        try:
            written = written_bars(path)
        except ReadError:
            continue
        if len(written.bar_s) <= 8:
            continue
        for kind in kinds:
            yield perform(written, kind, seed, soundfont)


def score_paths(folder: Path, ids: Path, side: str) -> list[Path]:
    """Files of a side. Raises EvalError for a list or a side that is not there."""
    try:
        names = json.loads(ids.read_text(encoding="utf-8"))[side]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvalError(f"{ids}: no list of ids under {side!r}") from error
    found = [
        path
        for name in names
        for path in (folder / f"{name}.mxl", folder / f"{name}.musicxml")
        if path.is_file()
    ]
    if not found:
        raise EvalError(f"{folder}: none of the scores that {ids} lists under {side!r}")
    return found


def main() -> None:
    """Print a table, a row a kind."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ids", type=Path, required=True)
    parser.add_argument("--side", default="valid")
    parser.add_argument("--only", type=int)
    parser.add_argument("--soundfont", default="fluidr3mono")
    parser.add_argument("--verbose", action="store_true", help="a line for each performance")
    arguments = parser.parse_args()
    paths = score_paths(arguments.folder, arguments.ids, arguments.side)[: arguments.only]
    scores = []
    for performance in performances(paths, soundfont=arguments.soundfont):
        scores.append(judge(performance))
        if arguments.verbose:
            one = scores[-1]
            print(f"{one.kind:10} {one.name} {one.right_bar:.3f} {one.played} : {one.found}")
    rows = []
    for kind in KINDS:
        of_kind = [score for score in scores if score.kind == kind]
        if of_kind:
            right = np.array([score.right_bar for score in of_kind])
            exact = np.mean([score.right_order for score in of_kind])
            rows.append((kind, f"{len(of_kind)}", f"{right.mean():.1%}", f"{exact:.0%}"))
    print(markdown(("performed", "number", "right bar", "right order"), rows, right=(1, 2, 3)))


if __name__ == "__main__":
    main()
