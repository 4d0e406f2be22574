"""Sets of the library ``datasets`` as sources of pairs."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from short_scores import melody, score

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pairs.config import DatasetSource
from unisono.data.pairs.opening import open_source
from unisono.data.pairs.source import Item, PairSource, SourceError
from unisono.data.readers.midi import write_midi

datasets = pytest.importorskip("datasets")

COLUMNS = {
    "audio": "sound",
    "audio_2": "samples",
    "cover": "image",
    "midi": "notes",
    "sheet": "page",
    "text": "words",
    "text_2": "label",
    "text_3": "title",
}


def tone(hertz: float, seconds: float, rate: int) -> np.ndarray:
    return np.asarray(0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate))


def frequency(samples: np.ndarray) -> float:
    """Of the strongest partial, in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * 16_000 / len(samples)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> DatasetSource:
    root = tmp_path_factory.mktemp("sets")
    wav, png = io.BytesIO(), io.BytesIO()
    soundfile.write(wav, tone(440, 4, 44_100), 44_100, format="WAV")
    Image.new("RGB", (60, 40), (255, 0, 0)).save(png, format="PNG")
    pitch = np.array([60, 62], np.int16)
    onset = np.array([0.0, 1.0])
    loud, piano = np.full(2, 80, np.int16), np.zeros(2, np.int16)
    write_midi(Notes(onset, onset + 0.5, pitch, loud, piano), root / "a.mid")
    (root / "set").mkdir()
    (root / "set" / "page.musicxml").write_text(score([melody(4)]))
    table = datasets.Dataset.from_dict(
        {
            "sound": [{"bytes": wav.getvalue(), "path": "a.wav"}, {"bytes": b"x", "path": None}]
            * 2,
            "samples": [{"array": tone(220, 2, 8_000), "sampling_rate": 8_000}] * 4,
            "image": [{"bytes": png.getvalue(), "path": None}] * 4,
            "notes": [(root / "a.mid").read_bytes(), b"x"] * 2,
            "page": ["page.musicxml", "none.musicxml"] * 2,
            "words": [["slow", "sad"]] * 4,
            "label": [0, 1, 0, 0],
            "title": ["one | two", "two", "three", ""],
            "artist": ["A", "A", "B", ""],
        }
    )
    table = table.cast_column("sound", datasets.Audio()).cast_column("image", datasets.Image())
    table = table.cast_column("label", datasets.ClassLabel(names=["rock", "pop"]))
    datasets.DatasetDict({"train": table, "test": table.select([0])}).save_to_disk(root / "set")
    table.save_to_disk(root / "single")
    return DatasetSource(str(root / "set"), COLUMNS, seconds=1.0)


def draw(source: PairSource, index: int, *roles: str, seed: int = 0) -> Item:
    return source.draw(index, roles, np.random.default_rng(seed))


def test_every_kind_of_column(config: DatasetSource) -> None:
    source = open_source(config)
    assert source.fixed
    assert source.roles["audio_2"] is Modality.AUDIO
    item = draw(source, 0, *COLUMNS)
    content = {role: side.content for role, side in item.sides.items()}
    for role, hertz in (("audio", 440), ("audio_2", 220)):
        samples = content[role]
        assert isinstance(samples, np.ndarray)
        assert samples.shape == (16_000,)
        assert frequency(samples) == pytest.approx(hertz, abs=1)
    picture = content["cover"]
    assert isinstance(picture, np.ndarray)
    assert picture.shape == (3, 128, 128)
    np.testing.assert_allclose(picture.mean(axis=(1, 2)), [1, 0, 0], atol=0.01)
    assert isinstance(content["midi"], Notes)
    assert set(content["midi"].pitch) <= {60, 62}
    ink = content["sheet"]
    assert isinstance(ink, np.ndarray)
    assert ink.shape[1] == 256
    assert ink.max() > 0.5
    assert (content["text"], content["text_2"]) == ("slow", "rock")
    assert content["text_3"] == "one | two"  # taken as it is
    again = draw(source, 0, "audio", seed=5).sides["audio"]
    np.testing.assert_array_equal(again.content, content["audio"])


def test_works_splits_and_conditions(config: DatasetSource) -> None:
    source = open_source(replace(config, columns={"text": "title"}, work="artist"))
    assert list(source.works) == ["A", "A", "B"]  # the row without a title is left out
    labelled = replace(config, columns={"text": "title"}, where={"label": "rock"})
    assert [draw(open_source(labelled), i, "text").sides["text"].content for i in (0, 1)] == [
        "one | two",
        "three",
    ]
    assert len(open_source(replace(config, split="test")).works) == 1
    single = Path(config.name).parent / "single"
    assert len(open_source(replace(config, name=str(single), split="any")).works) == 3


def test_augmented_draws(config: DatasetSource) -> None:
    source = open_source(replace(config, augment=True))
    assert not source.fixed
    first, again, other = (draw(source, 0, "audio", "text", seed=seed) for seed in (1, 1, 2))
    sounds = [np.asarray(item.sides["audio"].content) for item in (first, again, other)]
    np.testing.assert_array_equal(sounds[0], sounds[1])
    assert (sounds[0] != sounds[2]).any()
    words = {draw(source, 0, "text", seed=seed).sides["text"].content for seed in range(20)}
    assert words == {"slow", "sad"}


@pytest.mark.parametrize(
    ("role", "name"), [("audio", "'sound'"), ("midi", "'notes'"), ("sheet", "none.musicxml")]
)
def test_a_cell_that_cannot_be_read_is_named(config: DatasetSource, role: str, name: str) -> None:
    with pytest.raises(SourceError, match=name) as raised:
        draw(open_source(config), 1, role)
    if role != "sheet":
        assert "row 2" in str(raised.value)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ({"array": [0.0, float("nan")], "sampling_rate": 8_000}, "samples that are not numbers"),
        ({"array": [0.0], "sampling_rate": None}, "needs an array and its sampling_rate"),
        ({"array": None, "sampling_rate": 8_000}, "holds no audio"),
    ],
)
def test_sound_that_is_none(tmp_path: Path, cell: dict[str, object], sentence: str) -> None:
    # beside a cell that is in order, without which the column would have no type
    whole = {"array": [0.0] * 8_000, "sampling_rate": 8_000}
    datasets.Dataset.from_dict({"sound": [whole, cell]}).save_to_disk(tmp_path / "set")
    source = open_source(DatasetSource(str(tmp_path / "set"), {"audio": "sound"}, seconds=1.0))
    assert not np.asarray(draw(source, 0, "audio").sides["audio"].content).any()
    with pytest.raises(SourceError, match=f"row 2, column 'sound': .*{sentence}"):
        draw(source, 1, "audio")


def test_channels_are_averaged(tmp_path: Path) -> None:
    rows = {"sound": [{"array": [[0.5] * 16_000, [0.1] * 16_000], "sampling_rate": 16_000}]}
    datasets.Dataset.from_dict(rows).save_to_disk(tmp_path / "set")
    source = open_source(DatasetSource(str(tmp_path / "set"), {"audio": "sound"}, seconds=1.0))
    content = draw(source, 0, "audio").sides["audio"].content
    np.testing.assert_allclose(np.asarray(content), 0.3, atol=1e-4)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "/nowhere"}, "/nowhere is no folder"),
        ({"split": "valid"}, "no split 'valid'; its splits are train, test"),
        ({"columns": {"audio": "wav"}}, "no column 'wav'; its columns are sound, samples"),
        ({"columns": {"left": "sound"}}, "'left' does not say what it is"),
        ({"columns": {}}, "without columns"),
        ({"where": {"artist": "C"}}, "none of 4 rows with artist = 'C'"),
    ],
)
def test_what_is_told_of_a_wrong_setting(
    config: DatasetSource, change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(SourceError, match=sentence):
        open_source(replace(config, **change))  # type: ignore[arg-type]


def test_a_folder_that_holds_no_set(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be opened as a set of datasets"):
        open_source(DatasetSource(str(tmp_path), {"text": "words"}))


def test_without_the_library(config: DatasetSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(SourceError, match=r"pip install unisono\[data\]"):
        open_source(config)
