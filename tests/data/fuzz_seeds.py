"""Small valid files of every kind, kept as seeds for fuzzing, and how they are damaged.

    python fuzz_seeds.py        # writes fuzz_corpus/ anew

What once brought a reader down is kept beside them as ``fault_*``.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

CORPUS = Path(__file__).parent / "fuzz_corpus"


def seeds(*endings: str) -> list[bytes]:
    """The kept files with these endings, in a fixed order."""
    found = [path for path in sorted(CORPUS.iterdir()) if path.suffix in endings]
    assert found, f"no seeds with {endings}"
    return [path.read_bytes() for path in found]


@st.composite
def damaged(draw: st.DrawFn, files: list[bytes]) -> bytes:
    """A seed after a few bit flips, cuts, insertions and repetitions, or any bytes at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(files))[: draw(st.integers(0, 16))] + draw(st.binary())
    data = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        way = draw(st.sampled_from(["flip", "set", "number", "cut", "insert", "repeat", "remove"]))
        length = draw(st.integers(1, 64))
        if way == "flip" and at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif way == "set" and at < len(data):
            data[at] = draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]))
        elif way == "number":
            width = draw(st.sampled_from([2, 4]))
            value = draw(st.sampled_from([0, 1, 1 << 15, (1 << 16) - 1, 1 << 31, (1 << 32) - 1]))
            order = draw(st.sampled_from(["little", "big"]))
            data[at : at + width] = (value % (1 << 8 * width)).to_bytes(width, order)
        elif way == "cut":
            del data[at:]
        elif way == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=16))
        elif way == "repeat":
            data[at:at] = data[at : at + length] * draw(st.integers(1, 8))
        else:
            del data[at : at + length]
    return bytes(data)


def write_corpus(folder: Path) -> None:
    """Write the valid seeds."""
    folder.mkdir(exist_ok=True)
    _recordings(folder)
    _pictures(folder)
    _scores(folder)
    (folder / "words.txt").write_text("Ein ruhiges Stück für Klavier\nwith a second line\n")
    (folder / "marked.txt").write_bytes("für Klavier".encode("utf-16"))


def _recordings(folder: Path) -> None:
    import av
    import soundfile

    tone = 0.4 * np.sin(np.arange(3200) * 0.2)
    for ending in ("wav", "flac", "ogg", "mp3", "aiff"):
        soundfile.write(folder / f"tone.{ending}", tone, 16_000)
    with soundfile.SoundFile(folder / "tagged.flac", "w", 16_000, 1) as file:
        file.title, file.artist, file.date = "Air", "A Band", "1968"
        file.write(tone)
    soundfile.write(folder / "two.wav", np.stack([tone, tone], 1)[:900], 8_000, subtype="FLOAT")
    with av.open(str(folder / "tone.m4a"), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=16_000, layout="mono")
        for start in range(0, 3072, 1024):
            piece = tone[None, start : start + 1024].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 16_000, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _pictures(folder: Path) -> None:
    from PIL import Image

    page = np.full((120, 160), 255, np.uint8)
    for line in range(5):
        page[40 + 8 * line, 8:152] = 0
    for x in range(24, 150, 24):
        page[44 + x % 24 : 50 + x % 24, x : x + 7] = 0
    image = Image.fromarray(page)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(folder / "page.png")
    image.convert("RGBA").save(folder / "clear.png")
    Image.fromarray(page.astype(np.uint16) * 257).save(folder / "deep.png")
    image.save(folder / "turned.jpg", exif=exif, quality=60)
    image.save(folder / "page.gif")
    image.convert("1").save(folder / "page.bmp")
    image.convert("RGB").save(folder / "page.webp", quality=50)
    image.save(folder / "page.tiff", compression="tiff_deflate")
    image.convert("1").save(folder / "page.pdf", title="Air", author="Bach")


def _scores(folder: Path) -> None:
    note, end = b"\x00\x90\x3c\x40\x60\x80\x3c\x40", b"\x00\xff\x2f\x00"
    head = b"\x00\xff\x03\x03Air\x00\xff\x58\x04\x06\x03\x18\x08\x00\xff\x51\x03\x07\xa1\x20"
    system = b"\x00\xf0\x03\x01\x02\xf7\x00\xc0\x28\x00\xb0\x07\x64"
    tracks = [head + end, system + note * 4 + b"\x00\x90\x40\x40\x83\x60\x40\x00" + end]
    chunks = b"".join(b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks)
    (folder / "two_tracks.mid").write_bytes(b"MThd" + struct.pack(">IHHH", 6, 1, 2, 96) + chunks)
    riff = (folder / "two_tracks.mid").read_bytes()
    data = b"RMIDdata" + struct.pack("<I", len(riff)) + riff
    (folder / "wrapped.mid").write_bytes(b"RIFF" + struct.pack("<I", len(data)) + data)
    score = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<score-partwise version="4.0">'
        "<work><work-title>Air</work-title></work><identification>"
        '<creator type="composer">Bach</creator></identification>'
        '<part-list><score-part id="P1"><part-name>Piano</part-name></score-part></part-list>'
        '<part id="P1"><measure number="1"><attributes><divisions>2</divisions>'
        "<time><beats>3</beats><beat-type>4</beat-type></time>"
        "<clef><sign>G</sign><line>2</line></clef></attributes>"
        "<note><pitch><step>C</step><alter>1</alter><octave>4</octave></pitch>"
        "<duration>4</duration><type>half</type></note>"
        "<note><rest/><duration>2</duration></note></measure></part></score-partwise>\n"
    )
    (folder / "score.musicxml").write_text(score)
    container = '<container><rootfiles><rootfile full-path="score.xml"/></rootfiles></container>'
    with zipfile.ZipFile(folder / "score.mxl", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("META-INF/container.xml", container), ("score.xml", score)):
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    write_corpus(CORPUS)
