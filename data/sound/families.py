"""Families of General MIDI instruments: which may stand for which."""

from __future__ import annotations

import numpy as np

from unisono.data.notes import DRUMS

FAMILIES: dict[str, tuple[int, ...]] = {
    "piano": (0, 1, 2, 3),
    "electric piano": (4, 5),
    "harpsichord": (6, 7),
    "mallets": (8, 9, 10, 11, 12, 13, 14, 15, 108, 112, 114),
    "organ": (16, 17, 18, 19, 20),
    "accordion": (21, 22, 23, 109),
    "guitar": (24, 25, 26, 27, 28),
    "distorted guitar": (29, 30, 31),
    "bass": (32, 33, 34, 35, 36, 37, 38, 39),
    "strings": (40, 41, 42, 43, 44, 48, 49, 110),
    "synthetic strings": (50, 51),
    "plucked strings": (45, 46, 104, 105, 106, 107),
    "timpani": (47, 116, 117, 118),
    "voice": (52, 53, 54),
    "brass": (56, 57, 58, 59, 60, 61, 62, 63),
    "saxophone": (64, 65, 66, 67),
    "reeds": (68, 69, 70, 71, 111),
    "flutes": (72, 73, 74, 75, 76, 77, 78, 79),
    "lead": (80, 81, 82, 83, 84, 85, 86, 87),
    "pad": (88, 89, 90, 91, 92, 93, 94, 95),
    "atmosphere": (96, 97, 98, 99, 100, 101, 102, 103),
    "effects": (55, 113, 115, 119, 120, 121, 122, 123, 124, 125, 126, 127),
}
"""Programs 0..127 by family, each in one; closer to the ear than General MIDI's groups of eight
(a timpani is no stand-in for a violin)."""

_FIXED = frozenset({"timpani", "effects"})  # without a melody's pitch: left as they are


def family(program: int) -> str:
    """Name of the family of a program 0..127, ``drums`` for DRUMS.

    Raises ValueError for any other number.
    """
    if program == DRUMS:
        return "drums"
    for name, programs in FAMILIES.items():
        if program in programs:
            return name
    raise ValueError(f"{program} is no General MIDI program (0 to 127)")


def stand_ins(program: int) -> tuple[int, ...]:
    """Programs that may play for one, itself among them; drums, timpani and effects have none."""
    name = family(program)
    return (program,) if name in _FIXED or program == DRUMS else FAMILIES[name]


def draw_instruments(programs: list[int], random: np.random.Generator) -> dict[int, int]:
    """A random instrument of its family for each program; drums stay drums."""
    return {program: int(random.choice(stand_ins(program))) for program in sorted(set(programs))}
