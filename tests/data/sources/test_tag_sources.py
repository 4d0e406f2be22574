"""MagnaTagATune, MTG-Jamendo, GTZAN and FMA, made small in the layout of their downloads."""

from __future__ import annotations

from pathlib import Path

import pytest
from source_miniatures import all_entries, refuses, write_sound, write_text

from unisono.data.sources import fma, gtzan, magnatagatune, mtg_jamendo
from unisono.data.sources.entry import SourceLayoutError

BACH = "0/american_bach-cantatas_v-03-gleichwie_der_regen"


@pytest.fixture
def magna(tmp_path: Path) -> Path:
    rows = [
        ["2", "0", "1", "1", "0", f"{BACH}-30-59.mp3"],
        ["6", "0", "0", "0", "1", f"{BACH}-59-88.mp3"],
        ["10", "1", "0", "0", "0", "c/jade-calm-01-sea-0-29.mp3"],
        ["11", "1", "0", "0", "0", "f/jade-calm-02-empty-0-29.mp3"],
        ["12", "1", "0", "0", "0", "f/jade-calm-03-gone-0-29.mp3"],
    ]
    header = ["clip_id", "no voice", "violin", "female vocal", "bongos", "mp3_path"]
    lines = ["\t".join(f'"{cell}"' for cell in row) for row in (header, *rows)]
    write_text(tmp_path / "annotations_final.csv", "\n".join(lines))
    write_text(
        tmp_path / "clip_info_final.csv",
        '"clip_id"\t"track_number"\t"title"\t"artist"\t"album"\t"url"\t"segmentStart"\t'
        '"segmentEnd"\t"original_url"\t"mp3_path"\n'
        f'"2"\t"3"\t"Say ""Amen"""\t"American Bach"\t"Cantatas V"\t""\t"30"\t"59"\t""\t"{BACH}"\n'
        f'"6"\t"3"\t"Say ""Amen"""\t"American Bach"\t"Cantatas V"\t""\t"59"\t"88"\t""\t"{BACH}"\n'
        '"10"\t"1"\t"Sea"\t"Jade"\t""\t""\t"0"\t"29"\t""\t"c/"\n',
    )
    for row in rows[:3]:
        write_sound(tmp_path / row[-1])
    write_text(tmp_path / rows[3][-1], b"")
    return tmp_path


def test_magnatagatune_splits_by_folder_and_keeps_clips_of_a_recording_together(
    magna: Path,
) -> None:
    clips = all_entries(magnatagatune.SOURCE, magna)
    assert {name: clip.split for name, clip in clips.items()} == {
        "2": "train",
        "6": "train",
        "10": "valid",
    }, "an empty and a missing file are left out"
    assert clips["2"].work == clips["6"].work == BACH
    assert clips["2"].title == 'Say "Amen"'
    assert clips["2"].tags == ("violin", "female vocal")
    assert clips["6"].tags == ()
    assert clips["2"].related["album"] == ("Cantatas V",)
    assert "album" not in clips["10"].related


def test_magnatagatune_with_all_tags(magna: Path) -> None:
    clips = all_entries(magnatagatune.MagnaTagATune(top_only=False), magna)
    assert clips["6"].tags == ("bongos",)


def test_magnatagatune_with_its_audio_in_mp3(magna: Path) -> None:
    for folder in ("0", "c", "f"):
        (magna / "mp3").mkdir(exist_ok=True)
        (magna / folder).rename(magna / "mp3" / folder)
    assert len(all_entries(magnatagatune.SOURCE, magna)) == 3


def test_magnatagatune_elsewhere(magna: Path, tmp_path: Path) -> None:
    (magna / "clip_info_final.csv").unlink()
    refuses(magnatagatune.SOURCE, magna, "clip_info_final.csv")
    assert len(set(magnatagatune.TOP_50)) == 50


def test_magnatagatune_with_a_strange_table(magna: Path) -> None:
    write_text(magna / "annotations_final.csv", "name,tag\na,b\n")
    with pytest.raises(SourceLayoutError, match="clip_id"):
        list(magnatagatune.SOURCE.entries(magna))


JAMENDO_HEADER = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"


@pytest.fixture
def jamendo(tmp_path: Path) -> Path:
    rows = {
        "train": [
            "track_0000214\tartist_000014\talbum_000031\t14/214.mp3\t124.6\tgenre---punkrock",
            "track_0000215\tartist_000014\talbum_000031\t15/215.mp3\t151.4\tgenre---metal"
            "\tinstrument---voice\tmood/theme---dark\tgenre---voice",
        ],
        "validation": [
            "track_1009600\tartist_000099\talbum_000032\t00/1009600.mp3\t99\tmood/theme---film"
        ],
        "test": [
            "track_0000216\tartist_000015\talbum_000033\t16/216.mp3\t234.9\tgenre---metal",
            "track_0000217",
        ],
    }
    for split in range(2):
        for name, lines in rows.items():
            given = lines if split == 0 else lines[:1]
            write_text(
                tmp_path / f"data/splits/split-{split}/autotagging-{name}.tsv",
                "\n".join([JAMENDO_HEADER, *given]) + "\n",
            )
    write_text(
        tmp_path / "data/raw.meta.tsv",
        "TRACK_ID\tARTIST_ID\tALBUM_ID\tTRACK_NAME\tARTIST_NAME\tALBUM_NAME\tRELEASEDATE\tURL\n"
        'track_0000214\tartist_000014\talbum_000031\tThe "7" song\tBoth\tAlb\t2005-01-02\tu\n'
        "track_0000215\tartist_000014\talbum_000031\tStray\t\tBoth\tAlb\t2005-01-02\tu\n".replace(
            "Both", "Beyoncé"
        ),
    )
    write_text(
        tmp_path / "audio_licenses.txt",
        "14/214.mp3\nSong by Artist from Jamendo: http://x\nAvailable under CC BY 3.0\n\n"
        "15/215.mp3\nSong 2\nAvailable under CC BY-NC 2.0\n",
    )
    for name in ("14/214.mp3", "15/215.mp3"):
        write_sound(tmp_path / "raw_30s/audio" / name)
    write_sound(tmp_path / "raw_30s/audio-low/00/1009600.low.mp3")
    return tmp_path


def test_jamendo_reads_splits_names_and_licences(jamendo: Path) -> None:
    tracks = all_entries(mtg_jamendo.SOURCE, jamendo)
    assert {name: track.split for name, track in tracks.items()} == {
        "track_0000214": "train",
        "track_0000215": "train",
        "track_1009600": "valid",
    }, "a track without a file and a row cut short are left out"
    punk, metal = tracks["track_0000214"], tracks["track_0000215"]
    assert (punk.title, punk.artist, punk.year) == ('The "7" song', "Beyoncé", 2005)
    assert (metal.title, metal.artist, metal.year) == ("Stray", "Beyoncé", 2005)
    assert punk.licence == "Available under CC BY 3.0"
    assert metal.licence == "Available under CC BY-NC 2.0"
    assert metal.tags == ("metal", "voice", "dark")
    assert punk.related == {"artist": ("artist_000014",), "album": ("album_000031",)}
    assert punk.work == "jamendo:214"
    assert tracks["track_1009600"].media["audio"][0].path.name == "1009600.low.mp3"


def test_another_split_of_jamendo(jamendo: Path) -> None:
    assert len(all_entries(mtg_jamendo.Jamendo(number=1), jamendo)) == 2
    refuses(mtg_jamendo.Jamendo(number=4), jamendo, "split-4")


def test_jamendo_without_audio(jamendo: Path) -> None:
    (jamendo / "raw_30s").rename(jamendo / "elsewhere")
    refuses(mtg_jamendo.SOURCE, jamendo, "00 to 99")


def test_jamendo_unpacked_into_the_root_without_names(jamendo: Path) -> None:
    for path in (jamendo / "raw_30s/audio").iterdir():
        path.rename(jamendo / path.name)
    for name in ("data/raw.meta.tsv", "audio_licenses.txt"):
        (jamendo / name).unlink()
    tracks = all_entries(mtg_jamendo.SOURCE, jamendo)
    assert len(tracks) == 3
    assert tracks["track_0000214"].title == tracks["track_0000214"].licence == ""


@pytest.mark.parametrize(
    ("folder", "suffix", "lists"),
    [("genres", "wav", ""), ("genres", "au", "GTZAN_split/"), ("genres_original", "wav", "")],
)
def test_gtzan_by_the_fault_filtered_lists(
    tmp_path: Path, folder: str, suffix: str, lists: str
) -> None:
    for name in ("blues.00000", "blues.00001", "hiphop.00007", "jazz.00054"):
        write_sound(tmp_path / folder / name.partition(".")[0] / f"{name}.{suffix}")
    for split, names in (
        ("train", "blues/blues.00000.wav\r\n\r\nrock/rock.00001.wav\r\n"),
        ("valid", "hiphop/hiphop.00007.wav"),
        ("test", "blues/blues.00001.wav\n"),
    ):
        write_text(tmp_path / f"{lists}{split}_filtered.txt", names)
    clips = all_entries(gtzan.SOURCE, tmp_path)
    assert [(c.identifier, c.split, c.tags) for c in clips.values()] == [
        ("blues.00000", "train", ("blues",)),
        ("hiphop.00007", "valid", ("hip hop",)),
        ("blues.00001", "test", ("blues",)),
    ], "faulty clips, which no list names, and missing ones are left out"


def test_gtzan_without_lists(tmp_path: Path) -> None:
    write_sound(tmp_path / "genres/blues/blues.00000.wav")
    refuses(gtzan.SOURCE, tmp_path, "train_filtered.txt", "music_dataset_split")
    refuses(gtzan.SOURCE, tmp_path / "genres", "genres_original")


FMA_COLUMNS = [
    *(("album", "date_released"), ("album", "id"), ("album", "title"), ("artist", "id")),
    *(("artist", "bio"), ("artist", "name"), ("set", "split"), ("set", "subset")),
    *(("track", "genre_top"), ("track", "genres"), ("track", "license"), ("track", "title")),
]


def fma_row(number: int, *, split: str = "training", **given: str) -> str:
    values = {"genres": "[21]", "bio": "", "title": f"Title {number}", "name": "AWOL", **given}
    cells = [
        "2009-01-05 00:00:00",
        "1",
        "AWOL - A Way Of Life",
        "7",
        values["bio"],
        values["name"],
        split,
        "small",
        "Hip-Hop",
        values["genres"],
        "CC BY-NC-SA 3.0",
        values["title"],
    ]
    return ",".join([str(number), *('"{}"'.format(cell.replace('"', '""')) for cell in cells)])


@pytest.fixture
def free_music(tmp_path: Path) -> Path:
    header = [
        ",".join(["", *(group for group, _ in FMA_COLUMNS)]),
        ",".join(["", *(name for _, name in FMA_COLUMNS)]),
        "track_id" + "," * len(FMA_COLUMNS),
    ]
    rows = [
        fma_row(2, genres="[21, 811]", bio='<p>He said:\n\n"So"</p>' + "x" * 200_000),
        fma_row(5, split="validation"),
        fma_row(140, split="test", genres=""),
        fma_row(151358, split="test"),
    ]
    text = "\n".join([*header, *rows]).encode() + b"\n"
    latin = fma_row(10, name="Sigur R\xf3s").encode("latin-1") + b"\n"
    write_text(tmp_path / "fma_metadata/tracks.csv", text + latin)
    write_text(
        tmp_path / "fma_metadata/genres.csv",
        "genre_id,#tracks,parent,title,top_level\n21,12910,0,Hip-Hop,21\n811,11,21,Wonky,21\n",
    )
    for name in ("000/000002", "000/000005", "000/000140", "000/000010"):
        write_sound(tmp_path / "fma_small" / f"{name}.mp3")
    write_sound(tmp_path / "fma_large/000/000005.mp3")
    return tmp_path


def test_fma_reads_its_three_rows_of_header(free_music: Path) -> None:
    tracks = all_entries(fma.SOURCE, free_music)
    assert {name: track.split for name, track in tracks.items()} == {
        "000002": "train",
        "000005": "valid",
        "000140": "test",
        "000010": "train",
    }
    first = tracks["000002"]
    assert first.tags == ("Hip-Hop", "Wonky")
    assert (first.title, first.artist, first.year) == ("Title 2", "AWOL", 2009)
    assert first.licence == "CC BY-NC-SA 3.0"
    assert first.related == {"artist": ("7",), "album": ("1",)}
    assert tracks["000140"].tags == ("Hip-Hop",)
    assert tracks["000010"].artist == "Sigur Rós"
    assert "fma_large" in tracks["000005"].media["audio"][0].path.parts


def test_fma_without_a_column_or_audio(free_music: Path) -> None:
    table = free_music / "fma_metadata/tracks.csv"
    write_text(table, table.read_bytes().replace(b"split", b"part", 1))
    with pytest.raises(SourceLayoutError, match=r"set\.split"):
        list(fma.SOURCE.entries(free_music))
    for name in ("fma_small", "fma_large"):
        (free_music / name).rename(free_music / f"{name}_gone")
    refuses(fma.SOURCE, free_music, "fma_full")
