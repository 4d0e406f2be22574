"""Rows that say what belongs together, as a source of pairs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pairs.excerpting import Length, choose_place, take_side
from unisono.data.pairs.material import Material, length_of
from unisono.data.pairs.roles import check_roles
from unisono.data.pairs.source import Item, Side

ANCHORS = 4
"""Moments of an aligned pair."""

_TIMED = (Modality.AUDIO, Modality.MIDI)


class Rows(Protocol):
    """A table of material: a row is an item, a role names one of its cells."""

    @property
    def name(self) -> str:
        """What the rows are called in messages."""
        ...

    @property
    def roles(self) -> Mapping[str, Modality]:
        """The modality of each role."""
        ...

    @property
    def works(self) -> Sequence[str]:
        """Of every row."""
        ...

    def material(self, row: int, role: str) -> Material:
        """What a cell holds; raises SourceError where it cannot be read."""
        ...

    def identity(self, row: int, role: str) -> str:
        """Equal for cells of equal content."""
        ...

    def values(self, column: str) -> Sequence[str]:
        """A column as words, one entry a row; raises SourceError where there is none."""
        ...


class RowPairs:
    """An item is a row: an excerpt of each of its cells.

    Augmented, places, wordings and what happens to sound and ink are drawn anew every time;
    otherwise it is the middle and the first wording.
    """

    def __init__(
        self, rows: Rows, length: Length, *, augment: bool = False, aligned: bool = False
    ) -> None:
        """aligned: the recordings and MIDI files of a row share one clock, and so do excerpts."""
        self._rows = rows
        self._length = length
        self._augment = augment
        self._aligned = aligned
        self.roles = rows.roles
        self.works = rows.works
        self.shares: npt.NDArray[np.float64] | None = None
        self.fixed = not augment

    def draw(self, index: int, roles: Collection[str], random: np.random.Generator) -> Item:
        """Excerpts of row ``index``."""
        rows = self._rows
        check_roles(roles, rows.roles, rows.name)
        chosen = random if self._augment else None
        # in the order of the source, as a set of roles has none
        materials = {role: rows.material(index, role) for role in rows.roles if role in roles}
        timed = [role for role in materials if rows.roles[role] in _TIMED]
        together = timed if self._aligned and len(timed) > 1 else []
        shared = self._shared_place([materials[role] for role in together], chosen)
        sides: dict[str, Side] = {}
        for role, material in materials.items():
            modality = rows.roles[role]
            identity = rows.identity(index, role)
            length = self._length
            if role in together:
                start, seconds = shared
                length = replace(length, seconds=seconds)
            else:
                start = choose_place(material, length, chosen)
            if chosen is None and length.window(material):
                identity = f"{identity} from {start:.3f}"
            sides[role] = take_side(modality, material, start, length, chosen, identity)
        if not together:
            return Item(sides, rows.works[index])
        start, seconds = shared
        anchors = ((np.arange(ANCHORS) + 0.5) * seconds / ANCHORS).astype(np.float32)
        end = min(length_of(materials[role]) for role in together) - start
        for role in together:
            sides[role] = replace(sides[role], anchors=anchors)
        return Item(sides, rows.works[index], anchors < end)

    def _shared_place(
        self, materials: Sequence[Material], random: np.random.Generator | None
    ) -> tuple[float, float]:
        """Start and seconds of excerpts that all of the materials have."""
        if not materials:
            return 0.0, 0.0
        end = min(length_of(material) for material in materials)
        window = self._length.seconds or min(self._length.longest_s, end)
        # by the notes, as an excerpt is moved to where there are some
        leading = next((m for m in materials if isinstance(m, Notes)), materials[0])
        return choose_place(leading, self._length, random, end), window
