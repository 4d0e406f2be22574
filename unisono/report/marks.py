"""How each kind of material looks on a drawing: a shape and a colour, so that neither is alone."""

from __future__ import annotations

import math
from html import escape

from unisono.data.modality import Modality

LABELS = {
    Modality.AUDIO: "recording",
    Modality.SHEET: "page of notes",
    Modality.MIDI: "MIDI file",
    Modality.TEXT: "text",
    Modality.COVER: "cover",
}
_CORNERS = {Modality.SHEET: (4, 45.0), Modality.MIDI: (3, -90.0), Modality.TEXT: (4, 0.0)}


def mark(modality: Modality, x: float, y: float, size: float = 8.0, title: str = "") -> str:
    """Return the SVG shape of a modality centred at (x, y), with a title for the pointer."""
    words = f"<title>{escape(title)}</title>" if title else ""
    if modality is Modality.AUDIO:
        return f'<circle class="m audio" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}">{words}</circle>'
    if modality is Modality.COVER:
        corners = _star(x, y, 1.35 * size)
    else:
        count, turn = _CORNERS[modality]
        corners = _polygon(x, y, 1.25 * size, count, turn)
    points = " ".join(f"{px:.1f},{py:.1f}" for px, py in corners)
    return f'<polygon class="m {modality}" points="{points}">{words}</polygon>'


def legend(modalities: list[Modality]) -> str:
    """Return a list of the shapes and what they stand for, as HTML."""
    entries = "".join(
        f'<li><svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">'
        f"{mark(modality, 12, 12)}</svg>{LABELS[modality]}</li>"
        for modality in modalities
    )
    return f'<ul class="legend">{entries}</ul>'


def _polygon(
    x: float, y: float, radius: float, count: int, turn: float
) -> list[tuple[float, float]]:
    angles = [math.radians(turn + 360 * i / count) for i in range(count)]
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles]


def _star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    corners = []
    for i in range(10):
        reach = radius if i % 2 == 0 else 0.45 * radius
        angle = math.radians(-90 + 36 * i)
        corners.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return corners
