"""Where passages lie, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tiny_space import Files, melody_notes, sound, write_sound

from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.places import Region, TickSpan, TimeSpan
from unisono.data.readers.midi import read_midi
from unisono.data.readers.page import read_pages
from unisono.data.staves import find_page_systems
from unisono.towers.audio import PASSAGE_S, choose_columns, column_means, column_seconds
from unisono.towers.encoding import Passages
from unisono.towers.space import Space, load


@pytest.fixture(scope="module")
def space(tiny_bundle: Path) -> Space:
    return load(tiny_bundle)


def spans(passages: Passages) -> list[TimeSpan]:
    return [place for place in passages.places if isinstance(place, TimeSpan)]


@pytest.mark.parametrize("hop_s", [None, 0.2, 0.25, 1.0, 3.0, 100.0])
@pytest.mark.parametrize("kind", ["audio", "midi"])
def test_times_increase_and_cover_the_file(
    space: Space, files: Files, kind: str, hop_s: float | None
) -> None:
    encoding = space.encode_item(files.audio if kind == "audio" else files.midi, hop_s=hop_s)
    places = spans(encoding.passages)
    assert len(places) == len(encoding.passages)
    assert encoding.duration_s == pytest.approx(12.3, abs=0.06)
    starts, ends = (np.array([getattr(p, n) for p in places]) for n in ("start_s", "end_s"))
    assert (ends > starts).all()
    assert (ends - starts <= PASSAGE_S + 1e-6).all()
    middles = (starts + ends) / 2
    assert (np.diff(middles) > 0).all()
    hop = hop_s or 1.0
    assert len(places) == pytest.approx(max(1, 12.3 / hop), abs=1)
    if hop <= PASSAGE_S:
        assert starts[0] == 0
        assert ends[-1] == pytest.approx(12.3, abs=0.06)
        assert (starts[1:] <= ends[:-1]).all(), "a part of the file is in no passage"


def test_hops_are_kept(space: Space, files: Files) -> None:
    places = spans(space.passages(files.more_audio[1], hop_s=2.0))
    inner = [p for p in places if p.start_s > 0 and p.end_s < 30.9]
    middles = np.array([(p.start_s + p.end_s) / 2 for p in inner])
    np.testing.assert_allclose(np.diff(middles), 2.0, atol=0.11)


@pytest.mark.parametrize("hop_s", [0.0, -1.0])
def test_a_hop_that_leads_nowhere(space: Space, files: Files, hop_s: float) -> None:
    with pytest.raises(ValueError, match="longer than 0"):
        space.encode_item(files.midi, hop_s=hop_s)


def test_a_tenth_of_a_second(space: Space, tmp_path: Path) -> None:
    path = write_sound(tmp_path / "short.wav", sound(melody_notes(0.1)))
    encoding = space.encode_item(path)
    (place,) = spans(encoding.passages)
    assert place.start_s == 0
    assert 0 < place.end_s <= 0.1
    assert np.linalg.norm(encoding.whole) == pytest.approx(1, abs=1e-5)
    again = space.encode_notes(melody_notes(0.01)).passages
    assert len(again) == 1


@settings(max_examples=60)
@given(duration=st.floats(0.05, 400), hop=st.floats(0.05, 30))
def test_columns_are_chosen_once_and_in_order(duration: float, hop: float) -> None:
    seconds = column_seconds(int(duration * 20) // 4 + 1, 4, 20)
    chosen = choose_columns(seconds, hop, duration)
    assert len(chosen) >= 1
    assert (np.diff(chosen) > 0).all()
    assert 0 <= chosen[0] <= chosen[-1] < len(seconds)
    if hop >= 0.25:
        assert len(chosen) == pytest.approx(duration / hop, abs=1.01)


def test_means_of_columns() -> None:
    means = column_means(np.float32([1, 3, 5, 7, 4]), 2)
    assert means.tolist() == [2, 6, 4]


def test_silence_weighs_nothing(space: Space, tmp_path: Path) -> None:
    samples = np.concatenate([sound(melody_notes(8.0)), np.zeros(8 * 16_000, np.float32)])
    passages = space.passages(write_sound(tmp_path / "half.wav", samples), hop_s=0.5)
    ends = np.array([p.end_s for p in spans(passages)])
    middle = ends - PASSAGE_S / 2
    assert passages.weights[middle < 7].mean() > 0.5
    assert passages.weights[(middle > 8.5) & (ends < 15.9)].max() == 0


def test_ticks_are_those_of_the_file(space: Space, files: Files) -> None:
    score = read_midi(files.midi)
    places = space.passages(files.midi).places
    for place in places:
        assert isinstance(place, TickSpan)
        bounds = score.seconds_at([place.start_tick, place.end_tick])
        np.testing.assert_allclose(bounds, [place.start_s, place.end_s], atol=0.01)
    ticks = [p.start_tick for p in places if isinstance(p, TickSpan)]
    assert ticks == sorted(ticks)


def check_regions(regions: list[Region], boxes: list[tuple[int, tuple[float, ...]]]) -> None:
    """boxes: (page, box) of every system in reading order."""
    order = [(r.page, r.system, r.x0) for r in regions]
    assert order == sorted(order)
    numbers: dict[tuple[int, int], tuple[float, ...]] = {}
    counts: dict[int, int] = {}
    for page, box in boxes:
        counts[page] = counts.get(page, 0) + 1
        numbers[page, counts[page]] = box
    assert {(r.page, r.system) for r in regions} == set(numbers)
    for region in regions:
        x0, y0, x1, y1 = numbers[region.page, region.system]
        assert x0 - 1e-3 <= region.x0 < region.x1 <= x1 + 1e-3
        assert (region.y0, region.y1) == (y0, y1)
    for key, (x0, _, x1, _) in numbers.items():
        mine = [r for r in regions if (r.page, r.system) == key]
        assert min(r.x0 for r in mine) <= x0 + 1
        assert max(r.x1 for r in mine) >= x1 - 1


def regions_of(passages: Passages) -> list[Region]:
    regions = [place for place in passages.places if isinstance(place, Region)]
    assert len(regions) == len(passages)
    return regions


def test_regions_of_a_page(space: Space, files: Files) -> None:
    (page,) = read_pages(files.page)
    systems = find_page_systems(page.image)
    assert len(systems) > 1
    encoding = space.encode_item(files.page)
    assert encoding.modality is Modality.SHEET
    regions = regions_of(encoding.passages)
    check_regions(regions, [(1, system.box) for system in systems])
    height, width = page.image.shape
    assert all(0 <= r.x0 < r.x1 <= width and 0 <= r.y0 < r.y1 <= height for r in regions)


def test_every_column_of_a_page(space: Space, files: Files) -> None:
    usual = space.encode_item(files.page)
    fine = space.encode_item(files.page, every_column=True)
    assert space.columns_a_passage == 4
    np.testing.assert_array_equal(fine.whole, usual.whole)
    kept = fine.passages.chosen(np.arange(0, len(fine.passages), 4))
    np.testing.assert_array_equal(kept.vectors, usual.passages.vectors)
    assert kept.places == usual.passages.places
    np.testing.assert_array_equal(kept.weights, usual.passages.weights)


def test_pages_count_from_one(space: Space, files: Files, tmp_path: Path) -> None:
    with Image.open(files.page) as opened:
        page = opened.convert("L")
    page.save(tmp_path / "two.tiff", save_all=True, append_images=[page.copy()])
    regions = regions_of(space.passages(tmp_path / "two.tiff"))
    first, second = ([r for r in regions if r.page == number] for number in (1, 2))
    assert regions == first + second
    assert len(first) == pytest.approx(len(second), abs=1)
    assert {(r.system, r.y0) for r in first} == {(r.system, r.y0) for r in second}


def test_musicxml_is_a_sheet(space: Space, files: Files) -> None:
    encoding = space.encode_item(files.score)
    assert encoding.modality is Modality.SHEET
    assert encoding.duration_s is None
    order = [(r.page, r.system, r.x0) for r in regions_of(encoding.passages)]
    assert order == sorted(order)
    assert order[0][:2] == (1, 1)
    assert {system for page, system, _ in order if page == 1} == set(
        range(1, 1 + max(system for page, system, _ in order if page == 1))
    )


def test_a_picture_is_a_sheet_or_a_cover_by_what_it_shows(
    space: Space, files: Files, tmp_path: Path
) -> None:
    lying = tmp_path / "cover.jpg"
    Image.open(files.page).save(lying)
    assert space.encode_item(lying).modality is Modality.SHEET
    assert space.encode_item(files.cover).modality is Modality.COVER
    assert space.encode_item(files.page, modality=Modality.COVER).modality is Modality.COVER
    assert list(space.encode_item(files.cover).passages.places) == [None]


def test_silence_is_refused(space: Space, tmp_path: Path) -> None:
    path = write_sound(tmp_path / "silent.wav", np.zeros(32_000, np.float32))
    with pytest.raises(ReadError, match=r"silent\.wav: holds nothing but silence"):
        space.encode([path])


def test_a_quiet_recording_is_no_silence(space: Space, tmp_path: Path) -> None:
    import soundfile

    quiet = 0.003 * sound(melody_notes(2.0))
    soundfile.write(tmp_path / "quiet.wav", quiet, 16_000, subtype="FLOAT")
    assert space.encode([tmp_path / "quiet.wav"]).shape == (1, space.dimension)


def test_a_page_without_staves_is_refused(space: Space, files: Files) -> None:
    with pytest.raises(ReadError, match="shows no staves"):
        space.encode([files.cover], modality=Modality.SHEET)


def test_a_str_is_never_a_file(space: Space, files: Files) -> None:
    with pytest.raises(ValueError, match="a str is text"):
        space.encode_item(str(files.audio), modality=Modality.AUDIO)
    assert space.encode_item(str(files.audio)).modality is Modality.TEXT


def test_no_notes_no_vector(space: Space) -> None:
    nothing = melody_notes(1.0)
    empty = type(nothing)(*(getattr(nothing, name)[:0] for name in nothing.__dataclass_fields__))
    with pytest.raises(ValueError, match="no notes"):
        space.encode_notes(empty)
