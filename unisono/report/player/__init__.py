"""A recording that plays along with its score: as one HTML page, and as a video."""

from unisono.report.player.page import write_player
from unisono.report.player.video import write_video
from unisono.report.player.view import View, read_view

__all__ = ["View", "read_view", "write_player", "write_video"]
