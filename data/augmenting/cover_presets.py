"""Covers as they come: from shops, photographs and scanners."""

from __future__ import annotations

from functools import partial

from unisono.data.augmenting.compose import CoverRecipe, Step
from unisono.data.augmenting.cover import Blur, Colour, Crop, Jpeg, PrintAndScan, Thumbnail

WEB_COVER = CoverRecipe(
    (
        Step(partial(Crop.draw, area=(0.8, 1.0)), 0.5),
        Step(partial(Colour.draw, strength=0.15), 0.5),
        Step(Thumbnail.draw, 0.4),
        Step(Jpeg.draw),
    )
)
"""Made small and saved again by a shop or a player."""

SCANNED_COVER = CoverRecipe(
    (
        Step(partial(Crop.draw, area=(0.85, 1.0)), 0.8),
        Step(PrintAndScan.draw),
        Step(Colour.draw, 0.7),
        Step(Blur.draw, 0.4),
        Step(Jpeg.draw, 0.7),
    )
)
"""A sleeve on a scanner: halftone, faded inks, paper that has turned yellow."""

COVER_FOR_TRAINING = CoverRecipe((Step(Crop.draw), Step(Colour.draw, 0.8), Step(Blur.draw, 0.2)))
"""Crop, colour and blur, for contrastive training."""
