"""One side of a comparison as a picture: a recording's wave, a MIDI file's notes, a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.places import Place, Region, TimeSpan
from unisono.report.lettering import font
from unisono.report.pictures import page_of

INK, MARK, PAPER = (40, 60, 90), (200, 60, 30), (255, 255, 255)
_MARKED = (255, 226, 205)
_RATE = 4_000
_BLOCK_S = 30.0
_AROUND = 0.6
"""Of a system's height, what is shown above and below it."""


def draw_side(
    path: Path, modality: Modality, marked: Sequence[Place | None], width: int, height: int
) -> Image.Image:
    """Return a picture of at most this size with places marked; empty for what cannot be read.

    marked: numbered from 1 in their order.
    """
    try:
        if modality is Modality.AUDIO:
            return _wave(path, _spans(marked), width, height)
        if modality is Modality.MIDI:
            return _notes(path, _spans(marked), width, height)
        return _page(path, [place for place in marked if isinstance(place, Region)], width, height)
    except (ReadError, OSError):
        return Image.new("RGB", (width, 1), PAPER)


def _wave(path: Path, marked: list[TimeSpan], width: int, height: int) -> Image.Image:
    from unisono.data.readers.audio import read_blocks

    samples = np.concatenate(list(read_blocks(path, _RATE, _BLOCK_S)))
    duration_s = max(len(samples) / _RATE, 1e-3)
    edges = np.linspace(0, len(samples), width + 1).astype(int)
    starts = np.minimum(edges[:-1], len(samples) - 1)
    loudest = np.maximum.reduceat(np.abs(samples), starts)
    image, draw = _timeline(marked, duration_s, width, height)
    middle, reach = height / 2, height / 2 - 2
    for x, peak in enumerate(loudest / max(float(loudest.max()), 1e-6)):
        draw.line((x, middle - peak * reach, x, middle + peak * reach), fill=INK)
    return image


def _notes(path: Path, marked: list[TimeSpan], width: int, height: int) -> Image.Image:
    from unisono.data.readers.midi import read_midi

    notes = read_midi(path).notes
    duration_s = max(float(notes.offset_s.max()), 1e-3)
    low, high = int(notes.pitch.min()) - 1, int(notes.pitch.max()) + 1
    image, draw = _timeline(marked, duration_s, width, height)
    step = (height - 4) / (high - low)
    for on, off, pitch in zip(notes.onset_s, notes.offset_s, notes.pitch, strict=True):
        top = 2 + (high - int(pitch)) * step - step / 2
        left, right = on / duration_s * width, off / duration_s * width
        draw.rectangle((left, top, max(right - 1, left + 1), top + max(1.0, step - 1)), fill=INK)
    return image


def _timeline(
    marked: list[TimeSpan], duration_s: float, width: int, height: int
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(image)
    for number, span in enumerate(marked, start=1):
        left, right = span.start_s / duration_s * width, span.end_s / duration_s * width
        box = (left, 0, max(min(right, width - 1), left + 1), height - 1)
        draw.rectangle(box, fill=_MARKED, outline=MARK)
        draw.text((left + 3, 1), str(number), MARK, font(13))
    draw.rectangle((0, 0, width - 1, height - 1), outline=(200, 205, 212))
    return image, draw


def _page(path: Path, marked: list[Region], width: int, height: int) -> Image.Image:
    """The part of a page around the marked regions, which are framed."""
    page = marked[0].page if marked else 1
    pixels = page_of(path, page)
    if pixels is None:
        return Image.new("RGB", (width, 1), PAPER)
    image = Image.fromarray(pixels).convert("RGB")
    framed = [region for region in marked if region.page == page]
    draw = ImageDraw.Draw(image)
    for number, region in enumerate(marked, start=1):
        if region in framed:
            box = (region.x0, region.y0, region.x1, region.y1)
            draw.rectangle(box, outline=MARK, width=max(2, image.width // 400))
            letters = font(max(12, image.width // 50))
            draw.text((region.x0, region.y0), str(number), MARK, letters, anchor="lb")
    if framed:
        above, below = min(r.y0 for r in framed), max(r.y1 for r in framed)
        margin = _AROUND * max(r.y1 - r.y0 for r in framed)
        top, bottom = max(0, round(above - margin)), min(image.height, round(below + margin))
        image = image.crop((0, top, image.width, max(bottom, top + 1)))
    scale = min(width / image.width, height / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _spans(marked: Sequence[Place | None]) -> list[TimeSpan]:
    return [place for place in marked if isinstance(place, TimeSpan)]
