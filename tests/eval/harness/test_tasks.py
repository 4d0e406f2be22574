"""The three passage tasks from folder to table, with a space whose answers are known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from tiny_scores import SpaceOfBars, click, write_pairs, write_scores

from unisono.data.modality import Modality
from unisono.eval.harness import rendered_sound, score_passages
from unisono.eval.harness.pair_lists import read_pairs
from unisono.eval.harness.registry import open_task, task_names
from unisono.eval.harness.task import EvalError, EvalSettings, silent
from unisono.eval.tasks import sheet_retrieval

TASKS = ("sheet-retrieval", "audio-midi-retrieval", "sheet-midi-retrieval")


@pytest.fixture
def settings(tmp_path, monkeypatch) -> EvalSettings:
    monkeypatch.setattr(rendered_sound, "synthesise", click)
    soundfont = tmp_path / "MuseScore_General_Full.sf3"
    soundfont.write_bytes(b"a soundfont")
    data = write_scores(tmp_path / "msmd")
    return EvalSettings(data=data, soundfont=str(soundfont), cache=tmp_path / "cache")


def with_(settings: EvalSettings, **changes) -> EvalSettings:
    from dataclasses import replace

    return replace(settings, **changes)


def run(name, settings, space=None):
    return open_task(name).run(space or SpaceOfBars(), settings, silent)


def ours(outcome):
    return [row for row in outcome.rows if row.kind == "measured"]


@pytest.mark.parametrize("name", TASKS)
def test_windows_are_centred_on_the_right_places_of_both_sides(name, settings) -> None:
    outcome = run(name, settings)
    rows = ours(outcome)
    assert [row.scores["R@1"].value for row in rows] == [1.0, 1.0]
    assert {(row.asks, row.answers) for row in rows} == {
        (rows[0].asks, rows[0].answers),
        (rows[0].answers, rows[0].asks),
    }
    assert all(row.main and row.queries == row.candidates == 20 for row in rows)
    assert rows[0].by_group == {"first": 1.0, "second": 1.0}
    assert outcome.counts["pairs"] == 20 and outcome.counts["lost pairs"] == 0


@pytest.mark.parametrize("name", TASKS)
def test_places_closer_than_a_step_of_the_space_need_shifted_copies(name, settings) -> None:
    once = ours(run(name, with_(settings, phases=1)))
    assert all(row.scores["R@1"].value < 1 for row in once)


def test_counts_say_how_far_windows_are_off(settings) -> None:
    counts = run("sheet-retrieval", settings).counts
    assert counts["audio window off centre at most, s"] <= 0.025
    assert counts["sheet window off centre at most, strip px"] <= 1.0
    coarse = run("sheet-retrieval", with_(settings, phases=1)).counts
    assert 0.05 < coarse["audio window off centre at most, s"] <= 0.1


def test_chance_and_a_baseline_stand_beside(settings) -> None:
    rows = run("sheet-retrieval", settings).rows
    assert [row.kind for row in rows] == ["measured"] * 2 + ["baseline"] * 2 + ["chance"] * 2
    assert {row.scores["R@1"].value for row in rows if row.kind == "chance"} == {1 / 20}
    low, high = (getattr(rows[2].scores["R@1"], end) for end in ("low", "high"))
    assert low <= rows[2].scores["R@1"].value <= high < 1


def test_the_order_of_a_list_is_kept_and_its_pairs_are_taken(settings, tmp_path) -> None:
    of_rule = score_passages.open_material(settings).pairs
    rows = [
        dict(zip(("piece", "onset_s", "page", "x", "y"), values, strict=True))
        for values in zip(
            of_rule.piece, of_rule.onset_s, of_rule.page, of_rule.x, of_rule.y, strict=True
        )
    ]
    turns = [rows[i] for i in (0, 12, 3, 17, 9)]
    table = write_pairs(tmp_path / "pairs.parquet", turns)
    outcome = run("sheet-retrieval", with_(settings, pairs=table))
    assert [row.scores["R@1"].value for row in ours(outcome)] == [1.0, 1.0]
    assert outcome.counts["pairs"] == 5
    # a pair with another's note head is wrong itself, and ties with the other on the way back
    turns[0] = {**turns[0], "x": turns[2]["x"]}
    table = write_pairs(tmp_path / "wrong.parquet", turns)
    wrong = ours(run("sheet-midi-retrieval", with_(settings, pairs=table)))
    assert [row.scores["R@1"].value for row in wrong] == pytest.approx([0.8, 0.6])


def test_published_numbers_stand_beside_their_own_list_only(settings, tmp_path, monkeypatch):
    pairs = [
        {"piece": "first", "onset_s": 2.5, "page": 0, "x": 200.0, "y": 96.0},
        {"piece": "second", "onset_s": 2.55, "page": 0, "x": 203.0, "y": 96.0},
    ]
    table = write_pairs(tmp_path / "pairs.parquet", pairs)
    listed = with_(settings, pairs=table)

    def published(asked):
        return [r for r in run("sheet-retrieval", asked).rows if r.kind == "published"]

    assert not published(listed)
    model = sheet_retrieval.PublishedModel(
        "Someone 2020", 3.0, "a paper",
        {(read_pairs(table).fingerprint, "all 2 pairs"): (50.0, 0.7, 40.0, 0.6)},
    )  # fmt: skip
    monkeypatch.setattr(sheet_retrieval, "PUBLISHED", (model,))
    there, back = published(listed)
    assert (there.who, there.asks, there.scores["R@1"].value) == ("Someone 2020, 3 s", "audio", 0.5)
    assert (back.asks, back.scores["MRR"].value, back.source) == ("sheet", 0.6, "a paper")
    assert not there.main
    other = Path(settings.soundfont).with_name("other.sf2")
    other.write_bytes(b"another")
    for change in (
        {"pages": "scan"},
        {"audio": "room"},
        {"systems": "found"},
        {"soundfont": str(other)},
        {"pairs": write_pairs(tmp_path / "fewer.parquet", pairs[:1])},
        {"limit": 1},
    ):
        assert not published(with_(listed, **change)), change


def test_a_soundfont_that_training_may_have_heard_is_told(settings) -> None:
    other = Path(settings.soundfont).with_name("Heard.sf2")
    other.write_bytes(b"heard")
    asked = with_(settings, soundfont=str(other))
    assert any("Heard.sf2" in note for note in run("audio-midi-retrieval", asked).notes)
    assert not any("Heard" in note for note in run("sheet-midi-retrieval", asked).notes)


def test_sheets_and_midi_need_no_soundfont(settings) -> None:
    asked = with_(settings, soundfont="none.sf2")
    assert ours(run("sheet-midi-retrieval", asked))
    with pytest.raises(ValueError, match=r"none\.sf2"):
        run("sheet-retrieval", asked)


def test_systems_that_are_not_found_lose_their_pairs(settings) -> None:
    page = settings.data / "valid" / "second" / "page_01.png"
    Image.new("L", Image.open(page).size, 255).save(page)
    outcome = run("sheet-midi-retrieval", with_(settings, systems="found"))
    assert outcome.counts["lost pairs"] >= 10
    assert any("did not find" in note for note in outcome.notes)
    assert all(row.by_group["second"] == 0.0 for row in outcome.rows if row.by_group)


def test_sound_is_rendered_once_and_again_for_another_soundfont(settings, monkeypatch) -> None:
    played = []

    def count(notes, soundfont, target):
        played.append(soundfont.name)
        click(notes, soundfont, target)

    monkeypatch.setattr(rendered_sound, "synthesise", count)
    run("audio-midi-retrieval", settings)
    run("sheet-retrieval", settings)
    assert len(played) == 2
    other = Path(settings.soundfont).with_name("other.sf2")
    other.write_bytes(b"another")
    run("sheet-retrieval", with_(settings, soundfont=str(other)))
    assert played[2:] == ["other.sf2"] * 2


def test_a_render_that_is_stopped_leaves_nothing(settings, monkeypatch) -> None:
    def stop(notes, soundfont, target):
        target.write_bytes(b"half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(rendered_sound, "synthesise", stop)
    with pytest.raises(KeyboardInterrupt):
        run("sheet-retrieval", settings)
    assert not [path for path in settings.cache.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"data": None}, "needs --data"),
        ({"split": "test"}, "no test/<piece>"),
    ],
)
def test_what_is_missing_is_said(change, fault, settings) -> None:
    with pytest.raises(EvalError, match=fault):
        run("sheet-retrieval", with_(settings, **change))


def test_a_page_that_is_not_there_is_named(settings, tmp_path) -> None:
    row = {"piece": "first", "onset_s": 2.5, "page": 1, "x": 200.0, "y": 96.0}
    table = write_pairs(tmp_path / "pairs.parquet", [row])
    with pytest.raises(EvalError, match="page 1 of first, which has 1 pages"):
        run("sheet-retrieval", with_(settings, pairs=table))


def test_a_space_without_the_tower_is_told(settings) -> None:
    space = SpaceOfBars()
    space.modalities = (Modality.AUDIO,)
    with pytest.raises(EvalError, match="has no sheet tower"):
        run("sheet-retrieval", settings, space)


def test_every_task_states_its_facts() -> None:
    assert set(TASKS) <= set(task_names())
    settable = set(EvalSettings().__dict__)
    for name in task_names():
        facts = open_task(name).facts
        assert facts.name == name
        assert all((facts.summary, facts.data, facts.split, facts.protocol, facts.main_score))
        assert len(facts.citation) > 20
        assert set(facts.options) <= settable
        assert not facts.protocol.endswith(".") and len(facts.summary) < 80


def test_names_that_are_nearly_right_are_understood() -> None:
    with pytest.raises(EvalError, match="did you mean sheet-retrieval"):
        open_task("sheet-retreival")
    with pytest.raises(EvalError, match="there are audio-midi-retrieval"):
        open_task("xyz")


@pytest.mark.parametrize("kind", ["room", "played"])
def test_changed_sound_is_the_same_every_time_and_moves_its_places(kind, settings) -> None:
    from unisono.data.readers.midi import read_midi
    from unisono.eval.harness.rendered_sound import SAMPLE_RATE, Renderer, hear

    score = read_midi(settings.data / "valid" / "first" / "score.mid")
    renderer = Renderer(Path(settings.soundfont), settings.cache)
    onsets = np.unique(score.notes.onset_s)
    clean = hear(score, renderer, "clean", onsets, [1])
    one, again = (hear(score, renderer, kind, onsets, [1]) for _ in range(2))
    assert np.array_equal(one.waveform, again.waveform)
    assert np.array_equal(clean.seconds, onsets)
    assert len(one.waveform) != len(clean.waveform) or not np.allclose(one.waveform, clean.waveform)
    assert np.array_equal(one.seconds, onsets) == (kind == "room")
    # the first note is heard where it is said to be
    at = round(one.seconds[0] * SAMPLE_RATE)
    near = np.abs(one.waveform[max(0, at - 3000) : at + 3000]).max()
    before = np.abs(one.waveform[: max(1, at - 6000)]).max()
    assert near > 2 * before
