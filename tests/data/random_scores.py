"""Short scores drawn at random, with everything that makes places hard: as MusicXML."""

from __future__ import annotations

import random

_STEPS = "CDEFGAB"
_TYPES = {1: "16th", 2: "eighth", 4: "quarter", 8: "half", 16: "whole"}


def random_score(seed: int) -> str:
    """One to three parts, one of them on two staves with notes across them; 4/4, 4 to 8 measures.

    Chords with seconds, ties, grace notes before notes and chords, cue-size notes, dots, repeats
    with endings, words and fingerings.
    """
    chance = random.Random(seed)
    measures = chance.randint(4, 8)
    repeat_at = chance.choice((0, measures // 2))
    parts = [_part(chance, measures, repeat_at, staves) for staves in _staves(chance)]
    names = "".join(
        f'<score-part id="P{n}"><part-name>Part {n}</part-name></score-part>'
        for n in range(1, len(parts) + 1)
    )
    bodies = "".join(f'<part id="P{n}">{part}</part>' for n, part in enumerate(parts, start=1))
    return f'<score-partwise version="4.0"><part-list>{names}</part-list>{bodies}</score-partwise>'


def _staves(chance: random.Random) -> list[int]:
    return [1] * chance.randint(0, 2) + [2]


def _part(chance: random.Random, measures: int, repeat_at: int, staves: int) -> str:
    clefs = "".join(
        f'<clef number="{n}"><sign>{sign}</sign><line>{line}</line></clef>'
        for n, (sign, line) in enumerate((("G", 2), ("F", 4))[:staves], start=1)
    )
    start = (
        f"<attributes><divisions>4</divisions><key><fifths>{chance.randint(-3, 3)}</fifths></key>"
        f"<time><beats>4</beats><beat-type>4</beat-type></time><staves>{staves}</staves>{clefs}"
        "</attributes>"
    )
    written = []
    for number in range(1, measures + 1):
        content = _voice(chance, 1, staves)
        if staves == 2:
            content += "<backup><duration>16</duration></backup>" + _voice(chance, 2, staves)
        right = (
            '<barline location="right"><repeat direction="backward"/></barline>'
            if number == repeat_at
            else ""
        )
        head = start if number == 1 else ""
        written.append(f'<measure number="{number}">{head}{content}{right}</measure>')
    return "".join(written)


def _voice(chance: random.Random, staff: int, staves: int) -> str:
    left, notes = 16, []
    tied: list[int] = []
    while left:
        length = chance.choice([n for n in _TYPES if n <= left])
        low = 28 if staff == 2 else 32  # steps above C0
        pitches = tied or sorted({low + chance.randint(-6, 8) for _ in range(chance.randint(1, 4))})
        drawn = 3 - staff if staves == 2 and chance.random() < 0.15 else staff
        if not tied and chance.random() < 0.2:
            slash = ' slash="yes"' if chance.random() < 0.5 else ""
            steps = [low + chance.randint(0, 5) for _ in range(chance.randint(1, 3))]
            notes += [_note([p], 0, staff, drawn, mark=f"<grace{slash}/>") for p in steps]
        last = length == left
        stops, tied = bool(tied), pitches if not last and chance.random() < 0.2 else []
        mark = "<cue/>" if not tied and not stops and chance.random() < 0.08 else ""
        ties = [kind for kind, is_there in (("stop", stops), ("start", bool(tied))) if is_there]
        extra = chance.random() < 0.3
        notes.append(_note(pitches, length, staff, drawn, mark=mark, ties=ties, extra=extra))
        left -= length
    return "".join(notes)


def _note(
    pitches: list[int],
    length: int,
    staff: int,
    drawn: int,
    *,
    mark: str = "",
    ties: list[str] | None = None,
    extra: bool = False,
) -> str:
    written = []
    for place, pitch in enumerate(pitches):
        octave, step = divmod(pitch, 7)
        ties_here = "".join(f'<tie type="{kind}"/>' for kind in ties or [])
        tied = "".join(f'<tied type="{kind}"/>' for kind in ties or [])
        finger = "<technical><fingering>2</fingering></technical>" if extra and not place else ""
        word = "<lyric><text>Wort</text></lyric>" if extra and not place and staff == 1 else ""
        grace = mark if mark.startswith("<grace") else ""
        written.append(
            f"<note>{mark}{'<chord/>' if place else ''}"
            f"<pitch><step>{_STEPS[step]}</step><octave>{octave}</octave></pitch>"
            f"{'' if grace else f'<duration>{length}</duration>'}{ties_here}"
            f"<voice>{staff}</voice><type>{_TYPES[length or 2]}</type><staff>{drawn}</staff>"
            f"<notations>{tied}{finger}</notations>{word}</note>"
        )
    return "".join(written)
