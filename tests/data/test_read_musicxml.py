"""MusicXML: every packing and encoding gives the same text; traps are refused in words."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from unisono.data.errors import ReadError
from unisono.data.readers import musicxml
from unisono.data.readers.musicxml import musicxml_composer, musicxml_title, read_musicxml

BODY = """<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN"
 "http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="4.0">
  <work><work-title>Für
     Elise</work-title></work>
  <identification>
    <creator type="lyricist">Nobody</creator>
    <creator type="composer">L. v. Beethoven</creator>
  </identification>
  <part-list><score-part id="P1"><part-name>Piano</part-name></score-part></part-list>
  <part id="P1"><measure number="1"/></part>
</score-partwise>
"""
CONTAINER = """<?xml version="1.0"?><container><rootfiles>
<rootfile full-path="cover.png" media-type="image/png"/>
<rootfile full-path="scores/piece.xml" media-type="application/vnd.recordare.musicxml+xml"/>
</rootfiles></container>"""


def _declared(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{BODY}'


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("UTF-16", "utf-16-be"),
        ("ISO-8859-1", "latin-1"),
    ],
)
def test_encodings(tmp_path: Path, declared: str, codec: str) -> None:
    path = tmp_path / "piece.musicxml"
    path.write_bytes(_declared(declared).encode(codec))
    assert read_musicxml(path) == _declared("UTF-8")


def test_without_declaration(tmp_path: Path) -> None:
    path = tmp_path / "piece.xml"
    path.write_text(BODY, "utf-8")
    assert read_musicxml(path) == BODY


def _pack(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_compressed_score_is_found_through_its_container(tmp_path: Path) -> None:
    members = {
        "META-INF/container.xml": CONTAINER,
        "cover.png": "x",
        "decoy.xml": "<score-partwise/>",
        "scores/piece.xml": _declared("UTF-8"),
    }
    assert read_musicxml(_pack(tmp_path / "a.mxl", members)) == _declared("UTF-8")


def test_compressed_score_without_container(tmp_path: Path) -> None:
    path = _pack(tmp_path / "a.mxl", {"piece.musicxml": BODY})
    assert read_musicxml(path) == BODY


def test_a_climbing_name_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    container = CONTAINER.replace("scores/piece.xml", "../piece.xml")
    members = {"META-INF/container.xml": container, "../piece.xml": BODY}
    assert read_musicxml(_pack(folder / "a.mxl", members)) == BODY
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a.mxl", "inner"]


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(musicxml, "MAX_BYTES", 1 << 20)
    path = _pack(tmp_path / "bomb.mxl", {"piece.xml": BODY + " " * (2 << 20)})
    assert path.stat().st_size < 1 << 16
    with pytest.raises(ReadError, match="larger than"):
        read_musicxml(path)
    path = tmp_path / "laughs.xml"
    path.write_text('<!DOCTYPE score-partwise [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + BODY)
    with pytest.raises(ReadError, match="entities"):
        read_musicxml(path)


def test_what_is_no_score_is_refused(tmp_path: Path) -> None:
    svg = tmp_path / "picture.xml"
    svg.write_text('<?xml version="1.0"?><svg/>')
    broken = tmp_path / "broken.mxl"
    broken.write_bytes(b"PK\x03\x04 and then nothing")
    wrong = tmp_path / "wrong.xml"
    wrong.write_bytes(_declared("UTF-8").encode("latin-1"))
    other = _pack(tmp_path / "other.mxl", {"readme.txt": "hello"})
    for path in (svg, broken, wrong, other, tmp_path / "missing.xml"):
        with pytest.raises(ReadError, match=path.name):
            read_musicxml(path)


def test_title_and_composer() -> None:
    assert musicxml_title(BODY) == "Für Elise"
    assert musicxml_composer(BODY) == "L. v. Beethoven"
    assert musicxml_title(_declared("UTF-16")) == "Für Elise"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<movement-title>Air</movement-title>", "Air"),
        (
            "<work><work-title>Suite</work-title></work><movement-title>Air</movement-title>",
            "Suite: Air",
        ),
        (
            "<work><work-title>Air</work-title></work><movement-title>Air</movement-title>",
            "Air",
        ),
        (
            "<credit><credit-type>composer</credit-type><credit-words>X</credit-words></credit>"
            "<credit><credit-type>title</credit-type><credit-words>Air</credit-words></credit>",
            "Air",
        ),
        ("<work><work-title> </work-title></work>", None),
        ("", None),
    ],
)
def test_where_titles_stand(head: str, title: str | None) -> None:
    assert musicxml_title(f"<score-partwise>{head}<part id='P1'/></score-partwise>") == title


def test_a_head_that_breaks_off_has_no_title() -> None:
    assert musicxml_title("<score-partwise><work><") is None
    assert musicxml_composer("") is None


def test_bytes_that_are_no_score_at_all(tmp_path: Path) -> None:
    path = tmp_path / "noise.mxl"
    path.write_bytes(bytes(range(255, 0, -1)))
    with pytest.raises(ReadError, match=r"noise\.mxl: is no score: neither XML nor a zip"):
        read_musicxml(path)
    path.write_bytes('<?xml version="1.0" encoding="UTF-8"?>é'.encode("latin-1"))
    with pytest.raises(ReadError, match="is not in the encoding that it declares"):
        read_musicxml(path)
