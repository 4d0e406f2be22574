"""Covers, and images in general: any picture file as pixels."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.readers.regular_file import cannot_be_opened, check_file

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 100_000_000
"""Pixels of an image at most; an A3 page at 600 dpi has 70 million."""


_ORIENTATION = 0x0112
_FORMAT_MAX_PIXELS = {"WEBP": 50_000_000}  # whose decoder holds every pixel four times
# Only what detect() takes for a picture, and its kin: others start programs to be read.
_FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "DIB", "WEBP", "PPM", "AVIF", "JPEG2000")
_BAND_PIXELS = 1 << 22  # worked on at once, where working takes many bytes a pixel
_AGAIN = "export or download it again"


def read_cover(path: Path, size: int) -> npt.NDArray[np.float32]:
    """Return the middle square of a picture as (3, size, size) float32 in 0..1, RGB."""
    from PIL import Image

    with open_image(path, about=size) as opened, _decoding(path):
        picture = _upright(opened)
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        # Cropped first: a resize of the box alone lets the pixels beside it in at the edges.
        if picture.size != (side, side):
            picture = picture.crop((left, top, left + side, top + side))
        square = _opaque(picture, "RGB").resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(square, np.float32).transpose(2, 0, 1) / np.float32(255)


def read_image(path: Path) -> npt.NDArray[np.uint8]:
    """Return a picture upright as (h, w, 3) uint8 RGB, transparent parts white.

    Raises: ReadError for a file that is missing, broken, no picture, or above 100 megapixels.
    """
    with open_image(path) as opened, _decoding(path):
        return np.array(_opaque(_upright(opened), "RGB"), np.uint8)


def gray_pixels(path: Path, image: Image) -> npt.NDArray[np.uint8]:
    """Return an opened image upright as (h, w) uint8, 255 white, transparent parts white."""
    with _decoding(path):
        return np.array(_opaque(_upright(image), "L"), np.uint8)


@contextmanager
def open_image(path: Path, about: int | None = None) -> Iterator[Image]:
    """Open a picture without decoding it.

    about: pixels of the shorter side that are enough; a JPEG is then decoded at not much more.
    """
    from PIL import Image

    check_file(path)
    Image.init()  # else only the commonest formats are known
    formats = [name for name in _FORMATS if name in Image.OPEN]
    try:
        with _without_warnings():
            image = Image.open(path, formats=formats)
    except Image.DecompressionBombError as error:
        raise _too_large(path, MAX_PIXELS) from error
    except OSError as error:
        if error.errno is not None:
            raise cannot_be_opened(path, error) from error
        raise ReadError(path, "is no picture, or a broken one", _AGAIN) from error
    except Exception as error:  # Pillow's formats raise what they like on damaged files
        raise ReadError(path, "is no picture, or a broken one", _AGAIN) from error
    most = min(MAX_PIXELS, _FORMAT_MAX_PIXELS.get(image.format or "", MAX_PIXELS))
    with image:
        if about is not None:
            image.draft(None, _draft_size(image, 2 * about))
        elif image.width * image.height > most:
            image.draft(None, (image.width // 2, image.height // 2))
        if image.width * image.height > most:
            raise _too_large(path, most)
        yield image


def _draft_size(image: Image, side: int) -> tuple[int, int]:
    factor = min(1.0, side / max(1, min(image.size)))
    return max(1, round(image.width * factor)), max(1, round(image.height * factor))


def _too_large(path: Path, pixels: int) -> ReadError:
    fault = f"has more than {pixels // 1_000_000} megapixels"
    return ReadError(path, fault, "save it at a lower resolution")


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    try:
        with _without_warnings():
            yield
    except ReadError:
        raise
    except Exception as error:  # Pillow's formats raise what they like on damaged files
        raise ReadError(path, "is a broken or unfinished picture", _AGAIN) from error


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Of sizes below our own limit, and of damage that does not matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _upright(image: Image) -> Image:
    """Decode; turn as its EXIF orientation says, where that can be read."""
    from PIL import ImageOps

    image.load()
    try:
        turned = image.getexif().get(_ORIENTATION, 1) != 1
    except Exception:  # a damaged note about the picture is not a damaged picture
        return image
    # Only where it must be: it copies the picture.
    return ImageOps.exif_transpose(image) if turned else image


def _opaque(image: Image, mode: str) -> Image:
    """Bring to "L" or "RGB" of 8 bit, laid over white, without many copies of a large picture."""
    from PIL import Image

    if image.mode == "F" or image.mode.startswith("I"):
        return _eight_bits(image).convert(mode)
    if not image.has_transparency_data:
        return image.convert(mode)
    opaque = Image.new(mode, image.size)
    for top, band in _bands(image):
        layer = band.convert("RGBA")
        white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        flat = Image.alpha_composite(white, layer).convert("RGB")
        opaque.paste(flat.convert(mode), (0, top))
    return opaque


def _eight_bits(image: Image) -> Image:
    """Scale deep gray: 16 bit integers by their range, floats taken as 0..1 or 0..255."""
    from PIL import Image

    largest, kind = 0.0, np.dtype(np.uint8)
    for _, band in _bands(image):
        pixels = np.asarray(band)
        largest, kind = max(largest, float(np.nan_to_num(pixels).max(initial=0.0))), pixels.dtype
    if np.issubdtype(kind, np.integer):
        full = 255.0 if largest <= 255 and kind.itemsize > 2 else 65535.0
    else:
        full = 1.0 if largest <= 1 else 255.0 if largest <= 255 else largest
    scaled = Image.new("L", image.size)
    for top, band in _bands(image):
        values = np.nan_to_num(np.asarray(band).astype(np.float64)) * (255 / full)
        scaled.paste(Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8)), (0, top))
    return scaled


def _bands(image: Image) -> Iterator[tuple[int, Image]]:
    """The picture in bands of a few million pixels, each with the row where it begins."""
    rows = max(1, _BAND_PIXELS // max(1, image.width))
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))
