"""Collections in their published layout, made small on the spot."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from short_scores import melody, note, score

from unisono.data.engraving import MUSIC_FONTS, Layout, engrave
from unisono.data.sources import clips, msmd, openscore


def write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow
    import pyarrow.parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def write_score(path: Path, xml: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("score.xml", xml)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    songs = [
        {"id": f"lc{i}", "title": f"Song {i}", "composer": "Schubert, Franz", "split": split}
        for i, split in enumerate(("train", "test", "train"))
    ]
    write_table(tmp_path / "lieder" / "songs.parquet", songs)
    xml = score([melody(4), [note(60, 4)] * 4], names=["Singstimme", "Klavier"])
    for song in songs:
        write_score(tmp_path / "lieder" / "scores" / f"{song['id']}.mxl", xml)
    quartet = {"id": "q1", "work": "Quartet 1", "composer": "Mayer, Emilie", "split": "train"}
    write_table(tmp_path / "quartets" / "quartets.parquet", [quartet])
    return tmp_path


def test_songs_and_quartets_of_a_split(data: Path) -> None:
    train = list(openscore.songs(data / "lieder", "train"))
    assert [facts.identifier for facts in train] == ["lc0", "lc2"]
    assert train[0].collection == "lieder"
    (quartet,) = openscore.quartets(data / "quartets", "train")
    assert (quartet.title, quartet.composer) == ("Quartet 1", "Emilie Mayer")
    assert not list(openscore.quartets(data / "quartets", "valid"))


def test_a_song_becomes_a_piece(data: Path) -> None:
    facts = next(openscore.songs(data / "lieder", "train"))
    piece = openscore.load_piece(data / "lieder", facts)
    assert piece.facts.instruments == ("voice", "piano")
    assert len(piece.pitch) == 20
    assert set(piece.staff) == {0, 1}
    again = openscore.load_piece(data / "lieder", facts)
    np.testing.assert_array_equal(again.ink, piece.ink)
    other = openscore.load_piece(data / "lieder", facts, seed=1)
    assert other.ink.shape != piece.ink.shape or (other.ink != piece.ink).any()
    np.testing.assert_array_equal(other.pitch, piece.pitch)


def test_layouts_differ_as_editions_do() -> None:
    layouts = [openscore.random_layout(random.Random(seed)) for seed in range(40)]
    assert {layout.music_font for layout in layouts} == set(MUSIC_FONTS)
    assert {layout.text for layout in layouts} == {True, False}
    assert openscore.random_layout(random.Random(3)) == layouts[3]


def test_instruments_by_part_and_staff() -> None:
    xml = score([melody(1)] * 4, names=["Violino I", "Bratsche", "Violoncello", "Soprano"]).replace(
        "<divisions>1</divisions>", "<divisions>1</divisions><staves>2</staves>", 1
    )
    words = openscore.staff_instruments(xml)
    assert words == ("violin", "violin", "viola", "cello", "voice")
    few = score([melody(1)] * 4, names=["Violoncelle", "Violon 2", "Harpsichord", "Fagotti"])
    assert openscore.staff_instruments(few) == ("cello", "violin", "harpsichord", "bassoon")


def test_a_part_of_any_name_is_a_voice_only_with_words() -> None:
    xml = score([melody(1)] * 2, names=["Gretchen", "Ophicleide"])
    assert openscore.staff_instruments(xml) == ("", "")
    sung = xml.replace("</note>", "<lyric><text>la</text></lyric></note>", 1)
    assert openscore.staff_instruments(sung) == ("voice", "")


def test_msmd_s_layout(tmp_path: Path) -> None:
    engraving = engrave(
        score([melody(6), [note(48, 4)] * 6]),
        Layout(staff_space_px=8.0, page_width=80, page_height=90),
    )
    rows = [
        {"piece": "BachJS__BWV1__a-valse", "split": "train", "status": "ok", "licence": "PD"},
        {"piece": "b", "split": "train", "status": "broken", "licence": None},
        {"piece": "c", "split": "test", "status": "ok", "licence": None},
    ]
    write_table(tmp_path / "pieces.parquet", rows)
    assert list(msmd.piece_names(tmp_path, "train")) == [("BachJS__BWV1__a-valse", "PD")]
    folder = tmp_path / "train" / "BachJS__BWV1__a-valse"
    folder.mkdir(parents=True)
    for number, page in enumerate(engraving.pages, start=1):
        Image.fromarray(page).save(folder / f"page_{number:02d}.png")
    notes = engraving.notes
    first = np.cumsum([0] + [len(system.staves) for system in engraving.systems])
    staff = first[notes.system] + notes.staff
    # the last note stands for a tied-to head, which does not sound
    onset = notes.onset_s.copy()
    onset[-1] = np.nan
    np.savez(
        folder / "notes.npz",
        systems=np.array([[s.page - 1, *s.box] for s in engraving.systems]),
        staves=np.array([[s.page - 1, *b] for s in engraving.systems for b in s.staves]),
        onset=onset,
        offset=notes.offset_s,
        pitch=notes.pitch,
        system=notes.system,
        staff=staff,
        page=notes.page - 1,
        x=notes.x,
        y=notes.y,
        beat=notes.beat,
    )
    piece = msmd.load_piece(tmp_path, "train", folder.name, "PD")
    assert (piece.facts.composer, piece.facts.title) == ("BachJS", "a valse")
    assert len(piece.pitch) == len(notes) - 1
    np.testing.assert_array_equal(piece.pitch, notes.pitch[:-1])
    np.testing.assert_array_equal(piece.staff, notes.staff[:-1])
    assert (np.diff(piece.x[piece.staff == 0]) > 0).all()
    assert piece.places is not None
    assert piece.system_start is not None
    np.testing.assert_array_equal(piece.places.page, notes.page[:-1])
    for row, column in zip(piece.places.strip_y, piece.x, strict=True):
        head = piece.ink[int(row) - 1 : int(row) + 2, int(column) - 1 : int(column) + 2]
        assert head.max() > 100  # black, or the rim of a whole note


def write_tone(path: Path) -> None:
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    tone = 0.2 * np.sin(2 * np.pi * 440 * np.arange(8_000) / 16_000)
    soundfile.write(path, tone, 16_000)


def test_clips_by_licence_and_split(tmp_path: Path) -> None:
    licences = ("CC0-1.0", "CC-BY-NC-4.0", "CC-BY-4.0")
    rows = [
        {"file": f"{i}.wav", "genre": "rock", "licence": licence, "split": "train"}
        for i, licence in enumerate(licences)
    ]
    rows.append({"file": "9.wav", "genre": "metal", "licence": "CC0-1.0", "split": "test"})
    write_table(tmp_path / "clips.parquet", rows)
    for row in rows:
        write_tone(tmp_path / row["file"])
    every = clips.captioned_clips(tmp_path, "train", free_only=False)
    free = clips.captioned_clips(tmp_path, "train", free_only=True)
    assert [clip.name for clip in every] == ["0.wav", "1.wav", "2.wav"]
    assert [clip.name for clip in free] == ["0.wav", "2.wav"]
    assert free[0].waveform.shape == (8_000,)
    assert "rock" in free[0].captions


def test_pictures_with_music_of_their_own(tmp_path: Path) -> None:
    base = {"split": "train", "licence": "CC0", "music_licence": "CC0", "title": "Cave"}
    rows = [
        {"file": "a.png", "audio_file": "a.wav", **base},
        {"file": "b.png", "audio_file": None, **base},
        {"file": "c.png", "audio_file": "a.wav", **base, "music_licence": "CC-BY-NC"},
    ]
    write_table(tmp_path / "covers.parquet", rows)
    write_tone(tmp_path / "a.wav")
    for row in rows:
        Image.new("RGB", (200, 300), (255, 0, 0)).save(tmp_path / row["file"])
    (picture,) = clips.pictured_clips(tmp_path, "train", free_only=True)
    assert picture.name == "a.png"
    assert picture.image.shape == (3, clips.PICTURE_SIZE, clips.PICTURE_SIZE)
    assert picture.image[0].min() > 0.99
    assert picture.image[1:].max() < 0.01
    assert "Cave" in picture.captions
    assert len(clips.pictured_clips(tmp_path, "train", free_only=False)) == 2


def test_two_ways_to_say_the_same(tmp_path: Path) -> None:
    rows = [{"aspect_list": "['slow', 'piano', 'sad', 'a', 'b', 'c']", "caption": "x" * 400}] * 3
    write_table(tmp_path / "musiccaps.parquet", rows)
    assert clips.related_texts(tmp_path, limit=2) == [("slow, piano, sad, a, b", "x" * 300)] * 2


@pytest.mark.parametrize(
    ("licence", "free"),
    [
        ("CC0-1.0", True),
        ("CC-BY-4.0", True),
        ("CC-BY-SA-3.0", True),
        ("Public Domain", True),
        ("CC-BY-NC-4.0", False),
        ("CC-BY-ND-4.0", False),
        ("CC-BY-NC-SA-4.0", False),
        ("CC-BY-SA-NC-4.0", False),
        ("All rights reserved", False),
        ("", False),
    ],
)
def test_licences_that_allow_any_use(licence: str, free: bool) -> None:
    assert clips.is_free(licence) is free
