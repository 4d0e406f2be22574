"""Which moment belongs to which note head: lists of pairs, read from a table or made by rule.

The rule (Dorfer et al., TISMIR 2018, 3.1): one pair for each onset frame of 50 ms, at its highest
note, with at least 42 frames before it and 100 px of the strip on either side of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.eval.harness.score_folders import ScoreFolder
from unisono.eval.harness.task import EvalError

FRAMES_PER_S = 20
_CONTEXT_FRAMES = 42
_CONTEXT_PX = 100.0
_SPREAD = 2000
_COLUMNS = ("piece", "onset_s", "page", "x", "y")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PairList:
    """Pairs, an entry each.

    piece: names. onset_s: (n,) seconds of ``score.mid``. page: (n,) from 0. x, y: (n,) pixels of
    the page, the centre of the note head.
    """

    piece: tuple[str, ...]
    onset_s: Floats
    page: npt.NDArray[np.int64]
    x: Floats
    y: Floats

    def __len__(self) -> int:
        return len(self.piece)

    @property
    def pieces(self) -> list[str]:
        """Names, once each, as they come."""
        return list(dict.fromkeys(self.piece))

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of the pairs in their order, to a millisecond and a pixel."""
        digest = hashlib.blake2b(digest_size=8)
        columns = (self.piece, self.onset_s, self.page, self.x, self.y)
        for piece, onset, page, x, y in zip(*columns, strict=True):
            digest.update(f"{piece}\t{onset:.3f}\t{page}\t{x:.0f}\t{y:.0f}\n".encode())
        return digest.hexdigest()

    def rows_of(self, piece: str) -> npt.NDArray[np.int64]:
        """Rows of a piece."""
        return np.flatnonzero(np.asarray(self.piece) == piece)

    def take(self, rows: npt.NDArray[np.int64]) -> PairList:
        """Some of the pairs."""
        piece = tuple(self.piece[row] for row in rows)
        return PairList(piece, self.onset_s[rows], self.page[rows], self.x[rows], self.y[rows])

    def of_first_pieces(self, count: int) -> PairList:
        """The pairs of the first so many pieces."""
        wanted = set(self.pieces[:count])
        return self.take(np.flatnonzero([piece in wanted for piece in self.piece]))


def spread_evenly(count: int, wanted: int = _SPREAD) -> npt.NDArray[np.int64]:
    """Rows of ``wanted`` of ``count`` pairs, spaced evenly, the first and the last among them."""
    if count <= wanted:
        return np.arange(count)
    return np.asarray(np.round(np.linspace(0, count - 1, wanted)), np.int64)


def pairs_by_rule(scores: Sequence[ScoreFolder]) -> PairList:
    """The pairs of pieces, in order of piece and time; raises EvalError where there are none."""
    parts = [_pairs_of(score) for score in scores]
    piece = tuple(
        score.name for score, part in zip(scores, parts, strict=True) for _ in range(len(part))
    )
    if not piece:
        raise EvalError("no note of these pieces has 2.1 s and 100 px around it; give more music")
    rows = np.concatenate(parts)

    def column(name: str) -> Floats:
        of_each = [s.notes[name][part] for s, part in zip(scores, parts, strict=True)]
        return np.concatenate(of_each).astype(np.float64)

    assert len(rows) == len(piece)
    return PairList(
        piece, column("onset"), column("page").astype(np.int64), column("x"), column("y")
    )


def _pairs_of(score: ScoreFolder) -> npt.NDArray[np.int64]:
    """Rows of the notes that are paired, in order of frame."""
    notes = score.notes
    onset = notes["onset"].astype(np.float64)
    sounding = np.flatnonzero(np.isfinite(onset) & (notes["system"] >= 0))
    # the first frame that begins at or after the onset; a thousandth of it is rounding
    frame = np.ceil(onset[sounding] * FRAMES_PER_S - 1e-3).astype(np.int64)
    order = np.lexsort((np.arange(len(frame)), -notes["pitch"][sounding].astype(int), frame))
    first = np.unique(frame[order], return_index=True)[1]
    rows, frame = sounding[order][first], frame[order][first]
    systems = notes["systems"].astype(np.float64)
    width = systems[:, 3] - systems[:, 1]
    start = np.concatenate([[0.0], np.cumsum(width)[:-1]])
    at = notes["system"][rows]
    column = start[at] + notes["x"][rows] - systems[at, 1]
    room = (column >= _CONTEXT_PX) & (width.sum() - column >= _CONTEXT_PX)
    return np.asarray(rows[room & (frame >= _CONTEXT_FRAMES)], np.int64)


def read_pairs(path: Path) -> PairList:
    """Read a parquet table with columns piece, onset_s, page (from 0), x and y.

    Raises EvalError that names what is wrong with it.
    """
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        table = parquet.read_table(path)
    except FileNotFoundError as error:
        raise EvalError(f"{path}: there is no such table of pairs") from error
    except (OSError, pa.ArrowException) as error:
        raise EvalError(f"{path}: not a parquet table that can be read") from error
    lacking = [name for name in _COLUMNS if name not in table.column_names]
    if lacking:
        raise EvalError(
            f"{path}: no column {', '.join(lacking)}; a table of pairs has {', '.join(_COLUMNS)}"
        )
    if not table.num_rows:
        raise EvalError(f"{path}: holds no pairs")
    numbers = {}
    for name in _COLUMNS[1:]:
        column = table[name]
        if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
            raise EvalError(f"{path}: column {name} holds {column.type}, not numbers")
        values = column.to_numpy().astype(np.float64)
        bad = np.flatnonzero(~np.isfinite(values) | (values < 0))
        if len(bad):
            raise EvalError(
                f"{path}: row {bad[0]} has no usable {name} ({values[bad[0]]:g}); "
                "seconds, pages from 0 and pixels are 0 or more"
            )
        numbers[name] = values
    piece = tuple(table["piece"].to_pylist())
    if not all(isinstance(name, str) and name for name in piece):
        raise EvalError(f"{path}: column piece must name a piece in every row")
    page = numbers["page"].astype(np.int64)
    return PairList(piece, numbers["onset_s"], page, numbers["x"], numbers["y"])
