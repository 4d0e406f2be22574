from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pieces import made_piece, sine_bank
from made_sources import ListedSource, entry, sound_entry

from unisono.data.building.build import BuildOptions, build
from unisono.data.building.built import BuiltFolder
from unisono.data.corpus import NotePlaces, Piece
from unisono.data.excerpts import EXCERPT_S, STRIP_WIDTH
from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.pairs.built_pairs import open_pairs
from unisono.data.pairs.cached import CachedPairs, open_cached
from unisono.data.pairs.config import CachedSource
from unisono.data.pairs.excerpts import banks_by_word
from unisono.data.pairs.pace import draw_pace
from unisono.data.pairs.rendition import Rendition, play
from unisono.data.pairs.rendition_cache import FeatureFunction, RenditionCache, RenditionConfig
from unisono.data.pairs.rendition_slices import ExcerptSize, moments_of, slice_ink, slice_sound
from unisono.data.pairs.sampling import WorkSampler, draw_indices
from unisono.data.pairs.source import WAVEFORM_RATE, Editions, SourceError
from unisono.data.sound.sampled_notes import Bank, save_bank

BANKS: Mapping[str, list[Bank]] = {"piano": [sine_bank(0)]}
SAMPLES = round(EXCERPT_S * WAVEFORM_RATE)


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("banks")
    save_bank(sine_bank(0), folder)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cached")
    tone = 0.3 * np.sin(np.arange(16_000) / 9)
    entries = [entry(f"piece {n}", split="train", work=f"work {n % 3}") for n in range(4)]
    entries.append(sound_entry(folder, "take", tone, split="train", texts=("a hum",)))
    build(ListedSource("made", entries), folder, BuiltFolder(folder), BuildOptions(workers=1))
    return folder


def renditions(folder: Path, count: int = 2, **settings: object) -> list[Rendition]:
    cache = RenditionCache(folder / "cache", RenditionConfig(count), **settings)  # type: ignore[arg-type]
    return cache.open(folder / "train", lambda: BANKS)


@pytest.mark.parametrize("by_pianist", [False, True])
def test_a_rendition_sounds_where_its_notes_are(by_pianist: bool) -> None:
    piece = replace(made_piece(1), pitch=np.resize([60, 67, 72], 60).astype(np.int16))
    sound, notes = play(piece, BANKS, np.random.default_rng(0), by_pianist=by_pianist)
    assert np.abs(sound).max() == pytest.approx(0.9)
    assert notes.shape == (6, 60)
    np.testing.assert_array_equal(notes[2], piece.x)
    assert sound.shape[0] >= notes[1].max() * WAVEFORM_RATE
    for row in range(5, 50, 9):
        start = round(notes[0, row] * WAVEFORM_RATE) + 200
        spectrum = np.abs(np.fft.rfft(sound[start : start + 2000] * np.hanning(2000), 1 << 15))
        hertz = 440 * 2 ** ((notes[3, row] - 69) / 12)
        near = round(hertz * (1 << 15) / WAVEFORM_RATE)
        assert spectrum[near - 20 : near + 20].max() > 0.3 * spectrum.max()


def test_renditions_differ_and_are_kept(tmp_path: Path, built: Path) -> None:
    one = RenditionCache(tmp_path / "cache", RenditionConfig(2))
    first, second, *others = one.open(built / "train", lambda: BANKS)
    assert len(others) == 6
    assert first.notes.shape == second.notes.shape
    assert first.sound.shape != second.sound.shape or (first.sound != second.sound).any()
    np.testing.assert_array_equal(
        first.ink, Piece.load(built / "train" / f"{_stem(first)}.npz").ink
    )

    def never() -> Mapping[str, list[Bank]]:
        raise AssertionError("everything is kept")

    again = one.open(built / "train", never)
    assert [r.folder for r in again] == [r.folder for r in (first, second, *others)]
    more = RenditionCache(tmp_path / "cache", RenditionConfig(3)).open(
        built / "train", lambda: BANKS
    )
    assert {r.folder for r in again} < {r.folder for r in more}


def test_renditions_made_by_processes_are_the_same(
    tmp_path: Path, banks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unisono.data.pairs.rendition_cache._AT_ONCE", 2)
    (tmp_path / "train").mkdir()
    for number in range(5):
        made_piece(number).save(tmp_path / "train" / f"{number}.npz")
    told: list[tuple[int, int]] = []
    found = {
        workers: RenditionCache(tmp_path / f"cache {workers}").open(
            tmp_path / "train",
            partial(banks_by_word, tmp_path, str(banks)),
            workers=workers,
            advance=lambda done, count: told.append((done, count)),
        )
        for workers in (1, 2)
    }
    assert told == 2 * [(done, 5) for done in range(1, 6)]
    assert len(found[1]) == len(found[2]) == 10
    for one, other in zip(found[1], found[2], strict=True):
        np.testing.assert_array_equal(one.sound, other.sound)
        np.testing.assert_array_equal(one.notes, other.notes)
        np.testing.assert_array_equal(one.ink, other.ink)


def test_a_process_that_is_ended_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisono.data.pairs.rendition_cache._AT_ONCE", 1)
    (tmp_path / "train").mkdir()
    for number in range(2):
        made_piece(number).save(tmp_path / "train" / f"{number}.npz")
    with pytest.raises(SourceError, match=r"was ended.*the same command goes on"):
        RenditionCache(tmp_path / "cache").open(tmp_path / "train", partial(os._exit, 1), workers=2)


def _stem(rendition: Rendition) -> str:
    return rendition.folder.parent.name.rsplit("-", 1)[0]


def test_a_changed_piece_is_played_anew(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    made_piece(1).save(tmp_path / "train" / "one.npz")
    [first] = renditions(tmp_path, 1)
    made_piece(2).save(tmp_path / "train" / "one.npz")
    [second] = renditions(tmp_path, 1)
    assert first.folder != second.folder


def test_slices_end_in_silence_and_paper(built: Path) -> None:
    one = renditions(built)[0]
    before = slice_sound(one, -100.0)
    assert before.shape == (SAMPLES,)
    assert not before.any()
    assert not slice_ink(one, 10**6).any()
    part = slice_sound(one, -1.0)
    assert not part[:WAVEFORM_RATE].any()
    np.testing.assert_allclose(
        part[WAVEFORM_RATE:], one.sound[: SAMPLES - WAVEFORM_RATE] / 32767, atol=1e-6
    )
    np.testing.assert_array_equal(slice_ink(one, 7), one.ink[:, 7 : 7 + STRIP_WIDTH])


def test_anchors_of_a_source_are_where_both_sides_show_the_note(built: Path, banks: Path) -> None:
    source = open_cached(CachedSource(str(built), str(banks), augment=False))
    assert source.roles == {r: Modality(r) for r in ("audio", "sheet", "midi")}
    assert sorted(source.works) == ["work 0", "work 0", "work 1", "work 2"]
    assert source.shares is not None
    assert source.shares.sum() == pytest.approx(1)
    for seed in range(20):
        item = source.draw(seed % 4, ("audio", "sheet", "midi"), np.random.default_rng(seed))
        audio, sheet, midi = (item.sides[role] for role in ("audio", "sheet", "midi"))
        assert audio.content.shape == (SAMPLES,)  # type: ignore[union-attr]
        assert sheet.content.shape == (STRIP_HEIGHT, STRIP_WIDTH)  # type: ignore[union-attr]
        assert item.usable is not None
        assert item.usable[0]
        for seconds, column in zip(
            audio.anchors[item.usable],
            sheet.anchors[item.usable],
            strict=True,  # type: ignore[index]
        ):
            assert np.abs(midi.content.onset_s - seconds).min() < 1e-4  # type: ignore[union-attr]
            heads = sheet.content[:, round(float(column)) - 1 : round(float(column)) + 2]  # type: ignore[index]
            assert heads.max() == 1.0


def test_several_excerpts_of_a_piece_are_items_of_one_work(built: Path, banks: Path) -> None:
    one = open_cached(CachedSource(str(built), str(banks)))
    source = open_cached(CachedSource(str(built), str(banks), places=3))
    assert list(source.works) == [work for work in one.works for _ in range(3)]
    assert source.shares is not None
    assert source.shares.sum() == pytest.approx(1)
    drawn = draw_indices(source.works, 6, np.random.default_rng(0), per_work=3)
    chosen = [source.works[index] for index in drawn]
    assert len(set(chosen)) == 2
    assert chosen[:3] == [chosen[0]] * 3


def test_excerpts_that_come_together_are_of_one_edition(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    for name in ("first print", "second print"):
        piece = made_piece(1, name=name)
        named = replace(piece.facts, work="waltz")
        replace(piece, facts=named).save(tmp_path / "train" / f"{name}.npz")
    source = CachedPairs(renditions(tmp_path, 1), places=4)
    assert isinstance(source, Editions)
    drawn = WorkSampler(source.works, source.shares, source.editions).draw(
        4, np.random.default_rng(0), per_work=4
    )
    assert len({source.editions[index] for index in drawn}) == 1
    assert len(set(source.editions)) == 2


def test_music_that_comes_again_has_the_same_number(tmp_path: Path) -> None:
    piece = made_piece(4, count=240)
    pitch = piece.pitch.copy()
    pitch[130:200] = pitch[30:100]  # played twice
    (tmp_path / "train").mkdir()
    replace(piece, pitch=pitch).save(tmp_path / "train" / "one.npz")
    [one] = renditions(tmp_path, 1)
    first, again, elsewhere, chord = moments_of(one, [60, 160, 61, 160]).tolist()
    assert first == again == chord
    assert elsewhere != first
    item = CachedPairs([one]).draw(0, ("midi",), np.random.default_rng(0))
    assert item.moments is not None
    assert item.usable is not None
    assert item.moments.shape == item.usable.shape


def test_notes_of_a_chord_are_one_moment(tmp_path: Path) -> None:
    piece = made_piece(4)
    column = piece.x.copy()
    column[31] = column[30]
    (tmp_path / "train").mkdir()
    replace(piece, x=column).save(tmp_path / "train" / "one.npz")
    [one] = renditions(tmp_path, 1)
    below, above, after = moments_of(one, [30, 31, 32]).tolist()
    assert below == above != after


def test_a_pianist_plays_every_other_rendition(tmp_path: Path) -> None:
    piece = made_piece(5, count=120)
    together = np.repeat(piece.onset_s[::2], 2)
    chords = replace(piece, onset_s=together, offset_s=together + 0.6)
    (tmp_path / "train").mkdir()
    chords.save(tmp_path / "train" / "one.npz")
    player, pianist = renditions(tmp_path, 2)
    for one in (player, pianist):
        np.testing.assert_array_equal(one.notes[3], chords.pitch)
        np.testing.assert_array_equal(one.notes[2], chords.x)
        assert (one.notes[1] > one.notes[0]).all()
        assert one.notes[1].max() < len(one.sound) / one.rate
    # a pianist's tempo is another one at every beat, the other's changes by phrases
    steps = [np.diff(one.notes[0].reshape(-1, 2).mean(1)) for one in (player, pianist)]
    jumps = [np.abs(np.diff(np.log(step))).mean() for step in steps]
    assert jumps[1] > 1.2 * jumps[0]


def test_the_same_generator_gives_the_same_item(built: Path, banks: Path) -> None:
    source = open_cached(CachedSource(str(built), str(banks)))
    first, second, other = (
        source.draw(1, ("audio", "sheet"), np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    for role in ("audio", "sheet"):
        np.testing.assert_array_equal(first.sides[role].content, second.sides[role].content)
    assert not np.array_equal(first.sides["audio"].content, other.sides["audio"].content)


def test_sound_at_another_pace_is_as_long_as_the_excerpt(built: Path, banks: Path) -> None:
    source = open_cached(CachedSource(str(built), str(banks)))
    for seed in range(10):
        side = source.draw(1, ("audio",), np.random.default_rng(seed)).sides["audio"]
        assert side.pace is not None
        assert isinstance(side.content, np.ndarray)
        assert side.duration_s == EXCERPT_S
        ends = side.pace([0.0, len(side.content) / WAVEFORM_RATE])
        np.testing.assert_allclose(ends, [0.0, EXCERPT_S], atol=1e-3)


@given(st.integers(0, 2**31), st.floats(0, 0.4), st.floats(0, 1))
def test_a_pace_rises_and_keeps_the_middle(seed: int, tempo: float, aside_s: float) -> None:
    pace = draw_pace(8.0, np.random.default_rng(seed), tempo=tempo, aside_s=aside_s)
    assert (np.diff(pace(np.linspace(-4, 12, 200))) > 0).all()
    assert abs(float(pace(4.0)) - 4.0) <= aside_s + 1e-9


def test_the_tempo_of_a_pace_is_drawn_around_that_of_the_rendition() -> None:
    random = np.random.default_rng(0)
    spans = [np.ptp(draw_pace(10.0, random, tempo=0.2)([0.0, 10.0])) / 10 for _ in range(2000)]
    assert abs(np.median(spans) - 1) < 0.05
    assert 0.15 < np.std(np.log(spans)) < 0.3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"split": "valid"}, "no split 'valid'"),
        ({"renditions": 0}, "must be 1 or more"),
        ({"places": 0}, "places is 0, must be 1 or more"),
        ({"seconds": 0.5}, "seconds is 0.5, must be 1 or more"),
        ({"collections": {"songs": 1.0}}, "no piece of the collection songs"),
        ({"built": "nowhere"}, "does not exist"),
    ],
)
def test_what_cannot_be_opened(
    built: Path, banks: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(SourceError, match=said):
        open_cached(replace(CachedSource(str(built), str(banks)), **changes))  # type: ignore[arg-type]


def test_pairs_as_a_dataset(built: Path, banks: Path) -> None:
    pairs = open_pairs(built, "audio", "sheet", banks=str(banks))
    assert len(pairs) == 4 * 2 * 60
    assert pairs.cache_files  # mapped from disk, not held
    row = pairs[70]
    assert row["left"].shape == (SAMPLES,)
    assert row["right"].shape == (STRIP_HEIGHT, STRIP_WIDTH)
    assert row["right"].dtype == np.uint8
    column = round(float(row["right_at"]))
    assert row["right"][:, column - 1 : column + 2].max() == 255
    weights = pairs.with_format("numpy")["weight"][:]
    assert np.sum(weights) == pytest.approx(1, rel=1e-3)
    batch = pickle.loads(pickle.dumps(pairs))[3:5]
    assert len(batch["left"]) == 2
    turned = open_pairs(built, "sheet", "audio", banks=str(banks))[70]
    np.testing.assert_array_equal(turned["right"], row["left"])


def test_features_in_place_of_sound(built: Path, banks: Path) -> None:
    def frames(waveform: np.ndarray) -> np.ndarray:
        whole = waveform[: len(waveform) // 160 * 160].reshape(-1, 160)
        return np.stack([np.abs(whole).max(1), whole.mean(1)], axis=1)

    feature = FeatureFunction("peaks", "1", frames, 100.0)
    pairs = open_pairs(built, "audio", "sheet", banks=str(banks), feature=feature)
    row = pairs[70]
    assert row["left"].shape == (round(EXCERPT_S * 100), 2)
    assert 0.05 < row["left"].max() <= 0.9
    one, other = (
        renditions(built, 1, feature=replace(feature, version=version)) for version in "12"
    )
    assert one[0].folder != other[0].folder
    assert one[0].sound.dtype == np.float16
    with pytest.raises(SourceError, match="keeps features"):
        CachedPairs(one)


def test_entries_as_a_dataset(built: Path) -> None:
    pairs = open_pairs(built, "audio", "text")
    assert len(pairs) == 1
    assert (pairs[0]["right"], pairs[0]["work"]) == ("a hum", "take")
    assert Path(pairs[0]["left"]).name == "take.wav"
    with pytest.raises(SourceError, match="both audio and cover"):
        open_pairs(built, "audio", "cover")
    with pytest.raises(SourceError, match="no pairs of 'smell'"):
        open_pairs(built, "audio", "smell")


@pytest.mark.parametrize("roles", [("audio", "sheet"), ("cover", "text")])
def test_without_the_library_the_extra_is_named(
    built: Path, roles: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(SourceError, match=r"open_pairs needs .* pip install unisono\[data\]"):
        open_pairs(built, *roles)


def test_heads_stand_where_the_changed_strip_shows_ink(tmp_path: Path) -> None:
    piece = made_piece(3)
    rows = (112 - 2 * (piece.pitch.astype(np.float32) - 45)).astype(np.float32)
    (tmp_path / "train").mkdir()
    with_places(piece, rows).save(tmp_path / "train" / "one.npz")
    [one] = renditions(tmp_path, 1)
    np.testing.assert_array_equal(one.rows, rows)
    source = CachedPairs([one], size=ExcerptSize(8.0, 320, 6))
    for seed in range(5):
        item = source.draw(0, ("audio", "sheet"), np.random.default_rng(seed))
        heads, ink = item.sides["sheet"].heads, item.sides["sheet"].content
        assert heads is not None
        assert isinstance(ink, np.ndarray)
        assert ink.shape == (STRIP_HEIGHT, 320)
        column, row, pitch = heads
        inside = (column > 4) & (column < 316) & (row > 4) & (row < STRIP_HEIGHT - 4)
        shown = [
            ink[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2].mean()
            for x, y in zip(column[inside], row[inside], strict=True)
        ]
        assert inside.sum() > 10
        assert np.median(shown) > np.median(ink) + 0.2
        assert set(pitch) <= set(piece.pitch.tolist())
        begins = item.sides["audio"].heads
        assert begins is not None
        assert np.isnan(begins[1]).all()
        np.testing.assert_array_equal(begins[2], pitch)


def with_places(piece: Piece, rows: np.ndarray) -> Piece:
    count = len(piece.pitch)
    none = np.zeros(count, np.float32)
    return replace(
        piece,
        places=NotePlaces(
            page=np.ones(count, np.int16),
            system=np.zeros(count, np.int32),
            page_x=none,
            page_y=none,
            width=none,
            height=none,
            strip_y=rows,
            measure=np.full(count, "1"),
            beat=none,
        ),
    )


def test_a_piece_without_places_has_unknown_rows_and_columns_that_are_right(built: Path) -> None:
    one = renditions(built, 1)[0]
    assert np.isnan(one.rows).all()
    side = CachedPairs([one]).draw(0, ("sheet",), np.random.default_rng(0)).sides["sheet"]
    assert side.heads is not None
    assert side.anchors is not None
    assert np.isnan(side.heads[1]).all()
    assert np.abs(side.heads[0] - side.anchors[0]).min() < 0.01


def test_midi_has_a_clock_of_its_own_and_its_anchors_go_with_it(built: Path) -> None:
    source = CachedPairs(renditions(built, 1), size=ExcerptSize(8.0, 320, 8))
    clocks = set()
    for seed in range(8):
        item = source.draw(0, ("audio", "midi"), np.random.default_rng(seed))
        audio, midi = item.sides["audio"].anchors, item.sides["midi"].anchors
        assert audio is not None
        assert midi is not None
        notes = item.sides["midi"].content
        assert isinstance(notes, Notes)
        gaps = [np.abs(notes.onset_s - second).min() for second in midi if 0 < second < 7.9]
        assert np.median(gaps) < 0.05  # some notes are missing, as in a transcription
        clocks.add(round(float(np.ptp(midi) / max(np.ptp(audio), 1e-6)), 2))
    assert len(clocks) > 4


def test_collections_are_drawn_by_their_shares(built: Path, banks: Path) -> None:
    config = CachedSource(str(built), str(banks), collections={"made": 1.0})
    assert open_cached(config).shares == pytest.approx(open_cached(config).shares)
    one, *others = renditions(built, 1)
    rest = [replace(other, collection="other") for other in others]
    source = CachedPairs([one, *rest], collections={one.collection: 0.9, "other": 0.1})
    assert source.shares is not None
    assert source.shares[0] == pytest.approx(0.9)
    alone = CachedPairs([one, *rest], collections={"other": 1.0})
    assert len(alone.works) == len(rest)
    with pytest.raises(SourceError, match="no piece of the collection songs"):
        CachedPairs([one], collections={"songs": 1.0})
