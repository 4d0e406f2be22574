"""Render the banks of sampled notes that training mixes from.

``python -m unisono.data.prepare_banks OUT SOUNDFONT...``: every program below from every
soundfont, resumable. Soundfonts kept for measuring must not be named here.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from unisono.data.sound.sampled_notes import Bank, load_bank, render_bank, save_bank

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


def main() -> None:
    """Render what is missing."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("soundfonts", type=Path, nargs="+")
    parser.add_argument("--piano-only", type=Path, nargs="*", default=[])
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    every = [program for programs in PROGRAMS.values() for program in programs]
    wanted = [(font, program) for program in every for font in arguments.soundfonts]
    wanted += [(font, program) for font in arguments.piano_only for program in PROGRAMS["piano"]]
    missing = [(f, p) for f, p in wanted if not (arguments.out / f"{f.stem}-{p}.npy").exists()]
    with ThreadPoolExecutor(arguments.workers) as pool:
        work = pool.map(lambda pair: save_bank(render_bank(*pair), arguments.out), missing)
        for _ in tqdm(work, total=len(missing)):
            pass


if __name__ == "__main__":
    main()
