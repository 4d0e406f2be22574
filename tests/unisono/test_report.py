"""The parts of the report: drawings, places, pictures and sounds."""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.report.alignment_drawing import ticks
from unisono.report.blocks import page_block, sign
from unisono.report.collection import System, Work
from unisono.report.findings import MapPoint
from unisono.report.map_drawing import draw_map
from unisono.report.marks import mark
from unisono.report.passages import cut_region, cut_seconds, middle_system
from unisono.report.pictures import box_of, picture_of
from unisono.report.places import clock, plural, spoken_place
from unisono.report.sound_store import SoundStore
from unisono.report.sounds import LONGEST_S, sound_of
from unisono.report.space_map import flat_map


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """Seventy seconds, of which only the last ten are loud."""
    rate = 8_000
    sound = np.zeros(70 * rate, np.float32)
    sound[60 * rate :] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(10 * rate) / rate)
    path = tmp_path / "take.wav"
    soundfile.write(path, sound, rate)
    return path


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (75.2, "1:15"), (59.6, "1:00"), (3_725, "1:02:05")]
)
def test_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_places_in_words() -> None:
    assert spoken_place(TimeSpan(5, 70)) == "0:05-1:10"
    assert spoken_place(Region(2, 3, 0, 1, 0, 1)) == "page 2, system 3"
    assert spoken_place(None) == ""
    assert plural(1, "page") == "1 page" and plural(0, "page") == "0 pages"


@given(st.floats(0.5, 20_000))
def test_ticks_begin_at_zero_and_stay_below_the_end(end: float) -> None:
    found = ticks(end)
    assert found[0] == 0 and found[-1] <= end and 1 <= len(found) <= 9
    assert found == sorted(found)


def test_map_joins_works_and_ignores_the_offset_of_a_kind() -> None:
    random = np.random.default_rng(1)
    works = random.standard_normal((4, 8)) * [5, 4, *[0.01] * 6]
    sounds, pages = works, works + 100 * random.standard_normal(8)
    places, explained = flat_map(np.vstack([sounds, pages]), ["audio"] * 4 + ["sheet"] * 4)
    assert places.min() == 0 and places.max() == 1
    assert np.allclose(places[:4], places[4:], atol=0.01)
    assert explained > 0.99


@pytest.mark.parametrize("count", [0, 1, 2])
def test_map_of_hardly_anything(count: int) -> None:
    places, _ = flat_map(np.eye(4, dtype=np.float32)[:count], ["audio", "midi"][:count])
    assert places.shape == (count, 2) and np.isfinite(places).all()


def test_every_kind_has_its_own_shape() -> None:
    drawn = {modality: mark(modality, 10, 10, title="a < b") for modality in Modality}
    assert len(set(drawn.values())) == len(Modality)
    corners = set()
    for drawing in drawn.values():
        element = ElementTree.fromstring(drawing)
        assert element.findtext("title") == "a < b"
        corners.add(element.get("points", "circle"))
    assert len(corners) == len(Modality)


def test_map_drawing_is_sound_and_escaped() -> None:
    points = [
        MapPoint(Modality.AUDIO, "<b>take</b>", "w&1", 0.0, 0.0),
        MapPoint(Modality.MIDI, "song", "w&1", 1.0, 1.0),
        MapPoint(Modality.TEXT, "alone", "", 0.5, 0.5),
    ]
    figure = ElementTree.fromstring(draw_map(points, {"w&1": "Tom & Jerry"}, 0.5))
    assert [t.text for t in figure.iter("text")] == ["Tom & Jerry"]
    assert len(list(figure.iter("line"))) == 2
    titles = {t.text for t in figure.iter("title")}
    assert titles == {"<b>take</b>", "song", "alone"}


def test_sound_is_mp3_cut_around_the_moment(take: Path) -> None:
    whole = sound_of(take, TimeSpan(0, 5))
    late = sound_of(take, TimeSpan(62, 66))
    assert whole and late
    assert (whole.start_s, whole.whole) == (0, False)
    assert late.start_s == 60 and not late.whole
    start, _ = soundfile.read(io.BytesIO(whole.mp3))
    end, rate = soundfile.read(io.BytesIO(late.mp3))
    assert len(start) / rate == pytest.approx(LONGEST_S, abs=0.2)
    assert len(end) / rate == pytest.approx(10, abs=0.2)
    assert np.abs(start).max() < 0.05 < np.abs(end[rate:-rate]).max()


def test_a_file_that_is_no_sound_has_none(tmp_path: Path) -> None:
    (tmp_path / "x.ogg").write_bytes(b"nothing")
    assert sound_of(tmp_path / "x.ogg") is None


def test_a_sound_is_stored_once(take: Path) -> None:
    store = SoundStore()
    first = store.name_of(take, TimeSpan(1, 2))
    assert first == store.name_of(take) == store.name_of(take, TimeSpan(3, 9))
    assert store.name_of(take, TimeSpan(62, 66)) != first
    assert len(json.loads(store.to_json())) == 2


def test_picture_is_scaled_and_the_place_stays(tmp_path: Path) -> None:
    Image.new("L", (2000, 1000), 255).save(tmp_path / "page.png")
    picture = picture_of(tmp_path / "page.png")
    assert picture and (picture.width, picture.height) == (2000, 1000)
    assert Image.open(io.BytesIO(picture.png)).size == (1000, 500)
    box = box_of(Region(1, 1, 1000, 1500, 250, 500), picture, margin=0)
    assert (box.left, box.top, box.width, box.height) == (50, 25, 25, 25)
    edge = box_of(Region(1, 1, 0, 2000, 0, 1000), picture)
    assert (edge.left, edge.top, edge.width, edge.height) == (0, 0, 100, 100)


def test_page_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(b"no picture")
    assert picture_of(tmp_path / "page.png") is None
    assert "page.png" in page_block(tmp_path / "page.png", None, "<A page>")
    assert "&lt;A page&gt;" in page_block(tmp_path / "page.png", None, "<A page>")
    Image.new("L", (10, 10)).save(tmp_path / "one.png")
    assert picture_of(tmp_path / "one.png", 2) is None


def test_verdicts_are_spoken() -> None:
    words = [ElementTree.fromstring(sign(right)).get("aria-label") for right in (True, False, None)]
    assert words == ["right", "wrong", "unknown"]


def test_middle_system_is_cut_out(tmp_path: Path) -> None:
    places = [
        Region(1, system, 40.0 * i, 40.0 * i + 40, 100.0 * system, 100.0 * system + 50)
        for system in (1, 2, 3)
        for i in range(3)
    ]
    region = middle_system(places)
    assert region == Region(1, 2, 0, 120, 200, 250)
    assert middle_system(places[:6]) is None
    Image.new("L", (200, 400), 255).save(tmp_path / "page.png")
    cut = cut_region(tmp_path / "page.png", region, tmp_path)
    assert cut and Image.open(cut).size == (135, 80)


def test_seconds_are_cut_from_the_middle(take: Path, tmp_path: Path) -> None:
    assert cut_seconds(take, 8.0, tmp_path) == TimeSpan(31.0, 39.0)
    assert soundfile.info(tmp_path / "excerpt.wav").duration == pytest.approx(8.0)
    assert cut_seconds(take, 60.0, tmp_path) is None


def test_region_finds_its_system() -> None:
    systems = tuple(System(100.0 * i, 100.0 * i + 60, TimeSpan(i, i + 1)) for i in range(3))
    work = Work("w", "W", frozenset(), systems)
    assert work.system_of(Region(1, 9, 0, 10, 90, 170)) == 2
    assert work.system_of(Region(1, 1, 0, 10, 500, 600)) is None
    assert Work("w", "W").system_of(Region(1, 1, 0, 1, 0, 1)) is None
