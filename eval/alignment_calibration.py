"""Fit how sure alignments are, on valid pieces against their own scores and those of others.

``python -m unisono.eval.alignment_calibration DATA --write`` writes
``alignment/time/fitted_confidence.py``; without --write it prints what it would write.

Valid pieces of DATA/msmd and songs of DATA/lieder, performed with a pianist's rubato in a room,
are aligned with their own MIDI files and pages, and with those of other pieces, and so is an
excerpt of 3 to 30 s of each. Logistic functions of the grounds are fitted, right and wrong
weighing the same; moments of right pairs count as right within 0.25 s (notes) or a bar (pages),
and moments of wrong pairs as wrong. What the fit is worth is said with each piece left out of it
in its turn (five folds), and on performances of DATA/asap, which no weight was fitted on, where
they are there.
"""

from __future__ import annotations

import argparse
import tempfile
import textwrap
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.alignment.time import Alignment, align, fitted_confidence
from unisono.alignment.time.confidence import (
    AlignmentConfidence,
    MatchConfidence,
    MomentConfidence,
    features_of,
    whole_logit,
)
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.sound.soundfonts import find_soundfont
from unisono.eval.harness.aligned_pages import msmd_pieces, song_pieces
from unisono.eval.harness.aligned_pieces import AlignedPiece, Opener, asap_pieces, excerpt
from unisono.eval.harness.measured_alignment import page_errors, timed_errors
from unisono.eval.harness.rendered_sound import Renderer
from unisono.eval.harness.task import MEASURING_SOUNDFONT, EvalSettings
from unisono.eval.identification_calibration import calibration_error
from unisono.eval.logistic import fitted_logistic, logistic
from unisono.eval.metrics import roc_auc
from unisono.eval.reliability import draw_reliability
from unisono.towers.encoding import Encoding
from unisono.towers.space import Space, load

SPLIT = "valid"
FOLDS = 5
MOMENTS = 40
"""Of each alignment."""
RIGHT_S = 0.25
EXCERPTS_S = (3.0, 30.0)
"""One of each recording, its length drawn evenly on a logarithmic scale."""
MOST = (None, None, None, None, None, 2.0, 0.3, None)
"""Of each weight. The right pairs here hold their scores and nothing else; recordings of people
hold other movements, applause and bars that are played again, which must not tell against them."""
FEATURES = len(MOST)
KINDS = ("notes", "pages")

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Pair = tuple[tuple[float, ...], bool, bool, str, Floats, Bools]


@dataclass(frozen=True)
class Judged:
    """Alignments of right and wrong pairs of one kind of score.

    features: (n, 8). right: (n,). whole: (n,) whether all of a recording was heard. pieces: (n,)
    whose recording it was. near, there: for each of them, evidence around moments and whether
    they were put where they belong.
    """

    features: Floats
    right: Bools
    whole: Bools
    pieces: npt.NDArray[np.str_]
    near: Sequence[Floats]
    there: Sequence[Bools]


@dataclass(frozen=True)
class Checked:
    """What a fit says of pieces that it has not seen: probabilities, and whether right."""

    probability: Floats
    right: Bools
    whole: Bools
    moments: Floats
    there: Bools

    def said(self) -> str:
        """In words."""
        even = np.full(len(self.right), 1 / len(self.right))
        each = np.full(len(self.there), 1 / len(self.there))
        return (
            f"{len(self.right)} pairs, {int(self.right.sum())} right: AUC {self._auc(self.whole)} "
            f"of whole recordings, {self._auc(~self.whole)} of excerpts, at 0.5 "
            f"{np.mean((self.probability >= 0.5) == self.right):.1%} told right, calibration error "
            f"{calibration_error(self.probability, self.right, even):.3f}; {len(self.there):,} "
            f"moments: AUC {roc_auc(self.moments[self.there], self.moments[~self.there]):.3f}, "
            f"calibration error {calibration_error(self.moments, self.there, each):.3f}"
        )

    def _auc(self, which: Bools) -> str:
        right, wrong = (self.probability[which & side] for side in (self.right, ~self.right))
        return f"{roc_auc(right, wrong):.3f}" if len(right) and len(wrong) else "unknown"


class RememberingSpace(Space):
    """A space that encodes each file once."""

    def __init__(self, space: Space) -> None:
        super().__init__(space.bundle)
        self._files: dict[tuple[str, Modality | None, float | None, bool], Encoding] = {}
        self._notes: dict[tuple[bytes, float | None], Encoding] = {}

    def encode_item(
        self,
        item: str | Path,
        *,
        modality: Modality | None = None,
        hop_s: float | None = None,
        every_column: bool = False,
    ) -> Encoding:
        """As the space does."""
        key = (str(item), modality, hop_s, every_column)
        if key not in self._files:
            self._files[key] = super().encode_item(
                item, modality=modality, hop_s=hop_s, every_column=every_column
            )
        return self._files[key]

    def encode_notes(self, notes: Notes, *, hop_s: float | None = None) -> Encoding:
        """As the space does."""
        key = (notes.onset_s.tobytes() + notes.pitch.tobytes(), hop_s)
        if key not in self._notes:
            self._notes[key] = super().encode_notes(notes, hop_s=hop_s)
        return self._notes[key]


def main() -> None:
    """Fit and print; write with --write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("data", type=Path, help="folder with msmd and lieder, and asap to check")
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--soundfont", default=MEASURING_SOUNDFONT)
    parser.add_argument("--limit", type=int, help="the first so many pieces of each")
    parser.add_argument("--wrong", type=int, default=2, help="wrong scores for each recording")
    parser.add_argument("--plot", type=Path, help="an SVG of what was said and what was right")
    parser.add_argument("--write", action="store_true", help=f"into {TARGET.name}")
    arguments = parser.parse_args()
    space = RememberingSpace(load(arguments.bundle))
    settings = EvalSettings(split=SPLIT, audio="room", data=arguments.data, seed=1)
    renderer = Renderer(find_soundfont(arguments.soundfont), settings.cache)
    limit = arguments.limit
    openers = msmd_pieces(arguments.data / "msmd", settings, renderer)[:limit]
    openers += song_pieces(arguments.data / "lieder", settings, renderer)[:limit]
    unseen: list[Opener] = []
    if (arguments.data / "asap").is_dir():
        unseen = asap_pieces(arguments.data / "asap", settings, renderer)[:limit]
    pairs = judge(space, openers, arguments.wrong)
    fits: dict[str, AlignmentConfidence] = {}
    checks: dict[str, Checked] = {}
    for kind in KINDS:
        fits[kind] = fit(pairs[kind])
        checks[f"{kind}, pieces left out"] = check(pairs[kind])
    if unseen:
        beyond = judge(space, unseen, arguments.wrong)["notes"]
        checks["notes, performances of ASAP"] = checked(fits["notes"], beyond)
    lines = [f"{name}: {one.said()}" for name, one in checks.items()]
    print("\n".join(lines))
    if arguments.plot:
        panels = {
            "the whole": {name: (one.probability, one.right) for name, one in checks.items()},
            "moments": {name: (one.moments, one.there) for name, one in checks.items()},
        }
        draw_reliability("Reliability of the confidence of alignments", panels, arguments.plot)
    text = module_text(fits, f"Fitted on the space {space.name} ({space.fingerprint}). ", lines)
    if arguments.write:
        TARGET.write_text(text, "utf-8")
    else:
        print(text)


TARGET = Path(fitted_confidence.__file__)


def judge(space: Space, openers: Sequence[Opener], wrong: int) -> dict[str, Judged]:
    """Align each recording with its own score and with those of the next pieces."""
    found: dict[str, list[Pair]]
    found = {kind: [] for kind in KINDS}
    with ExitStack() as stack:
        pieces = []
        for opener in openers:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            pieces.append(opener(folder))
        random = np.random.default_rng(0)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for i, piece in enumerate(pieces):
            length_s = float(np.exp(random.uniform(*np.log(EXCERPTS_S))))
            part = excerpt(piece, length_s, float(random.uniform()), folder / f"{i}.wav")
            for step in range(min(wrong + 1, len(pieces))):
                # Not the neighbours in the list, which may be parts of one work.
                other = pieces[(i + step * max(1, len(pieces) // (wrong + 1))) % len(pieces)]
                for kind, heard in product(KINDS, (piece, part)):
                    row = _judge_pair(space, heard, other, kind, heard is piece)
                    if row is not None:
                        found[kind].append(row)
            print(f"aligned {i + 1} of {len(pieces)}: {piece.name}", flush=True)
    return {
        kind: Judged(
            np.array([row[0] for row in rows], np.float64).reshape(len(rows), FEATURES),
            np.array([row[1] for row in rows], np.bool_),
            np.array([row[2] for row in rows], np.bool_),
            np.array([row[3] for row in rows], np.str_),
            [row[4] for row in rows],
            [row[5] for row in rows],
        )
        for kind, rows in found.items()
    }


def _judge_pair(
    space: Space, piece: AlignedPiece, other: AlignedPiece, kind: str, whole: bool
) -> Pair | None:
    pages = other.pages.file if other.pages is not None else None
    if len(piece.recording_s) < 2:
        return None
    score = other.midi if kind == "notes" else pages
    if score is None:
        return None
    try:
        alignment = align(space, piece.recording, score)
    except ReadError:
        return None
    right = piece.name == other.name
    evidence = alignment.evidence
    assert evidence is not None
    rows = np.linspace(0, len(piece.recording_s) - 1, MOMENTS).astype(int)
    near = np.interp(piece.recording_s[rows], evidence.recording_s, evidence.near)
    there = np.zeros(len(rows), np.bool_)
    if right:
        there = _in_place(piece, alignment, kind)[rows]
    return features_of(evidence.grounds), right, whole, piece.name, near, there


def _in_place(piece: AlignedPiece, alignment: Alignment, kind: str) -> Bools:
    if kind == "notes":
        return np.abs(timed_errors(piece, alignment)) <= RIGHT_S
    return page_errors(piece, alignment)[:, 1]


def fit(judged: Judged) -> AlignmentConfidence:
    """Both functions. Raises ValueError without pairs of both kinds."""
    offset, *weights = fitted_logistic(judged.features, judged.right, MOST)
    match = MatchConfidence(*(round(value, 4) for value in (offset, *weights)))
    near, whole, there = _moments(judged, _probabilities(match, judged.features))
    moment = fitted_logistic(np.column_stack((near, whole)), there)
    return AlignmentConfidence(match, MomentConfidence(*(round(value, 4) for value in moment)))


def check(judged: Judged) -> Checked:
    """What fits on four fifths of the pieces say of the other fifth."""
    names = np.unique(judged.pieces)
    fold = np.searchsorted(names, judged.pieces) % min(FOLDS, len(names))
    parts = []
    for number in np.unique(fold):
        inside = _chosen(judged, fold != number)
        parts.append(checked(fit(inside), _chosen(judged, fold == number)))
    joined = ([getattr(part, one.name) for part in parts] for one in fields(Checked))
    return Checked(*(np.concatenate(one) for one in joined))


def checked(confidence: AlignmentConfidence, judged: Judged) -> Checked:
    """What a fit says of these."""
    probability = _probabilities(confidence.match, judged.features)
    near, whole, there = _moments(judged, probability)
    moment = confidence.moment
    said = logistic(np.column_stack((near, whole)), (moment.offset, moment.near, moment.whole))
    return Checked(probability, judged.right, judged.whole, said, there)


def _probabilities(match: MatchConfidence, features: Floats) -> Floats:
    return logistic(features, [getattr(match, one.name) for one in fields(match)])


def _moments(judged: Judged, probability: Floats) -> tuple[Floats, Floats, Bools]:
    counts = [len(near) for near in judged.near]
    whole = np.repeat([whole_logit(one) for one in probability.tolist()], counts)
    return np.concatenate(judged.near), whole, np.concatenate(judged.there)


def _chosen(judged: Judged, which: Bools) -> Judged:
    rows = np.flatnonzero(which).tolist()
    return Judged(
        judged.features[rows],
        judged.right[rows],
        judged.whole[rows],
        judged.pieces[rows],
        [judged.near[row] for row in rows],
        [judged.there[row] for row in rows],
    )


def module_text(fits: dict[str, AlignmentConfidence], origin: str, lines: Sequence[str]) -> str:
    """The source of ``fitted_confidence.py``."""
    words = "\n".join(textwrap.wrap(origin + "Of " + "; of ".join(lines) + ".", 98))
    parts = []
    for kind, one in fits.items():
        match = "".join(
            f"        {field.name}={getattr(one.match, field.name)!r},\n"
            for field in fields(one.match)
        )
        moment = ", ".join(
            f"{field.name}={getattr(one.moment, field.name)!r}" for field in fields(one.moment)
        )
        parts.append(
            f"{kind.upper()} = AlignmentConfidence(\n    match=MatchConfidence(\n{match}    ),\n"
            f"    moment=MomentConfidence({moment}),\n)\n"
        )
    return (
        '"""How sure alignments are. Written by\n'
        "``python -m unisono.eval.alignment_calibration DATA --write``; not to be edited.\n\n"
        f'{words}\n"""\n\n'
        "from unisono.alignment.time.confidence import (\n    AlignmentConfidence,\n"
        "    MatchConfidence,\n    MomentConfidence,\n)\n\n" + "\n".join(parts)
    )


if __name__ == "__main__":
    main()
