"""MusicCaps, Song Describer, MuMu, and the tables that are read in place, made small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from source_miniatures import (
    all_entries,
    refuses,
    write_json,
    write_parquet,
    write_picture,
    write_sound,
    write_text,
)

from unisono.data.sources import captions, covers, genres, mumu, musiccaps, song_describer
from unisono.data.sources.entry import SourceLayoutError

CAPS_HEADER = (
    "ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption,author_id,"
    "is_balanced_subset,is_audioset_eval"
)


@pytest.fixture
def caps(tmp_path: Path) -> Path:
    rows = [
        """-0Gj8-vB1q4,30,40,"/m/0140xf","['low quality', 'sad', 'sad']","A ballad, ""slow""."""
        """",4,True,True""",
        """-0SdAVK79lg,30,40,"/m/0155w","['90''s', ""90's""]",Line one\nline two,0,False,False""",
        """ZZZZZZZZZZZ,0,10,/m/x,not a list,A caf\xe9.,0,False,False""",
        """EmptyEmpty0,0,10,/m/x,"['x']",  ,0,False,False""",
    ]
    rows[1] = rows[1].replace("Line one\nline two", '"Line one\nline two"').replace("'90''s', ", "")
    text = "\n".join([CAPS_HEADER, *rows])
    write_text(tmp_path / "musiccaps-public.csv", text.encode("latin-1"))
    return tmp_path


def test_musiccaps_words_without_audio(caps: Path) -> None:
    rows = all_entries(musiccaps.SOURCE, caps)
    assert list(rows) == ["-0Gj8-vB1q4", "-0SdAVK79lg", "ZZZZZZZZZZZ"], "a row without words is out"
    first, second, third = rows.values()
    assert first.texts == ('A ballad, "slow".',)
    assert first.tags == ("low quality", "sad")
    assert second.texts == ("Line one\nline two",)
    assert second.tags == ("90's",)
    assert third.texts == ("A café.",)
    assert third.tags == ()
    assert [row.split for row in rows.values()] == ["test", "train", "train"]
    assert not any(row.media for row in rows.values())


def test_the_balanced_rows_of_musiccaps(caps: Path) -> None:
    assert list(all_entries(musiccaps.MusicCaps(balanced_only=True), caps)) == ["-0Gj8-vB1q4"]


@pytest.mark.parametrize(
    "name",
    [
        "-0Gj8-vB1q4.wav",
        "audio/-0Gj8-vB1q4.mp3",
        "wav/[-0Gj8-vB1q4]-[30-40].wav",
        "music_data/-0Gj8-vB1q4_30_40.flac",
        "-0Gj8-vB1q4_30000_40000.wav",
        "-0Gj8-vB1q4_30000.wav",
        "audio/Y-0Gj8-vB1q4.WAV",
    ],
)
def test_audio_of_musiccaps_as_downloaders_name_it(caps: Path, name: str) -> None:
    write_sound(caps / name)
    rows = all_entries(musiccaps.SOURCE, caps)
    assert [bool(row.media) for row in rows.values()] == [True, False, False]
    (clip,) = rows["-0Gj8-vB1q4"].media["audio"]
    assert clip.path == caps / name
    assert (clip.start_s, clip.end_s) == (0.0, None), "the file is the ten seconds alone"


def test_musiccaps_of_the_hub_saved_to_disk(tmp_path: Path, caps: Path) -> None:
    datasets = pytest.importorskip("datasets")
    row = {
        "ytid": "-0Gj8-vB1q4",
        "start_s": 30,
        "end_s": 40,
        "aspect_list": "['sad']",
        "caption": "A ballad.",
        "is_audioset_eval": True,
        "is_balanced_subset": False,
    }
    saved = datasets.DatasetDict({"train": datasets.Dataset.from_list([row])})
    saved.save_to_disk(str(tmp_path / "hub"))
    (entry,) = all_entries(musiccaps.SOURCE, tmp_path / "hub").values()
    assert (entry.texts, entry.tags, entry.split) == (("A ballad.",), ("sad",), "test")


def test_musiccaps_elsewhere(tmp_path: Path) -> None:
    refuses(musiccaps.SOURCE, tmp_path, "musiccaps-public.csv")
    write_text(tmp_path / "musiccaps-public.csv", "ytid,caption\na,b\n")
    with pytest.raises(SourceLayoutError, match="aspect_list"):
        list(musiccaps.SOURCE.entries(tmp_path))


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    write_text(
        tmp_path / "song_describer.csv",
        "caption_id,track_id,caption,is_valid_subset,familiarity,artist_id,album_id,path,duration\n"
        '5,1004034,"Calm, ""floating"" sitar",True,1,364571,117362,34/1004034.mp3,202.5\n'
        "6,1004034,A second sentence,False,1,364571,117362,34/1004034.mp3,202.5\n"
        "7,214,,True,1,14,31,14/214.mp3,99\n"
        "8,215,Only this one,,1,14,31,15/215.mp3,99\n"
        "9,216,Its audio is missing,True,1,14,31,16/216.mp3,99\n",
    )
    for name in ("34/1004034", "14/214", "15/215"):
        write_sound(tmp_path / f"audio/{name}.2min.mp3")
    write_text(tmp_path / "audio_licenses.txt", "34/1004034.mp3\nTitle\nUnder CC BY 3.0\n\n")
    return tmp_path


def test_song_describer_puts_sentences_of_a_track_together(songs: Path) -> None:
    tracks = all_entries(song_describer.SOURCE, songs)
    assert list(tracks) == ["1004034", "215"]
    first = tracks["1004034"]
    assert first.texts == ('Calm, "floating" sitar', "A second sentence")
    assert first.licence == "Under CC BY 3.0"
    assert first.work == "jamendo:1004034"
    assert first.related == {"artist": ("artist_364571",), "album": ("album_117362",)}
    assert {track.split for track in tracks.values()} == {"test"}


def test_the_validated_sentences_of_song_describer(songs: Path) -> None:
    (track,) = all_entries(song_describer.SongDescriber(valid_only=True), songs).values()
    assert track.texts == ('Calm, "floating" sitar',)


def test_song_describer_with_tags_and_one_folder_more(songs: Path) -> None:
    write_text(
        songs / "song_describer.csv",
        "caption_id,track_id,caption,path,genre,mood/theme\n"
        "1,215,Words,15/215.mp3,\"['genre---rock', 'pop']\",\"[]\"\n",
    )
    (songs / "audio").rename(songs / "inner")
    (songs / "audio").mkdir()
    (songs / "inner").rename(songs / "audio/audio")
    (track,) = all_entries(song_describer.SOURCE, songs).values()
    assert track.tags == ("rock", "pop")


def test_song_describer_elsewhere(songs: Path) -> None:
    (songs / "audio").rename(songs / "sound")
    refuses(song_describer.SOURCE, songs, "audio/00")
    refuses(song_describer.SOURCE, songs / "sound", "song_describer.csv")


@pytest.fixture
def albums(tmp_path: Path) -> Path:
    folder = tmp_path / "MuMu_dataset"
    write_text(
        folder / "MuMu_dataset_multi-label.csv",
        "amazon_id,album_mbid,MSD_track_id,recording_mbid,artist_mbid,genres\n"
        'B0001,mb-1,TRA,rec,art-1,"Rock,Pop, Indie Rock"\n'
        'B0001,mb-1,TRB,rec,art-1,"Rock,Pop, Indie Rock"\n'
        "B0002,mb-2,TRC,rec,art-2,Metal\n"
        "B0003,mb-3,TRD,rec,art-3,Jazz\n",
    )
    write_json(
        folder / "amazon_metadata_MuMu.json",
        [
            {"amazon_id": "B0001", "title": "Älbum", "artist": "Us", "label": "Own", "price": None},
            {"amazon_id": "B0002", "title": None, "related": {"also_bought": []}},
        ],
    )
    write_picture(tmp_path / "covers/B0001.jpg")
    write_picture(tmp_path / "covers/B0002.png")
    write_sound(tmp_path / "msd/T/R/TRB.mp3")
    write_text(tmp_path / "ismir-data/splits/items_index_train_MuMu-albums.tsv", "B0001\nB0009")
    write_text(tmp_path / "ismir-data/splits/items_index_val_MuMu-albums.tsv", "B0002\n")
    return tmp_path


def test_mumu_gives_albums_with_cover_and_songs(albums: Path) -> None:
    found = all_entries(mumu.SOURCE, albums)
    assert {name: entry.split for name, entry in found.items()} == {
        "B0001": "train",
        "B0002": "valid",
    }, "an album without any file is left out"
    first, second = found.values()
    assert first.media["cover"][0].path.name == "B0001.jpg"
    assert [media.path.name for media in first.media["audio"]] == ["TRB.mp3"]
    assert first.tags == ("Rock", "Pop", "Indie Rock")
    assert (first.title, first.artist) == ("Älbum", "Us")
    assert first.related == {"artist": ("Us",), "album": ("mb-1",), "label": ("Own",)}
    assert set(second.media) == {"cover"}
    assert second.related == {"artist": ("art-2",), "album": ("mb-2",)}


def test_mumu_by_its_table_alone(albums: Path) -> None:
    (albums / "MuMu_dataset/amazon_metadata_MuMu.json").unlink()
    assert len(all_entries(mumu.SOURCE, albums)) == 2
    write_text(albums / "MuMu_dataset/amazon_metadata_MuMu.json", "[{")
    with pytest.raises(SourceLayoutError, match="no JSON"):
        mumu.SOURCE.entries(albums)
    refuses(mumu.SOURCE, albums / "covers", "MuMu_dataset_multi-label.csv")


def clip_row(name: str, **given: Any) -> dict[str, Any]:
    row = {
        "file": f"audio/{name}.wav",
        "track_id": name.rpartition("_")[0],
        "genre": "ambient",
        "core": True,
        "artist": "Somebody",
        "title": name,
        "licence": "CC0",
        "split": "train",
    }
    return {**row, **given}


def test_genres_read_in_place(tmp_path: Path) -> None:
    rows = [
        clip_row("ambient_t1_0"),
        clip_row("ambient_t1_1", artist=""),
        clip_row("folk_song_t2_0", genre="folk_song", split="test"),
        clip_row("polka_t3_0", genre="bohemian_polka", core=False),
        clip_row("gone_t4_0"),
    ]
    write_parquet(tmp_path / "clips.parquet", rows)
    for row in rows[:-1]:
        write_sound(tmp_path / row["file"])
    clips = all_entries(genres.SOURCE, tmp_path)
    assert [clip.tags for clip in clips.values()] == [
        ("ambient",),
        ("ambient",),
        ("folk",),
        ("bohemian polka",),
    ]
    assert clips["ambient_t1_0"].work == clips["ambient_t1_1"].work == "ambient_t1"
    assert clips["folk_song_t2_0"].split == "test"
    assert "folk song with voice and guitar" in clips["folk_song_t2_0"].texts
    assert clips["ambient_t1_0"].related == {"artist": ("Somebody",)}
    assert clips["ambient_t1_1"].related == {}
    assert len(all_entries(genres.Genres(core_only=True), tmp_path)) == 3
    refuses(genres.SOURCE, tmp_path / "audio", "clips.parquet")


def test_covers_read_in_place(tmp_path: Path) -> None:
    shared = {"artist": "", "genre": "folk_song", "title": "T", "split": "train"}
    rows = [
        {"file": "images/a.jpg", "audio_file": "audio/a.wav", "licence": "CC0"},
        {"file": "images/b.jpg", "audio_file": "", "licence": "MIT"},
        {"file": "images/gone.jpg", "audio_file": "", "licence": "MIT"},
    ]
    table = [
        {**shared, **row, "music_licence": "GPL-2", "split_group": row["file"]} for row in rows
    ]
    write_parquet(tmp_path / "covers.parquet", table)
    for name in ("images/a.jpg", "images/b.jpg"):
        write_picture(tmp_path / name)
    write_sound(tmp_path / "audio/a.wav")
    pictures = all_entries(covers.SOURCE, tmp_path)
    assert {name: sorted(entry.media) for name, entry in pictures.items()} == {
        "a": ["audio", "cover"],
        "b": ["cover"],
    }
    assert pictures["a"].licence == "CC0; music GPL-2"
    assert pictures["b"].licence == "MIT"
    refuses(covers.SOURCE, tmp_path / "images", "covers.parquet")


def test_captions_and_vocabularies_read_in_place(tmp_path: Path) -> None:
    row = {
        "ytid": "-0Gj8-vB1q4",
        "aspect_list": "['sad']",
        "caption": "A ballad.",
        "is_audioset_eval": True,
    }
    write_parquet(tmp_path / "musiccaps.parquet", [row, {**row, "ytid": "b", "caption": None}])
    (entry,) = all_entries(captions.SOURCE, tmp_path).values()
    assert (entry.texts, entry.tags, entry.split) == (("A ballad.",), ("sad",), "test")
    write_parquet(
        tmp_path / "magnatagatune_tags.parquet",
        [{"tag": "guitar"}, {"tag": "femaleVocal"}, {"tag": "guitar"}],
    )
    assert captions.tag_vocabulary(tmp_path, "magnatagatune") == ("guitar", "female vocal")
    with pytest.raises(SourceLayoutError, match="fma_genres"):
        captions.tag_vocabulary(tmp_path, "fma")
