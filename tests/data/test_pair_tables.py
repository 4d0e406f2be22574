"""Folders of files with a table as sources of pairs."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from short_scores import melody, score

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.pairs.config import TableSource
from unisono.data.pairs.opening import open_source
from unisono.data.pairs.source import Item, PairSource, SourceError
from unisono.data.readers.midi import write_midi

RATE = 16_000
LONG_S = 200.0


def ramp(seconds: float, rate: int = RATE) -> np.ndarray:
    """Samples that tell their second: a thousandth of it."""
    return (np.arange(round(seconds * rate)) / rate / 1000).astype(np.float32)


def scale(count: int) -> Notes:
    """A note at every second, its pitch 30 plus the second."""
    onset = np.arange(count, dtype=np.float64)
    pitch = (30 + np.arange(count)).astype(np.int16)
    return Notes(onset, onset + 0.5, pitch, np.full(count, 80, np.int16), np.zeros(count, np.int16))


def write_rows(path: Path, rows: list[dict[str, str]], delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("table")
    soundfile.write(root / "a.wav", ramp(40), RATE, subtype="FLOAT")
    soundfile.write(root / "b.wav", ramp(3), RATE, subtype="FLOAT")
    soundfile.write(root / "long.flac", ramp(LONG_S, 8_000), 8_000, subtype="PCM_24")
    write_midi(scale(40), root / "a.mid")
    write_midi(scale(2), root / "b.mid")
    (root / "a.musicxml").write_text(score([melody(8)]))
    Image.linear_gradient("L").convert("RGB").save(root / "a.png")
    (root / "broken.wav").write_bytes(b"RIFF no")
    write_rows(
        root / "pairs.csv",
        [
            {"id": "1", "wav": "a.wav", "mid": "a.mid", "page": "a.musicxml", "image": "a.png",
             "words": "slow | sad", "piece": "x", "split": "train"},
            {"id": "2", "wav": "b.wav", "mid": "b.mid", "page": "a.musicxml", "image": "a.png",
             "words": "fast", "piece": "x", "split": "train"},
            {"id": "3", "wav": "long.flac", "mid": "b.mid", "page": "", "image": "a.png",
             "words": "long", "piece": "", "split": "train"},
            {"id": "4", "wav": "broken.wav", "mid": "none.mid", "page": "a.musicxml",
             "image": "a.wav", "words": " | ", "piece": "y", "split": "test"},
        ],
    )  # fmt: skip
    return root


@pytest.fixture
def config(folder: Path) -> TableSource:
    return TableSource(str(folder), "pairs.csv", {"audio": "wav", "text": "words"}, seconds=2.0)


def draw(source: PairSource, index: int, *roles: str, seed: int = 0) -> Item:
    return source.draw(index, roles, np.random.default_rng(seed))


def array(item: Item, role: str) -> np.ndarray:
    content = item.sides[role].content
    assert isinstance(content, np.ndarray)
    return content


def second(samples: np.ndarray) -> float:
    """The second that a sample of a ramp tells."""
    return 1000 * float(samples)


def test_the_middle_of_recordings_and_the_first_sentence(config: TableSource) -> None:
    source = open_source(config)
    assert source.fixed
    assert dict(source.roles) == {"audio": Modality.AUDIO, "text": Modality.TEXT}
    assert len(source.works) == 4
    assert len(set(source.works)) == 4
    item = draw(source, 0, "audio", "text", seed=1)
    waveform = array(item, "audio")
    assert waveform.shape == (2 * RATE,)
    assert second(waveform[0]) == pytest.approx(19.0, abs=0.05)  # 16 bits tell 30 ms
    assert item.sides["text"].content == "slow"
    assert item.usable is None
    np.testing.assert_array_equal(waveform, array(draw(source, 0, "audio", seed=2), "audio"))


def test_long_recordings_are_read_at_their_place(config: TableSource) -> None:
    waveform = array(draw(open_source(config), 2, "audio"), "audio")
    assert waveform.shape == (2 * RATE,)
    expected = LONG_S / 2 - 1 + np.arange(2 * RATE) / RATE
    # resampled from 8 kHz without a fade or a shift at the edges
    np.testing.assert_allclose(1000 * waveform, expected, atol=0.05)


def test_short_recordings_end_in_silence(config: TableSource) -> None:
    waveform = array(draw(open_source(replace(config, seconds=5.0)), 1, "audio"), "audio")
    assert waveform.shape == (5 * RATE,)
    assert second(waveform[3 * RATE - 1]) == pytest.approx(3.0, abs=0.05)
    assert not waveform[3 * RATE :].any()


def test_from_the_beginning_up_to_a_limit(config: TableSource) -> None:
    source = open_source(replace(config, seconds=0.0, longest_s=4.0))
    assert array(draw(source, 0, "audio"), "audio").shape == (4 * RATE,)
    assert array(draw(source, 1, "audio"), "audio").shape == (3 * RATE,)
    assert second(array(draw(source, 2, "audio"), "audio")[100]) == pytest.approx(0.0, abs=0.05)


def test_notes_of_an_excerpt_begin_at_zero(config: TableSource) -> None:
    source = open_source(replace(config, columns={"midi": "mid"}))
    side = draw(source, 0, "midi").sides["midi"]
    notes = side.content
    assert isinstance(notes, Notes)
    # 39.5 s of notes: seconds 18.75 to 20.75 hold notes 19 and 20
    np.testing.assert_array_equal(notes.pitch, [49, 50])
    np.testing.assert_allclose(notes.onset_s, [0.25, 1.25], atol=2e-3)
    np.testing.assert_allclose(notes.offset_s, [0.75, 1.75], atol=2e-3)
    assert side.duration_s == 2.0
    whole = draw(open_source(replace(config, columns={"midi": "mid"}, seconds=0)), 1, "midi")
    assert whole.sides["midi"].duration_s == pytest.approx(1.5, abs=2e-3)


def test_an_excerpt_in_a_rest_moves_to_the_nearest_note(folder: Path, tmp_path: Path) -> None:
    """Two notes a minute apart: the middle, and nearly any place, is a rest."""
    pair = Notes(
        np.array([0.0, 60.0]),
        np.array([0.5, 60.5]),
        *(np.full(2, n, np.int16) for n in (60, 80, 0)),
    )
    write_midi(pair, tmp_path / "rests.mid")
    write_rows(tmp_path / "t.csv", [{"mid": "rests.mid"}])
    for augment in (False, True):
        config = TableSource(str(tmp_path), "t.csv", {"midi": "mid"}, seconds=2.0, augment=augment)
        for seed in range(5):
            notes = draw(open_source(config), 0, "midi", seed=seed).sides["midi"].content
            assert isinstance(notes, Notes)
            assert len(notes) == 1


def test_sheets_and_covers(config: TableSource) -> None:
    source = open_source(replace(config, columns={"sheet": "page", "cover": "image"}))
    assert len(source.works) == 3  # the row without a page is left out
    item = draw(source, 0, "sheet", "cover")
    ink = array(item, "sheet")
    assert ink.shape == (STRIP_HEIGHT, 256)
    assert ink.max() > 0.5
    assert 0 <= ink.mean() < 0.3
    assert array(item, "cover").shape == (3, 128, 128)
    whole = open_source(replace(config, columns={"sheet": "page"}, seconds=0))
    assert array(draw(whole, 0, "sheet"), "sheet").shape[1] > 256
    augmented = open_source(replace(config, columns={"sheet": "page"}, augment=True))
    first, second = (array(draw(augmented, 0, "sheet", seed=s), "sheet") for s in (1, 2))
    assert first.shape == second.shape == (STRIP_HEIGHT, 256)
    assert (first != second).any()


def test_augmented_draws_differ_unless_the_generator_is_the_same(config: TableSource) -> None:
    source = open_source(replace(config, augment=True))
    assert not source.fixed
    items = [draw(source, 0, "audio", "text", seed=seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(array(items[0], "audio"), array(items[1], "audio"))
    assert (array(items[0], "audio") != array(items[2], "audio")).any()
    assert items[0].sides["audio"].identity == items[2].sides["audio"].identity
    assert items[0].sides["audio"].equaliser is not None
    words = {draw(source, 0, "text", seed=seed).sides["text"].content for seed in range(20)}
    assert words == {"slow", "sad"}


def test_recording_and_midi_of_one_clock(config: TableSource) -> None:
    aligned = replace(config, columns={"audio": "wav", "midi": "mid"}, aligned=True)
    item = draw(open_source(aligned), 0, "audio", "midi")
    notes = item.sides["midi"].content
    assert isinstance(notes, Notes)
    # the same second is heard and written where a note begins: pitch 30 is second 0
    samples = array(item, "audio")[np.rint(notes.onset_s * RATE).astype(int)]
    np.testing.assert_allclose(1000 * samples, notes.pitch - 30, atol=0.05)
    for side in item.sides.values():
        assert side.anchors is not None
        np.testing.assert_allclose(side.anchors, [0.25, 0.75, 1.25, 1.75])
    assert item.usable is not None
    assert item.usable.all()
    assert draw(open_source(aligned), 0, "audio").sides["audio"].anchors is None


def test_anchors_behind_the_end_are_not_usable(config: TableSource) -> None:
    """The second row has 3 s of sound and 1.5 s of notes."""
    columns = {"audio": "wav", "midi": "mid"}
    aligned = replace(config, columns=columns, aligned=True, augment=True, seconds=4.0)
    item = draw(open_source(aligned), 1, "midi", "audio")
    assert item.usable is not None
    assert item.usable.tolist() == [True, False, False, False]  # 0.5, 1.5, 2.5 and 3.5 s
    assert array(item, "audio").shape == (4 * RATE,)


def test_without_a_shared_clock_there_are_no_anchors(config: TableSource) -> None:
    source = open_source(replace(config, columns={"audio": "wav", "midi": "mid"}))
    item = draw(source, 0, "audio", "midi")
    assert item.usable is None
    assert item.sides["audio"].anchors is item.sides["midi"].anchors is None


def test_works_and_conditions(config: TableSource) -> None:
    source = open_source(replace(config, work="piece", where={"split": "train"}))
    assert list(source.works)[:2] == ["x", "x"]
    assert source.works[2] not in ("", "x")  # a row without a work stands for itself
    assert len(source.works) == 3


def test_roles_name_the_modality_or_the_column_does(config: TableSource) -> None:
    columns = {"audio_2": "wav", "left": "midi:mid", "right": "text:words"}
    source = open_source(replace(config, columns=columns))
    assert list(source.roles.values()) == [Modality.AUDIO, Modality.MIDI, Modality.TEXT]
    assert draw(source, 1, "right").sides["right"].content == "fast"


def test_tables_of_other_kinds(config: TableSource, folder: Path, tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    rows = [{"wav": str(folder / "b.wav"), "words": ["one", "two"], "year": 1800, "n": None}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "t.parquet")
    found = TableSource(
        str(tmp_path), "t.parquet", {"audio": "wav", "text": "words"}, where={"year": "1800"}
    )
    assert draw(open_source(found), 0, "text").sides["text"].content == "one"
    write_rows(tmp_path / "t.tsv", [{"words": "a, b"}], delimiter="\t")
    tabs = TableSource(str(tmp_path), "t.tsv", {"text": "words"})
    assert draw(open_source(tabs), 0, "text").sides["text"].content == "a, b"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"folder": "/nowhere"}, "/nowhere does not exist"),
        ({"table": "none.csv"}, "holds no table none.csv"),
        ({"table": "a.png"}, r"a\.png is no table that is read here"),
        ({"columns": {"audio": "sound"}}, "no column 'sound'; its columns are id, wav, mid"),
        ({"columns": {"left": "wav"}}, "'left' does not say what it is"),
        ({"columns": {}}, "without columns"),
        ({"work": "opus"}, "no column 'opus'"),
        ({"where": {"fold": "1"}}, "no column 'fold'"),
        ({"where": {"split": "valid"}}, "none of 4 rows with split = 'valid' has all of audio"),
    ],
)
def test_what_is_told_of_a_wrong_setting(
    config: TableSource, change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(SourceError, match=sentence):
        open_source(replace(config, **change))  # type: ignore[arg-type]


def test_a_parquet_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_text("words")
    (tmp_path / "t.csv").write_text("words\n")
    with pytest.raises(SourceError, match=r"t\.parquet cannot be read as parquet"):
        open_source(TableSource(str(tmp_path), "t.parquet", {"text": "words"}))
    with pytest.raises(SourceError, match=r"t\.csv holds no rows"):
        open_source(TableSource(str(tmp_path), "t.csv", {"text": "words"}))


@pytest.mark.parametrize(
    ("role", "column", "name"),
    [
        ("audio", "wav", "broken.wav"),
        ("midi", "mid", "none.mid"),
        ("cover", "image", "a.wav"),
        ("sheet", "wav", "broken.wav"),
        ("text", "words", "says nothing"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    config: TableSource, role: str, column: str, name: str
) -> None:
    source = open_source(replace(config, columns={role: column}, where={"id": "4"}))
    with pytest.raises(SourceError, match=name):
        draw(source, 0, role)
