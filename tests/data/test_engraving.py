from __future__ import annotations

import numpy as np
import pytest
from short_scores import melody, note, score

from unisono.data.engraving import Engraving, Layout, engrave
from unisono.data.errors import ReadError
from unisono.data.notes import Notes

QUARTERS = "".join(map(note, (60, 62, 64, 65)))
TWO_STAVES = score(
    [[QUARTERS, note(67, 4)], [note(48, 2) + note(43, 2), note(60, 4) + note(64, 4, chord=True)]]
)


@pytest.fixture(scope="module")
def two_staves() -> Engraving:
    return engrave(TWO_STAVES)


def test_golden(two_staves: Engraving) -> None:
    notes = two_staves.notes
    assert notes.onset_s == pytest.approx([0, 0, 0.5, 1, 1, 1.5, 2, 2, 2])
    assert notes.offset_s == pytest.approx([0.5, 1, 1, 1.5, 2, 2, 4, 4, 4])
    assert notes.beat == pytest.approx([0, 0, 1, 2, 2, 3, 4, 4, 4])
    assert notes.measure.tolist() == ["1"] * 6 + ["2"] * 3
    assert notes.pitch.tolist() == [60, 48, 62, 64, 43, 65, 67, 64, 60]
    assert notes.staff.tolist() == [0, 1, 0, 0, 1, 0, 0, 1, 1]
    assert set(notes.page) == {1}
    assert set(notes.system) == {0}


def test_tempo_is_the_score_s() -> None:
    slow = engrave(score([[QUARTERS]], bpm=60)).notes
    assert slow.onset_s == pytest.approx([0, 1, 2, 3])
    assert slow.beat == pytest.approx([0, 1, 2, 3])


def test_heads_lie_on_ink_within_their_system(two_staves: Engraving) -> None:
    (system,) = two_staves.systems
    x0, y0, x1, y1 = system.box
    (page,) = two_staves.pages
    notes = two_staves.notes
    for x, y, onset in zip(notes.x, notes.y, notes.onset_s, strict=True):
        assert x0 < x < x1
        assert y0 - 80 < y < y1 + 80
        around = page[round(y) - 3 : round(y) + 4, round(x) - 3 : round(x) + 4]
        # whole and half notes are hollow: their rim lies farther out
        reach = page[round(y) - 3 : round(y) + 4, round(x) - 9 : round(x) + 10]
        assert around.mean() < 60 or (onset >= 1 or reach.min() < 60)
        assert reach.min() < 60


def test_same_onset_same_column(two_staves: Engraving) -> None:
    notes = two_staves.notes
    assert notes.x[0] == pytest.approx(notes.x[1], abs=4)
    upper = notes.x[notes.staff == 0]
    assert (np.diff(upper) > 0).all()
    assert notes.y[0] < notes.y[1]


def test_staves_stand_in_the_box(two_staves: Engraving) -> None:
    (system,) = two_staves.systems
    assert len(system.staves) == 2
    upper, lower = system.staves
    assert upper[3] < lower[1]
    assert system.box == (
        min(upper[0], lower[0]),
        upper[1],
        max(upper[2], lower[2]),
        lower[3],
    )
    assert upper[3] - upper[1] == pytest.approx(40, abs=1)  # four spaces of ten pixels
    (page,) = two_staves.pages
    line = page[
        round(upper[1]) - 1 : round(upper[1]) + 2, round(upper[0]) + 5 : round(upper[2]) - 5
    ]
    assert (line.min(axis=0) < 128).mean() > 0.99


@pytest.mark.parametrize("space", [6.0, 14.0])
def test_pixels_follow_the_staff_space(two_staves: Engraving, space: float) -> None:
    layout = Layout(staff_space_px=space)
    other = engrave(TWO_STAVES, layout)
    np.testing.assert_allclose(other.notes.x, two_staves.notes.x * space / 10, atol=1)
    height, width = other.pages[0].shape
    assert (height, width) == (round(148 * space), round(105 * space))


def test_a_tie_sounds_once() -> None:
    tied = [note(60, 4, tie="start"), note(60, 2, tie="stop") + note(62, 2)]
    notes = engrave(score([tied])).notes
    assert notes.pitch.tolist() == [60, 62]
    assert notes.onset_s == pytest.approx([0, 3])
    assert notes.offset_s == pytest.approx([3, 4])
    assert notes.measure.tolist() == ["1", "2"]


def test_repeats_stay_folded_unless_asked() -> None:
    xml = score([[QUARTERS, QUARTERS]], repeat=True)
    assert len(engrave(xml).notes) == 8
    played = engrave(xml, expand_repeats=True).notes
    assert len(played) == 16
    np.testing.assert_allclose(played.x[8:], played.x[:8])
    np.testing.assert_allclose(played.onset_s[8:], played.onset_s[:8] + 4)
    assert played.measure.tolist() == (["1"] * 4 + ["2"] * 4) * 2


def test_a_tie_in_a_repeat_sounds_once_each_time() -> None:
    tied = [note(60, 4, tie="start"), note(60, 2, tie="stop") + note(62, 2)]
    notes = engrave(score([tied], repeat=True), expand_repeats=True).notes
    assert notes.pitch.tolist() == [60, 62, 60, 62]
    assert notes.onset_s == pytest.approx([0, 3, 4, 7])
    assert notes.offset_s == pytest.approx([3, 4, 7, 8])


def test_a_long_score_has_two_pages_in_reading_order() -> None:
    layout = Layout(staff_space_px=6.0, page_width=60, page_height=60)
    long = engrave(score([melody(28)]), layout)
    assert len(long.pages) >= 2
    notes = long.notes
    assert len(notes) == 28 * 4
    order = list(zip(notes.page, notes.system, notes.x, strict=True))
    assert order == sorted(order)
    pages = [system.page for system in long.systems]
    assert pages == sorted(pages)
    assert set(pages) == set(range(1, len(long.pages) + 1))
    for page, system in zip(notes.page, notes.system, strict=True):
        assert long.systems[system].page == page
    for earlier, later in zip(long.systems, long.systems[1:], strict=False):
        assert later.page > earlier.page or later.box[1] > earlier.box[3]


def test_text_is_drawn_when_asked() -> None:
    xml = score([[QUARTERS], [QUARTERS]], names=["Violin", "Cello"])
    with_text, without = (engrave(xml, Layout(text=text)).pages[0] for text in (True, False))
    assert with_text.shape == without.shape
    assert (with_text < 128).sum() > (without < 128).sum() + 50


@pytest.mark.parametrize("content", ["", "no score at all", "<html><body>x</body></html>", "{}"])
def test_nonsense_is_refused(content: str) -> None:
    with pytest.raises(ReadError, match=r"^song\.mxl: "):
        engrave(content, name="song.mxl")


def test_a_score_of_rests_is_refused() -> None:
    rest = "<note><rest/><duration>4</duration><type>whole</type></note>"
    with pytest.raises(ReadError, match="no notes in the score"):
        engrave(score([[rest]]))


def test_notes_for_the_midi_tower(two_staves: Engraving) -> None:
    notes = two_staves.notes.to_notes(program=40)
    assert isinstance(notes, Notes)
    assert len(notes) == 9
    assert notes.duration_s == pytest.approx(4)
    assert set(notes.program) == {40}
    assert (notes.offset_s > notes.onset_s).all()
