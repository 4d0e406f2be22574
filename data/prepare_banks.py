"""Render the banks of sampled notes that training mixes from.

``python -m unisono.data.prepare_banks OUT SOUNDFONT...``: every program below from every
soundfont, resumable. A soundfont is a path or a short name (``fluidr3``); ``builtin`` is the
built-in synthesiser, which needs no soundfont. Soundfonts kept for measuring are refused.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from unisono.data.errors import ReadError
from unisono.data.sound.sampled_notes import (
    BUILT_IN,
    Bank,
    load_bank,
    make_bank,
    render_bank,
    save_bank,
)
from unisono.data.sound.soundfonts import find_soundfont, is_for_measuring

PROGRAMS = {
    "piano": (0, 1, 2, 4, 6),
    "mallets": (8, 11, 12),
    "organ": (16, 19),
    "guitar": (24, 25, 46),
    "violin": (40, 48),
    "viola": (41,),
    "cello": (42,),
    "voice": (52, 53),
    "trumpet": (56,),
    "horn": (60,),
    "saxophone": (65,),
    "oboe": (68,),
    "clarinet": (71,),
    "flute": (73,),
}
"""General MIDI programs by the word that captions use for them."""


def family_of(program: int) -> str:
    """The word for a program; raises KeyError for one that is not listed."""
    for word, programs in PROGRAMS.items():
        if program in programs:
            return word
    raise KeyError(program)


def load_banks(folder: Path) -> dict[str, list[Bank]]:
    """Banks of a folder by the instrument word of their program."""
    banks: dict[str, list[Bank]] = {}
    for path in sorted(folder.glob("*.npy")):
        bank = load_bank(path)
        banks.setdefault(family_of(bank.program), []).append(bank)
    return banks


def main(arguments: Sequence[str] | None = None) -> int:
    """Render what is missing; 1 where a soundfont cannot be used."""
    from tqdm import tqdm

    options = _parser().parse_args(arguments)
    try:
        everything = [_source(name, options.measuring) for name in options.soundfonts]
        pianos = [_source(name, options.measuring) for name in options.piano_only]
        options.out.mkdir(parents=True, exist_ok=True)
        every = [program for programs in PROGRAMS.values() for program in programs]
        wanted = [(font, program) for program in every for font in everything]
        wanted += [(font, program) for font in pianos for program in PROGRAMS["piano"]]
        missing = [(f, p) for f, p in wanted if not (options.out / f"{_stem(f)}-{p}.npy").exists()]
        with ThreadPoolExecutor(options.workers) as pool:
            work = pool.map(lambda pair: save_bank(_bank(*pair), options.out), missing)
            for _ in tqdm(work, total=len(missing), disable=None):
                pass
    except (ReadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m unisono.data.prepare_banks",
        description="Render the banks of sampled notes that training mixes from.",
    )
    parser.add_argument("out", type=Path, help="folder for the banks")
    help_text = "paths or short names of soundfonts, or builtin"
    parser.add_argument("soundfonts", nargs="+", help=help_text)
    parser.add_argument("--piano-only", nargs="*", default=[], help="others, for pianos alone")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--measuring",
        action="store_true",
        help="allow soundfonts kept for measuring: never train with these banks",
    )
    return parser


def _source(name: str, measuring: bool) -> Path | None:
    """The soundfont, or None for the built-in synthesiser.

    Raises ReadError where it is missing, or kept for measuring and that was not asked for.
    """
    if name == BUILT_IN:
        return None
    path = find_soundfont(name)
    if is_for_measuring(path) and not measuring:
        remedy = "take another one for training; --measuring makes banks that are never trained on"
        raise ReadError(path, "is kept for measuring", remedy)
    return path


def _stem(soundfont: Path | None) -> str:
    return BUILT_IN if soundfont is None else soundfont.stem


def _bank(soundfont: Path | None, program: int) -> Bank:
    return make_bank(program) if soundfont is None else render_bank(soundfont, program)


if __name__ == "__main__":
    sys.exit(main())
