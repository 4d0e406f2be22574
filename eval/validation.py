"""Validation numbers of a space: retrieval in every direction between modalities.

Three kinds of rows: passages (which notes are these?), wholes (which piece, which words?), and
the shipped collection, where each of its works stands in every modality, so that pairs which were
never trained together can be measured too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.eval.harness.passages import nearest, strip_centres, time_centres
from unisono.eval.metrics import RetrievalScores, bootstrap_interval, ranks, retrieval_scores
from unisono.eval.validation_items import SPLIT, ClipItem, PictureItem, ScoreItem
from unisono.towers.space import Space
from unisono.towers.views import Level

FloatArray = npt.NDArray[np.float32]

NOTATED = (Modality.AUDIO, Modality.SHEET, Modality.MIDI)
TRAINED_PAIRS = frozenset(
    frozenset(pair)
    for pair in (
        ("audio", "sheet"),
        ("audio", "midi"),
        ("sheet", "midi"),
        ("audio", "text"),
        ("midi", "text"),
        ("sheet", "text"),
        ("cover", "audio"),
        ("cover", "text"),
    )
)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    task: str
    asks: str
    answers: str
    queries: int
    candidates: int
    recall_1: float
    recall_1_low: float
    recall_1_high: float
    recall_5: float
    recall_10: float
    recall_25: float
    mean_reciprocal_rank: float
    median_rank: float
    chance: float
    trained: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values; shares to three digits."""
        return {
            key: round(value, 3) if isinstance(value, float) else value
            for key, value in asdict(self).items()
        }


def row_of(
    task: str, asks: Modality, answers: Modality, similarity: FloatArray, right: npt.ArrayLike
) -> Row:
    """Score one direction."""
    scores: RetrievalScores = retrieval_scores(similarity, right)
    low, high = bootstrap_interval(ranks(similarity, right) == 1)
    return Row(
        task=task,
        asks=str(asks),
        answers=str(answers),
        queries=scores.queries,
        candidates=scores.candidates,
        recall_1=scores.recall_1,
        recall_1_low=low,
        recall_1_high=high,
        recall_5=scores.recall_5,
        recall_10=scores.recall_10,
        recall_25=scores.recall_25,
        mean_reciprocal_rank=scores.mean_reciprocal_rank,
        median_rank=scores.median_rank,
        chance=scores.chance_1,
        trained=frozenset((str(asks), str(answers))) in TRAINED_PAIRS,
    )


def similarities(
    space: Space,
    asking: FloatArray,
    asks: Modality,
    answering: FloatArray,
    answers: Modality,
    level: Level,
) -> FloatArray:
    """Weighted similarities (queries, candidates)."""
    return np.asarray(space.weigh(asking, asks, answers, level) @ answering.T, np.float32)


@dataclass(frozen=True)
class PassagePairs:
    """Vectors of the same places in three modalities: (n, dimension) each, row by row."""

    vectors: dict[Modality, FloatArray]


def passage_pairs(root: Path, items: Sequence[ScoreItem], *, every: bool) -> PassagePairs:
    """The places of ``pairs_valid.parquet`` (Dorfer et al. 2018's protocol) in three modalities.

    every: all pairs, or the 2,000 that the list marks.
    """
    import pyarrow.parquet as parquet

    by_name = {item.name: item for item in items}
    listed: dict[str, list[dict[str, Any]]] = {}
    for pair in parquet.read_table(root / f"pairs_{SPLIT}.parquet").to_pylist():
        if pair["piece"] in by_name and (every or pair["sel2000"]):
            listed.setdefault(pair["piece"], []).append(pair)
    vectors: dict[Modality, list[FloatArray]] = {modality: [] for modality in NOTATED}
    for name, pairs in listed.items():
        item = by_name[name]
        onsets = np.array([pair["onset_s"] for pair in pairs])
        for modality in (Modality.AUDIO, Modality.MIDI):
            passages = item.encoding(modality).passages
            copy = (time_centres(passages.places), passages.vectors)
            vectors[modality].append(nearest([copy], onsets).vectors)
        columns = [item.strip.column(int(pair["system"]), float(pair["x"])) for pair in pairs]
        sheet = item.sheet.passages.vectors
        copy = (strip_centres(item.strip.ink.shape[1], len(sheet)), sheet)
        vectors[Modality.SHEET].append(nearest([copy], np.array(columns)).vectors)
    return PassagePairs({modality: np.concatenate(rows) for modality, rows in vectors.items()})


def whole_rows(space: Space, items: Sequence[ScoreItem], task: str) -> list[Row]:
    """Which piece is it: whole vectors of notated modalities, and descriptions in words."""
    rows = []
    wholes = {m: np.stack([item.encoding(m).whole for item in items]) for m in NOTATED}
    for asks, answers in permutations(NOTATED, 2):
        matrix = similarities(space, wholes[asks], asks, wholes[answers], answers, "whole")
        rows.append(row_of(task, asks, answers, matrix, np.eye(len(items), dtype=bool)))
    sentences = [sentence_of(item) for item in items]
    distinct = list(dict.fromkeys(sentences))
    words = space.encode(distinct)
    right = np.array([[sentence == text for text in distinct] for sentence in sentences])
    for modality in NOTATED:
        matrix = similarities(space, words, Modality.TEXT, wholes[modality], modality, "whole")
        rows.append(row_of(f"{task}, described", Modality.TEXT, modality, matrix, right.T))
        rows.append(row_of(f"{task}, described", modality, Modality.TEXT, matrix.T, right))
    return rows


def sentence_of(item: ScoreItem) -> str:
    """One fixed sentence for a piece, from the rules that captions come from."""
    facts = item.description
    kind, key = facts.value("form") or "piece", facts.value("mode")
    played = f"{facts.value('pace')}, {facts.moods[0]} {kind}"
    return f"{played} in a {key} key, {facts.value('instruments')}"


def clip_rows(space: Space, clips: Sequence[ClipItem]) -> list[Row]:
    """Genre words to real clips and back."""
    genres = sorted({item.clip.genre for item in clips})
    words = space.encode([item_words(genre, clips) for genre in genres])
    audio = np.stack([item.audio.whole for item in clips])
    right = np.array([[item.clip.genre == genre for item in clips] for genre in genres])
    matrix = similarities(space, words, Modality.TEXT, audio, Modality.AUDIO, "whole")
    task = f"genre of real clips, {SPLIT}"
    return [
        row_of(task, Modality.TEXT, Modality.AUDIO, matrix, right),
        row_of(task, Modality.AUDIO, Modality.TEXT, matrix.T, right.T),
    ]


def item_words(genre: str, clips: Sequence[ClipItem]) -> str:
    """The sentence for a genre: the second, longer caption where there is one."""
    captions = next(item.clip.captions for item in clips if item.clip.genre == genre)
    return captions[min(1, len(captions) - 1)]


def picture_rows(space: Space, pictures: Sequence[PictureItem]) -> list[Row]:
    """Pictures to the music and the title that belong to them, and back."""
    covers = np.stack([item.cover.whole for item in pictures])
    audio = np.stack([item.audio.whole for item in pictures])
    titles = [item.picture.captions[1] for item in pictures]
    words = space.encode(titles)
    same_music = np.eye(len(pictures), dtype=bool)
    task = f"real pictures and their music, {SPLIT}"
    sound = similarities(space, covers, Modality.COVER, audio, Modality.AUDIO, "whole")
    text = similarities(space, covers, Modality.COVER, words, Modality.TEXT, "whole")
    return [
        row_of(task, Modality.COVER, Modality.AUDIO, sound, same_music),
        row_of(task, Modality.AUDIO, Modality.COVER, sound.T, same_music),
        row_of(task, Modality.COVER, Modality.TEXT, text, same_music),
        row_of(task, Modality.TEXT, Modality.COVER, text.T, same_music),
    ]


_COLLECTION_FILES = {
    Modality.AUDIO: "recording.ogg",
    Modality.SHEET: "page.png",
    Modality.MIDI: "score.mid",
    Modality.COVER: "cover.png",
    Modality.TEXT: "note.txt",
}


def collection_rows(space: Space, root: Path) -> list[Row]:
    """All twenty directions on a collection with a folder a work, as the repository ships it."""
    works = sorted(folder for folder in root.iterdir() if (folder / "score.mid").is_file())
    wholes = {
        modality: np.stack([space.encode_item(work / name).whole for work in works])
        for modality, name in _COLLECTION_FILES.items()
    }
    rows = []
    for asks, answers in product(Modality, Modality):
        if asks != answers:
            matrix = similarities(space, wholes[asks], asks, wholes[answers], answers, "whole")
            truth = np.eye(len(works), dtype=bool)
            rows.append(row_of("shipped collection, whole works", asks, answers, matrix, truth))
    return rows
