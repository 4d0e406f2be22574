"""Two ways to say the same of a piece of music, as a source of pairs for the text side alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.data.pairs.config import CaptionsSource
from unisono.data.pairs.folders import open_folder, open_table
from unisono.data.pairs.roles import check_roles
from unisono.data.pairs.source import Item, Side, SourceError
from unisono.data.sources.clips import related_texts

_ROLES = {"left": Modality.TEXT, "right": Modality.TEXT}


def open_captions(config: CaptionsSource) -> CaptionPairs:
    """Rows ``first`` to ``last`` of the table; raises SourceError where there are none."""
    folder = open_folder(config.folder)
    table = open_table(folder, "musiccaps.parquet")
    texts = related_texts(folder, limit=config.last)[config.first :]
    if not texts:
        raise SourceError(f"{table} has no rows {config.first} to {config.last}")
    return CaptionPairs(texts, name=str(folder), first=config.first)


class CaptionPairs:
    """An item is (aspects, caption) of one recording."""

    def __init__(
        self, texts: Sequence[tuple[str, str]], *, name: str = "captions", first: int = 0
    ) -> None:
        self._texts = texts
        self._name = name
        self.roles: Mapping[str, Modality] = _ROLES
        self.works: Sequence[str] = [f"row {first + i}" for i in range(len(texts))]
        self.shares: npt.NDArray[np.float64] | None = None
        self.fixed = True

    def draw(self, index: int, roles: Collection[str], random: np.random.Generator) -> Item:
        """Row ``index``; nothing is drawn from ``random``."""
        check_roles(roles, _ROLES, self._name)
        texts = dict(zip(_ROLES, self._texts[index], strict=True))
        sides = {role: Side(Modality.TEXT, texts[role], texts[role]) for role in roles}
        return Item(sides, self.works[index])
