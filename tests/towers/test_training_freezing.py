"""What stays as it is in training, and what learns slower."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from small_runs import FakeSentences, rows_of, write_rows
from training_runs import (
    SOUNDS,
    Starts,
    changed,
    go,
    initial,
    optimiser,
    parsed,
    weights,
)

from unisono.towers.training.reading import ConfigError


@pytest.fixture(autouse=True)
def quick_sentences(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("unisono.towers.sentences.SentenceCache", FakeSentences)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("rows"))


FROZEN = [
    ("cover", "trunk", {"cover.character.weight", "cover.character.bias"}),
    ("cover", "all", set()),
    ("cover", "none", None),
]


@pytest.mark.parametrize(("modality", "how", "free"), FROZEN)
@pytest.mark.parametrize("decay", [0.0, 0.9])
def test_what_is_frozen_stays_bit_for_bit(
    rows: Path, tmp_path: Path, modality: str, how: str, free: set[str] | None, decay: float
) -> None:
    # every draw is another one, so that features are computed at each step
    run = parsed(
        rows,
        sources={"rows": rows_of(rows, augment=True)},
        towers={modality: {"freeze": how}},
        optimiser=optimiser(average_decay=decay),
    )
    before = initial(run)
    moved = changed(before, go(run, tmp_path))
    expected = {n.removeprefix("towers.") for n in before.state_dict() if modality in n}
    own = {name for name in moved if name.startswith(modality)}
    assert own == (expected if free is None else free)
    assert {name for name in moved if name.startswith("text")}


def test_a_convolutional_trunk_is_frozen_with_its_statistics(rows: Path, tmp_path: Path) -> None:
    pairs = {"source": "sounds", "left": "audio", "right": "midi", "batch": 6}
    run = parsed(
        rows,
        sources={"sounds": rows_of(rows, **SOUNDS)},
        pairs=[{"name": "a", "view": "notes", **pairs}, {"name": "b", **pairs}],
        towers={"audio": {"freeze": "trunk"}},
        optimiser=optimiser(),
    )
    moved = changed(initial(run), go(run, tmp_path))
    own = {".".join(name.split(".")[1:3]) for name in moved if name.startswith("audio")}
    assert own == {"notes.context", "notes.projection", "character.mixing", "character.projection"}
    assert any(name.startswith("midi.notes.trunk") for name in moved)
    assert any(name.startswith("midi.character.trunk") for name in moved)


def test_a_run_with_everything_frozen_is_refused(rows: Path, tmp_path: Path) -> None:
    towers = {"cover": {"freeze": "all"}, "text": {"freeze": "all"}}
    with pytest.raises(ConfigError, match="nothing is left to train: every tower is frozen"):
        go(parsed(rows, towers=towers), tmp_path)


def test_a_tower_has_a_learning_rate_and_a_warm_up_of_its_own(rows: Path, tmp_path: Path) -> None:
    still = {"learning_rate": 0.0}
    run = parsed(rows, towers={"text": still}, optimiser=optimiser())
    moved = changed(initial(run), go(run, tmp_path / "still"))
    assert not any(name.startswith("text") for name in moved)
    assert any(name.startswith("cover") for name in moved)

    def distance(warm_up: float) -> float:
        run = parsed(
            rows,
            towers={"text": {"warm_up": warm_up}},
            optimiser=optimiser(warm_up=0.0, weight_decay=0.0),
        )
        start = {n: v.numpy() for n, v in initial(run).towers["text"].state_dict().items()}
        end = weights(go(run, tmp_path / str(warm_up)))
        return float(
            sum(np.abs(end[f"text.{name}"] - value).sum() for name, value in start.items())
        )

    assert distance(1.0) < 0.7 * distance(0.0)


def test_modalities_of_which_no_pair_speaks_stay_as_they_were(
    rows: Path, tmp_path: Path, tiny_bundle: Path
) -> None:
    run = parsed(rows, start=str(tiny_bundle), nets={}, optimiser=optimiser())
    starts = Starts()
    bundle = go(run, tmp_path, starts)
    before, after = weights(tiny_bundle), weights(bundle)
    assert before.keys() == after.keys()
    moved = {n for n in after if after[n].tobytes() != before[n].tobytes()}
    assert {name.split(".")[0] for name in moved} == {"cover", "text"}
    (record,) = starts.records
    assert record.frozen == ("audio", "midi", "sheet")
    assert set(record.trained) == {"cover", "text"}
