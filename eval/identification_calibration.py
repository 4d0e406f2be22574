"""Fit how sure identifications are, on valid pieces, with pieces hidden among them.

``python -m unisono.eval.identification_calibration DATA --write`` writes
``alignment/identifying/fitted.py``; without --write it prints what it would write.

The valid pieces of DATA/msmd and some valid songs of DATA/lieder, played in a room and
photographed, ask each other's catalogues which piece they are, whole, as excerpts and as pages:
each with its piece there and with it hidden. The first answers of each are right or wrong, and a
logistic function of their grounds is fitted to that; no direction weighs more than another. What
it is worth is said with each piece left out of the fit in its turn (five folds of pieces).
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.alignment.identifying import fitted
from unisono.alignment.identifying.confidence import Confidence, Grounds
from unisono.data.modality import Modality
from unisono.data.sound.soundfonts import find_soundfont
from unisono.data.sources import openscore
from unisono.eval.harness.engraved_scores import engraved_score
from unisono.eval.harness.identification import Found, ask_all
from unisono.eval.harness.identified_pieces import (
    FULL,
    PAGE,
    AskingPiece,
    asking_piece,
    excerpts,
)
from unisono.eval.harness.rendered_sound import Renderer
from unisono.eval.harness.score_folders import open_score, score_folders
from unisono.eval.harness.task import MEASURING_SOUNDFONT, EvalSettings, silent
from unisono.eval.logistic import fitted_logistic
from unisono.eval.metrics import roc_auc
from unisono.eval.tasks.piece_identification import queries, stored_works
from unisono.towers.space import Space, load

SPLIT = "valid"
LENGTHS_S = (5.0, 10.0, 30.0)
WAYS = (
    (FULL, Modality.SHEET),
    (FULL, Modality.MIDI),
    *(
        (excerpts(length_s), modality)
        for length_s in LENGTHS_S
        for modality in (Modality.SHEET, Modality.MIDI)
    ),
    (PAGE, Modality.AUDIO),
    (PAGE, Modality.MIDI),
)
FOLDS = 5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """First answers of identifications: features (n, 5), whether right (n,), weights, pieces."""

    features: Floats
    right: npt.NDArray[np.bool_]
    weights: Floats
    pieces: npt.NDArray[np.str_]


def main() -> None:
    """Fit and print; write with --write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with msmd and lieder")
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--soundfont", default=MEASURING_SOUNDFONT)
    parser.add_argument("--songs", type=int, default=20)
    parser.add_argument("--limit", type=int, help="the first so many pieces of msmd alone")
    parser.add_argument("--write", action="store_true", help=f"into {Path(fitted.__file__).name}")
    arguments = parser.parse_args()
    space = load(arguments.bundle)
    pieces = valid_pieces(
        space, arguments.data, arguments.soundfont, arguments.songs, arguments.limit
    )
    judged, lines = judge(space, pieces)
    print("\n".join(lines))
    confidence, said = fit_and_check(judged)
    print(said)
    text = module_text(confidence, origin(space, pieces, judged, said))
    if arguments.write:
        Path(fitted.__file__).write_text(text, "utf-8")
    else:
        print(text)


def valid_pieces(
    space: Space, data: Path, soundfont: str, songs: int, limit: int | None = None
) -> list[AskingPiece]:
    """Valid pieces and songs, encoded; recordings in rooms, asking pages photographed."""
    settings = EvalSettings(split=SPLIT, pages="photograph", audio="room", systems="found", seed=1)
    renderer = Renderer(find_soundfont(soundfont), settings.cache)
    scores = [(open_score(one), True) for one in score_folders(data / "msmd", SPLIT)[:limit]]
    facts = sorted(openscore.songs(data / "lieder", SPLIT), key=lambda one: one.identifier)
    for one in facts[:: max(1, len(facts) // max(1, songs))][:songs]:
        file = data / "lieder" / "scores" / f"{one.identifier}.mxl"
        scores.append((engraved_score(file, settings.cache), False))
    pieces = []
    for number, (score, piano) in enumerate(scores, start=1):
        pieces.append(asking_piece(space, score, renderer, settings, LENGTHS_S, piano=piano))
        print(f"encoded {number} of {len(scores)}: {score.name}", flush=True)
    return pieces


def judge(space: Space, pieces: list[AskingPiece]) -> tuple[Judged, list[str]]:
    """Ask in all ways; the answers as judged, and a line for each way."""
    rows: list[tuple[Grounds, bool, str, int]] = []
    lines = []
    for way, (kind, modality) in enumerate(WAYS):
        found = ask_all(space, stored_works(pieces, modality), queries(pieces, kind), silent)
        rows += [(grounds, right, one.work, way) for one in found for grounds, right in one.judged]
        lines.append(f"{kind} among {modality}: {_line(found)}")
    ways = np.array([way for *_, way in rows])
    weights = 1.0 / np.bincount(ways, minlength=len(WAYS))[ways]
    return (
        Judged(
            np.array([features_of(grounds) for grounds, *_ in rows]),
            np.array([right for _, right, *_ in rows], bool),
            weights / weights.sum(),
            np.array([work for _, _, work, _ in rows], np.str_),
        ),
        lines,
    )


def features_of(grounds: Grounds) -> tuple[float, ...]:
    """What the weights of a ``Confidence`` multiply, in their order, without the offset."""
    length = float(np.log(max(1, grounds.passages)))
    return grounds.order, grounds.margin, grounds.votes, grounds.consistent, length


def fit(features: Floats, right: npt.NDArray[np.bool_], weights: Floats) -> Confidence:
    """Weighted logistic regression with a little penalty; evidence never counts against.

    Raises ValueError without answers of both kinds.
    """
    values = fitted_logistic(features, right, importance=weights)
    return Confidence(*(round(value, 4) for value in values))


def fit_and_check(judged: Judged) -> tuple[Confidence, str]:
    """The fit on all pieces, and what fits on four fifths of them say of the other fifth."""
    names = np.unique(judged.pieces)
    fold = np.searchsorted(names, judged.pieces) % min(FOLDS, len(names))
    probability = np.zeros(len(judged.right))
    for number in np.unique(fold):
        inside = fold != number
        one = fit(judged.features[inside], judged.right[inside], judged.weights[inside])
        probability[~inside] = probabilities(one, judged.features[~inside])
    auc = roc_auc(probability[judged.right], probability[~judged.right])
    brier = float(judged.weights @ (probability - judged.right) ** 2)
    said = (
        f"answers of pieces left out: {len(fold):,}, {int(judged.right.sum()):,} of them right; "
        f"AUC right or wrong {auc:.3f}, Brier score {brier:.3f}, "
        f"calibration error {calibration_error(probability, judged.right, judged.weights):.3f}"
    )
    return fit(judged.features, judged.right, judged.weights), said


def probabilities(confidence: Confidence, features: Floats) -> Floats:
    """Of features (n, 5) as ``features_of`` gives them: (n,)."""
    offset, *weights = astuple(confidence)
    logits = offset + features @ np.array(weights)
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), np.float64)


def calibration_error(
    probability: Floats, right: npt.NDArray[np.bool_], weights: Floats, bins: int = 10
) -> float:
    """Mean distance of said and true shares over bins of probability (expected calibration error).

    Naeini, Cooper, Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning,
    AAAI 2015, section 2.
    """
    place = np.minimum((probability * bins).astype(int), bins - 1)
    error = 0.0
    for one in np.unique(place):
        here = place == one
        said = float(weights[here] @ probability[here])
        true = float(weights[here] @ right[here])
        error += abs(said - true)
    return error / float(weights.sum())


def origin(space: Space, pieces: Sequence[AskingPiece], judged: Judged, said: str) -> str:
    """Where numbers come from, in words."""
    return (
        f"Fitted on the space {space.name} ({space.fingerprint}) with {len(pieces)} {SPLIT} "
        f"pieces and {len(judged.right):,} answers. Of {said[0].lower()}{said[1:]}."
    )


def module_text(confidence: Confidence, words: str) -> str:
    """The source of ``fitted.py``."""
    lines = textwrap.wrap(words, 98)
    values = "".join(
        f"    {one.name}={getattr(confidence, one.name)!r},\n" for one in fields(confidence)
    )
    return (
        '"""How sure identifications are. Written by\n'
        "``python -m unisono.eval.identification_calibration DATA --write``; not to be edited.\n\n"
        + "\n".join(lines)
        + '\n"""\n\n'
        "from unisono.alignment.identifying.confidence import Confidence\n\n"
        f"FITTED = Confidence(\n{values})\n"
    )


def _line(found: Sequence[Found]) -> str:
    ranks = np.array([one.rank for one in found])
    plain = np.array([one.plain_rank for one in found])
    auc = roc_auc([one.probability for one in found], [one.without for one in found])
    return (
        f"{len(found)} queries, R@1 {100 * np.mean(ranks == 1):.1f}, "
        f"R@5 {100 * np.mean(ranks <= 5):.1f}, plain votes {100 * np.mean(plain == 1):.1f}, "
        f"AUC none {auc:.3f} (with the weights of before)"
    )


if __name__ == "__main__":
    main()
