"""Which notes begin where: targets, the loss of telling them, and that it reaches the towers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from small_runs import settings, small_nets
from tiny_space import NETS

from unisono.data.modality import Modality
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.pairs.source import Item, Side
from unisono.towers.training.config import TrainingRun
from unisono.towers.training.front_ends import RollFrontEnd, StripFrontEnd
from unisono.towers.training.inputs import Inputs, join, join_padded
from unisono.towers.training.note_prediction import NotePrediction
from unisono.towers.training.note_targets import (
    PITCHES,
    UNKNOWN,
    NoteTargets,
    note_targets,
)
from unisono.towers.training.pair_loss import PairLoss
from unisono.towers.training.plan import make_plan
from unisono.towers.training.reading import ConfigError, parse_config
from unisono.towers.training.step import TrainingStep
from unisono.towers.training.stream import StepStream

SHEET, AUDIO = Modality.SHEET, Modality.AUDIO
ROWS = STRIP_HEIGHT // 2


def strip(*heads: tuple[float, float, int], width: int = 32) -> Side:
    ink = np.zeros((STRIP_HEIGHT, width), np.float32)
    return Side(SHEET, ink, heads=np.array(heads, np.float32).reshape(-1, 3).T)


def marked(tensor: torch.Tensor) -> list[list[int]]:
    return (tensor == 1).nonzero().tolist()


def test_a_head_is_marked_at_its_row_its_pitch_and_its_column() -> None:
    found = note_targets([strip((1.5, 7.9, 60), (13.0, 0.0, 21))], 1.0, 4, 8)
    assert found is not None
    assert found.near.shape == (1, ROWS + PITCHES, 8)
    assert marked(found.near[0, :ROWS]) == [[0, 3], [3, 0]]
    assert marked(found.near[0, ROWS:]) == marked(found.far[0]) == [[0, 3], [39, 0]]
    assert int((found.near == UNKNOWN).sum()) == 0


def test_sound_has_the_pitches_on_both_sides() -> None:
    heads = np.array([[0.05], [np.nan], [69]], np.float32)
    side = Side(AUDIO, np.zeros(16_000, np.float32), heads=heads)
    found = note_targets([side], 20, 2, 10)
    assert found is not None
    assert found.near.shape == found.far.shape == (1, PITCHES, 10)
    assert marked(found.near[0]) == marked(found.far[0]) == [[48, 0]]


def test_what_nobody_says_is_unknown_and_not_nothing() -> None:
    silent = Side(SHEET, np.zeros((STRIP_HEIGHT, 32), np.float32))
    assert note_targets([silent], 1.0, 4, 8) is None
    found = note_targets([silent, strip((5.0, np.nan, 60))], 1.0, 4, 8)
    assert found is not None
    assert (found.near[:, :ROWS] == UNKNOWN).all()
    assert (found.near[0] == UNKNOWN).all()
    assert (found.far[0] == UNKNOWN).all()
    assert marked(found.near[1, ROWS:]) == [[39, 1]]
    assert marked(found.far[1]) == [[39, 1]]


@given(
    st.lists(
        st.tuples(st.floats(-50, 90), st.floats(-20, 160), st.integers(0, 127)),
        max_size=8,
    )
)
@examples(max_examples=50)
def test_notes_beyond_the_edges_are_left_out(heads: list[tuple[float, float, int]]) -> None:
    found = note_targets([strip(*heads)], 1.0, 4, 8)
    assert found is not None
    inside = {
        (pitch - 21, round((np.float32(x) - 1.5) / 4))
        for x, _, pitch in heads
        if 0 <= round((np.float32(x) - 1.5) / 4) < 8 and 21 <= pitch <= 108
    }
    assert {tuple(cell) for cell in marked(found.far[0])} == inside


def test_the_loss_is_binary_cross_entropy_over_what_is_known() -> None:
    heads = NotePrediction(2, 3, positive_weight=4.0)
    torch.nn.init.zeros_(heads.near.weight)
    torch.nn.init.zeros_(heads.far.weight)
    torch.nn.init.zeros_(heads.near.bias)
    torch.nn.init.zeros_(heads.far.bias)
    near = torch.tensor([[[1, 0], [0, UNKNOWN], [UNKNOWN, UNKNOWN]]], dtype=torch.int8)
    far = torch.zeros(1, PITCHES, 2, dtype=torch.int8)
    loss = heads(torch.ones(1, 4, 2), NoteTargets(near, far))
    # every cell is at even odds: ln 2, the one with a note four times
    assert loss.item() == pytest.approx(np.log(2) * (4 + 2) / 3 + np.log(2), abs=1e-6)
    unknown = torch.full_like(near, UNKNOWN)
    alone = heads(torch.ones(1, 4, 2), NoteTargets(unknown, far))
    assert alone.item() == pytest.approx(np.log(2), abs=1e-6)


def test_batches_are_joined_with_unknown_where_one_says_nothing() -> None:
    told = StripFrontEnd()([strip((5.0, 40.0, 60))])
    silent = Inputs(torch.zeros(2, 1, STRIP_HEIGHT, 32))
    both = join([told, silent])
    assert both.targets is not None
    assert marked(both.targets.far) == [[0, 39, 1]]
    assert (both.targets.near[1:] == UNKNOWN).all()
    longer = StripFrontEnd()([strip((50.0, 40.0, 61), width=64)])
    padded = join_padded([told, longer], 4)
    assert padded.targets is not None
    assert padded.targets.near.shape == (2, ROWS + PITCHES, 16)
    assert (padded.targets.near[0, :, 8:] == UNKNOWN).all()
    assert padded.part(1, 2).targets is not None
    assert join([silent, silent]).targets is None


class Heads:
    """Strips with one head each, and a melody; row and pitch go with the item."""

    roles = {"sheet": SHEET, "midi": Modality.MIDI}  # noqa: RUF012
    works = [f"work {i}" for i in range(8)]  # noqa: RUF012
    shares = None
    fixed = False

    def draw(self, index: int, roles: Any, random: np.random.Generator) -> Item:
        from tiny_space import melody_notes

        sheet = strip((10.0, 20.0 + 8 * index, 50 + index))
        ink = sheet.content
        assert isinstance(ink, np.ndarray)
        row = 20 + 8 * index
        ink[row : row + 4, 8:13] = 1.0
        sides = {
            "sheet": replace(sheet, anchors=np.array([10.0], np.float32)),
            "midi": Side(
                Modality.MIDI, melody_notes(2.0, shift=index), anchors=np.array([0.1], np.float32)
            ),
        }
        return Item(sides, self.works[index], np.array([True]))


def run_of(**changes: Any) -> TrainingRun:
    values = usual_settings()
    values.update(changes)
    if "stages" in changes:
        del values["optimiser"]
    return parse_config(values, "my.yaml")


def usual_settings() -> dict[str, Any]:
    return settings(
        Path("rows"),
        pairs=[
            {"name": "a", "source": "rows", "left": "sheet", "right": "midi", "view": "notes",
             "batch": 4},
        ],
        predictions=[{"name": "told", "source": "rows", "role": "sheet", "weight": 2.0}],
        sources={"rows": {"kind": "cached", "built": "rows"}},
    )  # fmt: skip


def test_a_prediction_is_learnt_beside_the_pairs() -> None:
    run = run_of()
    source = Heads()
    plan = make_plan(run, run.stages[0], {"rows": source})
    nets = small_nets("sheet", "midi")
    torch.manual_seed(0)
    losses = torch.nn.ModuleDict(
        {
            "a": PairLoss(run.pairs[0].loss, NETS.notes_dimension),
            "told": NotePrediction(NETS.notes_features, ROWS + PITCHES, 4.0),
        }
    )
    front_ends = {"sheet": StripFrontEnd(), "midi": RollFrontEnd()}
    stream = StepStream(plan, {"rows": source}, front_ends, seed=0)
    step = TrainingStep(nets, losses, plan, {"rows": source})
    optimiser = torch.optim.Adam([*nets.parameters(), *losses.parameters()], lr=0.01)
    told = []
    for number in range(40):
        optimiser.zero_grad()
        found = step.backward(stream.draw(number))
        assert set(found.losses) == {"a", "told"}
        assert found.total.item() == pytest.approx(
            found.losses["a"].item() + 2 * found.losses["told"].item(), rel=1e-5
        )
        optimiser.step()
        told.append(found.losses["told"].item())
    assert told[-1] < told[0] / 3


def test_a_micro_batch_gives_the_same_predictions() -> None:
    run = run_of()
    source = Heads()
    plan = make_plan(run, run.stages[0], {"rows": source})
    front_ends = {"sheet": StripFrontEnd(), "midi": RollFrontEnd()}
    batch = StepStream(plan, {"rows": source}, front_ends, seed=0).draw(0)
    totals, gradients = [], []
    for chunk in (0, 2):
        nets = small_nets("sheet", "midi").eval()
        torch.manual_seed(0)
        losses = torch.nn.ModuleDict(
            {
                "a": PairLoss(run.pairs[0].loss, NETS.notes_dimension),
                "told": NotePrediction(NETS.notes_features, ROWS + PITCHES, 4.0),
            }
        )
        step = TrainingStep(nets, losses, plan, {"rows": source}, micro_batch=chunk)
        totals.append(step.backward(batch).total.item())
        gradients.append([p.grad for p in nets.parameters() if p.grad is not None])
    assert totals[0] == pytest.approx(totals[1], abs=1e-5)
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("prediction", "words"),
    [
        ({"source": "nothing"}, "predictions.told: there is no source nothing; sources has rows"),
        ({"role": "midi"}, "midi cannot tell notes; the role is audio or sheet"),
        ({"weight": 0}, "weight and positive_weight must be more than 0"),
        ({"name": "a"}, "the name is taken"),
    ],
)
def test_a_prediction_that_cannot_be_is_told(prediction: dict[str, Any], words: str) -> None:
    usual = {"name": "told", "source": "rows", "role": "sheet"}
    with pytest.raises(ConfigError) as caught:
        run_of(predictions=[{**usual, **prediction}])
    assert words in str(caught.value)


def test_a_source_that_does_not_know_its_notes_is_told() -> None:
    sources = {"rows": {"kind": "clips", "folder": "rows"}}
    with pytest.raises(ConfigError, match="rows does not know its notes"):
        run_of(sources=sources)


def test_a_stage_cannot_predict_what_is_not_there() -> None:
    stage = {"name": "one", "pairs": ["a"], "predictions": ["else"], "optimiser": {"steps": 1}}
    with pytest.raises(ConfigError, match=r"stages\.one predicts else; predictions has told"):
        run_of(stages=[stage])


def test_a_prediction_needs_pairs_of_the_notes_that_draw_its_side() -> None:
    pairs = [{"name": "a", "source": "rows", "left": "sheet", "right": "midi", "batch": 4}]
    run = run_of(pairs=pairs)
    with pytest.raises(ConfigError, match="no pair set of the stage draws sheet of rows for its"):
        make_plan(run, run.stages[0], {"rows": Heads()})
