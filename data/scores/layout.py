"""How pages are set: sizes, spacing, music font, what is printed; chosen, or drawn at random."""

from __future__ import annotations

import importlib.util
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STAFF_SPACE_UNITS = 180.0
"""Verovio's internal units between two staff lines, at its default ``unit`` of 9."""

_MILLIMETRES_PER_INCH = 25.4
_MARGIN = 50 / 18  # Verovio's own
_PAPERS = (  # width and height in millimetres, and how often
    (210.0, 297.0, 6),  # A4
    (215.9, 279.4, 3),  # letter
    (229.0, 305.0, 3),  # what most publishers print on
    (235.0, 330.0, 2),  # older, larger editions
    (170.0, 240.0, 1),
    (297.0, 210.0, 1),  # A4, landscape
    (260.0, 190.0, 1),  # oblong
)


def _fonts() -> tuple[str, ...]:
    # found, not imported: the package is heavy, its folder is named in its specification
    specification = importlib.util.find_spec("verovio")
    folders = (specification and specification.submodule_search_locations) or []
    tables = [table for folder in folders for table in Path(folder, "data").glob("*.xml")]
    return tuple(sorted(table.stem for table in tables if table.with_suffix("").is_dir()))


MUSIC_FONTS = _fonts()
"""Every music font that the installed Verovio carries, in order of name."""


@dataclass(frozen=True)
class Layout:
    """How a page is set; lengths are in staff spaces, pixels follow from ``staff_space_px``.

    text: words, numbers and lyrics are drawn; without, what would be text is blank.
    lyrics, fingerings: False leaves them out before anything is set, so that no room is kept.
    titles: title and composer above the first page; never by default, because they tell a
    reader of pages what the piece is. measure_number_interval: a number at every so many
    measures, 0: at the start of every system. systems_per_page: at most so many, 0: as many as fit.
    justify_vertically: systems are spread over the height of the page. line_weight: thickness
    of staff lines, stems, bar lines and slurs, 1 as Verovio draws them, from 0.7 to 1.6.
    spacing_linear, spacing_non_linear: horizontal spacing, as Verovio's options.
    Raises ValueError for what Verovio cannot set.
    """

    staff_space_px: float = 10.0
    page_width: float = 105.0
    page_height: float = 148.0
    music_font: str = "Leipzig"
    text: bool = True
    spacing_staff: int = 12
    spacing_system: int = 4
    spacing_linear: float = 0.25
    spacing_non_linear: float = 0.6
    margin_left: float = _MARGIN
    margin_right: float = _MARGIN
    margin_top: float = _MARGIN
    margin_bottom: float = _MARGIN
    systems_per_page: int = 0
    justify_vertically: bool = False
    lyrics: bool = True
    fingerings: bool = True
    measure_numbers: bool = True
    measure_number_interval: int = 0
    titles: bool = False
    lyric_size: float = 4.5
    line_weight: float = 1.0

    def __post_init__(self) -> None:
        if self.music_font not in MUSIC_FONTS:
            raise ValueError(f"no music font {self.music_font!r}; Verovio has {MUSIC_FONTS}")
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} is {value}, but must be from {low:g} to {high:g}")
        if self.page_width - self.margin_left - self.margin_right < 10:
            raise ValueError("the page is too narrow for its margins")

    @classmethod
    def in_millimetres(
        cls,
        page_width: float,
        page_height: float,
        *,
        staff_height: float = 7.0,
        margin: float = 10.0,
        dpi: float = 300.0,
        **settings: Any,
    ) -> Layout:
        """A page measured in millimetres at a resolution; ``settings`` are other fields."""
        space = staff_height / 4
        margins = {f"margin_{side}": margin / space for side in ("left", "right", "top", "bottom")}
        return cls(
            staff_space_px=space * dpi / _MILLIMETRES_PER_INCH,
            page_width=page_width / space,
            page_height=page_height / space,
            **(margins | settings),
        )

    def options(self) -> dict[str, object]:
        """What Verovio is told."""
        tenths = STAFF_SPACE_UNITS / 10
        weight = self.line_weight
        return {
            "scale": 100,
            "pageWidth": round(self.page_width * tenths),
            "pageHeight": round(self.page_height * tenths),
            "pageMarginLeft": round(self.margin_left * tenths),
            "pageMarginRight": round(self.margin_right * tenths),
            "pageMarginTop": round(self.margin_top * tenths),
            "pageMarginBottom": round(self.margin_bottom * tenths),
            "font": self.music_font,
            "spacingStaff": self.spacing_staff,
            "spacingSystem": self.spacing_system,
            "spacingLinear": self.spacing_linear,
            "spacingNonLinear": self.spacing_non_linear,
            "systemMaxPerPage": self.systems_per_page,
            "justifyVertically": self.justify_vertically,
            "mnumInterval": self.measure_number_interval,
            "header": "auto" if self.titles else "none",
            "footer": "none",
            "breaks": "auto",
            "condense": "none",
            "lyricSize": self.lyric_size,
            "staffLineWidth": 0.15 * weight,
            "stemWidth": 0.2 * weight,
            "barLineWidth": 0.3 * weight,
            "slurMidpointThickness": 0.6 * weight,
            "adjustPageHeight": False,
        }


_RANGES = (
    ("staff_space_px", 1.0, 200.0),
    ("page_width", 20.0, 5000.0),
    ("page_height", 20.0, 3000.0),
    ("spacing_staff", 0, 48),
    ("spacing_system", 0, 48),
    ("spacing_linear", 0.0, 1.0),
    ("spacing_non_linear", 0.0, 1.0),
    ("margin_left", 0.0, 27.0),
    ("margin_right", 0.0, 27.0),
    ("margin_top", 0.0, 27.0),
    ("margin_bottom", 0.0, 27.0),
    ("systems_per_page", 0, 24),
    ("measure_number_interval", 0, 64),
    ("lyric_size", 2.0, 8.0),
    ("line_weight", 0.7, 1.6),
)


def draw_layout(source: random.Random, *, staff_space_px: float = 6.0) -> Layout:
    """A layout as editions differ, always the same for the same state of ``source``.

    Paper, size of the staves, margins, spacing, music font, thickness of lines, systems a page,
    and whether words, lyrics, fingerings and measure numbers are printed.
    """
    width, height, _ = source.choices(_PAPERS, [often for *_, often in _PAPERS])[0]
    space = source.uniform(4.8, 8.0) / 4
    margin = source.uniform(6.0, 20.0) / space
    side = margin * source.uniform(0.8, 1.3)
    return Layout(
        staff_space_px=staff_space_px,
        page_width=width / space,
        page_height=height / space,
        music_font=source.choice(MUSIC_FONTS),
        text=source.random() < 0.85,
        spacing_staff=source.randint(8, 16),
        spacing_system=source.randint(4, 14),
        spacing_linear=source.uniform(0.15, 0.35),
        spacing_non_linear=source.uniform(0.5, 0.7),
        margin_left=side,
        margin_right=side,
        margin_top=margin,
        margin_bottom=margin,
        systems_per_page=source.choice((0, 0, 0, 0, 3, 4, 5, 6)),
        justify_vertically=source.random() < 0.4,
        lyrics=source.random() < 0.75,
        fingerings=source.random() < 0.6,
        measure_numbers=source.random() < 0.7,
        measure_number_interval=source.choice((0, 0, 0, 0, 0, 1, 5, 10)),
        lyric_size=source.uniform(3.8, 5.0),
        line_weight=source.uniform(0.75, 1.5),
    )
