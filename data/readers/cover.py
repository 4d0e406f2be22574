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

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 100_000_000
"""Pixels of an image at most; an A3 page at 600 dpi has 70 million."""


def read_cover(path: Path, size: int) -> npt.NDArray[np.float32]:
    """Return the middle square of a picture as (3, size, size) float32 in 0..1, RGB."""
    from PIL import Image

    with open_image(path, about=size) as opened:
        picture = _rgb(path, opened)
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    # Cropped first: a resize of the box alone lets the pixels beside it in at the edges.
    square = picture.crop((left, top, left + side, top + side))
    square = square.resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(square, np.float32).transpose(2, 0, 1) / np.float32(255)


def read_image(path: Path) -> npt.NDArray[np.uint8]:
    """Return a picture upright as (h, w, 3) uint8 RGB, transparent parts white.

    Raises: ReadError for a file that is missing, broken, no picture, or above 100 megapixels.
    """
    with open_image(path) as opened:
        return np.array(_rgb(path, opened), np.uint8)


def gray_pixels(path: Path, image: Image) -> npt.NDArray[np.uint8]:
    """Return an opened image upright as (h, w) uint8, 255 white, transparent parts white."""
    return np.array(_upright(path, image).convert("L"), np.uint8)


@contextmanager
def open_image(path: Path, about: int | None = None) -> Iterator[Image]:
    """Open a picture without decoding it.

    about: pixels of the shorter side that are enough; a JPEG is then decoded at not much more.
    """
    from PIL import Image, UnidentifiedImageError

    broken = "export or download it again"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path)
    except UnidentifiedImageError as error:
        raise ReadError(path, "is no picture, or a broken one", broken) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error
    except OSError as error:
        fault = f"cannot be opened ({error.strerror or error})"
        raise ReadError(path, fault, "check the name") from error
    with image:
        if about is not None:
            image.draft(None, _draft_size(image, 2 * about))
        elif image.width * image.height > MAX_PIXELS:
            image.draft(None, (image.width // 2, image.height // 2))
        if image.width * image.height > MAX_PIXELS:
            raise _too_large(path)
        yield image


def _draft_size(image: Image, side: int) -> tuple[int, int]:
    factor = min(1.0, side / min(image.size))
    return max(1, round(image.width * factor)), max(1, round(image.height * factor))


def _too_large(path: Path) -> ReadError:
    fault = f"has more than {MAX_PIXELS // 1_000_000} megapixels"
    return ReadError(path, fault, "save it at a lower resolution")


def _rgb(path: Path, image: Image) -> Image:
    return _upright(path, image).convert("RGB")


def _upright(path: Path, image: Image) -> Image:
    """Decode; turn as its EXIF orientation says; lay over white; bring 16 bit down to 8."""
    from PIL import Image, ImageOps

    try:
        image.load()
        image = ImageOps.exif_transpose(image)
        if image.mode == "F" or image.mode.startswith("I"):
            return Image.fromarray(_eight_bits(np.asarray(image)))
        if image.has_transparency_data:
            layer = image.convert("RGBA")
            white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
            return Image.alpha_composite(white, layer).convert("RGB")
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        fault = "is a broken or unfinished picture"
        raise ReadError(path, fault, "export or download it again") from error
    return image


def _eight_bits(pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Scale deep gray: 16 bit integers by their range, floats taken as 0..1 or 0..255."""
    values = np.nan_to_num(pixels.astype(np.float64))
    largest = values.max(initial=0.0)
    if np.issubdtype(pixels.dtype, np.integer):
        full = 255.0 if largest <= 255 and pixels.dtype.itemsize > 2 else 65535.0
    else:
        full = 1.0 if largest <= 1 else 255.0 if largest <= 255 else largest
    return np.clip(np.rint(values * (255 / full)), 0, 255).astype(np.uint8)
