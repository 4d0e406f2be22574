"""One modality as pairs of itself."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from short_scores import melody, score

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pairs.associations import Associations
from unisono.data.pairs.config import AloneSource, DatasetSource, TableSource
from unisono.data.pairs.opening import open_source
from unisono.data.pairs.source import Item, PairSource, Side, SourceError
from unisono.data.pairs.twice import leave_out_words, played_anew
from unisono.data.readers.midi import write_midi

RATE = 16_000
ROWS = [
    {"wav": "a.wav", "mid": "a.mid", "page": "a.musicxml", "image": "a.png",
     "words": "slow and very sad music | quiet", "artist": "A", "lists": "x|y"},
    {"wav": "b.wav", "mid": "b.mid", "page": "", "image": "b.png",
     "words": "fast", "artist": "A", "lists": "y | z"},
    {"wav": "c.wav", "mid": "c.mid", "page": "", "image": "",
     "words": "loud", "artist": "B", "lists": "z"},
    {"wav": "a.wav", "mid": "a.mid", "page": "", "image": "",
     "words": "sad", "artist": "C", "lists": ""},
]  # fmt: skip


def scale(count: int) -> Notes:
    """A note at every second, its pitch 30 plus the second."""
    onset = np.arange(count, dtype=np.float64)
    pitch = (30 + np.arange(count)).astype(np.int16)
    return Notes(onset, onset + 0.5, pitch, np.full(count, 80, np.int16), np.zeros(count, np.int16))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> TableSource:
    root = tmp_path_factory.mktemp("alone")
    for name, seconds in (("a", 40), ("b", 12), ("c", 5)):
        ramp = (np.arange(seconds * RATE) / RATE / 1000).astype(np.float32)
        soundfile.write(root / f"{name}.wav", ramp, RATE, subtype="FLOAT")
        write_midi(scale(seconds), root / f"{name}.mid")
        Image.radial_gradient("L").convert("RGB").save(root / f"{name}.png")
    (root / "a.musicxml").write_text(score([melody(60)]))
    with (root / "t.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    return TableSource(str(root), "t.csv", {"audio": "wav"})


def alone(table: TableSource, role: str, column: str, **settings: object) -> AloneSource:
    augment = bool(settings.pop("augment", False))
    of = replace(table, columns={role: column}, augment=augment)
    return AloneSource(of, role, **settings)  # type: ignore[arg-type]


def draw(source: PairSource, index: int, seed: int = 0) -> Item:
    return source.draw(index, ("left", "right"), np.random.default_rng(seed))


def arrays(sides: Mapping[str, Side]) -> tuple[np.ndarray, np.ndarray]:
    left, right = sides["left"].content, sides["right"].content
    assert isinstance(left, np.ndarray)
    assert isinstance(right, np.ndarray)
    return left, right


def start_of(side: Side) -> float:
    """The second at which an excerpt of a scale begins."""
    assert isinstance(side.content, Notes)
    uncut = side.content.onset_s > 0.1
    return float(np.median((side.content.pitch - 30 - side.content.onset_s)[uncut]))


@pytest.mark.parametrize(
    ("role", "column", "shape"),
    [("audio", "wav", (48_000,)), ("sheet", "page", (128, 256)), ("cover", "image", (3, 96, 96))],
)
def test_two_views_of_one_excerpt(
    table: TableSource, role: str, column: str, shape: tuple[int, ...]
) -> None:
    source = open_source(alone(table, role, column, seconds=3.0))
    assert not source.fixed
    assert dict(source.roles) == dict.fromkeys(("left", "right"), Modality(role))
    item = draw(source, 0, seed=4)
    left, right = arrays(item.sides)
    assert left.shape == right.shape == shape
    assert (left != right).any()
    assert item.sides["left"].identity == item.sides["right"].identity
    again = arrays(draw(source, 0, seed=4).sides)
    np.testing.assert_array_equal(left, again[0])
    np.testing.assert_array_equal(right, again[1])
    assert (left != arrays(draw(source, 0, seed=5).sides)[0]).any()


@pytest.mark.parametrize("seed", range(8))
def test_two_views_of_notes_show_one_place(table: TableSource, seed: int) -> None:
    """Moved by half a second at most between them, never transposed."""
    source = open_source(alone(table, "midi", "mid", seconds=5.0))
    sides = draw(source, 0, seed=seed).sides
    starts = [start_of(side) for side in sides.values()]
    assert abs(starts[0] - starts[1]) < 0.5 + 0.1
    for side, start in zip(sides.values(), starts, strict=True):
        assert isinstance(side.content, Notes)
        assert side.duration_s == 5.0
        uncut = side.content.onset_s > 0.1
        played = side.content.pitch[uncut] - 30 - start
        np.testing.assert_allclose(side.content.onset_s[uncut], played, atol=0.15)
        assert (side.content.offset_s <= 5.0).all()


def test_two_views_of_a_sentence(table: TableSource) -> None:
    source = open_source(alone(table, "text", "words"))
    pairs = [draw(source, 0, seed=seed).sides for seed in range(60)]
    sentence = ["slow", "and", "very", "sad", "music"]
    different = 0
    for sides in pairs:
        left, right = (str(side.content).split() for side in sides.values())
        if left == ["quiet"] or right == ["quiet"]:
            assert left == right  # both views are of the same wording
            continue
        for words in (left, right):
            assert words
            assert words == [word for word in sentence if word in words]
        different += left != right
    assert 10 < different < 60


def test_rows_of_the_same_recording_are_one_item(table: TableSource) -> None:
    for positives in ("augmentation", "proximity"):
        source = open_source(alone(table, "audio", "wav", positives=positives, seconds=2.0))
        assert list(source.works) == ["row 1", "row 2", "row 3"]


@pytest.mark.parametrize("within", [0.01, 0.5, 3.0, 100.0])
def test_near_excerpts(table: TableSource, within: float) -> None:
    config = alone(
        table, "midi", "mid", positives="proximity", within_s=within, seconds=4.0, augment=True
    )
    source = open_source(config)
    gaps = []
    for seed in range(60):
        sides = draw(source, 1, seed=seed).sides
        left, right = start_of(sides["left"]), start_of(sides["right"])
        assert min(left, right) > -0.01
        assert max(left, right) < 11.5 - 4 + 0.01
        gaps.append(left - right)
    distances = np.abs(gaps)
    assert distances.min() > 0.005
    assert distances.max() < within + 0.005
    assert distances.max() > min(within, 5) * 0.7
    assert 10 < np.sum(np.array(gaps) > 0) < 50  # either may come first


def test_near_excerpts_of_sound_and_page(table: TableSource) -> None:
    settings = {"positives": "proximity", "within_s": 1.0, "seconds": 2.0}
    source = open_source(alone(table, "audio", "wav", **settings))
    assert source.fixed
    left, right = arrays(draw(source, 0, seed=1).sides)
    starts = [1000 * float(side[0]) for side in (left, right)]
    assert 0 < abs(starts[0] - starts[1]) <= 1.05  # 16 bits tell 30 ms
    assert 1000 * float(left[-1]) - starts[0] == pytest.approx(2.0, abs=0.1)
    np.testing.assert_array_equal(left, arrays(draw(source, 0, seed=2).sides)[0])
    assert draw(source, 0).sides["left"].identity != draw(source, 0).sides["right"].identity
    page = open_source(alone(table, "sheet", "page", **settings))
    ink, other = arrays(draw(page, 0).sides)
    assert ink.shape == other.shape == (128, 256)
    shifts = [
        shift
        for shift in range(-40, 41)
        if shift
        and np.array_equal(ink[:, max(0, shift) : 256 + min(0, shift)],
                           other[:, max(0, -shift) : 256 - max(0, shift)])
    ]  # fmt: skip
    assert len(shifts) == 1  # one second is forty columns


def test_too_short_for_two_excerpts(table: TableSource) -> None:
    source = open_source(alone(table, "audio", "wav", positives="proximity", seconds=5.0))
    draw(source, 1)
    with pytest.raises(SourceError, match=r"c\.wav .* is no longer than one excerpt"):
        draw(source, 2)


def test_items_of_one_artist(table: TableSource) -> None:
    config = alone(table, "midi", "mid", positives="association", by="artist", augment=True)
    source = open_source(config)
    # B has one item and C one; both are left out
    assert list(source.works) == ["A", "A"]
    item = draw(source, 0)
    assert item.work == "A"
    assert (item.sides["left"].identity, item.sides["right"].identity) == ("a.mid", "b.mid")
    assert draw(source, 1).sides["right"].identity == "a.mid"
    fixed = open_source(replace(config, of=replace(config.of, augment=False)))
    assert fixed.fixed
    first, second = (draw(fixed, 0, seed=seed).sides["left"].content for seed in (1, 2))
    assert isinstance(first, Notes)
    assert isinstance(second, Notes)
    np.testing.assert_array_equal(first.onset_s, second.onset_s)


def test_items_of_any_common_playlist(table: TableSource) -> None:
    config = alone(table, "midi", "mid", positives="association", by="lists", augment=True)
    source = open_source(config)
    assert list(source.works) == ["y", "y", "z"]
    partners = [
        {draw(source, index, seed=seed).sides["right"].identity for seed in range(30)}
        for index in range(3)
    ]
    assert partners == [{"b.mid"}, {"a.mid", "c.mid"}, {"b.mid"}]


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("pqrs"), max_size=3), st.sampled_from("ABCDE")),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 99),
)
def test_partners_share_a_value_and_are_something_else(
    rows: list[tuple[set[str], str]], seed: int
) -> None:
    found = Associations(["|".join(sorted(values)) for values, _ in rows], [i for _, i in rows])
    expected = [
        row
        for row, (values, identity) in enumerate(rows)
        if any(values & others and identity != other for others, other in rows)
    ]
    assert found.rows == expected
    random = np.random.default_rng(seed)
    for row in found.rows:
        partner = found.partner(row, random)
        assert rows[partner][0] & rows[row][0]
        assert rows[partner][1] != rows[row][1]
        assert found.work(row) in rows[row][0]


@given(
    st.lists(st.floats(0, 4.999), min_size=1, max_size=30),
    st.integers(0, 1000),
)
def test_notes_played_anew_are_still_notes(onsets: list[float], seed: int) -> None:
    onset = np.sort(np.array(onsets))
    count = len(onset)
    pitch = np.arange(40, 40 + count).astype(np.int16)
    velocity, program = np.full(count, 120, np.int16), np.full(count, 5, np.int16)
    notes = Notes(onset, np.minimum(onset + 1, 5.0), pitch, velocity, program)
    other = played_anew(notes, 5.0, np.random.default_rng(seed))
    assert 1 <= len(other) <= count
    assert set(other.pitch) <= set(pitch)
    assert (np.diff(other.onset_s) >= 0).all()
    assert (other.onset_s >= 0).all()
    assert (other.offset_s > other.onset_s).all()
    assert (other.offset_s <= 5.0).all()
    assert ((other.velocity >= 1) & (other.velocity <= 127)).all()
    assert (np.abs(other.onset_s - onset[other.pitch - 40]) < 0.2).all()
    empty = Notes(*(array[:0] for array in (onset, onset, pitch, velocity, program)))
    assert len(played_anew(empty, 5.0, np.random.default_rng(0))) == 0


@given(st.lists(st.text("abc", min_size=1), min_size=1, max_size=9), st.integers(0, 99))
def test_words_left_out(words: list[str], seed: int) -> None:
    kept = leave_out_words(" ".join(words), np.random.default_rng(seed)).split()
    assert kept
    remaining = iter(words)
    assert all(word in remaining for word in kept)  # in their order


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"positives": "association"}, "association needs 'by'"),
        ({"positives": "association", "by": "label"}, "no column 'label'; its columns are wav"),
        ({"positives": "association", "by": "wav"}, "none of 4 items shares its 'wav'"),
        ({"seconds": 0.0}, "seconds is 0.0, must be more than 0"),
        ({"positives": "proximity", "within_s": 0.0}, "within_s is 0.0"),
    ],
)
def test_what_is_told_of_a_wrong_setting(
    table: TableSource, settings: dict[str, object], sentence: str
) -> None:
    with pytest.raises(SourceError, match=sentence):
        open_source(alone(table, "audio", "wav", **settings))


def test_roles_and_modalities_that_do_not_fit(table: TableSource) -> None:
    with pytest.raises(SourceError, match="no role 'midi'; its roles are audio"):
        open_source(AloneSource(table, "midi"))
    with pytest.raises(SourceError, match="a text has no time"):
        open_source(alone(table, "text", "words", positives="proximity"))
    source = open_source(AloneSource(table, "audio"))
    with pytest.raises(SourceError, match="no role 'audio'; its roles are left, right"):
        source.draw(0, ["audio"], np.random.default_rng(0))


def test_items_of_a_dataset(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = {"words": ["one", "two", "three"], "lists": [["x", "y"], ["y"], ["z"]]}
    datasets.Dataset.from_dict(rows).save_to_disk(tmp_path / "set")
    of = DatasetSource(str(tmp_path / "set"), {"text": "words"})
    source = open_source(AloneSource(of, "text", positives="association", by="lists"))
    assert list(source.works) == ["y", "y"]
    assert [side.content for side in draw(source, 0).sides.values()] == ["one", "two"]
