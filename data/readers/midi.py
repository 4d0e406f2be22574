"""MIDI files: notes, beats and the map between seconds, ticks and beats.

The file is mended while it is parsed (``midi_events``); :func:`to_pretty_midi` hands the same
notes to ``pretty_midi``, which also writes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.notes import DRUMS, Notes
from unisono.data.readers.midi_events import MidiEvents, TrackEvents, read_events

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

Seconds = npt.NDArray[np.float64]

MAX_HOURS = 24
"""A file that claims to last longer is broken."""

_MAX_QUARTERS = 500_000  # 24 hours at 347 beats a minute
_MAX_METERS = 10_000  # changes of time signature that are followed; more are no music
_SHORTEST_S = 0.01  # of a note that ends where it begins
_DRUM_CHANNEL = 9
_NO_TITLES = {"untitled", "control track", "conductor", "conductor track", "tempo track", "tempo"}


@dataclass(frozen=True)
class MidiScore:
    """A MIDI file.

    notes: sorted by onset, then pitch.
    title: the name of the first track, where it says something.
    beats_s, downbeats_s: seconds of the beats and first beats of measures, as tempo and time
        signature say (4/4 where none is given); many files made from playing mean nothing by them.
    resolution: ticks per quarter note.
    tempo_ticks, tempo_s: (k,) tick and second at which each tempo begins, the first at 0.
    tick_s: (k,) seconds per tick of each tempo.
    beat_ticks: (b,) ticks of the beats.
    repairs: in words, what had to be mended in the file.
    """

    notes: Notes
    title: str | None
    beats_s: Seconds
    downbeats_s: Seconds
    resolution: int
    tempo_ticks: npt.NDArray[np.int64]
    tempo_s: Seconds
    tick_s: Seconds
    beat_ticks: npt.NDArray[np.int64]
    repairs: tuple[str, ...] = ()

    def seconds_at(self, ticks: npt.ArrayLike) -> Seconds:
        """Seconds of ticks, any shape."""
        return _seconds(np.asarray(ticks), self.tempo_ticks, self.tempo_s, self.tick_s)

    def ticks_at(self, seconds: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Nearest ticks of seconds, any shape."""
        times = np.asarray(seconds, np.float64)
        row = np.maximum(np.searchsorted(self.tempo_s, times, side="right") - 1, 0)
        ticks = self.tempo_ticks[row] + (times - self.tempo_s[row]) / self.tick_s[row]
        return np.maximum(np.rint(ticks), 0).astype(np.int64)

    def beat_at(self, seconds: npt.ArrayLike) -> Seconds:
        """Beats since the first one, with fractions, of seconds within the piece, any shape."""
        times = np.asarray(seconds, np.float64)
        return np.interp(times, self.beats_s, np.arange(len(self.beats_s), dtype=np.float64))

    def measure_at(self, seconds: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Measure, counted from 1, of seconds, any shape."""
        times = np.asarray(seconds, np.float64)
        return np.maximum(np.searchsorted(self.downbeats_s, times + 1e-6, side="right"), 1)


def read_midi(path: Path) -> MidiScore:
    """Read a MIDI file, however damaged, as long as notes can be found in it.

    A note that never ends is closed at the end of its track; one that ends where it begins lasts
    10 ms. Tempo and time signature are taken from every track.

    Raises: ReadError for a file without notes, no MIDI file, one that claims to last for days,
    or one of more than 2.5 million events.
    """
    events = read_events(path)
    onset, offset, pitch, velocity, program = _all_notes(events.tracks)
    if not len(onset):
        raise ReadError(path, "holds no notes", "export it again")
    tempo_ticks, tempo_s, tick_s = _tempo_map(events)
    onset_s = _seconds(onset, tempo_ticks, tempo_s, tick_s)
    offset_s = _seconds(offset, tempo_ticks, tempo_s, tick_s)
    offset_s = np.where(offset > onset, offset_s, onset_s + _SHORTEST_S)
    # A tempo of a microsecond makes notes that are shorter than a float can tell.
    offset_s = np.maximum(offset_s, np.nextafter(onset_s + 1e-6, np.inf))
    last_tick = int(offset.max())
    hours, quarters = float(offset_s.max()) / 3600, last_tick / events.resolution
    if hours > MAX_HOURS:
        raise ReadError(path, f"claims to last {hours:,.0f} hours", "export it again")
    if quarters > _MAX_QUARTERS:
        fault = f"claims to last {quarters:,.0f} quarter notes"
        raise ReadError(path, fault, "export it again")
    order = np.lexsort((pitch, onset_s))
    notes = Notes(
        onset_s[order],
        offset_s[order],
        pitch[order].astype(np.int16),
        velocity[order].astype(np.int16),
        program[order].astype(np.int16),
    )
    beats, downbeats = _beats(events, last_tick)
    return MidiScore(
        notes=notes,
        title=title_of(events),
        beats_s=_seconds(beats, tempo_ticks, tempo_s, tick_s),
        downbeats_s=_seconds(downbeats, tempo_ticks, tempo_s, tick_s),
        resolution=events.resolution,
        tempo_ticks=tempo_ticks,
        tempo_s=tempo_s,
        tick_s=tick_s,
        beat_ticks=beats,
        repairs=events.repairs,
    )


def title_of(events: MidiEvents) -> str | None:
    """Return the name of the first track where it says something."""
    name = events.tracks[0].name if events.tracks else ""
    return name if name and name.lower() not in _NO_TITLES else None


def to_pretty_midi(notes: Notes) -> PrettyMIDI:
    """Return the notes as a ``pretty_midi`` object: 120 bpm, one instrument per program."""
    import pretty_midi

    midi = pretty_midi.PrettyMIDI(resolution=480)
    for program in np.unique(notes.program):
        drums = program == DRUMS
        instrument = pretty_midi.Instrument(0 if drums else int(program), is_drum=bool(drums))
        rows = np.flatnonzero(notes.program == program)
        instrument.notes = [
            pretty_midi.Note(
                velocity=int(notes.velocity[row]),
                pitch=int(notes.pitch[row]),
                start=float(notes.onset_s[row]),
                end=float(notes.offset_s[row]),
            )
            for row in rows
        ]
        midi.instruments.append(instrument)
    return midi


def write_midi(notes: Notes, path: Path, title: str = "") -> None:
    """Write notes at 120 bpm, one track per program, the title as the name of the first track."""
    import mido

    midi = to_pretty_midi(notes)
    midi.write(str(path))
    if title:
        # pretty_midi keeps no title: its first track holds tempo and time signature only.
        file = mido.MidiFile(str(path))
        name = title.encode("utf-8").decode("latin-1")  # mido writes Latin-1, readers expect UTF-8
        file.tracks[0].insert(0, mido.MetaMessage("track_name", name=name, time=0))
        file.save(str(path))


def _all_notes(tracks: list[TrackEvents]) -> tuple[npt.NDArray[np.int64], ...]:
    """Onset tick, offset tick, pitch, velocity and program of all notes, (n,) each."""
    rows = [row for track in tracks for row in _pair_notes(track)]
    table = np.array(rows, np.int64).reshape(-1, 5)
    return tuple(table.T)


def _pair_notes(track: TrackEvents) -> list[tuple[int, int, int, int, int]]:
    """Match ends to beginnings as ``pretty_midi`` does: an end closes all that began before it."""
    programs = [0] * 16
    # By key and channel, the earliest first: times may run backwards in damaged files.
    open_notes: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    rows: list[tuple[int, int, int, int, int]] = []
    for tick, status, first, second in track.voice:
        channel = status & 0x0F
        if status >= 0xC0:
            programs[channel] = first
            continue
        key = channel << 7 | first
        if status >= 0x90 and second:
            program = DRUMS if channel == _DRUM_CHANNEL else programs[channel]
            heappush(open_notes[key], (tick, second, program))
            continue
        if not (waiting := open_notes.get(key)):
            continue
        if waiting[0][0] >= tick:  # nothing older: what begins at this very tick ends here too
            rows.extend((begin, tick, first, loud, program) for begin, loud, program in waiting)
            waiting.clear()
        # Where an older note ends, one that begins at this very tick goes on.
        while waiting and waiting[0][0] < tick:
            begin, loud, program = heappop(waiting)
            rows.append((begin, tick, first, loud, program))
    for key, waiting in open_notes.items():
        rows.extend((begin, track.end_tick, key & 127, loud, p) for begin, loud, p in waiting)
    return rows


def _tempo_map(events: MidiEvents) -> tuple[npt.NDArray[np.int64], Seconds, Seconds]:
    """Ticks and seconds at which tempos begin, and their seconds per tick, (k,) each."""
    tempos = {0: 500_000}
    for track in events.tracks:
        tempos |= dict(track.tempos)
    ticks = np.array(sorted(tempos), np.int64)
    tick_s = np.array([tempos[int(tick)] for tick in ticks]) / (1e6 * events.resolution)
    seconds = np.concatenate([[0.0], np.cumsum(np.diff(ticks) * tick_s[:-1])])
    return ticks, seconds, tick_s


def _seconds(
    ticks: npt.NDArray[np.int64],
    tempo_ticks: npt.NDArray[np.int64],
    tempo_s: Seconds,
    tick_s: Seconds,
) -> Seconds:
    row = np.maximum(np.searchsorted(tempo_ticks, ticks, side="right") - 1, 0)
    seconds: Seconds = tempo_s[row] + (ticks - tempo_ticks[row]) * tick_s[row]
    return seconds


def _beats(
    events: MidiEvents, last_tick: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Ticks of beats and downbeats up to the first beat at or after the last note's end.

    A beat is the denominator's note, or three of them in compound time (6/8, 9/8, 12/8 ...), as
    in ``pretty_midi``; each time signature begins a measure.
    """
    meters = {0: (4, 4)}
    for track in events.tracks:
        meters |= {tick: (above, below) for tick, above, below in track.meters}
    starts = sorted(meters)
    starts = starts[: min(bisect_right(starts, last_tick), _MAX_METERS)]
    beats, downbeats = [], []
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        above, below = meters[start]
        compound = 3 if above % 3 == 0 and above > 3 else 1
        step = 4 * events.resolution * compound / below
        count = (last_tick - start) / step + 1 if end is None else (end - start) / step
        places = start + np.rint(np.arange(int(np.ceil(count - 1e-9))) * step).astype(np.int64)
        beats.append(places)
        downbeats.append(places[:: above // compound])
    return np.concatenate(beats), np.concatenate(downbeats)
