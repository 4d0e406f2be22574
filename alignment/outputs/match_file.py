"""Match files (Foscarin et al., "The match file format", 2022) through partitura.

Parangonada and other programs of the Vienna group open them: which performed note is which note
of the score.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.alignment.outputs.output_error import OutputError
from unisono.alignment.outputs.recording_times import recording_times
from unisono.alignment.outputs.score_facts import ScoreFacts, ScoreKind
from unisono.alignment.time.alignment import Alignment
from unisono.data.notes import Notes

NEAR_S = 1.0
"""A performed note of the right pitch is taken for that of the score within so many seconds."""
_SAME_LENGTH = 0.51
"""Quarters by which the two readings of the repeats may differ in length."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def match_file(alignment: Alignment, facts: ScoreFacts, performance: Notes | None = None) -> str:
    """Pair the notes of MusicXML with those of a performance as MIDI.

    A recording of sound has no notes of its own: without ``performance`` every note of the score
    is taken to sound at the time at which it was aligned.
    Raises OutputError where partitura is missing, the score is no MusicXML, or its bars were played
    neither as written nor as the marks say.
    """
    if facts.kind is not ScoreKind.MUSICXML or facts.measures is None:
        raise OutputError(
            f"{facts.path}: a match file needs the notes of MusicXML, and this is {facts.kind}"
        )
    with _partitura() as partitura:
        part = _part(partitura, facts)
        notes = part.note_array()
        if not len(notes):
            raise OutputError(f"{facts.path}: partitura finds no notes in it")
        quarters = np.array(part.quarter_map(notes["onset_div"]), np.float64)
        begin = float(part.quarter_map(part.first_point.t))
        end = part.quarter_map(notes["onset_div"] + notes["duration_div"])
        _check_length(facts, float(part.quarter_map(part.last_point.t)) - begin)
        onset_s = recording_times(alignment, facts.seconds_at(quarters - begin))
        offset_s = recording_times(alignment, facts.seconds_at(np.array(end) - begin))
        names, pitches = [str(name) for name in notes["id"]], notes["pitch"].astype(np.int64)
        if performance is None:
            performance = Notes(
                onset_s,
                np.maximum(offset_s, onset_s + 0.01),
                pitches.astype(np.int16),
                np.full(len(names), 64, np.int16),
                np.zeros(len(names), np.int16),
            )
            pairs = np.arange(len(names))
        else:
            pairs = paired(onset_s, pitches, performance)
        performed = partitura.performance.PerformedPart(_performed(performance), id="P1")
        text = partitura.save_match(
            _entries(names, pairs, len(performance)),
            performed,
            part,
            score_filename=facts.path.name,
            piece=facts.path.stem,
        )
        return str("\n".join(line.matchline for line in text.lines)) + "\n"


def paired(onset_s: Floats, pitches: Integers, performance: Notes) -> Integers:
    """Row of the performed note for each note of the score (n,), -1 where none was played.

    Of each pitch the nearest two are taken first, and none twice.
    """
    found = np.full(len(onset_s), -1, np.int64)
    for pitch in np.unique(pitches).tolist():
        wanted = np.flatnonzero(pitches == pitch)
        heard = np.flatnonzero(performance.pitch == pitch)
        apart = np.abs(onset_s[wanted][:, None] - performance.onset_s[heard][None, :])
        rows, columns = np.nonzero(apart <= NEAR_S)
        taken: set[int] = set()
        for i in np.argsort(apart[rows, columns], kind="stable").tolist():
            row, column = int(wanted[rows[i]]), int(heard[columns[i]])
            if found[row] < 0 and column not in taken:
                found[row] = column
                taken.add(column)
    return found


def _entries(names: list[str], pairs: Integers, performed: int) -> list[dict[str, str]]:
    entries = [
        {"label": "match", "score_id": name, "performance_id": f"n{pair}"}
        if pair >= 0
        else {"label": "deletion", "score_id": name}
        for name, pair in zip(names, pairs.tolist(), strict=True)
    ]
    extra = sorted(set(range(performed)) - set(pairs.tolist()))
    return entries + [{"label": "insertion", "performance_id": f"n{row}"} for row in extra]


def _performed(notes: Notes) -> list[dict[str, Any]]:
    return [
        {
            "id": f"n{row}",
            "midi_pitch": int(notes.pitch[row]),
            "note_on": float(notes.onset_s[row]),
            "note_off": float(notes.offset_s[row]),
            "velocity": int(notes.velocity[row]),
            "track": 0,
            "channel": 1,
        }
        for row in range(len(notes))
    ]


def _part(partitura: Any, facts: ScoreFacts) -> Any:
    """All parts of the score as one, its repeats played where they were followed."""
    from unisono.data.readers.musicxml import read_musicxml

    assert facts.measures is not None and facts.engraving is not None
    order = tuple(facts.measures.written.tolist())
    straight = order == tuple(range(len(facts.engraving.measures)))
    if not straight and order != facts.engraving.repeats.order:
        raise OutputError(
            f"{facts.path}: its bars were played in an order that its repeat marks do not say, "
            "which a match file cannot tell; write .map.json instead"
        )
    source = io.BytesIO(read_musicxml(facts.path).encode())
    try:
        parts = partitura.load_musicxml(source, force_note_ids="keep").parts
        part = partitura.score.merge_parts(parts) if len(parts) > 1 else parts[0]
        if not straight:
            part = partitura.score.unfold_part_maximal(part, update_ids=True)
    except Exception as error:  # partitura raises what it likes on odd scores
        raise OutputError(f"{facts.path}: partitura cannot read it: {error}") from error
    return part


def _check_length(facts: ScoreFacts, quarters: float) -> None:
    assert facts.measures is not None
    followed = float(facts.measures.quarters[-1] - facts.measures.quarters[0])
    if abs(quarters - followed) > _SAME_LENGTH:
        raise OutputError(
            f"{facts.path}: partitura reads {quarters:g} quarters and {followed:g} were followed, "
            "as it plays repeats or upbeats in another way; write .map.json instead"
        )


@contextmanager
def _partitura() -> Iterator[Any]:
    """The library, kept from asking the network for a soundfont when it is imported."""
    # Beside an installed pyfluidsynth, importing partitura tries to download a soundfont.
    missing = object()
    before = sys.modules.get("fluidsynth", missing)
    first = "partitura" not in sys.modules
    if first:
        sys.modules["fluidsynth"] = None  # type: ignore[assignment]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import partitura
            import partitura.performance
            import partitura.score

            yield partitura
    except ImportError as error:
        raise OutputError(
            'a match file needs partitura, which is not installed; pip install "unisono[scores]"'
        ) from error
    finally:
        if first:
            if before is missing:
                sys.modules.pop("fluidsynth", None)
            else:
                sys.modules["fluidsynth"] = before  # type: ignore[assignment]
