"""Sources of pairs from prepared pieces, clips, pictures and captions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_pieces import made_piece, sine_bank
from PIL import Image

from unisono.data.augmentation import EQUALISER_BINS
from unisono.data.excerpts import EXCERPT_S
from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.pairs.config import (
    CaptionsSource,
    ClipsSource,
    CoversSource,
    ExcerptsSource,
    SourceConfig,
)
from unisono.data.pairs.opening import open_source
from unisono.data.pairs.source import Item, PairSource, SourceError
from unisono.data.sound.sampled_notes import save_bank

SAMPLES = 102_400  # 6.4 s at 16 kHz


def write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def write_ramp(path: Path, seconds: float) -> None:
    """Samples whose value tells their place: 0 at the start, 0.5 at the end."""
    import soundfile

    samples = np.linspace(0, 0.5, round(seconds * 16_000), dtype=np.float32)
    soundfile.write(path, samples, 16_000, subtype="FLOAT")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> ExcerptsSource:
    root = tmp_path_factory.mktemp("prepared")
    (root / "pieces" / "train").mkdir(parents=True)
    (root / "banks").mkdir()
    made_piece(1, count=100, name="long").save(root / "pieces" / "train" / "a.npz")
    made_piece(2, count=25, name="short").save(root / "pieces" / "train" / "b.npz")
    made_piece(3, count=5).save(root / "pieces" / "train" / "c.npz")
    save_bank(sine_bank(), root / "banks")
    return ExcerptsSource(str(root / "pieces"), str(root / "banks"))


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> ClipsSource:
    root = tmp_path_factory.mktemp("clips")
    rows = [
        {"file": "long.wav", "genre": "rock", "licence": "CC0", "split": "train"},
        {"file": "short.wav", "genre": "pop", "licence": "CC-BY-NC-4.0", "split": "train"},
    ]
    write_table(root / "clips.parquet", rows)
    write_ramp(root / "long.wav", 10.0)
    write_ramp(root / "short.wav", 2.0)
    return ClipsSource(str(root), free_only=False, augment=False)


@pytest.fixture(scope="module")
def covers(tmp_path_factory: pytest.TempPathFactory) -> CoversSource:
    root = tmp_path_factory.mktemp("covers")
    row = {"split": "train", "licence": "CC0", "music_licence": "CC0", "title": "Cave"}
    write_table(
        root / "covers.parquet",
        [
            {"file": "a.png", "audio_file": "a.wav", **row},
            {"file": "b.png", "audio_file": "", **row},
        ],
    )
    write_ramp(root / "a.wav", 10.0)
    for name in ("a.png", "b.png"):
        Image.linear_gradient("L").convert("RGB").save(root / name)
    return CoversSource(str(root), augment=False)


@pytest.fixture(scope="module")
def captions(tmp_path_factory: pytest.TempPathFactory) -> CaptionsSource:
    root = tmp_path_factory.mktemp("captions")
    rows = [
        {"aspect_list": f"['mood {i}', 'piano']", "caption": f"Sentence {i}."} for i in range(6)
    ]
    write_table(root / "musiccaps.parquet", rows)
    return CaptionsSource(str(root), first=2, last=5)


def draw(source: PairSource, index: int, *roles: str, seed: int = 0) -> Item:
    return source.draw(index, roles, np.random.default_rng(seed))


def same(left: Item, right: Item) -> bool:
    def equal(a: object, b: object) -> bool:
        if isinstance(a, Notes) and isinstance(b, Notes):
            return np.array_equal(a.onset_s, b.onset_s) and np.array_equal(a.pitch, b.pitch)
        return np.array_equal(np.asarray(a), np.asarray(b))

    return left.work == right.work and all(
        equal(side.content, right.sides[role].content) for role, side in left.sides.items()
    )


def test_an_excerpt_has_all_sides_with_anchors(prepared: ExcerptsSource) -> None:
    source = open_source(prepared)
    assert list(source.works) == ["made long", "made short"]  # five notes are too few
    item = draw(source, 1, "audio", "sheet", "midi", "text", "sheet_text")
    assert item.work == "made short"
    assert {role: side.modality for role, side in item.sides.items()} == dict(source.roles)
    audio, sheet, midi = (item.sides[role] for role in ("audio", "sheet", "midi"))
    assert isinstance(audio.content, np.ndarray)
    assert audio.content.shape == (SAMPLES,)
    assert audio.equaliser is not None
    assert audio.equaliser.shape == (EQUALISER_BINS,)
    assert isinstance(sheet.content, np.ndarray)
    assert sheet.content.shape == (STRIP_HEIGHT, 256)
    assert isinstance(midi.content, Notes)
    assert midi.duration_s == EXCERPT_S
    assert item.usable is not None
    for side, end in ((audio, EXCERPT_S), (sheet, 256), (midi, EXCERPT_S)):
        assert side.anchors is not None
        assert side.anchors.shape == item.usable.shape
        assert ((side.anchors >= 0) & (side.anchors < end)).all()
    for role in ("text", "sheet_text"):
        side = item.sides[role]
        assert side.content
        assert side.identity == side.content
        assert side.anchors is None


def test_the_sides_of_an_excerpt_show_one_moment(prepared: ExcerptsSource) -> None:
    """Anchors in the same order on the strip and in the MIDI, the latter at onsets."""
    source = open_source(prepared)
    for seed in range(5):
        item = draw(source, 0, "sheet", "midi", seed=seed)
        sheet, midi = item.sides["sheet"].anchors, item.sides["midi"].anchors
        assert sheet is not None
        assert midi is not None
        assert item.usable is not None
        order = np.argsort(midi[item.usable])
        assert (np.diff(sheet[item.usable][order]) > 0).all()


def test_only_sides_that_are_asked_for(prepared: ExcerptsSource) -> None:
    item = draw(open_source(prepared), 0, "midi", "sheet_text")
    assert set(item.sides) == {"midi", "sheet_text"}


def test_long_pieces_come_more_often(prepared: ExcerptsSource) -> None:
    source = open_source(prepared)
    assert source.shares is not None
    np.testing.assert_allclose(source.shares, [2 / 3, 1 / 3])  # roots of 100 and 25
    assert not source.fixed


def test_fixed_excerpts_stay_what_they_are(prepared: ExcerptsSource) -> None:
    source = open_source(replace(prepared, items=5))
    assert source.fixed
    assert source.shares is None
    assert list(source.works) == [f"made {name}" for name in ("long", "short") * 2 + ("long",)][:5]
    roles = ("audio", "sheet", "midi", "text")
    every = draw(source, 3, *roles, seed=1)
    assert same(every, draw(open_source(replace(prepared, items=9)), 3, *roles, seed=2))
    # a side is the same whatever stands beside it
    for role in roles:
        assert same(draw(source, 3, role, seed=7), every)
    assert not same(draw(source, 1, "midi"), draw(source, 3, "midi"))


def test_clips_kept_as_they_are_give_their_middle(clips: ClipsSource) -> None:
    source = open_source(clips)
    assert source.fixed
    item = draw(source, 0, "audio", "text", seed=3)
    assert item.work == "long.wav"
    content = item.sides["audio"].content
    assert isinstance(content, np.ndarray)
    assert content.shape == (SAMPLES,)
    # the ramp of 160 000 samples, of which 28 800 are left out on each side
    assert content[0] == pytest.approx(0.5 * 28_800 / 159_999, abs=1e-6)
    assert item.sides["text"].content == item.sides["text"].identity == "rock"
    assert item.sides["audio"].equaliser is None
    assert same(item, draw(source, 0, "audio", "text", seed=4))


def test_short_clips_end_in_silence(clips: ClipsSource) -> None:
    content = draw(open_source(clips), 1, "audio").sides["audio"].content
    assert isinstance(content, np.ndarray)
    assert content.shape == (SAMPLES,)
    assert content[31_999] > 0.4
    assert not content[32_000:].any()


def test_augmented_clips_differ_from_draw_to_draw(clips: ClipsSource) -> None:
    source = open_source(replace(clips, augment=True))
    assert not source.fixed
    items = [draw(source, 0, "audio", "text", seed=seed) for seed in (1, 1, 2)]
    assert same(items[0], items[1])
    assert not same(items[0], items[2])
    texts = {str(draw(source, 0, "text", seed=seed).sides["text"].content) for seed in range(20)}
    assert texts == {"rock", "rock band with electric guitar and drums"}
    side = items[0].sides["audio"]
    assert side.equaliser is not None
    assert side.identity == items[2].sides["audio"].identity  # excerpts of one recording


def test_clips_under_a_free_licence(clips: ClipsSource) -> None:
    assert list(open_source(replace(clips, free_only=True)).works) == ["long.wav"]


def test_pictures_with_their_music(covers: CoversSource) -> None:
    source = open_source(covers)
    assert list(source.works) == ["a.png"]
    item = draw(source, 0, "cover", "audio", "text")
    picture = item.sides["cover"].content
    assert isinstance(picture, np.ndarray)
    assert picture.shape == (3, 128, 128)
    assert picture[:, 0].max() < 0.02
    assert picture[:, -1].min() > 0.98
    assert item.sides["text"].content == "video game music"
    augmented = open_source(replace(covers, augment=True))
    other = draw(augmented, 0, "cover", seed=5).sides["cover"].content
    assert isinstance(other, np.ndarray)
    assert other.shape == (3, 96, 96)
    assert other.min() >= 0
    assert other.max() <= 1
    assert (np.diff(other[0, :, 0]) >= 0).all()  # never upside down
    assert not same(draw(augmented, 0, "cover", seed=6), draw(augmented, 0, "cover", seed=7))


def test_two_ways_to_say_the_same(captions: CaptionsSource) -> None:
    source = open_source(captions)
    assert source.fixed
    assert len(set(source.works)) == 3
    item = draw(source, 0, "left", "right")
    assert item.sides["left"].content == "mood 2, piano"
    assert item.sides["right"].content == "Sentence 2."
    assert set(source.roles.values()) == {Modality.TEXT}


@pytest.mark.parametrize("kind", ["prepared", "clips", "covers", "captions"])
def test_a_role_that_is_not_there(kind: str, request: pytest.FixtureRequest) -> None:
    source = open_source(request.getfixturevalue(kind))
    with pytest.raises(SourceError, match="no role 'voice'; its roles are"):
        draw(source, 0, "voice")


@pytest.mark.parametrize("kind", ["clips", "covers", "captions"])
def test_folders_and_tables_that_are_missing(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    config: SourceConfig = request.getfixturevalue(kind)
    with pytest.raises(SourceError, match="nowhere does not exist"):
        open_source(replace(config, folder=str(tmp_path / "nowhere")))  # type: ignore[call-arg]
    with pytest.raises(SourceError, match=r"holds no table \w+.parquet"):
        open_source(replace(config, folder=str(tmp_path)))  # type: ignore[call-arg]


def test_nothing_left_to_draw(
    prepared: ExcerptsSource,
    clips: ClipsSource,
    covers: CoversSource,
    captions: CaptionsSource,
    tmp_path: Path,
) -> None:
    (tmp_path / "train").mkdir()
    for config, sentence in (
        (replace(prepared, split="valid"), "no split 'valid'; its splits are train"),
        (replace(prepared, prepared=str(tmp_path)), "no prepared piece"),
        (replace(prepared, banks=str(tmp_path)), "no bank of a piano"),
        (replace(clips, split="valid"), "no clip of the split 'valid'"),
        (replace(covers, split="valid"), "no picture with music .*'valid'"),
        (replace(captions, first=6, last=9), "no rows 6 to 9"),
    ):
        with pytest.raises(SourceError, match=sentence):
            open_source(config)


def test_a_file_where_a_folder_is_asked_for(captions: CaptionsSource) -> None:
    table = str(Path(captions.folder) / "musiccaps.parquet")
    with pytest.raises(SourceError, match=r"musiccaps\.parquet is a file"):
        open_source(replace(captions, folder=table))


def test_a_gain_for_every_row_of_the_spectrogram() -> None:
    from unisono.towers.spectrogram import BINS

    assert EQUALISER_BINS == BINS


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    row = {"split": "train", "licence": "CC0", "music_licence": "CC0", "title": "Cave"}
    write_table(tmp_path / "covers.parquet", [{"file": "bad.png", "audio_file": "a.wav", **row}])
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(SourceError, match=r"bad\.png"):
        open_source(CoversSource(str(tmp_path)))


def test_a_broken_recording_is_named(tmp_path: Path) -> None:
    row = {"file": "bad.wav", "genre": "rock", "licence": "CC0", "split": "train"}
    write_table(tmp_path / "clips.parquet", [row])
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    with pytest.raises(SourceError, match=r"bad\.wav"):
        open_source(ClipsSource(str(tmp_path)))
