"""How much passages should count beside whole vectors when a file asks, measured on valid pieces.

``python -m unisono.eval.evidence_shares DATA --soundfont SF3``

Pieces of the msmd and lieder folders as sound, pages and MIDI are put into a catalogue and ask
for each other, whole and by five passages in a row; recordings of the genres folder ask for
others of their genre. A share of 0 is whole vectors alone, of 1 passages alone.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.indexing.adding import HOP_S
from unisono.alignment.searching.question import PLACED, Query, spread
from unisono.alignment.searching.scoring import passage_scores, whole_scores
from unisono.alignment.store.tables import Item
from unisono.data.modality import Modality
from unisono.data.readers.metadata import Metadata
from unisono.eval.metrics import mean_reciprocal_rank, ranks, recall_at
from unisono.eval.validation_items import (
    FINEST_HOP_S,
    ClipItem,
    ScoreItem,
    clip_items,
    msmd_items,
    song_items,
)
from unisono.towers.encoding import Encoding, Passages
from unisono.towers.space import Space, load

SHARES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_EXCERPT_PASSAGES = 5
_NEIGHBOURS = 5

FloatArray = npt.NDArray[np.float32]


def main() -> None:
    """Print a table: pairs of modalities and kinds of questions down, shares across."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with msmd, lieder and genres")
    parser.add_argument("--soundfont", type=Path, required=True)
    parser.add_argument("--songs", type=int, default=56)
    parser.add_argument("--bundle", type=Path)
    arguments = parser.parse_args()
    space = load(arguments.bundle)
    pieces = [
        *msmd_items(space, arguments.data / "msmd", arguments.soundfont),
        *song_items(space, arguments.data / "lieder", arguments.soundfont, arguments.songs),
    ]
    clips = clip_items(space, arguments.data / "genres")
    print(f"{len(pieces)} pieces, {len(clips)} clips; R@1 / MRR at each share of passages")
    print("question".ljust(34), *(f"{share:>11.1f}" for share in SHARES))
    for name, cells in (*piece_rows(space, pieces), *clip_rows(space, clips)):
        print(name.ljust(34), *(f"{cell:>11}" for cell in cells), flush=True)


def piece_rows(space: Space, pieces: Sequence[ScoreItem]) -> Iterator[tuple[str, list[str]]]:
    """Pieces that ask for themselves in another modality, whole and as an excerpt."""
    encodings = {
        modality: [_at_stored_hop(space, piece.encoding(modality)) for piece in pieces]
        for modality in PLACED
    }
    stored = [
        _item(f"{modality}{row:05}", encoding)
        for modality, encoded in encodings.items()
        for row, encoding in enumerate(encoded)
    ]
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(Path(folder) / "pieces.lance", space)
        catalogue.write(stored)
        for asks, answers in permutations(PLACED, 2):
            whole = [spread(encoding) for encoding in encodings[asks]]
            excerpts = [_excerpt(space, encoding) for encoding in encodings[asks]]
            for kind, queries in (("whole", whole), ("excerpt", excerpts)):
                right = np.eye(len(pieces), dtype=bool)
                cells = [
                    f"{100 * recall_at(rank, 1):.1f}/{mean_reciprocal_rank(rank):.3f}"
                    for rank in (
                        ranks(scores, right)
                        for scores in _scores(catalogue, queries, answers).values()
                    )
                ]
                yield f"{asks} to {answers}, {kind}", cells


def clip_rows(space: Space, clips: Sequence[ClipItem]) -> Iterator[tuple[str, list[str]]]:
    """Recordings that ask for recordings: the share of one genre among the closest."""
    genres = np.array([item.clip.genre for item in clips])
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(Path(folder) / "clips.lance", space)
        catalogue.write([_item(f"clip{row:05}", item.audio) for row, item in enumerate(clips)])
        queries = [spread(item.audio) for item in clips]
        cells = []
        for scores in _scores(catalogue, queries, Modality.AUDIO).values():
            np.fill_diagonal(scores, -np.inf)
            closest = np.argsort(-scores, axis=1)[:, :_NEIGHBOURS]
            same = genres[closest] == genres[:, None]
            cells.append(f"{100 * same.mean():.1f}")
    yield f"clips, genre of {_NEIGHBOURS} closest", cells


def _scores(
    catalogue: Catalogue, queries: Sequence[Query], answers: Modality
) -> Mapping[float, FloatArray]:
    """Scores (queries, items in the order of their names) at each share."""
    space, held = catalogue.space, catalogue.reader().held()
    span = held.spans[answers]
    order = np.argsort(np.array(held.ids.to_pylist()[span]))
    blocks = list(catalogue.reader().passage_blocks(None))
    whole, passage = [], []
    for query in queries:
        whole.append(whole_scores(space, query, held, [answers])[span][order])
        passage.append(passage_scores(space, query, held, blocks, [answers])[span][order])
    wholes, passages = np.array(whole), np.array(passage)
    return {share: (1 - share) * wholes + share * passages for share in SHARES}


def _at_stored_hop(space: Space, encoding: Encoding) -> Encoding:
    """The encoding with as many passages as a catalogue keeps of it."""
    step = round(HOP_S / FINEST_HOP_S)
    passages = encoding.passages
    return replace(
        encoding,
        passages=Passages(
            passages.vectors[::step], passages.places[::step], passages.weights[::step]
        ),
    )


def _excerpt(space: Space, encoding: Encoding) -> Query:
    """Passages in a row from the middle of the sounding ones; their mean is the whole."""
    query = spread(encoding, most=len(encoding.passages.vectors))
    start = max(0, (len(query.passages) - _EXCERPT_PASSAGES) // 2)
    rows = slice(start, start + _EXCERPT_PASSAGES)
    mean = query.passages[rows].mean(axis=0)
    return replace(
        query,
        whole=np.asarray(mean / np.linalg.norm(mean), np.float32),
        passages=query.passages[rows],
        positions=query.positions[rows],
        places=query.places[rows],
    )


def _item(name: str, encoding: Encoding) -> Item:
    return Item(name, f"/{name}", Metadata(name), encoding)


if __name__ == "__main__":
    main()
