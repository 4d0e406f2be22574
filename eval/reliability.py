"""What was said to be right with some probability, and how much of it was right, as a picture.

DeGroot and Fienberg, The Comparison and Evaluation of Forecasters, The Statistician 32, 1983.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def reliability(probability: Floats, right: Bools, bins: int = 10) -> list[tuple[float, float]]:
    """Mean of what was said, and share that was right, of each bin that holds anything."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    return [
        (float(probability[place == one].mean()), float(right[place == one].mean()))
        for one in np.unique(place)
    ]


def draw_reliability(
    heading: str, panels: Mapping[str, Mapping[str, tuple[Floats, Bools]]], path: Path
) -> None:
    """Write a panel for each title, in it a line for each name, beside what would be ideal."""
    from unisono.eval.chart import Line, Panel, Sheet, draw
    from unisono.eval.drawing import save

    ideal = Line("as said", ((0.0, 0.0), (1.0, 1.0)), reference=True)
    drawn = []
    for title, lines in panels.items():
        said = [Line(name, tuple(reliability(*one))) for name, one in lines.items()]
        drawn.append(Panel(title, (*said, ideal), low=0.0, high=1.0, percent=True))
    sheet = Sheet(heading, "share that was right, by what was said", tuple(drawn), "said")
    save(draw(sheet), path)
