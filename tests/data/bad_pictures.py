"""Pictures and PDFs that are damaged, or small as files and large as pictures."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

GRAY, RGBA = 0, 6
"""Kinds of PNG."""
_A4 = b"[0 0 595 842]"


def even_png(path: Path, side: int, depth: int, kind: int, *chunks: bytes) -> None:
    """A black square of any size, some thousandth of it as a file; ``chunks`` stand before it."""
    row = 1 + (side * depth * {GRAY: 1, RGBA: 4}[kind] + 7) // 8
    header = struct.pack(">IIBBBBB", side, side, depth, kind, 0, 0, 0)
    body = [_chunk(b"IHDR", header), *chunks, _chunk(b"IDAT", _packed_zeros(row * side))]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(body) + _chunk(b"IEND", b""))


def truncated_png(path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:20_000])


def huge(path: Path) -> None:
    even_png(path, 20_000, 1, GRAY)


def bomb(path: Path) -> None:
    """676 MB of pixels, below what Pillow takes for a bomb."""
    even_png(path, 13_000, 8, RGBA)


def large_16_bit(path: Path) -> None:
    """36 megapixels, which are allowed."""
    even_png(path, 6_000, 16, GRAY)


def bomb_in_words(path: Path) -> None:
    """A note of 64 MB beside a small picture."""
    note = b"Comment\0\0" + _packed_zeros(64 << 20)
    even_png(path, 20, 8, GRAY, _chunk(b"zTXt", note))


def many_pages(path: Path) -> None:
    """600 pages of a TIFF, written by hand: Pillow takes a minute."""
    pages, size = 600, 4 + 2 + 9 * 12
    data = b"II*\0" + struct.pack("<I", 8)
    for page in range(pages):
        after = 8 + (page + 1) * size if page + 1 < pages else 0
        tags = ((256, 8), (257, 1), (258, 8), (259, 1), (262, 1), (273, 4), (277, 1), (278, 1))
        entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in (*tags, (279, 8))]
        data += struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", after)
    path.write_bytes(data)


def page_of_words(path: Path) -> None:
    page = Image.new("L", (900, 1200), 255)
    pen = ImageDraw.Draw(page)
    for line in range(40):
        pen.text((80, 60 + 27 * line), "a page of words, from a book about music " * 3, fill=0)
    page.save(path)


def pdf_of_words(path: Path) -> None:
    lines = b"".join(b"(a page of words, from a book about music) Tj T*\n" for _ in range(50))
    font = b"<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    _write_pdf(
        path, [_page(_A4, 4, font), _stream(b"BT /F 11 Tf 14 TL 60 780 Td " + lines + b"ET")]
    )


def truncated_pdf(path: Path) -> None:
    """Cut off within its only page."""
    noise = np.random.default_rng(0).integers(0, 255, (400, 400), np.uint8)
    Image.fromarray(noise).save(path, "PDF")
    path.write_bytes(path.read_bytes()[:20_000])


def bomb_in_pdf(path: Path) -> None:
    """A page with a picture of 1.2 GB."""
    side = 20_000
    words = (
        b"/Type/XObject/Subtype/Image/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode"
    )
    words += b"/Width %d/Height %d" % (side, side)
    picture = _stream(_packed_zeros(3 * side * side), words)
    _write_pdf(
        path,
        [_page(_A4, 4, b"<</XObject<</I 5 0 R>>>>"), _stream(b"500 0 0 500 0 0 cm /I Do"), picture],
    )


def endless_page(path: Path) -> None:
    """A page of 50 kilometres."""
    _write_pdf(path, [_page(b"[0 0 141732283 141732283]", 4), _stream(b"")])


def endless_forms(path: Path) -> None:
    """A page that draws ten forms, each of which draws ten, five levels deep."""
    inner = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"
    levels = [
        _stream(b"/F Do " * 10, inner + b"/Resources<</XObject<</F %d 0 R>>>>" % (6 + level))
        for level in range(4)
    ]
    last = _stream(b"0 0 10 10 re f 5 5 10 10 re f", inner)
    page = _page(_A4, 4, b"<</XObject<</F 5 0 R>>>>")
    _write_pdf(path, [page, _stream(b"/F Do " * 10), *levels, last])


def pdf_of_2000_pages(path: Path) -> None:
    _write_pdf(path, [_page(_A4)] * 2000, pages=2000)


def encrypted_pdf(path: Path) -> None:
    """Under the standard handler, with a password that no one knows."""
    handler = b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>"
    _write_pdf(path, [_page(_A4), handler], trailer=b"/Encrypt 4 0 R/ID[<00><00>]")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _packed_zeros(count: int) -> bytes:
    """A zlib stream of so many zero bytes; one packed megabyte is repeated, which is quick."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(count % (1 << 20))) + packer.flush()
    adler = (count % 65521) << 16 | 1  # RFC 1950: of zeros, only their number counts
    return b"\x78\xda" + block * (count >> 20) + rest + struct.pack(">I", adler)


def _page(box: bytes, content: int = 0, resources: bytes = b"<<>>") -> bytes:
    words = b"/Type/Page/Parent 2 0 R/MediaBox" + box + b"/Resources" + resources
    return b"<<" + words + (b"/Contents %d 0 R" % content if content else b"") + b">>"


def _stream(data: bytes, words: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (words, len(data), data)


def _write_pdf(path: Path, objects: list[bytes], pages: int = 1, trailer: bytes = b"") -> None:
    """Objects from number 3 on, the pages first; readers find them without a table."""
    kids = b" ".join(b"%d 0 R" % (3 + page) for page in range(pages))
    tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages)
    every = [b"<</Type/Catalog/Pages 2 0 R>>", tree, *objects]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (i, each) for i, each in enumerate(every, 1))
    end = b"trailer<</Root 1 0 R/Size %d%s>>\n%%%%EOF\n" % (len(every) + 1, trailer)
    path.write_bytes(b"%PDF-1.4\n" + body + end)
