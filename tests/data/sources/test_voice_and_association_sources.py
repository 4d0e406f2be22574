"""MUSDB18, DAMP, tables like Discogs' and playlists, made small in their layouts."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from source_miniatures import (
    all_entries,
    refuses,
    write_json,
    write_sound,
    write_stems,
    write_text,
)

from unisono.data.errors import ReadError
from unisono.data.sources import damp, damp_vsep, discogs, million_playlists, musdb18, playlists
from unisono.data.sources.entry import Media, SourceLayoutError
from unisono.data.sources.stems import is_stream, read_stream

STEM_HERTZ = (300.0, 500.0, 700.0, 900.0, 1100.0)


def loudest_hertz(samples: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


def test_musdb18_streams_are_the_mix_and_the_voice(tmp_path: Path) -> None:
    write_stems(tmp_path / "train/ANiMAL - Rockshow.stem.mp4", STEM_HERTZ)
    write_stems(tmp_path / "test/Al James - Schoolboy - Fascination.stem.mp4", STEM_HERTZ)
    songs = all_entries(musdb18.SOURCE, tmp_path)
    assert {name: song.split for name, song in songs.items()} == {
        "ANiMAL - Rockshow": "valid",
        "Al James - Schoolboy - Fascination": "test",
    }
    song = songs["Al James - Schoolboy - Fascination"]
    assert (song.artist, song.title) == ("Al James", "Schoolboy - Fascination")
    for role, hertz in (("audio", 300.0), ("voice", 1100.0)):
        (media,) = song.media[role]  # type: ignore[index]
        assert is_stream(media)
        samples = read_stream(media)
        assert len(samples) / 16_000 == pytest.approx(0.5, abs=0.05)
        assert loudest_hertz(samples, 16_000) == pytest.approx(hertz, abs=4)


def test_a_part_of_a_stream(tmp_path: Path) -> None:
    path = write_stems(tmp_path / "a.stem.mp4", STEM_HERTZ[:2])
    whole = read_stream(Media(path, "stream 1"), 8000)
    part = read_stream(Media(path, "stream 1", start_s=0.1, end_s=0.3), 8000)
    assert np.array_equal(part, whole[800:2400])


def test_a_stream_that_is_not_there(tmp_path: Path) -> None:
    path = write_stems(tmp_path / "a.stem.mp4", STEM_HERTZ[:2])
    with pytest.raises(ReadError, match="holds 2 streams of sound, not 5"):
        read_stream(Media(path, "stream 4"))
    write_text(tmp_path / "b.stem.mp4", b"no container")
    with pytest.raises(ReadError, match="cannot be decoded"):
        read_stream(Media(tmp_path / "b.stem.mp4", "stream 0"))


def test_musdb18_hq_in_folders(tmp_path: Path) -> None:
    for stem in ("mixture", "vocals", "drums"):
        write_sound(tmp_path / f"train/Actions - One Minute Smile/{stem}.wav")
    write_sound(tmp_path / "train/A Classic Education - NightOwl/mixture.wav")
    write_text(tmp_path / "test/Nothing - Here/notes.txt", "nothing to hear")
    songs = all_entries(musdb18.SOURCE, tmp_path)
    assert {name: (song.split, sorted(song.media)) for name, song in songs.items()} == {
        "A Classic Education - NightOwl": ("train", ["audio"]),
        "Actions - One Minute Smile": ("valid", ["audio", "voice"]),
    }
    assert len(musdb18.VALID_SONGS) == 14
    refuses(musdb18.SOURCE, tmp_path / "train", "train or test")


@pytest.fixture
def mashups(tmp_path: Path) -> Path:
    for name in ("100_1", "100_2"):
        (tmp_path / "sing/audio").mkdir(parents=True, exist_ok=True)
        write_sound(tmp_path / f"{name}.flac").rename(tmp_path / f"sing/audio/{name}.m4a")
    for name in ("100_1_-1", "100_1_430", "100_2_43", "200_7_0", "readme"):
        write_sound(tmp_path / f"vocalMashup/damp_mashup_mix/{name}.wav")
    number = np.float64(1.5)
    lists = {
        "train_artist_track_1000.pkl": {"100": {"100_1": [number, 3.0]}},
        "valid_artist_track_1000.pkl": {"100": {"100_2": [0.0]}},
        "unseen_eval_artist_track_300_2.pkl": {"200": {"200_7": [0.0]}},
    }
    for name, content in lists.items():
        write_text(tmp_path / "data" / name, pickle.dumps(content, protocol=3))
    write_text(tmp_path / "perfs.csv", "perf_key,songid\n100_1,_let_it_go\n")
    return tmp_path


def test_a_mash_up_knows_its_part_of_the_voice(mashups: Path) -> None:
    mixes = all_entries(damp.SOURCE, mashups)
    assert {name: mix.split for name, mix in mixes.items()} == {
        "100_1_-1": "train",
        "100_1_430": "train",
        "100_2_43": "valid",
        "200_7_0": "test",
    }
    mix = mixes["100_1_430"]
    (voice,) = mix.media["voice"]
    assert voice.path.name == "100_1.m4a"
    assert voice.start_s == pytest.approx(431 * 512 / 22_050)
    assert voice.end_s == pytest.approx(voice.start_s + 3)
    assert mixes["100_1_-1"].media["voice"][0].start_s == 0
    assert (mix.title, mix.artist, mix.work) == ("let it go", "100", "100_1")
    assert set(mixes["200_7_0"].media) == {"audio"}, "its voice is not there"


@pytest.mark.parametrize("start", [0, 512, 512 * 64, 512 * 1000])
def test_the_frame_in_the_name_is_turned_back_into_the_start(start: int) -> None:
    librosa = pytest.importorskip("librosa")
    frame = int(librosa.samples_to_frames(start, hop_length=512, n_fft=1024))
    assert damp.voice_start_s(frame) == pytest.approx(start / 22_050)


def test_a_list_of_mash_ups_runs_nothing(mashups: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(mashups / "trapped"),)

    path = write_text(mashups / "trap.pkl", pickle.dumps({"1": {"1_1": Trap()}}))
    with pytest.raises(SourceLayoutError, match="mkdir"):
        damp.listed_performances(path)
    assert not (mashups / "trapped").exists()
    write_text(path, b"not a pickle")
    with pytest.raises(SourceLayoutError, match=r"trap\.pkl"):
        damp.listed_performances(path)


def test_damp_elsewhere(mashups: Path) -> None:
    refuses(damp.SOURCE, mashups / "sing", "damp_mashup_mix")
    refuses(damp.SOURCE, mashups / "data", "sing/audio")


@pytest.fixture
def karaoke(tmp_path: Path) -> Path:
    for name in ("18/IT/it/10_1", "20/US/en/11_2", "20/US/en/12_3"):
        for part in ("vocal.ogg", "mix.flac", "background.flac"):
            path = write_sound(tmp_path / name / part)
            if path.suffix == ".flac":
                path.rename(path.with_suffix(".m4a"))
    write_sound(tmp_path / "20/US/en/12_3/vocal2.ogg")
    return tmp_path


def test_damp_vsep_without_lists(karaoke: Path) -> None:
    found = all_entries(damp_vsep.SOURCE, karaoke)
    assert list(found) == ["10_1", "11_2"], "a duet is left out"
    assert all(sorted(entry.media) == ["audio", "voice"] for entry in found.values())
    assert found["10_1"].media["voice"][0].end_s is None
    assert found["10_1"].artist == "10"


def test_damp_vsep_by_the_lists_of_single_voices(karaoke: Path) -> None:
    header = "perf_key,background_path,mix_path,vocal_path\n"
    place = "18/IT/it/10_1"
    write_text(
        karaoke / "split/train_singles.csv",
        f"{header}10_1,{place}/background.m4a,{place}/mix.m4a,{place}/vocal.ogg\n"
        "9_9,1/2/3/9_9/background.m4a,1/2/3/9_9/mix.m4a,1/2/3/9_9/vocal.ogg\n",
    )
    write_text(
        karaoke / "split/test.csv",
        f"{header}11_2,,20/US/en/11_2/none.m4a,20/US/en/11_2/vocal.ogg\n",
    )
    write_json(
        karaoke / "metadata/train_singles_sr16000.json",
        {"10_1": {"duration": "29.5", "vocal_start": "0", "background_start": "0.4125"}},
    )
    found = all_entries(damp_vsep.SOURCE, karaoke)
    assert {name: entry.split for name, entry in found.items()} == {"10_1": "train", "11_2": "test"}
    (mix,), (voice,) = found["10_1"].media["audio"], found["10_1"].media["voice"]
    assert (mix.start_s, mix.end_s) == (0.4125, 29.9125)
    assert (voice.start_s, voice.end_s) == (0.0, 29.5)
    assert set(found["11_2"].media) == {"voice"}
    refuses(damp_vsep.SOURCE, karaoke / "18", "<age>")


def test_a_table_like_discogs(tmp_path: Path) -> None:
    write_text(
        tmp_path / "tracks.tsv",
        "\ufeffpath\tartist\talbum\tlabel\ttrack\ttitle\tyear\tstyle\tsplit\n"
        'a/1.mp3\tUs; Them\tBest of\tWarp; Own\tr1\t"So ""it"" goes"\t1999\tDub;Techno\ttrain\n'
        "a/2.mp3\tUs; Them\tBest of\t\tr1\tSame again\tunknown\t\ttest\n"
        "a/gone.mp3\tX\tY\tZ\tr2\t\t\t\t\n"
        "\t\t\n"
        "a/3.mp3\n",
    )
    for number in (1, 2, 3):
        write_sound(tmp_path / f"a/{number}.mp3")
    tracks = all_entries(discogs.SOURCE, tmp_path)
    assert list(tracks) == ["a/1.mp3", "a/2.mp3", "a/3.mp3"]
    first, second, third = tracks.values()
    assert first.related == {
        "artist": ("Us", "Them"),
        "album": ("Us; Them - Best of",),
        "label": ("Warp", "Own"),
        "track": ("r1",),
    }
    assert (first.title, first.year, first.tags) == ('So "it" goes', 1999, ("Dub", "Techno"))
    assert first.work == second.work == "r1"
    assert (second.year, second.split) == (None, "test")
    assert (third.related, third.work) == ({}, "a/3.mp3")


def test_a_table_unlike_discogs(tmp_path: Path) -> None:
    refuses(discogs.SOURCE, tmp_path, "tracks.csv")
    write_text(tmp_path / "tracks.csv", "path,artist\na,b\n")
    with pytest.raises(SourceLayoutError, match="album and label"):
        list(discogs.SOURCE.entries(tmp_path))


def test_playlists_relate_the_files_that_they_name(tmp_path: Path) -> None:
    for name in ("music/a.mp3", "music/ö b.mp3", "lists/c.wav"):
        write_sound(tmp_path / name)
    write_text(
        tmp_path / "lists/calm.m3u8",
        "\ufeff#EXTM3U\n#EXTINF:123,Us - Song - live\n../music/a.mp3\n"
        f"\n../music/gone.mp3\nhttp://radio/stream.mp3\n{(tmp_path / 'lists/c.wav').as_uri()}\n",
    )
    write_text(
        tmp_path / "lists/loud.M3U",
        b"..\\music\\a.mp3\r\n#EXTINF:1,just a name\r\n../music/\xf6 b.mp3\r\n../music/a.mp3\r\n",
    )
    tracks = all_entries(playlists.SOURCE, tmp_path)
    assert {name: track.related["playlist"] for name, track in tracks.items()} == {
        "lists/c.wav": ("lists/calm.m3u8",),
        "music/a.mp3": ("lists/calm.m3u8", "lists/loud.M3U"),
        "music/ö b.mp3": ("lists/loud.M3U",),
    }
    named, plain = tracks["music/a.mp3"], tracks["music/ö b.mp3"]
    assert (named.artist, named.title) == ("Us", "Song - live")
    assert named.related["artist"] == ("Us",)
    assert (plain.artist, plain.title) == ("", "just a name")
    refuses(playlists.SOURCE, tmp_path / "music", "m3u8")


def test_million_playlists_by_the_slices(tmp_path: Path) -> None:
    def track(name: str) -> dict[str, object]:
        return {
            "pos": 0,
            "artist_name": "Us",
            "track_uri": f"spotify:track:{name}",
            "artist_uri": "spotify:artist:us",
            "track_name": f"Song {name}",
            "album_uri": "",
            "duration_ms": 1000,
            "album_name": "A",
        }

    late = [{"name": "x", "pid": 2000, "tracks": [track("aa"), track("zz")]}]
    early = [
        {"name": "y", "pid": 0, "tracks": [track("bb"), track("aa"), track("aa")]},
        {"name": "empty", "pid": 1, "tracks": []},
    ]
    write_json(tmp_path / "data/mpd.slice.10000-10999.json", {"playlists": late})
    write_json(tmp_path / "data/mpd.slice.9000-9999.json", {"playlists": early})
    for name in ("aa.mp3", "bb.wav"):
        write_sound(tmp_path / "previews" / name)
    tracks = all_entries(million_playlists.SOURCE, tmp_path)
    assert {name: entry.related["playlist"] for name, entry in tracks.items()} == {
        "bb": ("0",),
        "aa": ("0", "2000"),
    }, "slices by number, not by letters; a track without audio is left out"
    assert list(tracks) == ["bb", "aa"]
    assert (tracks["aa"].title, tracks["aa"].artist) == ("Song aa", "Us")
    assert set(tracks["aa"].related) == {"artist", "playlist"}
    refuses(million_playlists.SOURCE, tmp_path / "previews", "mpd.slice")
    write_text(tmp_path / "data/mpd.slice.0-999.json", '{"info": {}}')
    with pytest.raises(SourceLayoutError, match=r"mpd\.slice\.0-999"):
        list(million_playlists.SOURCE.entries(tmp_path))
