"""Lakh, LMD-matched, MidiCaps and POP909, made small in the layout of their downloads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from piece_miniatures import piece_entries, write_midi
from source_miniatures import refuses, write_json, write_text

from unisono.data.sources import lakh, lmd_matched, midicaps, pop909
from unisono.data.sources.entry import SourceLayoutError

ONE, TWO, THREE, FOUR = (digit * 32 for digit in "1a2b")
SCORES = {"TRAAAGR128F425B14B": {ONE: 0.6, TWO: 0.9}, "TRBBBXX128F425B14B": {TWO: 0.7}}
OTHER = {"TRCCCXX128F425B14B": {THREE: 0.8}}


def _lakh(root: Path) -> Path:
    for md5 in (ONE, TWO, THREE):
        write_midi(root / "lmd_full" / md5[0] / f"{md5}.mid")
    write_text(root / "lmd_full" / "b" / f"{FOUR}.mid", b"")
    return root


def test_lakh_by_md5(tmp_path: Path) -> None:
    files = piece_entries(lakh.SOURCE, _lakh(tmp_path))
    assert list(files) == [ONE, THREE, TWO], "an empty file is left out"
    assert files[ONE].work == f"lmd {ONE}"
    assert files[ONE].title == ""


def test_files_of_one_recording_are_one_work(tmp_path: Path) -> None:
    write_json(_lakh(tmp_path) / "match_scores.json", SCORES)
    write_json(tmp_path / "md5_to_paths.json", {ONE: ["t/Toto/Africa.mid", "Africa (2).mid"]})
    files = piece_entries(lakh.SOURCE, tmp_path)
    assert files[ONE].work == files[TWO].work == "msd TRAAAGR128F425B14B"
    assert files[THREE].work == f"lmd {THREE}"
    assert files[ONE].title == "Africa"


@given(
    st.dictionaries(
        st.text("TR12", min_size=1, max_size=3),
        st.dictionaries(st.text("abc", min_size=1, max_size=2), st.floats(0, 1), min_size=1),
        max_size=8,
    )
)
def test_joined_tracks_share_no_file(scores: dict[str, dict[str, float]]) -> None:
    groups = lakh.joined_tracks(scores)
    files = [md5 for group in groups.values() for md5 in group]
    assert sorted(files) == sorted({md5 for track in scores.values() for md5 in track})
    group_of = {md5: name for name, group in groups.items() for md5 in group}
    for track in scores.values():
        assert len({group_of[md5] for md5 in track}) == 1
    assert set(groups) <= set(scores)


def _write_track(path: Path, title: str, year: int) -> None:
    h5py = pytest.importorskip("h5py")
    path.parent.mkdir(parents=True, exist_ok=True)
    song = np.array(
        [(title.encode(), b"Toto", b"Toto IV")],
        dtype=[("title", "S99"), ("artist_name", "S99"), ("release", "S99")],
    )
    with h5py.File(path, "w") as file:
        file["metadata/songs"] = song
        file["metadata/artist_terms"] = np.array([b"soft rock", b"pop"])
        file["musicbrainz/songs"] = np.array([(year,)], dtype=[("year", "i4")])


def test_lmd_matched(tmp_path: Path) -> None:
    write_json(tmp_path / "match_scores.json", {**SCORES, **OTHER, "TRDDDXX": {ONE: 0.1}})
    first, second = SCORES
    write_midi(tmp_path / f"lmd_matched/A/A/A/{first}/{ONE}.mid")
    write_midi(tmp_path / f"lmd_matched/A/A/A/{first}/{TWO}.mid")
    write_midi(tmp_path / f"lmd_matched/B/B/B/{second}/{TWO}.mid")
    write_midi(tmp_path / f"lmd_matched/C/C/C/{next(iter(OTHER))}/{THREE}.mid")
    _write_track(tmp_path / f"lmd_matched_h5/A/A/A/{first}.h5", "Africa", 1982)
    _write_track(tmp_path / f"lmd_matched_h5/B/B/B/{second}.h5", "Africa (live)", 0)
    tracks = piece_entries(lmd_matched.SOURCE, tmp_path)
    assert list(tracks) == [first, second, next(iter(OTHER))]
    africa, live, bare = tracks.values()
    assert [media.path.stem for media in africa.media["midi"]] == [TWO, ONE], "the surest first"
    assert africa.work == live.work == f"msd {first}", "they share a file"
    assert (africa.title, africa.artist, africa.year) == ("Africa", "Toto", 1982)
    assert africa.tags == ("soft rock", "pop")
    assert africa.related == {"artist": ("Toto",), "album": ("Toto: Toto IV",)}
    assert live.year is None
    assert (bare.title, bare.work) == ("", f"msd {next(iter(OTHER))}")


def test_a_broken_file_of_facts_is_named(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    path = write_text(tmp_path / "TRAAAGR128F425B14B.h5", b"no HDF5")
    with pytest.raises(SourceLayoutError, match=r"TRAAAGR128F425B14B.h5.*Million Song"):
        lmd_matched.read_track(path)
    assert lmd_matched.read_track(tmp_path / "none.h5") == lmd_matched.TrackFacts()


def _caption(md5: str, **more: Any) -> dict[str, Any]:
    return {
        "location": f"lmd_full/{md5[0]}/{md5}.mid",
        "caption": "A slow waltz.",
        "genre": ["pop", "classical"],
        "mood": ["calm"],
        "key": "A major",
        "tempo": 90,
        "instrument_summary": ["Piano", "calm"],
        "test_set": False,
        **more,
    }


@pytest.mark.parametrize("lines", [True, False])
def test_midicaps_as_lines_and_as_a_list(tmp_path: Path, lines: bool) -> None:
    pytest.importorskip("datasets")
    rows = [_caption(TWO), _caption(ONE, caption="Fast.", test_set=True), _caption(FOUR)]
    text = "\n".join(map(json.dumps, rows)) if lines else json.dumps(rows)
    write_text(_lakh(tmp_path) / "train.json", text)
    files = piece_entries(midicaps.SOURCE, tmp_path)
    assert list(files) == [TWO, ONE], "in order of the table, without the empty file"
    assert [file.split for file in files.values()] == ["train", "test"]
    assert files[ONE].texts == ("Fast.",)
    assert files[TWO].tags == ("pop", "classical", "calm", "Piano")
    assert files[TWO].work == f"lmd {TWO}"
    write_json(tmp_path / "match_scores.json", SCORES)
    joined = piece_entries(midicaps.SOURCE, tmp_path)
    assert joined[ONE].work == joined[TWO].work == "msd TRAAAGR128F425B14B"


def test_pop909(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    folder = tmp_path / "POP909"
    for name in ("002/002", "001/001", "001/versions/001-v10", "001/versions/001-v2"):
        write_midi(folder / f"{name}.mid")
    (folder / "003").mkdir()
    book = openpyxl.Workbook()
    book.active.append(["song_id", "name", "artist", "modify_times"])
    book.active.append(["001", "爱你", "尘符", "3"])
    book.save(folder / "index.xlsx")
    write_text(folder / "001/key_audio.txt", "0.0\t9.5\tGb:maj\n9.5\t20.0\tA:min\n20\t30\tGb:maj")
    songs = piece_entries(pop909.SOURCE, tmp_path)
    assert list(songs) == ["001", "002"]
    one, two = songs.values()
    assert [media.path.stem for media in one.media["midi"]] == ["001", "001-v2", "001-v10"]
    assert (one.title, one.artist) == ("爱你", "尘符")
    assert one.tags == ("pop", "piano", "G flat major", "A minor")
    assert (two.title, two.related) == ("", {})
    write_text(folder / "index.xlsx", b"no workbook")
    with pytest.raises(SourceLayoutError, match=r"index\.xlsx"):
        list(pop909.SOURCE.entries(tmp_path))


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        (lakh.SOURCE, "lmd_full"),
        (lmd_matched.SOURCE, "match_scores.json"),
        (midicaps.SOURCE, "train.json"),
        (pop909.SOURCE, "POP909/index.xlsx"),
    ],
)
def test_another_folder_is_refused(source: object, needed: str, tmp_path: Path) -> None:
    refuses(source, tmp_path, needed)  # type: ignore[arg-type]
