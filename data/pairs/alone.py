"""A modality as pairs of itself: two views, two moments, or two items that belong together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from unisono.data.excerpts import EXCERPT_S, STRIP_WIDTH
from unisono.data.modality import Modality
from unisono.data.pairs.associations import Associations
from unisono.data.pairs.config import AloneSource, TableSource
from unisono.data.pairs.datasets_source import open_dataset_rows
from unisono.data.pairs.excerpting import Length, choose_place, take_side
from unisono.data.pairs.material import Material, length_of
from unisono.data.pairs.roles import check_roles
from unisono.data.pairs.rows import Rows
from unisono.data.pairs.source import Item, PairSource, Side, SourceError
from unisono.data.pairs.table import open_table_rows
from unisono.data.pairs.twice import augmented_view

COLUMNS_A_SECOND = STRIP_WIDTH / EXCERPT_S
"""How many columns of a strip count as a second, where seconds are asked for on a page."""

_STEP_S = 0.01  # two moments are at least so far apart

_TIMELESS = (Modality.TEXT, Modality.COVER)


def open_alone(config: AloneSource) -> PairSource:
    """Open the source that the items come from.

    Raises: SourceError as that source does, for a role that it lacks, for proximity without
    time, and for association where no two items share a value.
    """
    also = [config.by] if config.positives == "association" else []
    name = config.of.table if isinstance(config.of, TableSource) else config.of.name
    if also == [""]:
        raise SourceError(f"{name}: association needs 'by', the column that belongs together")
    if isinstance(config.of, TableSource):
        rows: Rows = open_table_rows(config.of, also)
    else:
        rows = open_dataset_rows(config.of, also)
    check_roles([config.role], rows.roles, rows.name)
    if config.seconds <= 0:
        raise SourceError(f"{name}: seconds is {config.seconds}, must be more than 0")
    length = Length(config.seconds, config.seconds)
    if config.positives == "augmentation":
        return AugmentedPairs(rows, config.role, length)
    if config.positives == "association":
        return AssociatedPairs(rows, config.role, length, config.by, augment=config.of.augment)
    modality = rows.roles[config.role]
    if modality in _TIMELESS:
        raise SourceError(
            f"{name}: a {modality} has no time, so there is no proximity; "
            "choose augmentation or association"
        )
    if config.within_s < _STEP_S:
        raise SourceError(f"{name}: within_s is {config.within_s}, must be {_STEP_S} or more")
    return NearPairs(rows, config.role, length, config.within_s, augment=config.of.augment)


class _Alone:
    """What the three have in common: left and right, of rows whose contents all differ."""

    def __init__(self, rows: Rows, role: str, length: Length, *, augment: bool) -> None:
        self._rows = rows
        self._role = role
        self._modality = rows.roles[role]
        self._length = length
        self._augment = augment
        count = len(rows.works)
        self._identities = [rows.identity(row, role) for row in range(count)]
        # a recording that stands in several rows with other words is one item
        first = dict(zip(reversed(self._identities), reversed(range(count)), strict=True))
        self._items = sorted(first.values())
        self.roles: Mapping[str, Modality] = {"left": self._modality, "right": self._modality}
        self.works: Sequence[str] = [rows.works[row] for row in self._items]
        self.shares: npt.NDArray[np.float64] | None = None
        self.fixed = not augment

    def draw(self, index: int, roles: Collection[str], random: np.random.Generator) -> Item:
        """Both sides of item ``index``, of which those asked for are handed on."""
        check_roles(roles, self.roles, self._rows.name)
        if not self._augment:
            random = np.random.default_rng(index)
        sides = dict(zip(("left", "right"), self._pair(index, random), strict=True))
        return Item({role: sides[role] for role in roles}, self.works[index])

    def _pair(self, index: int, random: np.random.Generator) -> tuple[Side, Side]:
        raise NotImplementedError

    def _take(
        self, row: int, material: Material, start: float, random: np.random.Generator
    ) -> Side:
        chosen = random if self._augment else None
        identity = self._identities[row]
        if chosen is None and self._length.window(material):
            identity = f"{identity} from {start:.3f}"
        return take_side(self._modality, material, start, self._length, chosen, identity)


class AugmentedPairs(_Alone):
    """The same excerpt twice, each augmented in its own way."""

    def __init__(self, rows: Rows, role: str, length: Length) -> None:
        super().__init__(rows, role, length, augment=True)

    def _pair(self, index: int, random: np.random.Generator) -> tuple[Side, Side]:
        row = self._items[index]
        material = self._rows.material(row, self._role)
        if isinstance(material, tuple):  # one of the wordings, the same for both
            material = (material[int(random.integers(len(material)))],)
        start = choose_place(material, self._length, random)
        left, right = (
            augmented_view(
                self._modality, material, start, self._length, random, self._identities[row]
            )
            for _ in range(2)
        )
        return left, right


class NearPairs(_Alone):
    """Two excerpts of one item that begin at most so many seconds apart, never at one moment."""

    def __init__(
        self, rows: Rows, role: str, length: Length, within_s: float, *, augment: bool
    ) -> None:
        super().__init__(rows, role, length, augment=augment)
        self._within_s = within_s

    def _pair(self, index: int, random: np.random.Generator) -> tuple[Side, Side]:
        row = self._items[index]
        material = self._rows.material(row, self._role)
        step = 1.0 if self._modality is Modality.SHEET else _STEP_S
        within = self._within_s * (COLUMNS_A_SECOND if self._modality is Modality.SHEET else 1.0)
        spare = length_of(material) - self._length.window(material)
        steps = int(spare / step + 1e-6)
        if steps < 1:
            raise SourceError(
                f"{self._identities[row]} of {self._rows.name} is no longer than one excerpt; "
                "ask for shorter excerpts or leave it out"
            )
        first = int(random.integers(steps + 1))
        reach = max(1, int(within / step + 1e-6))
        low, high = max(0, first - reach), min(steps, first + reach)
        second = int(random.integers(low, high))  # one place fewer, as the first is passed over
        second += second >= first
        left, right = (self._take(row, material, s * step, random) for s in (first, second))
        return left, right


class AssociatedPairs(_Alone):
    """Two items that share a value of a column; an item that shares none is left out."""

    def __init__(self, rows: Rows, role: str, length: Length, by: str, *, augment: bool) -> None:
        """Raises SourceError where no two items share a value."""
        super().__init__(rows, role, length, augment=augment)
        self._associations = Associations(rows.values(by), self._identities)
        self._items = self._associations.rows
        if not self._items:
            raise SourceError(
                f"{rows.name}: none of {len(rows.works)} items shares its '{by}' with another one"
            )
        self.works = [self._associations.work(row) for row in self._items]

    def _pair(self, index: int, random: np.random.Generator) -> tuple[Side, Side]:
        row = self._items[index]
        other = self._associations.partner(row, random)
        left, right = (self._excerpt(chosen, random) for chosen in (row, other))
        return left, right

    def _excerpt(self, row: int, random: np.random.Generator) -> Side:
        material = self._rows.material(row, self._role)
        chosen = random if self._augment else None
        start = choose_place(material, self._length, chosen)
        return self._take(row, material, start, random)
