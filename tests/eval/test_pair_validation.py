"""Validation while training: the same pairs every time, ranked as they should be."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parents[1] / "towers"))

from small_runs import MadeSource, Words, pictures_and_vectors, settings, small_nets
from tiny_space import NETS, melody_notes

from unisono.data.modality import Modality
from unisono.data.pairs.source import Content, SourceError
from unisono.eval.pair_validation import make_validate
from unisono.towers.bundle import SpaceConfig
from unisono.towers.training.building import Built
from unisono.towers.training.front_ends import PictureFrontEnd, RollFrontEnd
from unisono.towers.training.inputs import Inputs
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.pair_loss import PairLoss
from unisono.towers.training.reading import parse_config
from unisono.towers.training.run_records import SetValidation, ValidationRecord

FRONT_ENDS = {"cover": PictureFrontEnd(), "text": Words(), "midi": RollFrontEnd()}
WIDTH = NETS.character_dimension


class Look:
    """Validation of one set over a source, and the nets it looks at."""

    def __init__(self, source: MadeSource, pairs: dict[str, Any] | None = None, **changes: Any):
        usual = {"name": "set", "source": "rows", "left": "cover", "right": "text", "batch": 4}
        changes = {
            "pairs": [{**usual, **(pairs or {})}],
            "sources": {
                name: {"kind": "captions", "folder": "never opened"} for name in ("rows", "valid")
            },
            **changes,
        }
        changes["validation"] = {"pairs": {"set": "valid"}, **changes.get("validation", {})}
        values = settings(Path("x"), **changes)
        if "stages" in changes:
            del values["optimiser"]
        run = parse_config(values, "my.yaml")
        self.nets = small_nets(*sorted({str(one) for one in source.roles.values()})).eval()
        for modality, tower in run.towers.items():
            self.nets.freeze(modality, tower.freeze)
        width = self.nets.width(run.pairs[0].view)
        self.losses = nn.ModuleDict({"set": PairLoss(run.pairs[0].loss, width)})
        built = Built(self.nets, self.losses, FRONT_ENDS, SpaceConfig(name="x", nets=NETS))
        self.validate = make_validate(run, built, {"valid": source}, torch.device("cpu"))

    def record(self, step: int = 100) -> ValidationRecord:
        return self.validate(self.nets, self.losses, "only", step)

    def found(self) -> SetValidation:
        return self.record().sets["set"]


def telling(nets: SpaceNets, vector_of: Any) -> None:
    """Nets whose vectors are a function of (modality, number of the item)."""
    numbers: dict[str, int] = {}

    def embed(modality: str, inputs: Inputs, views: object) -> Tensor:
        first = numbers.get(modality, 0)
        numbers[modality] = first + len(inputs)
        rows = [vector_of(modality, i) for i in range(first, first + len(inputs))]
        return functional.normalize(torch.stack(rows), dim=1)

    nets.embed = embed  # type: ignore[method-assign]


def direction(number: int) -> Tensor:
    return torch.randn(WIDTH, generator=torch.Generator().manual_seed(number))


def test_a_perfect_space_finds_everything() -> None:
    look = Look(pictures_and_vectors(70))
    telling(look.nets, lambda _, number: direction(number))
    found = look.found()
    assert (found.forward_r1, found.backward_r1, found.mean_r1) == (1.0, 1.0, 1.0)
    assert found.candidates == 70
    assert found.chance == pytest.approx(1 / 70)
    assert found.loss < 0.2


def test_a_random_space_finds_what_chance_does() -> None:
    look = Look(pictures_and_vectors(200))
    telling(look.nets, lambda modality, number: direction(number + 1000 * len(modality)))
    found = look.found()
    assert found.chance == pytest.approx(1 / 200)
    assert found.forward_r1 < 0.04
    assert found.backward_r1 < 0.04
    assert found.loss > np.log(200)


def test_one_direction_may_find_more_than_the_other() -> None:
    look = Look(pictures_and_vectors(3), validation={"pairs_each": 3})
    left = torch.eye(WIDTH)
    right = torch.stack([left[0], left[1], left[0] + 0.5 * left[2]])
    telling(look.nets, lambda m, i: left[i] if m == "cover" else right[i])
    found = look.found()
    assert found.forward_r1 == 1.0  # the first cover is nearest to the first text, exactly
    assert found.backward_r1 == pytest.approx(2 / 3)  # the last text is nearer to the first cover


def test_any_copy_of_the_partner_is_right() -> None:
    source = pictures_and_vectors(6)
    source.identity = lambda index, role: f"{role} {index // 2}"
    look = Look(source)
    telling(look.nets, lambda m, i: direction(i if m == "cover" else i ^ 1))  # the twin's
    found = look.found()
    assert found.mean_r1 == 1.0
    assert found.chance == pytest.approx(2 / 6)


@pytest.mark.parametrize(("same_work", "right"), [("apart", 1.0), ("negatives", 0.0)])
def test_another_item_of_the_work_is_right_unless_it_is_a_hard_negative(
    same_work: str, right: float
) -> None:
    source = pictures_and_vectors(6)
    source.works = [f"artist {i // 2}" for i in range(6)]
    look = Look(source, {"same_work": same_work})
    telling(look.nets, lambda m, i: direction(i if m == "cover" else i ^ 1))
    assert look.found().mean_r1 == right


def test_every_usable_anchor_counts_as_a_pair() -> None:
    def make(index: int, role: str) -> Content:
        return melody_notes(2.0, shift=index)

    source = MadeSource(
        {"midi": Modality.MIDI, "midi_2": Modality.MIDI},
        [f"work {i}" for i in range(7)],
        make,
        anchors={role: np.array([0.1, 1.1, 1.7], np.float32) for role in ("midi", "midi_2")},
        usable=lambda index: np.array([True, index % 2 == 0, False]),
    )
    found = Look(source, {"left": "midi", "right": "midi_2", "view": "notes"}).found()
    assert found.candidates == 7 + 4
    assert found.chance == pytest.approx(1 / 11)


def test_every_look_is_at_the_same_pairs() -> None:
    source = pictures_and_vectors(9)
    drawn: list[int] = []
    make = source.make

    def counted(index: int, role: str) -> Content:
        drawn.append(index)
        return make(index, role)

    source.make = counted
    look = Look(source)
    assert sorted(set(drawn)) == list(range(9))
    drawn.clear()
    first, second = look.record(), look.record(200)
    assert not drawn
    assert first.sets == second.sets
    assert (first.step, second.step) == (100, 200)
    assert first.score == first.sets["set"].mean_r1
    with torch.no_grad():
        look.nets.towers["text"].character.weight.normal_()
    assert look.record().sets != first.sets


@pytest.mark.parametrize(
    ("fixed", "wanted", "taken"), [(True, 5, 5), (True, 50, 9), (False, 20, 20)]
)
def test_so_many_pairs_are_looked_at(fixed: bool, wanted: int, taken: int) -> None:
    source = pictures_and_vectors(9)
    source.fixed = fixed
    look = Look(source, validation={"pairs_each": wanted})
    assert look.found().candidates == taken


def test_the_loss_is_that_of_the_set() -> None:
    look = Look(pictures_and_vectors(5), {"loss": {"kind": "triplet", "margin": 0.4}})
    telling(look.nets, lambda _, number: torch.eye(WIDTH)[0])  # all the same
    found = look.found()
    assert found.loss == pytest.approx(0.4)
    assert found.gap == pytest.approx(0, abs=1e-6)


def test_a_bilinear_set_is_ranked_by_its_own_similarity() -> None:
    look = Look(pictures_and_vectors(5), {"loss": {"kind": "bilinear"}})
    telling(look.nets, lambda m, i: torch.eye(WIDTH)[i % 5] * (1 if m == "cover" else -1))
    assert look.found().mean_r1 == 0.0
    with torch.no_grad():
        look.losses["set"].weight.neg_()
    assert look.found().mean_r1 == 1.0


def test_a_frozen_trunk_is_run_once_and_gives_the_same() -> None:
    frozen = Look(pictures_and_vectors(6), towers={"cover": {"freeze": "trunk"}})
    free = Look(pictures_and_vectors(6))
    assert frozen.found().loss == pytest.approx(free.found().loss, abs=1e-5)
    with torch.no_grad():
        frozen.nets.towers["cover"].trunk[0].weight.zero_()
    assert frozen.found().loss == pytest.approx(free.found().loss, abs=1e-5)
    # a stage that lets it learn needs it anew at every look
    stage = {
        "name": "thawed",
        "pairs": ["set"],
        "optimiser": {"steps": 1},
        "freeze": {"cover": "none"},
    }
    towers = {"cover": {"freeze": "trunk"}}
    thawed = Look(pictures_and_vectors(6), towers=towers, stages=[stage])
    before = thawed.found()
    with torch.no_grad():
        thawed.nets.towers["cover"].trunk[0].weight.zero_()
    assert thawed.found() != before


def test_an_item_that_cannot_be_read_is_told() -> None:
    source = pictures_and_vectors(6)
    source.broken = {4}
    with pytest.raises(SourceError, match="item 4 is broken"):
        Look(source)
