"""Short scores written out as MusicXML, so that their notes are known."""

from __future__ import annotations

from collections.abc import Sequence

_NAMES = {0: "C", 2: "D", 4: "E", 5: "F", 7: "G", 9: "A", 11: "B"}
_TYPES = {1: "quarter", 2: "half", 4: "whole"}


def note(pitch: int, quarters: int = 1, *, chord: bool = False, tie: str = "") -> str:
    """A note without accidentals, ``quarters`` long; ``tie`` is start, stop or nothing."""
    begin = "<chord/>" if chord else ""
    marks = f'<tie type="{tie}"/>' if tie else ""
    notations = f'<notations><tied type="{tie}"/></notations>' if tie else ""
    return (
        f"<note>{begin}<pitch><step>{_NAMES[pitch % 12]}</step><octave>{pitch // 12 - 1}</octave>"
        f"</pitch><duration>{quarters}</duration>{marks}<type>{_TYPES[quarters]}</type>"
        f"{notations}</note>"
    )


def score(
    parts: Sequence[Sequence[str]],
    *,
    names: Sequence[str] = (),
    bpm: int = 120,
    title: str = "",
    repeat: bool = False,
) -> str:
    """MusicXML of parts, each a list of measures in 4/4 made by ``note``."""
    names = names or [f"Part {number}" for number in range(1, len(parts) + 1)]
    listed = "".join(
        f'<score-part id="P{number}"><part-name>{name}</part-name></score-part>'
        for number, name in enumerate(names, start=1)
    )
    bodies = "".join(
        f'<part id="P{number}">{_part(measures, bpm, repeat)}</part>'
        for number, measures in enumerate(parts, start=1)
    )
    work = f"<work><work-title>{title}</work-title></work>" if title else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0">{work}'
        f"<part-list>{listed}</part-list>{bodies}</score-partwise>"
    )


def melody(measures: int, shift: int = 0) -> list[str]:
    """Quarter notes of a scale up and down, ``measures`` long."""
    scale = (60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62)
    pitches = [scale[(i * 3 + shift) % len(scale)] for i in range(4 * measures)]
    return ["".join(map(note, pitches[4 * m : 4 * m + 4])) for m in range(measures)]


def _part(measures: Sequence[str], bpm: int, repeat: bool) -> str:
    start = (
        "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>"
        "<clef><sign>G</sign><line>2</line></clef></attributes>"
        f'<direction><direction-type><words/></direction-type><sound tempo="{bpm}"/></direction>'
    )
    back = '<barline location="right"><repeat direction="backward"/></barline>' if repeat else ""
    last = len(measures)
    return "".join(
        f'<measure number="{number}">{start if number == 1 else ""}{content}'
        f"{back if number == last else ''}</measure>"
        for number, content in enumerate(measures, start=1)
    )
