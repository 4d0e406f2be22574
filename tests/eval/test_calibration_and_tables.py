from __future__ import annotations

import numpy as np
import pytest

from unisono.data.modality import Modality
from unisono.eval.calibration import fit_logistic
from unisono.eval.markdown_table import markdown
from unisono.eval.tables import filled, numbers_table
from unisono.eval.validation import row_of


def test_probabilities_follow_the_share_of_true_tags() -> None:
    random = np.random.default_rng(0)
    values = random.normal(0, 1, 4000)
    truth = random.random(4000) < 1 / (1 + np.exp(-3 * values))
    fitted = fit_logistic(values, truth)
    assert fitted.slope == pytest.approx(3.0, rel=0.15)
    assert abs(fitted.offset) < 0.25


def test_a_space_that_knows_nothing_gives_every_tag_one_half() -> None:
    random = np.random.default_rng(0)
    fitted = fit_logistic(random.normal(0, 0.1, 2000), random.random(2000) < 0.3)
    probability = 1 / (1 + np.exp(-fitted.offset))
    assert probability == pytest.approx(0.5, abs=0.05)
    assert fitted.slope < 2


def test_tags_never_count_against_themselves() -> None:
    values = np.linspace(0, 1, 100)
    assert fit_logistic(values, values < 0.5).slope == 0.0


def test_a_calibration_needs_both_kinds() -> None:
    with pytest.raises(ValueError, match="both yes and no"):
        fit_logistic(np.zeros(3), np.ones(3, bool))


def test_rows_mark_pairs_that_were_never_trained() -> None:
    right = np.eye(3, dtype=bool)
    trained = row_of("t", Modality.AUDIO, Modality.SHEET, np.eye(3, dtype=np.float32), right)
    never = row_of("t", Modality.COVER, Modality.MIDI, np.eye(3, dtype=np.float32), right)
    assert trained.recall_1 == never.recall_1 == 1.0
    table = numbers_table([trained.to_json(), never.to_json()])
    assert "| audio to sheet |" in table
    assert "cover to midi (never trained)" in table
    assert "| 100.0 |" in table and "| 33.3 |" in table


def test_rows_in_the_card_hold_recall_at_several_depths() -> None:
    # the right answer of query q has rank q + 1
    similarity = np.tril(np.ones((30, 31), np.float32), -1)
    similarity[:, 30] = 0.5
    right = np.zeros((30, 31), bool)
    right[:, 30] = True
    facts = row_of("t", Modality.AUDIO, Modality.SHEET, similarity, right).to_json()
    depths = (1, 5, 10, 25)
    assert [facts[f"recall_{k}"] for k in depths] == [round(k / 30, 3) for k in depths]


def test_tables_go_between_their_markers_and_nowhere_else() -> None:
    text = "a\n<!-- numbers:begin -->\nold\n<!-- numbers:end -->\nb\n"
    new = filled(text, "numbers", "new")
    assert new == "a\n<!-- numbers:begin -->\nnew\n<!-- numbers:end -->\nb\n"
    assert filled(new, "numbers", "new") == new
    assert filled(text, "towers", "x") == text


def test_markdown_aligns_numbers_to_the_right() -> None:
    assert markdown(["a", "b"], [["x", "1"]], right=(1,)).splitlines()[1] == "| --- | ---: |"
