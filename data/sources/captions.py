"""Words about music without sound: MusicCaps' sentences, and vocabularies of tags.

Read in place: parquet tables. Generated sentences (``lp_musiccaps_generated.parquet``) are not
given, as their licence forbids commercial use and nobody wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.layout import check_layout, parquet_rows
from unisono.data.sources.musiccaps import caption_entry

FACTS = SourceFacts(
    name="captions",
    title="Words about music",
    homepage="https://huggingface.co/datasets/google/MusicCaps; vocabularies of the sets they name",
    licence="CC BY-SA 4.0 (MusicCaps); vocabularies as their sets",
    citation="A. Agostinelli et al.: MusicLM: generating music from text, arXiv:2301.11325, 2023",
    revision="5,021 of the 5,521 rows, from simonw/musiccaps-datasette",
    layout="musiccaps.parquet, and the tables of vocabularies beside it",
    gives=("text", "tags"),
)

Vocabulary = Literal["magnatagatune", "mtg_jamendo", "msd_top50", "ecals", "fma"]

_VOCABULARIES: dict[Vocabulary, tuple[str, str]] = {
    "magnatagatune": ("magnatagatune_tags.parquet", "tag"),
    "mtg_jamendo": ("mtg_jamendo_tags.parquet", "name"),
    "msd_top50": ("msd_top50_tags.parquet", "tag"),
    "ecals": ("ecals_msd_1054_tags.parquet", "tag"),
    "fma": ("fma_genres.parquet", "title"),
}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # the split's authors write "femaleVocal"

VOCABULARIES = tuple(_VOCABULARIES)


@dataclass(frozen=True)
class Captions:
    """MusicCaps' rows as words alone, with AudioSet's split; ``work`` is the video."""

    facts: SourceFacts = FACTS

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every row with a sentence, in the table's order."""
        check_layout(root, self.facts, ["musiccaps.parquet"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        for row in parquet_rows(root / "musiccaps.parquet"):
            if (row["caption"] or "").strip():
                yield caption_entry({name: str(value) for name, value in row.items()})


def tag_vocabulary(root: Path, name: Vocabulary) -> tuple[str, ...]:
    """The tags of a vocabulary, each once, in the table's order; raises SourceLayoutError."""
    table, column = _VOCABULARIES[name]
    check_layout(root, FACTS, [table])
    words = (str(row[column] or "").strip() for row in parquet_rows(root / table))
    if name == "magnatagatune":
        words = (_CAPITAL.sub(" ", word).lower() for word in words)
    return tuple(dict.fromkeys(word for word in words if word))


SOURCE = Captions()
