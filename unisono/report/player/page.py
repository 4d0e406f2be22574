"""The player as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import json
import os
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from unisono.report.places import clock, plural
from unisono.report.player.cursor import Shade
from unisono.report.player.sound import mp3_of
from unisono.report.player.view import PageView, SystemView, View

_POLICY = (
    "default-src 'none'; img-src data:; media-src {media}; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)


def write_player(view: View, recording: Path, path: Path, *, link: bool = False) -> None:
    """Write the page; ``link`` names the recording's file in it in place of holding its sound.

    Raises ReadError where the recording cannot be read.
    """
    if link:
        path.write_text(document(view, address=_address(recording, path)), encoding="utf-8")
    else:
        path.write_text(document(view, mp3=mp3_of(recording)), encoding="utf-8")


def document(view: View, *, mp3: bytes = b"", address: str = "") -> str:
    """Return the page with the sound in it, or with the address of the sound."""
    policy = _POLICY.format(media="* file: blob:" if address else "blob:")
    data = json.dumps(_data(view), separators=(",", ":")).replace("<", "\\u003c")
    sound = json.dumps({"address": address, "mp3": base64.b64encode(mp3).decode("ascii")})
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{escape(view.recording)} with {escape(view.score)}</title>"
        f"<style>{_asset('player.css')}</style></head><body>"
        f"{_header(view)}<main>{_pages(view)}{_table(view)}</main>{_controls()}"
        f'<script type="application/json" id="following">{data}</script>'
        f'<script type="application/json" id="sound">{sound}</script>'
        f"<script>{_asset('player.js')}</script></body></html>\n"
    )


def _address(recording: Path, path: Path) -> str:
    """The recording as seen from the page, where that can be said; else as a file address."""
    try:
        relative = os.path.relpath(recording.resolve(), path.resolve().parent)
    except ValueError:  # another drive
        return recording.resolve().as_uri()
    return quote(Path(relative).as_posix())


def _asset(name: str) -> str:
    return files("unisono.report.player").joinpath(name).read_text(encoding="utf-8")


def _data(view: View) -> dict[str, Any]:
    track = view.track
    return {
        "track": {
            "t": [round(t, 2) for t in track.seconds.tolist()],
            "s": track.system.tolist(),
            "x": [round(100 * x, 2) for x in track.x.tolist()],
        },
        "systems": [
            {
                "page": system.page,
                "top": round(100 * system.y0, 3),
                "height": round(100 * (system.y1 - system.y0), 3),
                "left": round(100 * system.x0, 3),
                "right": round(100 * system.x1, 3),
            }
            for system in view.systems
        ],
        "measures": [
            {
                "n": measure.number,
                "t": round(measure.start_s, 3),
                "end": round(measure.end_s, 3),
                "s": measure.system,
                "x0": round(100 * measure.x0, 3),
                "x1": round(100 * measure.x1, 3),
            }
            for measure in view.measures
        ],
        "uncertain": [[round(a, 2), round(b, 2)] for a, b in view.uncertain],
    }


def _header(view: View) -> str:
    count = len(view.uncertain)
    words = f"The recording plays this score: {probability(view.confidence)} probable."
    if view.order:
        words += f" Played are {view.order}."
    if count:
        words += f" {plural(count, 'passage').capitalize()} shaded below {_be(count)} uncertain."
    what, step = ("bar", "bars") if view.measures else ("place", "5 seconds")
    return (
        f"<header><h1>{escape(view.recording)}</h1>"
        f'<p class="lead">played along with {escape(view.score)}. {escape(words)}</p>'
        f'<p class="hint">Click a {what} to hear it. <kbd>Space</kbd> plays and stops, '
        f"<kbd>←</kbd> <kbd>→</kbd> go by {step}, <kbd>↑</kbd> <kbd>↓</kbd> by lines.</p>"
        "<noscript><p>The player needs JavaScript; the table of times below does not.</p>"
        "</noscript></header>"
    )


def probability(share: float) -> str:
    """A share in percent, never as certain as 0 or 100."""
    if share > 0.99:
        return "over 99 %"
    return "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _be(count: int) -> str:
    return "is" if count == 1 else "are"


def _pages(view: View) -> str:
    pages = "".join(_page(view, row, page) for row, page in enumerate(view.pages))
    return f'<div id="pages">{pages}</div>'


def _page(view: View, row: int, page: PageView) -> str:
    png = base64.b64encode(page.png).decode("ascii")
    here = [shade for shade in view.shades if view.systems[shade.system].page == row]
    return (
        f'<figure class="page" data-page="{row}"><img src="data:image/png;base64,{png}" '
        f'width="{page.width}" height="{page.height}" alt="Page {page.number} of '
        f'{escape(view.score)}" draggable="false">'
        f"{''.join(_shade(shade, view.systems[shade.system]) for shade in here)}"
        '<i class="bar"></i><i class="cursor"></i></figure>'
    )


def _shade(shade: Shade, system: SystemView) -> str:
    return (
        f'<i class="shade" style="left:{100 * shade.x0:.2f}%;top:{100 * system.y0:.2f}%;'
        f"width:{100 * (shade.x1 - shade.x0):.2f}%;"
        f'height:{100 * (system.y1 - system.y0):.2f}%"></i>'
    )


def _table(view: View) -> str:
    if view.measures:
        head = "<th>measure</th><th>starts at</th><th>ends at</th><th>sure</th>"
        rows = [
            (words, m.start_s, m.end_s, probability(m.confidence))
            for words, m in zip(_measure_names(view), view.measures, strict=True)
        ]
    else:
        head = "<th>line</th><th>starts at</th><th>ends at</th><th></th>"
        rows = [(words, start, end, "") for words, start, end in _lines(view)]
    body = "".join(
        f'<tr data-at="{start:.3f}"><td><button data-at="{start:.3f}">{escape(words)}</button></td>'
        f"<td>{clock(start)}</td><td>{clock(end)}</td><td>{sure}</td></tr>"
        for words, start, end, sure in rows
    )
    return (
        f"<details><summary>Table of {'measures' if view.measures else 'lines'}</summary>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></details>"
    )


def _measure_names(view: View) -> list[str]:
    """``measure 5``, and where the same bar is played once more ``measure 5, again``."""
    seen: set[tuple[int, float]] = set()
    names = []
    for measure in view.measures:
        place = (measure.system, measure.x0)
        names.append(f"measure {measure.number}{', again' if place in seen else ''}")
        seen.add(place)
    return names


def _lines(view: View) -> list[tuple[str, float, float]]:
    found: list[tuple[str, float, float]] = []
    last = -1
    for seconds, row in zip(view.track.seconds.tolist(), view.track.system.tolist(), strict=True):
        if found:
            found[-1] = (found[-1][0], found[-1][1], seconds)
        if row != last:
            system = view.systems[row]
            page = view.pages[system.page].number
            found.append((f"page {page}, line {system.number}", seconds, seconds))
            last = row
    return found


def _controls() -> str:
    return (
        '<div id="controls" role="group" aria-label="Player">'
        '<button id="play" aria-label="Play">&#9654;</button>'
        '<span id="time">0:00</span>'
        '<span id="track"><canvas aria-hidden="true"></canvas>'
        '<input id="seek" type="range" min="0" max="1" step="0.01" value="0" '
        'aria-label="Place in the recording"></span>'
        '<span id="length"></span><span id="where"></span>'
        '<label>speed <select id="speed"><option value="0.5">50 %</option>'
        '<option value="0.75">75 %</option><option value="1" selected>100 %</option>'
        '<option value="1.25">125 %</option></select></label>'
        '<label><input id="follow" type="checkbox" checked> turn pages</label>'
        '<audio id="audio" preload="auto"></audio></div>'
    )
