"""MIDI files and MusicXML that are damaged, endless, or made to do harm."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

NOTE = b"\x00\x90\x3c\x40\x60\x80\x3c\x40"  # C4 for 96 ticks
END = b"\x00\xff\x2f\x00"
_LATER = b"\x90\x40\x40\x60\x80\x40\x40"  # E4, without the time before it

SCORE = """<score-partwise version="4.0">
<part-list><score-part id="P1"><part-name>Piano</part-name></score-part></part-list>
<part id="P1"><measure number="1"><attributes><divisions>1</divisions></attributes>
<note><pitch><step>C</step><octave>4</octave></pitch><duration>4</duration></note>
</measure></part></score-partwise>"""
_LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(12))
_CONTAINER = "<container><rootfiles><rootfile full-path={}/></rootfiles></container>"


def write_midi_bytes(path: Path, *tracks: bytes, division: int = 480) -> None:
    """A MIDI file of tracks without their headers."""
    chunks = b"".join(b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks)
    path.write_bytes(b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), division) + chunks)


def one_note(path: Path) -> None:
    write_midi_bytes(path, NOTE + END)


def truncated_midi(path: Path) -> None:
    write_midi_bytes(path, NOTE * 200 + END)
    path.write_bytes(path.read_bytes()[:1001])


def no_notes(path: Path) -> None:
    write_midi_bytes(path, b"\x00\xff\x03\x05empty" + END)


def ten_million_ticks(path: Path) -> None:
    write_midi_bytes(path, NOTE + _number(10_000_000) + _LATER + END)


def ten_hours(path: Path) -> None:
    write_midi_bytes(path, NOTE + _number(10 * 3600 * 960) + _LATER + END)


def slowest_tempo(path: Path) -> None:
    """A quarter note of 17 seconds, for days."""
    write_midi_bytes(path, b"\x00\xff\x51\x03\xff\xff\xff" + NOTE + _number(1 << 24) + _LATER + END)


def division_1(path: Path) -> None:
    """Ten million quarter notes of a microsecond."""
    track = b"\x00\xff\x51\x03\x00\x00\x01" + NOTE + _number(10_000_000) + _LATER + END
    write_midi_bytes(path, track, division=1)


def millions_of_notes(path: Path) -> None:
    write_midi_bytes(path, b"\x00\x90\x3c\x40\x01\x3c\x00" * 1_500_000 + END)


def truncated_xml(path: Path) -> None:
    path.write_text(SCORE[: SCORE.index("<pitch>") + 12])


def bomb(path: Path) -> None:
    """100 MB in 100 KB."""
    _pack(path, {"piece.xml": SCORE + " " * (100 << 20)})


def lying_bomb(path: Path) -> None:
    """The same, but said to be as small as the score."""
    bomb(path)
    data = path.read_bytes()
    true = struct.pack("<I", len(SCORE) + (100 << 20))
    path.write_bytes(data.replace(true, struct.pack("<I", len(SCORE))))


def many_names(path: Path) -> None:
    """30,000 empty files."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("0.txt", "")
        # one name, listed again and again: to write 30,000 takes seconds
        archive.filelist *= 30_000


def climbing(path: Path) -> None:
    container = _CONTAINER.format("'../../../../etc/passwd'")
    _pack(path, {"META-INF/container.xml": container, "../outside.xml": SCORE})


def laughs_in_container(path: Path) -> None:
    container = f"<!DOCTYPE c [{_LAUGHS}]>" + _CONTAINER.format("'&a12;'")
    _pack(path, {"META-INF/container.xml": container.encode("utf-16")})


def laughs(path: Path) -> None:
    path.write_text(_laughing())


def laughs_utf16(path: Path) -> None:
    path.write_bytes(_laughing().encode("utf-16"))


def external_entity(path: Path) -> None:
    entity = '<!ENTITY secret SYSTEM "file:///etc/passwd">'
    path.write_text(f"<!DOCTYPE score-partwise [{entity}]>" + SCORE.replace("Piano", "&secret;"))


def _laughing() -> str:
    return f"<!DOCTYPE score-partwise [{_LAUGHS}]>" + SCORE.replace("Piano", "&a12;")


def _pack(path: Path, members: dict[str, str | bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _number(value: int) -> bytes:
    """A number of variable length, as times stand in MIDI files."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(0x80 | value & 0x7F)
    return bytes(reversed(parts))
