"""Lining a recording up with its score in time."""

from unisono.alignment.time.alignment import Alignment, AlignmentRow, align
from unisono.alignment.time.score import ScorePlace

__all__ = ["Alignment", "AlignmentRow", "ScorePlace", "align"]
