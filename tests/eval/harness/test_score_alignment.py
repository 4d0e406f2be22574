"""The task of score alignment from folder to table, on made performances whose truth is known."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "alignment"))

from fake_space import FakeSpace
from test_alignment_bad_pairs import tune
from tiny_scores import LOWEST, scales, write_score, write_scores

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.readers.midi import write_midi
from unisono.data.sound.additive import play_additive
from unisono.eval.harness import (
    aligned_pieces,
    alignment_baselines,
    measured_alignment,
    rendered_sound,
)
from unisono.eval.harness.aligned_pages import change_pages, msmd_pieces
from unisono.eval.harness.aligned_pieces import AlignedPiece, asap_pieces, excerpt
from unisono.eval.harness.alignment_errors import AlignmentErrors, error_rows, scores_of
from unisono.eval.harness.alignment_sets import DEVELOPMENT, TEST, VALID
from unisono.eval.harness.measured_alignment import (
    beats_at,
    page_errors,
    seconds_at,
    written_beats,
)
from unisono.eval.harness.registry import open_task
from unisono.eval.harness.rendered_sound import Renderer
from unisono.eval.harness.score_folders import open_score
from unisono.eval.harness.task import EvalError, EvalSettings, silent

PERFORMANCE = "Composer/Piece/Pianist01.mid"


class SpaceWithoutOpinion(FakeSpace):
    """Finds all sound alike, so that notes alone say what is where."""

    def encode_item(self, item, *, modality=None, hop_s=None, every_column=False):
        if item.suffix == ".mid":
            return super().encode_item(item, modality=modality, hop_s=hop_s)
        seconds = soundfile.info(str(item)).duration
        return self._timed(Modality.AUDIO, ["x"] * int(seconds / hop_s), hop_s)


def rubato(seconds):
    return 0.7 + 1.1 * seconds + 0.2 * np.sin(seconds / 2)


def additive(notes, soundfont, target):
    soundfile.write(str(target), play_additive(notes, 22_050), 22_050, subtype="FLOAT")


def musicxml_of(notes: Notes) -> str:
    """Quarters of a melody, four a measure."""
    names = ("C", "C", "D", "D", "E", "F", "F", "G", "G", "A", "A", "B")
    sharp = (0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0)
    written = [
        f"<note><pitch><step>{names[p % 12]}</step><alter>{sharp[p % 12]}</alter>"
        f"<octave>{p // 12 - 1}</octave></pitch><duration>1</duration><type>quarter</type></note>"
        for p in notes.pitch.tolist()
    ]
    head = scales(1)
    start = head.index("<note>")
    attributes = head[head.index("<attributes>") : start]
    bars = [
        f'<measure number="{i // 4 + 1}">{attributes if i == 0 else ""}'
        f"{''.join(written[i : i + 4])}</measure>"
        for i in range(0, len(written), 4)
    ]
    opening = head[: head.index("<measure")]
    return opening + "".join(bars) + "</part></score-partwise>"


@pytest.fixture
def settings(tmp_path, monkeypatch) -> EvalSettings:
    monkeypatch.setattr(rendered_sound, "synthesise", additive)
    monkeypatch.setattr(aligned_pieces, "PERFORMANCES", {"valid": (PERFORMANCE,), "test": ()})
    monkeypatch.setattr(alignment_baselines, "lacks_sync_toolbox", lambda: "no row of it")
    soundfont = tmp_path / "MuseScore_General_Full.sf3"
    soundfont.write_bytes(b"a soundfont")
    folder = tmp_path / "data" / "asap" / "Composer" / "Piece"
    folder.mkdir(parents=True)
    notes = tune(1)
    melody = notes.pitch >= 60
    notes = Notes(
        *(
            getattr(notes, name)[melody]
            for name in ("onset_s", "offset_s", "pitch", "velocity", "program")
        )
    )
    write_midi(notes, folder / "midi_score.mid")
    played = replace(notes, onset_s=rubato(notes.onset_s), offset_s=rubato(notes.offset_s))
    write_midi(played, folder / "Pianist01.mid")
    (folder / "xml_score.mxl").write_text(musicxml_of(notes))
    beats = 0.5 * np.arange(48)
    kinds = ["bR" if i == 5 else "b" for i in range(48)]
    pd.DataFrame(
        {
            "performance": [PERFORMANCE],
            "piece": ["Composer/Piece"],
            "score_beats": [beats],
            "performance_beats": [rubato(beats)],
            "score_beat_types": [kinds],
            "performance_beat_types": [kinds],
        }
    ).to_parquet(tmp_path / "data" / "asap" / "annotations.parquet")
    return EvalSettings(data=tmp_path / "data", soundfont=str(soundfont), cache=tmp_path / "cache")


def test_performances_are_followed_better_than_by_baselines(settings) -> None:
    outcome = open_task("score-alignment").run(SpaceWithoutOpinion(), settings, silent)
    rows = {(row.who, row.answers): row for row in outcome.rows}
    assert set(rows) == {
        ("this space", "midi"),
        ("linear stretch", "midi"),
        ("chroma DTW", "midi"),
        ("this space", "musicxml"),
    }
    ours, straight = rows["this space", "midi"], rows["linear stretch", "midi"]
    assert ours.main and ours.kind == "measured" and straight.kind == "baseline"
    assert ours.queries == 47  # the beat of uncertain place is left out
    assert ours.scores["median ms"].value < 25
    assert ours.scores["within 100 ms"].value > 0.95
    assert ours.scores["median ms"].value < straight.scores["median ms"].value
    assert rows["this space", "musicxml"].scores["median ms"].value < 25
    assert ours.by_group == {PERFORMANCE: pytest.approx(ours.scores["median ms"].value)}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"data": None}, "needs --data"),
        ({"audio": "played"}, "performances already"),
        ({"split": "train"}, "there are valid, test"),
    ],
)
def test_what_cannot_be_measured_is_said(settings, change, fault) -> None:
    with pytest.raises(EvalError, match=fault):
        open_task("score-alignment").run(SpaceWithoutOpinion(), replace(settings, **change), silent)


def test_an_empty_folder_is_said(settings, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EvalError, match="holds no asap, msmd, lieder or violin"):
        open_task("score-alignment").run(
            SpaceWithoutOpinion(), replace(settings, data=tmp_path / "empty"), silent
        )


def test_what_is_missing_of_asap_is_named(settings, monkeypatch) -> None:
    monkeypatch.setattr(aligned_pieces, "PERFORMANCES", {"valid": ("Nobody/At/all.mid",)})
    with pytest.raises(EvalError, match=r"Nobody/At/all\.mid"):
        asap_pieces(settings.data / "asap", settings, Renderer(Path("x"), settings.cache))


def test_no_performance_is_in_two_splits() -> None:
    names = [*DEVELOPMENT, *VALID, *TEST]
    assert len(set(names)) == len(names) == 46
    titles = {one.rpartition("/")[0] for one in DEVELOPMENT}
    assert not titles & {one.rpartition("/")[0] for one in (*VALID, *TEST)}


def errors(piece, seconds, on_pages=None, who="this space") -> AlignmentErrors:
    pages = None if on_pages is None else np.array(on_pages, bool)
    return AlignmentErrors(who, "measured", "set", "midi", piece, np.array(seconds), pages)


def test_numbers_of_errors_by_hand() -> None:
    found = scores_of([errors("a", [0.01, -0.02, 0.2]), errors("b", [0.04, 0.6])], seed=0)
    assert found["median ms"].value == pytest.approx(40)
    assert found["mean ms"].value == pytest.approx(174)
    assert [found[f"within {limit} ms"].value for limit in (25, 50, 100, 250, 500)] == (
        pytest.approx([0.4, 0.6, 0.6, 0.8, 0.8])
    )
    # Pieces are resampled whole: the ends are those of one piece alone.
    assert found["mean ms"].low == pytest.approx(230 / 3)
    assert found["mean ms"].high == pytest.approx(320)
    assert "within a bar" not in found


def test_pages_have_their_own_numbers() -> None:
    found = scores_of([errors("a", [0.0, 1.0], [[1, 1, 1], [0, 0, 1]])], seed=0)
    names = ("note head", "bar", "system")
    assert [found[f"within a {name}"].value for name in names] == [0.5, 0.5, 1.0]


def test_rows_keep_ways_apart() -> None:
    rows = error_rows(
        [errors("a", [0.1]), errors("b", [0.3]), errors("a", [0.5], who="other")],
        ("set", "midi"),
        seed=0,
    )
    assert [(row.who, row.main, row.queries, row.candidates) for row in rows] == [
        ("this space", True, 2, 2),
        ("other", False, 1, 1),
    ]


@pytest.fixture
def page(settings, tmp_path) -> AlignedPiece:
    root = write_scores(tmp_path / "msmd")
    renderer = Renderer(Path(settings.soundfont), settings.cache)
    folder = tmp_path / "made"
    folder.mkdir()
    return msmd_pieces(root, settings, renderer)[0](folder)


def test_a_page_is_performed_with_its_truth(page) -> None:
    from unisono.data.readers.page import read_pages

    assert len(page.recording_s) == 10 and (np.diff(page.recording_s) > 0).all()
    assert not np.allclose(np.diff(page.recording_s), np.diff(page.score_s))
    assert page.pages is not None
    assert len(list(read_pages(page.pages.file))) == 1
    assert page.pages.system.tolist() == [0] * 5 + [1] * 5
    assert page.pages.head_px == pytest.approx(1.18 * 4)


def test_heads_of_a_scanned_page_stand_where_its_picture_shows_them(settings, tmp_path) -> None:
    folder = write_score(tmp_path / "one", LOWEST + 8, np.arange(6) * 0.5, 100 + 80 * np.arange(6))
    score = open_score(folder)
    from unisono.data.readers.page import read_pages

    for kind in ("scan", "photograph"):
        file = tmp_path / f"{kind}.tiff"
        changed = change_pages(score, replace(settings, pages=kind), file)
        (page,) = read_pages(file)
        x, y = changed.notes["x"], changed.notes["y"]
        assert np.abs(x - score.notes["x"]).max() > 0.5
        near = [
            page.image[int(b) - 3 : int(b) + 4, int(a) - 4 : int(a) + 5].min()
            for a, b in zip(x, y, strict=True)
        ]
        assert np.max(near) < np.median(page.image) - 60
        left, right = changed.notes["systems"][:, 1], changed.notes["systems"][:, 3]
        system = changed.notes["system"]
        assert ((x > left[system]) & (x < right[system])).all()


class Knowing:
    """An alignment that is right but for some pixels."""

    def __init__(self, page, away_px=0.0, system=None):
        self.page, self.away_px, self.system = page, away_px, system

    def to_score(self, seconds):
        from unisono.alignment.time import ScorePlace

        truth = self.page.pages
        row = int(np.abs(self.page.recording_s - seconds).argmin())
        system = int(truth.system[row]) if self.system is None else self.system
        top = truth.score.notes["systems"][system][2]
        x = float(truth.x[row]) + self.away_px
        return ScorePlace(page=1, system=system + 1, x=x, y=float(top) + 36)


def test_right_places_on_pages_are_right_and_others_are_not(page) -> None:
    assert page_errors(page, Knowing(page)).all()
    assert page_errors(page, Knowing(page, away_px=4.0))[:, 0].all()
    away = page_errors(page, Knowing(page, away_px=6.0))
    assert not away[:, 0].any() and away[:, 2].all()
    first = page_errors(page, Knowing(page, system=0))
    assert first[:, 2].tolist() == [True] * 5 + [False] * 5


def test_seconds_at_places_lie_between_notes(page) -> None:
    truth = page.pages
    middle = (truth.x[0] + truth.x[1]) / 2
    found = seconds_at(truth.score, np.array([0, 0, 7]), np.array([truth.x[0], middle, 5.0]))
    assert found[0] == pytest.approx(truth.score_s[0])
    assert found[1] == pytest.approx(truth.score_s[:2].mean())
    assert found[2] == truth.score_s[0]


def test_an_excerpt_keeps_the_moments_that_are_in_it(page, tmp_path) -> None:
    start_s = 0.5 * (soundfile.info(str(page.recording)).duration - 3.0)
    part = excerpt(page, 3.0, 0.5, tmp_path / "part.wav")
    assert soundfile.info(str(part.recording)).duration == pytest.approx(3.0, abs=1e-3)
    inside = (page.recording_s >= start_s) & (page.recording_s < start_s + 3.0)
    assert part.recording_s == pytest.approx(page.recording_s[inside] - start_s)
    assert part.score_s.tolist() == page.score_s[inside].tolist()
    assert part.pages.system.tolist() == page.pages.system[inside].tolist()


def test_a_straight_line_goes_through_all_systems(page) -> None:
    heard = alignment_baselines.Heard.of(page.recording, page.notes)
    system, x = measured_alignment.linear_places(heard, page)
    assert (np.diff(system) >= 0).all() and set(system.tolist()) == {0, 1}
    assert (x >= 40).all() and (x <= 660).all()


def test_beats_go_on_beyond_both_ends() -> None:
    beats = np.array([1.0, 2.0, 4.0])
    assert beats_at(np.array([0.5, 1.0, 3.0, 6.0]), beats).tolist() == [-0.5, 0, 1.5, 3]


def test_quarters_with_repeats_are_found_where_they_are_written(tmp_path) -> None:
    text = scales(4).replace("</measure><measure number=\"3\">", (
        '<barline location="right"><repeat direction="backward"/></barline></measure>'
        '<measure number="3">'
    ))  # fmt: skip
    path = tmp_path / "score.musicxml"
    path.write_text(text)
    steps = (60, 62, 64, 65, 67, 69, 71)
    bars = [[steps[(n + i) % 7] + 12 * (i % 2) for i in range(4)] for n in (1, 2, 1, 2, 3, 4)]
    pitch = np.array([p for bar in bars for p in bar], np.int16)
    quarters = np.arange(24.0)
    zeros = np.zeros(24, np.int16)
    notes = Notes(quarters / 2, quarters / 2 + 0.5, pitch, zeros + 80, zeros)
    piece = AlignedPiece(
        "set", "piece", path, quarters, notes, quarters / 2,
        quarters=np.array([0.0, 7.5, 8.0, 16.0]), note_quarters=quarters,
    )  # fmt: skip
    found = written_beats(path, piece)
    assert found is not None and found.tolist() == [0.0, 7.5, 0.0, 8.0]
    other = replace(piece, notes=replace(notes, pitch=pitch[::-1].copy()))
    assert written_beats(path, other) is None
