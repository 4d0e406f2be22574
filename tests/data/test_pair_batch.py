"""The items of a step: the same from every process, broken ones replaced."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pytest

from unisono.data.modality import Modality
from unisono.data.pairs.batch import TRIES, draw_items
from unisono.data.pairs.source import Item, Side, SourceError


class Numbers:
    """Item i is the text of its number and of one that was drawn; some cannot be read."""

    def __init__(self, count: int, broken: Collection[int] = ()) -> None:
        self.count, self.broken = count, broken
        self.asked: list[int] = []

    @property
    def roles(self) -> Mapping[str, Modality]:
        return {"text": Modality.TEXT}

    @property
    def works(self) -> Sequence[str]:
        return [f"work {i}" for i in range(self.count)]

    @property
    def shares(self) -> None:
        return None

    @property
    def fixed(self) -> bool:
        return False

    def draw(self, index: int, roles: Collection[str], random: np.random.Generator) -> Item:
        self.asked.append(index)
        if index in self.broken:
            raise SourceError(f"number {index} is broken")
        text = f"{index} {random.integers(1 << 40)}"
        return Item({role: Side(Modality.TEXT, text) for role in roles}, f"work {index}")


def texts(items: Sequence[Item]) -> list[str]:
    return [str(item.sides["text"].content) for item in items]


def test_an_item_depends_on_its_place_alone() -> None:
    indices = np.array([3, 1, 4, 0])
    whole = draw_items(Numbers(6), indices, ["text"], seed=7, step=2)
    assert [text.split()[0] for text in texts(whole.items)] == ["3", "1", "4", "0"]
    parts = [
        draw_items(Numbers(6), indices, ["text"], seed=7, step=2, places=places)
        for places in ([2, 3], [0, 1])
    ]
    assert texts(parts[1].items) + texts(parts[0].items) == texts(whole.items)
    expected = np.random.default_rng([7, 2, 1]).integers(1 << 40)
    assert texts(whole.items)[1] == f"1 {expected}"
    for seed, step in ((8, 2), (7, 3)):
        other = draw_items(Numbers(6), indices, ["text"], seed=seed, step=step)
        assert not set(texts(other.items)) & set(texts(whole.items))


def test_a_broken_item_is_replaced_and_told() -> None:
    source = Numbers(10, broken={2})
    drawn = draw_items(source, [1, 2, 3], ["text"], seed=0, step=0)
    assert drawn.errors == ["number 2 is broken"]
    assert len(drawn.items) == 3
    assert (drawn.items[0].work, drawn.items[2].work) == ("work 1", "work 3")
    assert drawn.items[1].work not in ("work 1", "work 2", "work 3")
    apart = draw_items(Numbers(10, broken={2}), [1, 2, 3], ["text"], seed=0, step=0, places=[1])
    assert texts(apart.items) == texts(drawn.items[1:2])


def test_the_only_whole_item_is_found() -> None:
    source = Numbers(3, broken={0, 1})
    drawn = draw_items(source, [0, 1], ["text"], seed=0, step=0)
    assert [item.work for item in drawn.items] == ["work 2", "work 2"]


def test_nothing_but_broken_items() -> None:
    source = Numbers(1000, broken=range(1000))
    with pytest.raises(SourceError, match=f"none of {TRIES} items in a row .* number 5 is broken"):
        draw_items(source, [5], ["text"], seed=0, step=0)
    assert len(source.asked) == TRIES == len(set(source.asked))
    with pytest.raises(SourceError, match="number 0 is broken"):
        draw_items(Numbers(1, broken={0}), [0], ["text"], seed=0, step=0)
