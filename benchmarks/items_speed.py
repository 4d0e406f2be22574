"""Pages, MIDI files, covers and texts a second, each from a file on disk (texts from memory).

    python -m benchmarks.items_speed [--bundle FOLDER] [--runs 5]

A page is a PNG of piano music, engraved like an A4 scan at 300 dpi: read, its systems found and
straightened, encoded. A MIDI file is three minutes of piano and strings (pretty_midi). A cover
is a JPEG of 1000 x 1000; left to find out what a picture is, the space looks for staves first.
"""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

from benchmarks.bundle import bundle_folder
from benchmarks.figures import Figure, run_part
from benchmarks.timing import Timing, measure, progress

PAGES = 3
MIDI_FILES = 3
MIDI_S = 180
NOTES_PER_S = 10
COVERS = 6
TEXTS = 256


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=5)


def part(arguments: Namespace) -> list[Figure]:
    from benchmarks.pages import write_pages
    from unisono.data.modality import Modality
    from unisono.data.staves import find_systems
    from unisono.towers.space import load

    runs = arguments.runs
    with tempfile.TemporaryDirectory() as name, bundle_folder(arguments.bundle) as bundle:
        folder, space = Path(name), load(bundle)

        progress("pages")
        pages = write_pages(folder, PAGES)
        images = [_pixels(path) for path in pages]
        systems = [len(find_systems(image)) for image in images]
        [finding, paging] = measure(
            [
                lambda: [find_systems(image) for image in images],
                lambda: [space.encode_item(path) for path in pages],
            ],
            runs=runs,
        )

        progress("MIDI files")
        scores = [_write_midi(folder / f"{seed}.mid", seed) for seed in range(MIDI_FILES)]
        [midi] = measure([lambda: [space.encode_item(path) for path in scores]], runs=runs)

        progress("covers")
        covers = [_write_cover(folder / f"{seed}.jpg", seed) for seed in range(COVERS)]
        [told, untold] = measure(
            [
                lambda: [space.encode_item(path, modality=Modality.COVER) for path in covers],
                lambda: [space.encode_item(path) for path in covers],
            ],
            runs=runs,
        )

        progress("texts")
        texts = _texts()
        [listed, single] = measure(
            [
                lambda: space.encode(texts),
                lambda: [space.encode_item(text) for text in texts[:32]],
            ],
            runs=runs,
        )
    height, width = images[0].shape
    size = f"{width} x {height} px, {min(systems)} to {max(systems)} systems"
    notes = f"{MIDI_S} s, {MIDI_S * NOTES_PER_S} notes"
    return [
        _rate("pages", paging, PAGES, size),
        _rate("of that, finding systems alone", finding, PAGES, "image in memory", "pages"),
        _rate("MIDI files", midi, MIDI_FILES, notes, "files"),
        _rate("covers, said to be covers", told, COVERS, "1000 x 1000 px", "covers"),
        _rate("covers, told from pages first", untold, COVERS, "1000 x 1000 px", "covers"),
        _rate("texts, a list", listed, TEXTS, "2 to 15 words", "texts"),
        _rate("texts, one by one", single, 32, "2 to 15 words", "texts"),
    ]


def _rate(what: str, timing: Timing, count: int, fact: str, unit: str = "") -> Figure:
    spread = timing.spread("", lambda seconds: count / seconds).strip()
    return Figure(what, count / timing.median, f"{unit or what}/s", f"{spread}; {fact}")


def _pixels(path: Path) -> np.ndarray:
    from unisono.data.readers.page import read_pages

    return next(read_pages(path)).image


def _write_midi(path: Path, seed: int) -> Path:
    import pretty_midi

    random = np.random.default_rng(seed)
    midi = pretty_midi.PrettyMIDI()
    for program, lowest in ((0, 48), (48, 36)):
        instrument = pretty_midi.Instrument(program)
        for onset in np.sort(random.uniform(0, MIDI_S - 1, MIDI_S * NOTES_PER_S // 2)):
            pitch = lowest + int(random.integers(0, 36))
            offset = onset + random.uniform(0.1, 1.0)
            instrument.notes.append(pretty_midi.Note(80, pitch, onset, offset))
        midi.instruments.append(instrument)
    midi.write(str(path))
    return path


def _write_cover(path: Path, seed: int) -> Path:
    """Coloured discs over a gradient."""
    from PIL import Image, ImageDraw

    random = np.random.default_rng(seed)
    ramp = np.linspace(0, 1, 1000)[:, None, None]
    ends = random.integers(0, 256, (2, 3))
    picture = np.broadcast_to(ends[0] * (1 - ramp) + ends[1] * ramp, (1000, 1000, 3))
    image = Image.fromarray(picture.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for x, y, radius, *colour in random.integers(0, 256, (40, 6)):
        box = [4 * x - radius, 4 * y - radius, 4 * x + radius, 4 * y + radius]
        draw.ellipse([int(edge) for edge in box], fill=tuple(int(part) for part in colour))
    image.save(path, quality=90)
    return path


def _texts() -> list[str]:
    phrases = ("calm solo piano", "a minor key", "fast strings", "in waltz time", "with a melody")
    random = np.random.default_rng(0)
    return [" ".join(random.choice(phrases, random.integers(1, 6))) for _ in range(TEXTS)]


if __name__ == "__main__":
    run_part(__doc__, part, configure)
