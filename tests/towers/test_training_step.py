"""One training step against the same computed plainly, and what must not change its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import MadeSource, Words, pictures_and_vectors, settings, small_nets
from tiny_space import melody_notes
from torch import Tensor, nn
from torch.nn import functional

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.pairs.source import Content
from unisono.towers.training.features import keep_features, load_features, save_features
from unisono.towers.training.front_ends import (
    FrontEnd,
    PictureFrontEnd,
    RollFrontEnd,
    StripFrontEnd,
)
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.pair_loss import PairLoss
from unisono.towers.training.plan import Plan, make_plan
from unisono.towers.training.reading import parse_config
from unisono.towers.training.step import StepLosses, TrainingStep
from unisono.towers.training.stream import StepBatch, StepStream

FRONT_ENDS: dict[str, FrontEnd] = {
    "cover": PictureFrontEnd(),
    "text": Words(),
    "midi": RollFrontEnd(),
    "sheet": StripFrontEnd(),
}
USABLE = np.array([True, True, False])


def pages_and_notes(count: int, *, anchored: bool = True) -> MadeSource:
    """Strips and notes of different lengths, with three anchors of which two are usable."""

    def make(index: int, role: str) -> Content:
        if role == "text":
            return f"text {index}"
        if role == "midi":
            return melody_notes(2.0 + index % 3, shift=index)
        random = np.random.default_rng(index)
        return random.random((STRIP_HEIGHT, 64 + 8 * (index % 2))).astype(np.float32)

    anchors = {
        "midi": np.array([0.1, 1.0, 0.0], np.float32),
        "sheet": np.array([3.0, 50.0, 0.0], np.float32),
    }
    roles = {"midi": Modality.MIDI, "sheet": Modality.SHEET, "text": Modality.TEXT}
    return MadeSource(
        roles,
        [f"work {i}" for i in range(count)],
        make,
        lambda index, role: f"{role} {index}",
        anchors if anchored else {},
        usable=lambda _: USABLE if anchored else None,
    )


class Case:
    """A batch of a plan, and what the step makes of it."""

    def __init__(
        self, source: MadeSource, *pairs: dict[str, Any], batch: int = 4, step: int = 0
    ) -> None:
        usual = {"source": "rows", "left": "cover", "right": "text", "batch": batch}
        sets = [{"name": f"set {i}", **usual, **one} for i, one in enumerate(pairs)]
        run = parse_config(settings(Path("rows"), pairs=sets), "my.yaml")
        self.sources = {"rows": source}
        self.plan: Plan = make_plan(run, run.stages[0], self.sources)
        self.nets = small_nets(*sorted({str(one) for one in source.roles.values()}))
        self.losses = nn.ModuleDict(
            {one.name: PairLoss(one.loss, self.nets.width(one.view)) for one in run.pairs}
        )
        self.number = step

    def batch(self, kept: Mapping[Any, Any] | None = None) -> StepBatch:
        stream = StepStream(self.plan, self.sources, FRONT_ENDS, seed=0, kept=kept)
        return stream.draw(self.number)

    def step(self, **options: Any) -> TrainingStep:
        return TrainingStep(self.nets, self.losses, self.plan, self.sources, **options)

    def gradients(
        self, batch: StepBatch | None = None, **options: Any
    ) -> tuple[StepLosses, list[Tensor]]:
        self.nets.zero_grad()
        self.losses.zero_grad()
        found = self.step(**options).backward(batch or self.batch())
        parameters = [*self.nets.named_parameters(), *self.losses.named_parameters()]
        return found, [p.grad.clone() for _, p in parameters if p.grad is not None]


def info_nce(left: Tensor, right: Tensor, temperature: float = 0.07) -> float:
    """Symmetric InfoNCE with the diagonal as positives, written out."""
    total = 0.0
    logits = (left @ right.T / temperature).tolist()
    for table in (logits, [list(column) for column in zip(*logits, strict=True)]):
        for i, row in enumerate(table):
            total += float(np.log(np.sum(np.exp(row))) - row[i])
    return total / (2 * len(logits))


def only(batch: StepBatch) -> Any:
    (group,) = batch.groups.values()
    return group


def test_losses_are_those_of_the_towers_computed_plainly() -> None:
    case = Case(
        pictures_and_vectors(12), {"weight": 3.0}, {"loss": {"temperature": 0.5}, "batch": 3}
    )
    case.nets.eval()
    batch = case.batch()
    inputs = only(batch).inputs
    with torch.no_grad():
        covers = case.nets.towers["cover"](inputs["cover"].arrays)
        texts = case.nets.towers["text"](inputs["text"].arrays)
    found = case.step().losses_of(batch)
    first, second = info_nce(covers, texts), info_nce(covers[:3], texts[:3], 0.5)
    assert found.losses["set 0"].item() == pytest.approx(first, abs=1e-5)
    assert found.losses["set 1"].item() == pytest.approx(second, abs=1e-5)
    assert found.total.item() == pytest.approx((3 * first + second) / 4, abs=1e-5)
    backward, gradients = case.gradients(batch)
    assert backward.total.item() == pytest.approx(found.total.item(), abs=1e-6)
    assert all(gradient.abs().sum() > 0 for gradient in gradients)


def test_pairs_with_anchors_meet_at_the_usable_ones() -> None:
    notes = {"left": "sheet", "right": "midi", "view": "notes"}
    case = Case(pages_and_notes(6), notes, {**notes, "view": "character"})
    case.nets.eval()
    batch = case.batch()
    group = only(batch)
    at_anchors, characters = {}, {}
    for role in ("sheet", "midi"):
        rows, whole = [], []
        for item in range(4):  # each alone, so that nothing is padded
            index = int(group.works[item].split()[1])
            drawn = case.sources["rows"].draw(index, [role], np.random.default_rng(0))
            alone = FRONT_ENDS[role]([drawn.sides[role]])
            tower: Any = case.nets.towers[role]
            with torch.no_grad():
                columns = tower(alone.arrays, alone.extra)
                whole.append(tower.character.embed(columns.character.mean(2))[0])
            assert alone.anchors is not None
            for anchor in np.flatnonzero(USABLE):
                rows.append(columns.notes[0, :, int(alone.anchors[0, anchor])])
        at_anchors[role], characters[role] = torch.stack(rows), torch.stack(whole)
    found = case.step().losses_of(batch)
    assert found.losses["set 0"].item() == pytest.approx(
        info_nce(at_anchors["sheet"], at_anchors["midi"]), abs=1e-4
    )
    assert found.losses["set 1"].item() == pytest.approx(
        info_nce(characters["sheet"], characters["midi"]), abs=1e-4
    )
    assert len(found.rows["set 0"].left) == 8


def test_the_same_music_in_one_work_is_no_negative() -> None:
    source = pages_and_notes(4)
    source.works = ["song", "song", "other", "third"]
    # the second anchor of item 0 and the first of item 1 are a repeat; item 2 is another work
    source.moments = lambda index: np.array([[1, 7, 0], [7, 2, 0], [7, 3, 0], [4, 5, 0]][index])
    notes = {"left": "sheet", "right": "midi", "view": "notes", "same_work": "negatives"}
    case = Case(source, {**notes, "per_work": 2})
    batch = case.batch()
    moments = only(batch).moments
    assert moments is not None
    works = only(batch).works
    names = [
        (work, int(moment))
        for work, some in zip(works, moments, strict=True)
        for moment in some[:2]
    ]
    found = case.step().losses_of(batch)
    ignored = found.rows["set 0"].ignored
    assert ignored is not None
    for row, one in enumerate(names):
        for column, other in enumerate(names):
            assert ignored[row, column] == (row != column and one == other)
    assert ignored.sum() == 2
    rows = found.rows["set 0"]
    plain = case.losses["set 0"](rows.left, rows.right)
    assert found.losses["set 0"].item() < plain.item()


def test_notes_without_anchors_are_the_mean_of_all_columns() -> None:
    notes = {"left": "sheet", "right": "midi", "view": "notes"}
    case = Case(pages_and_notes(6, anchored=False), notes)
    case.nets.eval()
    batch = case.batch()
    group = only(batch)
    vectors = {}
    for role in ("sheet", "midi"):
        rows = []
        for work in group.works:
            index = int(work.split()[1])
            drawn = case.sources["rows"].draw(index, [role], np.random.default_rng(0))
            alone = FRONT_ENDS[role]([drawn.sides[role]])
            with torch.no_grad():
                columns = case.nets.towers[role](alone.arrays, alone.extra)
            rows.append(functional.normalize(columns.notes[0].mean(1), dim=0))
        vectors[role] = torch.stack(rows)
    found = case.step().losses_of(batch)
    expected = info_nce(vectors["sheet"], vectors["midi"])
    assert found.losses["set 0"].item() == pytest.approx(expected, abs=1e-4)


def count_calls(nets: SpaceNets, monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, int]]:
    calls: Counter[tuple[str, int]] = Counter()
    embed = nets.embed

    def counted(modality: str, inputs: Any, views: Any) -> Tensor:
        calls[modality, len(inputs)] += 1
        return embed(modality, inputs, views)

    monkeypatch.setattr(nets, "embed", counted)
    return calls


def test_sets_that_share_items_encode_them_once(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(
        pages_and_notes(8),
        {"left": "sheet", "right": "midi", "view": "notes"},
        {"left": "sheet", "right": "midi"},
        {"left": "sheet", "right": "text"},
        {"left": "midi", "right": "text"},
    )
    calls = count_calls(case.nets, monkeypatch)
    case.gradients()
    assert calls == {("sheet", 4): 1, ("midi", 4): 1, ("text", 4): 1}


def test_groups_of_one_modality_are_encoded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(pictures_and_vectors(12), {}, {"same_work": "negatives"})
    calls = count_calls(case.nets, monkeypatch)
    case.gradients()
    assert calls == {("cover", 8): 1, ("text", 8): 1}


def same(one: tuple[StepLosses, list[Tensor]], other: tuple[StepLosses, list[Tensor]]) -> None:
    assert one[0].total.item() == pytest.approx(other[0].total.item(), abs=1e-5)
    torch.testing.assert_close(one[1], other[1], atol=1e-5, rtol=1e-4)


SETS: dict[str, tuple[Callable[[int], MadeSource], list[dict[str, Any]]]] = {
    "covers": (pictures_and_vectors, [{}, {"loss": {"kind": "sigmoid"}, "batch": 2}]),
    "pages": (
        pages_and_notes,
        [
            {"left": "sheet", "right": "midi", "view": "notes"},
            {"left": "sheet", "right": "midi"},
            {"left": "midi", "right": "text", "loss": {"kind": "bilinear"}},
        ],
    ),
}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("micro_batch", [1, 3])
def test_a_micro_batch_gives_the_gradients_of_the_whole(name: str, micro_batch: int) -> None:
    make, pairs = SETS[name]
    case = Case(make(12), *pairs)
    case.nets.eval()  # batch norms in training normalise with what they see
    same(case.gradients(micro_batch=micro_batch), case.gradients())


@pytest.mark.parametrize("micro_batch", [0, 2])
@pytest.mark.parametrize("name", SETS)
def test_checkpointed_activations_give_the_same_gradients_and_statistics(
    name: str, micro_batch: int
) -> None:
    make, pairs = SETS[name]
    case, other = Case(make(12), *pairs), Case(make(12), *pairs)
    for modality in other.nets.towers:
        other.nets.checkpoint_activations(modality)
    case.nets.train()
    other.nets.train()
    same(case.gradients(micro_batch=micro_batch), other.gradients(micro_batch=micro_batch))
    torch.testing.assert_close(dict(case.nets.state_dict()), dict(other.nets.state_dict()))


@pytest.mark.parametrize("name", SETS)
def test_bfloat16_is_near_float32(name: str) -> None:
    def half() -> AbstractContextManager[object]:
        return torch.autocast("cpu", torch.bfloat16)

    make, pairs = SETS[name]
    case = Case(make(12), *pairs)
    case.nets.train()
    exact, half_found = case.gradients(autocast=nullcontext)[0], case.gradients(autocast=half)
    for set_name, loss in half_found[0].losses.items():
        assert loss.dtype == torch.float32
        assert loss.item() == pytest.approx(exact.losses[set_name].item(), rel=0.1, abs=0.05)
    assert all(torch.isfinite(gradient).all() for gradient in half_found[1])


@pytest.mark.parametrize("name", SETS)
def test_kept_features_of_a_frozen_trunk_give_the_same(name: str, tmp_path: Path) -> None:
    make, pairs = SETS[name]
    case = Case(make(12), *pairs)
    frozen = "cover" if name == "covers" else "midi"
    case.nets.freeze(frozen, "trunk")
    case.nets.train()
    plain = case.gradients()
    kept = {}
    roles = (frozen, "text")
    made = keep_features(case.nets, case.sources["rows"], roles, FRONT_ENDS, torch.device("cpu"))
    for role in roles:
        save_features(made[role], tmp_path / f"{role}.npz")
        kept["rows", role] = load_features(tmp_path / f"{role}.npz")
    case.nets.train()
    batch = case.batch(kept)
    assert only(batch).inputs[frozen].from_trunk
    again = case.gradients(batch)
    assert again[0].total.item() == pytest.approx(plain[0].total.item(), abs=1e-5)
    torch.testing.assert_close(again[1], plain[1], atol=1e-5, rtol=1e-3)


def test_features_of_items_that_change_are_not_kept() -> None:
    case = Case(pictures_and_vectors(4), {})
    case.sources["rows"].fixed = False
    with pytest.raises(ValueError, match="fixed items only"):
        keep_features(case.nets, case.sources["rows"], ["cover"], FRONT_ENDS, torch.device("cpu"))


def test_items_of_one_work_are_positives_or_negatives_as_asked() -> None:
    works = [f"work {i // 2}" for i in range(8)]
    found = {}
    for same_work in ("positives", "negatives"):
        pairs = {"same_work": same_work, "batch": 8, "loss": {"kind": "triplet"}}
        case = Case(pictures_and_vectors(8, works), pairs)
        batch = case.batch()
        numbers = torch.tensor([int(name.split()[1]) for name in only(batch).works])
        vectors = functional.one_hot(numbers, case.nets.width("character")).float()
        case.nets.embed = lambda *_, vectors=vectors: vectors  # type: ignore[method-assign]
        found[same_work] = case.step().losses_of(batch).losses["set 0"].item()
    # the two items of a work are alike: all is well, or each violates the margin of 0.2 with one
    # of its seven negatives
    assert found["positives"] == 0
    assert found["negatives"] == pytest.approx(0.2 / 7, abs=1e-6)


def test_copies_are_never_negatives_of_each_other() -> None:
    source = pictures_and_vectors(8)
    case = Case(source, {"batch": 8})
    right = case.step().losses_of(case.batch()).rows["set 0"]
    assert right.positives is None
    make = source.make
    source.make = lambda index, role: "the same" if role == "text" else make(index, role)
    source.identity = lambda index, role: "the same" if role == "text" else f"cover {index}"
    copies = case.step().losses_of(case.batch()).rows["set 0"]
    assert copies.positives is not None
    assert copies.positives.all()


def test_sides_without_identity_are_all_different() -> None:
    source = pictures_and_vectors(8)
    source.identity = lambda index, role: ""
    case = Case(source, {"batch": 8})
    assert case.step().losses_of(case.batch()).rows["set 0"].positives is None


def test_a_work_that_stands_in_for_broken_files_twice_is_no_negative_of_itself() -> None:
    source = pictures_and_vectors(24, [*[f"work {i}" for i in range(4)], *["other"] * 20])
    source.identity = lambda index, role: ""
    source.broken = range(4)
    source.shares = np.array([1.0] * 4 + [1e-9] * 20)
    case = Case(source, {"batch": 4})
    batch = case.batch()
    assert only(batch).works == ("other",) * 4
    positives = case.step().losses_of(batch).rows["set 0"].positives
    assert positives is not None
    assert positives.all()


def test_notes_of_a_picture_are_refused() -> None:
    nets = small_nets("cover")
    inputs = PictureFrontEnd()(
        [pictures_and_vectors(1).draw(0, ["cover"], np.random.default_rng()).sides["cover"]]
    )
    with pytest.raises(ValueError, match="cover has no notes view"):
        nets.embed("cover", inputs, ("notes",))


def test_silence_makes_finite_losses() -> None:
    source = pages_and_notes(6)
    empty = Notes(*[np.zeros(0)] * 2, *[np.zeros(0, np.int16)] * 3)
    make = source.make
    source.make = lambda index, role: empty if role == "midi" else make(index, role)
    case = Case(source, {"left": "sheet", "right": "midi", "view": "notes"})
    case.nets.train()
    found, gradients = case.gradients()
    assert torch.isfinite(found.total)
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
