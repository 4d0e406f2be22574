"""Pages of notes: images and PDFs as gray pages."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.readers.cover import MAX_PIXELS, gray_pixels, open_image
from unisono.data.readers.regular_file import check_file, read_bytes

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument, PdfPage


MAX_PAGES = 500
"""Pages of a file at most: minutes of work, and a gigabyte for the strips of a thick volume."""
MAX_PICTURE_PIXELS = MAX_PIXELS
"""Pixels of a picture in a PDF at most."""
MAX_PARTS = 300_000
"""Strokes, letters and pictures of a page at most; a page of a full score has some 20,000."""


@dataclass(frozen=True)
class PageImage:
    """One page: its number from 1 and its image, (h, w) uint8, 0 black ... 255 white."""

    number: int
    image: npt.NDArray[np.uint8]


def read_pages(path: Path, dpi: float = 200) -> Iterator[PageImage]:
    """Yield the pages of a PDF or of an image (several for TIFF), one at a time.

    ``dpi`` is the resolution at which a PDF is drawn: at 200 the staff of a usual part (7 mm) is
    55 pixels high and a staff line 2 to 3, enough for finding staves, and an A4 page takes 4 MB.
    An image keeps its own pixels. A page above 100 megapixels is drawn smaller where that can be
    done while decoding (PDF, JPEG). PDFium is not thread-safe: draw PDFs in one thread at a time.

    Raises: ReadError for a file that is missing, broken, encrypted, too large or of more than
    ``MAX_PAGES`` pages.
    """
    if _is_pdf(path):
        yield from _pdf_pages(path, dpi)
        return
    with open_image(path) as image:
        for index in range(_frames(path, image)):
            image.seek(index)
            yield PageImage(index + 1, gray_pixels(path, image))


def count_pages(path: Path) -> int:
    """Return the number of pages without drawing any."""
    if _is_pdf(path):
        with _open_pdf(path) as document:
            return len(document)
    with open_image(path) as image:
        return _frames(path, image)


def pdf_title(path: Path) -> tuple[str | None, str | None]:
    """Return (title, author) as the PDF's information names them."""
    with _open_pdf(path) as document:
        try:
            title, author = (document.get_metadata_value(k).strip() for k in ("Title", "Author"))
        except UnicodeError:  # half a character
            return None, None
        return title or None, author or None


def _frames(path: Path, image: Image) -> int:
    """Pages of an image file: the frames of an animation or of a phone's JPEG are none."""
    if image.format != "TIFF":
        return 1
    count = 1
    try:
        # One by one: asking for their number follows a chain that may have millions.
        while count <= MAX_PAGES:
            image.seek(count)
            count += 1
    except EOFError:
        image.seek(0)
        return count
    except Exception as error:  # Pillow raises what it likes on damaged files
        fault = f"breaks off at page {count + 1}"
        raise ReadError(path, fault, "export or download it again") from error
    raise _too_many_pages(path, f"more than {MAX_PAGES}")


def _too_many_pages(path: Path, count: str) -> ReadError:
    remedy = f"split it into works or movements of at most {MAX_PAGES}"
    return ReadError(path, f"has {count} pages", remedy)


def _is_pdf(path: Path) -> bool:
    return b"%PDF-" in read_bytes(path, 1024)


@contextmanager
def _open_pdf(path: Path) -> Iterator[PdfDocument]:
    import pypdfium2

    check_file(path)
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ReadError(path, "is encrypted", "save it without a password") from error
        raise ReadError(path, "is a broken PDF", "export or download it again") from error
    try:
        yield document
    finally:
        document.close()


def _pdf_pages(path: Path, dpi: float) -> Iterator[PageImage]:
    import pypdfium2

    with _open_pdf(path) as document:
        if len(document) == 0:
            raise ReadError(path, "is a PDF without pages", "export it again")
        if len(document) > MAX_PAGES:
            raise _too_many_pages(path, f"{len(document):,}")
        for index in range(len(document)):
            try:
                page = document[index]
                _check_parts(path, page, index + 1)
                image = _draw(page, dpi / 72)
            except (pypdfium2.PdfiumError, ArithmeticError, MemoryError) as error:
                fault = f"page {index + 1} cannot be drawn"
                raise ReadError(path, fault, "export or download it again") from error
            page.close()
            yield PageImage(index + 1, image)


def _check_parts(path: Path, page: PdfPage, number: int) -> None:
    """Refuse a page of too many parts, or with too large a picture: it is unpacked whole."""
    from ctypes import byref, c_uint

    from pypdfium2 import raw

    parts, width, height = 0, c_uint(), c_uint()
    # Parts that hold others (forms) may do so ten times each, level under level.
    holders = [(raw.FPDFPage_CountObjects(page.raw), raw.FPDFPage_GetObject, page.raw)]
    while holders:
        count, part_of, holder = holders.pop()
        parts += max(0, count)
        if parts > MAX_PARTS:
            fault = f"page {number} is made of more than {MAX_PARTS:,} parts"
            raise ReadError(path, fault, "save it as a picture")
        for index in range(count):
            part = part_of(holder, index)
            kind = raw.FPDFPageObj_GetType(part)
            if kind == raw.FPDF_PAGEOBJ_FORM:
                inside = raw.FPDFFormObj_CountObjects(part)
                holders.append((inside, raw.FPDFFormObj_GetObject, part))
            elif kind == raw.FPDF_PAGEOBJ_IMAGE:
                raw.FPDFImageObj_GetImagePixelSize(part, byref(width), byref(height))
                if width.value * height.value > MAX_PICTURE_PIXELS:
                    megapixels = MAX_PICTURE_PIXELS // 1_000_000
                    fault = f"page {number} holds a picture of more than {megapixels} megapixels"
                    raise ReadError(path, fault, "save it at a lower resolution")


def _draw(page: PdfPage, scale: float) -> npt.NDArray[np.uint8]:
    width, height = page.get_size()
    if not (math.isfinite(width) and math.isfinite(height)):
        raise OverflowError("a page without bounds")
    scale = min(scale, (MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        pixels = np.array(bitmap.to_numpy(), np.uint8)  # a copy: the bitmap's memory is pdfium's
    finally:
        bitmap.close()
    return pixels.reshape(pixels.shape[0], pixels.shape[1])
