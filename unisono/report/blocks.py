"""The building blocks of the page: verdicts, players, pages with a marked place."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from unisono.data.places import Region, TimeSpan
from unisono.report.findings import Verdict
from unisono.report.pictures import box_of, picture_of
from unisono.report.places import spoken_place
from unisono.report.sound_store import SoundStore

_CLASS = {True: "yes", False: "no", None: "open"}
_SIGN = {True: "✓", False: "✗", None: "?"}
_SPOKEN = {True: "right", False: "wrong", None: "unknown"}


def sign(right: bool | None) -> str:
    """Return a tick, a cross or a question mark, spoken as a word."""
    spoken = f'role="img" aria-label="{_SPOKEN[right]}"'
    return f'<span class="{_CLASS[right]}" {spoken}>{_SIGN[right]}</span>'


def verdict_block(verdict: Verdict, summary: str = "") -> str:
    """Return the verdict in a box, with the summary below."""
    words = f"{sign(verdict.right)} {escape(verdict.sentence)}"
    box = f'<p class="verdict {_CLASS[verdict.right]}">{words}</p>'
    return box + (f'<p class="summary">{escape(summary)}</p>' if summary else "")


def player(
    sounds: SoundStore, identity: str, path: Path, title: str, around: TimeSpan | None = None
) -> str:
    """Return a player for a recording, or a line that names the file where it cannot be played."""
    name = sounds.name_of(path, around)
    if name is None:
        return f'<p class="playing">{escape(path.name)} cannot be played here.</p>'
    cut = "" if sounds.whole(name) else " (an excerpt)"
    return (
        f'<p class="playing" id="{identity}-name">{escape(title)}{cut}</p>'
        f'<audio id="{identity}" data-sound="{name}" controls preload="metadata"></audio>'
    )


def moment_button(
    sounds: SoundStore, identity: str, path: Path, title: str, moment: TimeSpan
) -> str:
    """Return a button that plays a moment of a recording in the player of that identity."""
    name = sounds.name_of(path, moment)
    words = spoken_place(moment)
    if name is None:
        return words
    return (
        f'<button type="button" data-player="{identity}" data-sound="{name}" '
        f'data-from="{moment.start_s:.2f}" data-to="{moment.end_s:.2f}" '
        f'data-name="{escape(title)}" aria-label="Play {escape(title)}, {words}">▶ {words}</button>'
    )


def page_block(path: Path, marked: Region | None, caption: str, head: bool = False) -> str:
    """Return the picture of a page with a place marked; a line of text where there is none."""
    number = marked.page if marked else 1
    picture = picture_of(path, number)
    if picture is None:
        return f'<p class="playing">{escape(caption)}: {escape(path.name)}</p>'
    mark = ""
    if marked:
        box = box_of(marked, picture)
        mark = (
            f'<span class="mark" style="left:{box.left:.2f}%;top:{box.top:.2f}%;'
            f'width:{box.width:.2f}%;height:{box.height:.2f}%"></span>'
        )
    line = '<span class="head"></span>' if head else ""
    content = base64.b64encode(picture.png).decode("ascii")
    return (
        f'<figure><div class="page"><img alt="{escape(caption)}" '
        f'src="data:image/png;base64,{content}">{mark}{line}</div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
