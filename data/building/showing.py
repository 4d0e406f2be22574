"""A picture of a prepared piece: its page with the notes boxed, their sound, and its caption.

A note has one colour on the page and in the spectrogram; colours go along with time.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from unisono.data.building.built import SPLITS, BuiltFolder
from unisono.data.captions import describe, known_of, mode_of
from unisono.data.corpus import NotePlaces, Piece
from unisono.data.errors import ReadError
from unisono.data.notes import Notes
from unisono.data.prepare_banks import PROGRAMS

SAMPLE_RATE = 16_000

_ROWS_PER_SEMITONE = 4
_LOWEST, _HIGHEST = 33, 100
_WINDOW = 4096
_SPECTROGRAM_HEIGHT = _ROWS_PER_SEMITONE * (_HIGHEST - _LOWEST)
_AROUND = 3.0  # pixels between a head's box and what is drawn around it
_HEAD = 2.5  # half a head on a strip
_MARGIN = 16
_CAPTION_SIZE = 15
_PAPER, _TEXT = (255, 255, 255), (40, 40, 40)

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Window:
    """Which part of a piece is shown: seconds from its beginning."""

    start_s: float = 0.0
    seconds: float = 12.0


def find_piece(built: BuiltFolder, name: str) -> Path:
    """The prepared piece whose file is, or ends in, ``name``; raises ReadError for none, or two."""
    paths = [path for split in SPLITS for path in sorted((built.root / split).glob("*.npz"))]
    exact = [path for path in paths if path.stem == name]
    found = exact or [path for path in paths if path.stem.endswith(f"-{name}")]
    if len(found) == 1:
        return found[0]
    said = "has several pieces" if found else "has no piece"
    some = ", ".join(path.stem for path in (found or paths)[:5])
    raise ReadError(built.root, f"{said} '{name}'", f"name one of {some} ...")


def show_piece(built: BuiltFolder, path: Path, window: Window | None = None) -> Image.Image:
    """The picture of a piece; raises ReadError for a window without notes."""
    window = window or Window()
    piece = Piece.load(path)
    inside = (piece.onset_s >= window.start_s) & (piece.onset_s < window.start_s + window.seconds)
    rows = np.flatnonzero(inside)
    if not len(rows):
        raise ReadError(path, f"has no notes from {window.start_s:g} s on", "choose another part")
    share = (piece.onset_s[rows] - window.start_s) / window.seconds
    colours = [_colour(float(part)) for part in share]
    page = _page(built, path.stem, piece, rows, colours)
    sound = _spectrogram(piece, rows, colours, window, page.width)
    return _put_together(page, sound, caption_of(piece, rows))


def caption_of(piece: Piece, rows: npt.NDArray[np.int64]) -> str:
    """The caption of some notes of a piece, the same every time."""
    lasting = (piece.offset_s - piece.onset_s).astype(np.float64)
    description = describe(
        piece.onset_s[rows].astype(np.float64),
        piece.pitch[rows],
        lasting[rows],
        instruments=piece.facts.instruments or ("piano",),
        mode=mode_of(piece.pitch, lasting, piece.facts.fifths),
        known=known_of(piece.facts),
        beat=None if piece.places is None else piece.places.beat[rows].astype(np.float64),
    )
    return max((description.caption(np.random.default_rng(seed)) for seed in range(20)), key=len)


def _colour(share: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(0.92 * share, 0.9, 0.85)
    return round(255 * red), round(255 * green), round(255 * blue)


def _page(
    built: BuiltFolder,
    name: str,
    piece: Piece,
    rows: npt.NDArray[np.int64],
    colours: list[tuple[int, int, int]],
) -> Image.Image:
    """The page of the first note, or the strip's systems under each other where none was kept."""
    places = piece.places
    if places is not None:
        number = int(places.page[rows[0]])
        kept = built.page(name, number)
        if kept.is_file():
            return _boxed_page(kept, places, number, rows, colours)
    return _stacked(piece, rows, colours)


def _boxed_page(
    path: Path,
    places: NotePlaces,
    number: int,
    rows: npt.NDArray[np.int64],
    colours: list[tuple[int, int, int]],
) -> Image.Image:
    image = Image.open(path).convert("RGB")
    draw = ImageDraw.Draw(image)
    for row, colour in zip(rows, colours, strict=True):
        if places.page[row] == number:
            half_width, half_height = float(places.width[row]) / 2, float(places.height[row]) / 2
            _box(
                draw,
                float(places.page_x[row]),
                float(places.page_y[row]),
                colour,
                half_width,
                half_height,
            )
    return _without_empty_ends(image)


def _stacked(
    piece: Piece, rows: npt.NDArray[np.int64], colours: list[tuple[int, int, int]]
) -> Image.Image:
    starts = np.array([0]) if piece.system_start is None else piece.system_start
    ends = np.append(starts[1:], piece.ink.shape[1])
    system = np.searchsorted(starts, piece.x[rows], side="right") - 1
    shown = sorted(set(system.tolist()))
    height = piece.ink.shape[0]
    width = int(max(ends[one] - starts[one] for one in shown))
    image = Image.new("RGB", (width, height * len(shown)), _PAPER)
    draw = ImageDraw.Draw(image)
    for line, one in enumerate(shown):
        paper = 255 - piece.ink[:, starts[one] : ends[one]]
        image.paste(Image.fromarray(paper).convert("RGB"), (0, line * height))
    for row, one, colour in zip(rows, system, colours, strict=True):
        x = float(piece.x[row] - starts[one])
        top = shown.index(int(one)) * height
        if piece.places is None:  # the column is known, the height is not
            draw.line((x, top + 4, x, top + height - 4), fill=colour)
        else:
            _box(draw, x, top + float(piece.places.strip_y[row]), colour, _HEAD, _HEAD)
    return image


def _box(
    draw: ImageDraw.ImageDraw,
    x: float,
    y: float,
    colour: tuple[int, int, int],
    half_width: float,
    half_height: float,
) -> None:
    right, down = half_width + _AROUND, half_height + _AROUND
    draw.rectangle((x - right, y - down, x + right, y + down), outline=colour, width=2)


def _without_empty_ends(image: Image.Image) -> Image.Image:
    dark = np.flatnonzero((np.asarray(image.convert("L")) < 200).any(1))
    if not len(dark):
        return image
    top, bottom = max(int(dark[0]) - _MARGIN, 0), min(int(dark[-1]) + _MARGIN, image.height)
    return image.crop((0, top, image.width, bottom))


def _spectrogram(
    piece: Piece,
    rows: npt.NDArray[np.int64],
    colours: list[tuple[int, int, int]],
    window: Window,
    width: int,
) -> Image.Image:
    """Log-frequency spectrogram of the notes as the synthesiser plays them, each one marked."""
    loudness = _log_frequency(_sound(piece, rows, window), width, window.seconds)
    image = Image.fromarray(255 - np.round(215 * loudness).astype(np.uint8)).convert("RGB")
    draw = ImageDraw.Draw(image)
    scale = width / window.seconds
    for row, colour in zip(rows, colours, strict=True):
        x0 = (piece.onset_s[row] - window.start_s) * scale
        x1 = min((piece.offset_s[row] - window.start_s) * scale, width - 1)
        y = (_HIGHEST - float(piece.pitch[row])) * _ROWS_PER_SEMITONE
        half = _ROWS_PER_SEMITONE
        draw.rectangle((x0, y - half, max(x1, x0 + 4), y + half), outline=colour, width=2)
    return image


def _sound(piece: Piece, rows: npt.NDArray[np.int64], window: Window) -> npt.NDArray[np.float32]:
    from unisono.data.sound.additive import play_additive

    words = piece.facts.instruments or ("piano",)
    programs = [PROGRAMS.get(word, PROGRAMS["piano"])[0] for word in words]
    count = len(rows)
    notes = Notes(
        onset_s=(piece.onset_s[rows] - window.start_s).astype(np.float64),
        offset_s=(piece.offset_s[rows] - window.start_s).astype(np.float64),
        pitch=piece.pitch[rows],
        velocity=np.full(count, 80, np.int16),
        program=np.array(programs, np.int16)[np.minimum(piece.staff[rows], len(programs) - 1)],
    )
    sound = play_additive(notes, SAMPLE_RATE)
    length = round(window.seconds * SAMPLE_RATE)
    return np.pad(sound, (0, max(0, length - len(sound))))[:length]


def _log_frequency(
    sound: npt.NDArray[np.float32], width: int, seconds: float
) -> npt.NDArray[np.float64]:
    """(rows, width) in 0..1: 60 dB of level at the frequencies of the rows, highest first."""
    centre = (np.arange(width) + 0.5) * seconds / width * SAMPLE_RATE
    padded = np.pad(sound, _WINDOW // 2)
    frames = padded[(centre.astype(int)[:, None]) + np.arange(_WINDOW)] * np.hanning(_WINDOW)
    magnitude = np.abs(np.fft.rfft(frames)).T
    height = _HIGHEST - np.arange(_SPECTROGRAM_HEIGHT) / _ROWS_PER_SEMITONE
    bins = 440.0 * 2 ** ((height - 69) / 12) * _WINDOW / SAMPLE_RATE
    low = bins.astype(int)
    part = (bins - low)[:, None]
    level = magnitude[low] * (1 - part) + magnitude[low + 1] * part
    decibels = 20 * np.log10(level / max(float(level.max()), 1e-9) + 1e-9)
    return np.asarray(np.clip(decibels / 60 + 1, 0, 1), np.float64)


def _put_together(page: Image.Image, sound: Image.Image, caption: str) -> Image.Image:
    font = ImageFont.load_default(_CAPTION_SIZE)
    width = page.width + 2 * _MARGIN
    lines = _wrapped(f"\u201c{caption}\u201d", font, page.width)
    line_height = round(1.4 * _CAPTION_SIZE)
    height = page.height + sound.height + 4 * _MARGIN + line_height * len(lines)
    whole = Image.new("RGB", (width, height), _PAPER)
    whole.paste(page, (_MARGIN, _MARGIN))
    whole.paste(sound, (_MARGIN, page.height + 2 * _MARGIN))
    draw = ImageDraw.Draw(whole)
    for number, line in enumerate(lines):
        y = page.height + sound.height + 3 * _MARGIN + number * line_height
        draw.text((_MARGIN, y), line, fill=_TEXT, font=font)
    return whole


def _wrapped(
    text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int
) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
