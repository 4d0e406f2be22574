"""Pages engraved on the spot: piano music that fills a page at the size of a 300 dpi scan."""

from __future__ import annotations

import random
from pathlib import Path

from unisono.data.engraving import Layout, engrave

SCAN = Layout(staff_space_px=20.7, page_width=120.0, page_height=170.0)
"""A4 at 300 dpi with staves of 7 mm: 2484 x 3519 pixels."""

_MEASURES = 120
_KEYS = ("*k[]", "*k[f#]", "*k[b-]", "*k[f#c#]")


def write_pages(folder: Path, count: int) -> list[Path]:
    """PNG files of different music, each the first page of its piece."""
    from PIL import Image

    paths = []
    for seed in range(count):
        page = engrave(piano_piece(seed), SCAN).pages[0]
        paths.append(folder / f"page-{seed}.png")
        Image.fromarray(page).save(paths[-1], compress_level=1)
    return paths


def piano_piece(seed: int) -> str:
    """Random piano music in 4/4 as Humdrum: chords on the left, eighths on the right."""
    chance = random.Random(seed)
    key = chance.choice(_KEYS)
    lines = [
        "**kern\t**kern",
        "*staff2\t*staff1",
        "*clefF4\t*clefG2",
        f"{key}\t{key}",
        "*M4/4\t*M4/4",
    ]
    for measure in range(1, _MEASURES + 1):
        lines.append(f"={measure}\t={measure}")
        for eighth in range(8):
            left = "."
            if eighth % 4 == 0:
                root = chance.randrange(4)
                left = " ".join(f"2{'CDEFGABc'[root + step]}" for step in (0, 2, 4))
            lines.append(f"{left}\t8{chance.choice(['cc', 'dd', 'ee', 'ff', 'gg', 'a', 'b', 'g'])}")
    return "\n".join([*lines, "==\t==", "*-\t*-", ""])
