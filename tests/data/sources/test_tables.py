"""Tables of downloads: any text comes back, any bytes give rows or an error that tells the way."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_miniatures import write_sound, write_text

from unisono.data.building.folder_source import FolderSource
from unisono.data.errors import ReadError
from unisono.data.sources import damp, discogs, fma, gtzan, tables
from unisono.data.sources.entry import SourceLayoutError
from unisono.data.sources.registry import open_source, source_names

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
DOWNLOADS = (
    *("captions", "covers", "damp", "damp_vsep", "discogs", "fma", "genres", "gtzan"),
    *("magnatagatune", "million_playlists", "mtg_jamendo", "mumu", "musdb18", "musiccaps"),
    *("playlists", "song_describer"),
)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables") / "table.csv"


@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=5), min_size=1, max_size=5))
def test_what_csv_writes_comes_back(table: Path, rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    write_text(table, b"\xef\xbb\xbf" + written.getvalue().encode())
    assert list(tables.read_table(table)) == rows


@given(content=st.binary(max_size=200))
def test_any_bytes_give_rows_or_a_plain_error(table: Path, content: bytes) -> None:
    write_text(table, content)
    try:
        rows = list(tables.read_rows(table))
    except ReadError as error:
        assert str(table) in str(error)
    else:
        assert all(isinstance(row, dict) for row in rows)
    assert all(list(tables.read_unquoted(table)))


def test_odd_rows(tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "t.csv", b' a ,b,c\n1\n\n1,"two\nlines","say ""x"""\n1,2,3,4\n\xe9,,'
    )
    assert list(tables.read_rows(path)) == [
        {"a": "1", "b": "", "c": ""},
        {"a": "1", "b": "two\nlines", "c": 'say "x"'},
        {"a": "1", "b": "2", "c": "3"},
        {"a": "é", "b": "", "c": ""},
    ]


def test_an_empty_table_lacks_its_columns(tmp_path: Path) -> None:
    path = write_text(tmp_path / "t.csv", b"")
    with pytest.raises(SourceLayoutError, match="path and artist"):
        list(tables.checked_rows(path, discogs.FACTS, "path", "artist"))


def test_of_files_of_equal_name_the_first_is_taken(tmp_path: Path) -> None:
    write_text(tmp_path / "a/x.mp3", b"")
    for name in ("b/x.MP3", "c/x.wav", "c/y.txt", "z.wav"):
        write_text(tmp_path / name, b"1")
    found = tables.by_stem(tmp_path, tables.AUDIO_SUFFIXES)
    assert found == {"x": tmp_path / "b/x.MP3", "z": tmp_path / "z.wav"}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_folder_of_something_else_is_refused(name: str, tmp_path: Path) -> None:
    source = open_source(name)
    (tmp_path / "empty").mkdir()
    write_sound(tmp_path / "other/music.wav")
    for root in ("empty", "other", "other/music.wav", "not there"):
        with pytest.raises(SourceLayoutError) as caught:
            source.entries(tmp_path / root)
        assert str(tmp_path / root) in str(caught.value)
        assert source.facts.homepage in str(caught.value)


@pytest.mark.parametrize("name", DOWNLOADS)
def test_facts_are_whole(name: str) -> None:
    facts = open_source(name).facts
    assert facts.name == name
    assert all((facts.title, facts.homepage, facts.licence, facts.citation, facts.revision))
    assert facts.layout and "\n" not in facts.layout
    known = {"audio", "voice", "midi", "performance", "score", "page", "cover", "text", "tags"}
    assert facts.gives and set(facts.gives) <= known
    lengths = {"md5": 32, "sha1": 40, "sha256": 64}
    for checksum in facts.checksums.values():
        method, _, digits = checksum.partition(":")
        assert re.fullmatch(rf"[0-9a-f]{{{lengths[method]}}}", digits)


def test_lists_of_other_things_are_told_apart(tmp_path: Path) -> None:
    """Three sources that take a folder by its name alone still need what lies in it."""
    for folder in ("genres", "fma_metadata", "sing/audio"):
        (tmp_path / folder).mkdir(parents=True)
    for source in (gtzan.SOURCE, fma.SOURCE, damp.SOURCE):
        with pytest.raises(SourceLayoutError):
            source.entries(tmp_path)


PREPARED = (
    *("asap", "captions", "chopin", "covers", "genres", "lieder", "msmd", "quartets"),
    *("recordings", "scans", "violin"),
)


@pytest.mark.parametrize("name", PREPARED)
def test_a_clone_without_prepared_tables_is_told_what_can_be_built(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceLayoutError) as caught:
        open_source(name).entries(tmp_path)
    said = str(caught.value)
    assert f"unisono data list {name} names" in said
    for command in re.findall(r"unisono data build (\S+)(?: --from (\S+))? --out DIR", said):
        source, root = command
        assert (root or source) == str(tmp_path)
        assert source in (str(tmp_path), *source_names())
    assert "unisono data build" in said


def test_the_scores_of_a_clone_are_built_as_the_error_says(tmp_path: Path) -> None:
    write_text(tmp_path / "lieder/scores/one.musicxml", "<score-partwise/>")
    with pytest.raises(SourceLayoutError, match=r"has no songs\.parquet") as caught:
        open_source("lieder").entries(tmp_path / "lieder")
    assert f"unisono data build {tmp_path / 'lieder'} --out DIR" in str(caught.value)
    entries = FolderSource("lieder").entries(tmp_path / "lieder")
    assert [entry.identifier for entry in entries] == ["scores"]


def test_a_download_without_tables_of_ours_is_to_be_fetched(tmp_path: Path) -> None:
    with pytest.raises(SourceLayoutError, match="get it at"):
        open_source("maestro").entries(tmp_path)
