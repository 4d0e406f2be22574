"""Each notation gives the same kinds of facts: onsets, pitches, measures, repeats; by content."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from short_scores import melody, note, score

from unisono.data.engraving import Engraving, Layout, engrave
from unisono.data.errors import ReadError
from unisono.data.readers.score import read_score
from unisono.data.scores.formats import abc_tunes, abc_voices, score_format

SMALL = Layout(staff_space_px=6.0, page_width=80, page_height=90)

ABC = """X:1
T:A short tune
M:3/4
L:1/4
Q:1/4=60
K:G
|: C D F | A3 :|
G2 B | d3 |]
w: la li lu
"""

# the lower staff first, as Humdrum has it; a tie, a chord, words, a repeat
KERN = """**kern\t**text\t**kern
*staff2\t*staff2\t*staff1
*clefF4\t*\t*clefG2
*M2/4\t*\t*M2/4
*MM120\t*\t*MM120
=1!|:\t=1!|:\t=1!|:
[4C\tla\t4c
4C]\t.\t4f#
=2\t=2\t=2
2D\tli\t4e 4g
.\t.\t4r
=3:|!\t=3:|!\t=3:|!
2E\tlu\t2cc
==\t==\t==
*-\t*-\t*-
"""

MEI = """<?xml version="1.0" encoding="UTF-8"?>
<mei xmlns="http://www.music-encoding.org/ns/mei"><music><body><mdiv><score>
<scoreDef meter.count="4" meter.unit="4" midi.bpm="60"><staffGrp>
<staffDef n="1" lines="5" clef.shape="G" clef.line="2"><label>Horn</label></staffDef>
</staffGrp></scoreDef>
<section>
<measure n="1" left="rptstart"><staff n="1"><layer n="1">
<note dur="2" oct="4" pname="c" tie="i"/><note dur="2" oct="4" pname="c" tie="t"/>
</layer></staff></measure>
<ending n="1"><measure n="2" right="rptend"><staff n="1"><layer n="1">
<chord dur="1"><note oct="4" pname="e"/><note oct="4" pname="f" accid="s"/></chord>
</layer></staff></measure></ending>
<ending n="2"><measure n="3"><staff n="1"><layer n="1">
<note dur="1" oct="4" pname="d"><verse n="1"><syl>Word</syl></verse></note>
</layer></staff></measure></ending>
</section></score></mdiv></body></music></mei>"""

TEXTS = {"abc": ABC, "humdrum": KERN, "mei": MEI, "musicxml": score([melody(2)])}


def facts(engraving: Engraving, *, played: bool = False) -> list[tuple[float, int, str]]:
    notes = engraving.played if played else engraving.notated
    return [
        (float(beat), int(pitch), str(measure))
        for beat, pitch, measure in zip(notes.beat, notes.pitch, notes.measure, strict=True)
    ]


def test_abc() -> None:
    engraving = engrave(ABC, SMALL)
    written = [(0, 60, "1"), (1, 62, "1"), (2, 66, "1"), (3, 69, "2")]
    after = [(6, 67, "3"), (8, 71, "3"), (9, 74, "4")]
    assert facts(engraving) == written + after
    assert engraving.notes.onset_s == pytest.approx([0, 1, 2, 3, 6, 8, 9])
    later = [(beat + 6, pitch, number) for beat, pitch, number in written + after]
    assert facts(engraving, played=True) == written + later


def test_humdrum() -> None:
    engraving = engrave(KERN, SMALL)
    assert facts(engraving) == [
        (0, 60, "1"),
        (0, 48, "1"),
        (1, 66, "1"),
        (2, 67, "2"),
        (2, 64, "2"),
        (2, 50, "2"),
        (4, 72, "3"),
        (4, 52, "3"),
    ]
    notes = engraving.notes
    assert notes.staff.tolist() == [0, 1, 0, 0, 0, 1, 0, 1]
    assert notes.duration_beats.tolist() == [1, 2, 1, 1, 1, 2, 2, 2]
    assert notes.onset_s == pytest.approx([0, 0, 0.5, 1, 1, 1, 2, 2])
    assert engraving.repeats.order == (0, 1, 0, 1, 2)


def test_mei_with_two_endings() -> None:
    engraving = engrave(MEI, SMALL)
    assert facts(engraving) == [(0, 60, "1"), (4, 66, "2"), (4, 64, "2"), (8, 62, "3")]
    assert facts(engraving, played=True) == [
        (0, 60, "1"),
        (4, 66, "2"),
        (4, 64, "2"),
        (8, 60, "1"),
        (12, 62, "3"),
    ]
    assert engraving.notes.duration_beats.tolist() == [4, 4, 4, 4]
    assert engraving.notes.onset_s == pytest.approx([0, 4, 4, 8])
    assert engraving.parts == ("Horn",)
    assert engraving.programs == (60,)


def test_movements_of_mei_follow_each_other() -> None:
    movement = MEI[MEI.index("<mdiv>") : MEI.index("</body>")]
    engraving = engrave(MEI.replace("</body>", movement + "</body>"), SMALL)
    assert engraving.notes.pitch.tolist() == [60, 66, 64, 62] * 2
    assert engraving.notes.measure.tolist() == ["1", "2", "2", "3"] * 2
    assert engraving.notes.measure_index.tolist() == [0, 1, 1, 2, 3, 4, 4, 5]
    assert engraving.repeats.order == (0, 1, 0, 2, 3, 4, 3, 5)
    assert engraving.notes.onset_s == pytest.approx([0, 4, 4, 8, 12, 16, 16, 20])


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("ending", [".txt", ".xml"])
def test_notations_are_told_apart_by_content(tmp_path: Path, kind: str, ending: str) -> None:
    path = tmp_path / f"piece{ending}"
    path.write_text(TEXTS[kind], "utf-8")
    text = read_score(path)
    assert text == TEXTS[kind]
    assert score_format(text) == kind


@pytest.mark.parametrize("kind", TEXTS)
def test_a_score_in_an_archive(tmp_path: Path, kind: str) -> None:
    endings = {"abc": "abc", "humdrum": "krn", "mei": "mei", "musicxml": "musicxml"}
    path = tmp_path / "piece.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "one score")
        archive.writestr(f"deep/piece.{endings[kind]}", TEXTS[kind])
    assert read_score(path) == TEXTS[kind]
    assert read_score(path, f"deep/piece.{endings[kind]}") == TEXTS[kind]
    with pytest.raises(ReadError, match=r"piece\.zip: holds no other\.krn"):
        read_score(path, "other.krn")


def test_one_of_many_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "kern.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(9):
            archive.writestr(f"kern/{number}.krn", KERN.replace("[4C", f"[4C;{'x' * number}"))
    with pytest.raises(ReadError, match=r"holds 9 scores; name one .*0\.krn.* and 4 more"):
        read_score(path)
    assert "xxx" in read_score(path, "kern/3.krn")


def test_tunes_of_a_book(tmp_path: Path) -> None:
    path = tmp_path / "book.abc"
    second = "X:7\nT:Two\nM:3/4\nL:1/4\nK:D\nF G A|]\n"
    path.write_text("%abc-2.1\nC:Trad.\n\n" + ABC + "\n" + second)
    with pytest.raises(ReadError, match="holds 2 tunes; name one of them: 1, 7"):
        read_score(path)
    with pytest.raises(ReadError, match="has no tune 2"):
        read_score(path, "2")
    chosen = read_score(path, "7")
    assert list(abc_tunes(chosen)) == ["7"]
    assert "C:Trad." in chosen
    assert facts(engrave(chosen, SMALL)) == [(0, 66, "1"), (1, 67, "1"), (2, 69, "1")]
    with pytest.raises(ReadError, match=r"^book: holds several tunes"):
        engrave(path.read_text(), SMALL, name="book")


def test_voices_that_verovio_cannot_set_are_refused() -> None:
    voices = ABC.replace("|: C", "V:1\n|: C") + "V:2\nC,3|C,3|C,3|C,3|]\n"
    assert abc_voices(voices) == ("1", "2")
    with pytest.raises(ReadError, match=r"several voices.*convert it to MusicXML"):
        engrave(voices, SMALL)
    assert len(engrave(ABC.replace("|: C", "V:1\n|: C"), SMALL).notes) == 7


@pytest.mark.parametrize(
    "content",
    ["hello", "<svg/>", "X:1\nno key", "**dynam\n*-", "<mei", "\0\0\0", "T:One\nK:C\nabc"],
)
def test_what_is_no_score_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "thing.krn"
    path.write_text(content)
    with pytest.raises(ReadError, match=r"thing\.krn: ") as caught:
        engrave(read_score(path), name=str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("setting", ["lyrics", "fingerings"])
def test_what_is_left_out_changes_no_note(kind: str, setting: str) -> None:
    whole = engrave(TEXTS[kind], SMALL)
    less = engrave(TEXTS[kind], Layout(**{**vars(SMALL), setting: False}))
    assert facts(less) == facts(whole)


@pytest.mark.parametrize("kind", ["abc", "humdrum", "mei"])
def test_words_under_the_notes_are_left_out(kind: str) -> None:
    whole = engrave(TEXTS[kind], SMALL)
    less = engrave(TEXTS[kind], Layout(**{**vars(SMALL), "lyrics": False}))
    ink = [sum(int((page < 128).sum()) for page in e.pages) for e in (whole, less)]
    assert ink[1] < ink[0] - 20


def test_fingerings_and_lyrics_of_musicxml_are_left_out() -> None:
    marked = note(60, 4).replace(
        "</note>",
        "<notations><technical><fingering>3</fingering></technical></notations>"
        "<lyric number='1'><syllabic>single</syllabic><text>Word</text></lyric></note>",
    )
    xml = score([[marked] * 3])

    def ink(**settings: bool) -> int:
        layout = Layout(**{**vars(SMALL), **settings})
        return sum(int((page < 128).sum()) for page in engrave(xml, layout).pages)

    both, no_words, no_fingers, none = (
        ink(),
        ink(lyrics=False),
        ink(fingerings=False),
        ink(lyrics=False, fingerings=False),
    )
    assert both > no_words > none
    assert both > no_fingers > none
    assert np.isclose(both - no_words, no_fingers - none, rtol=0.3)
