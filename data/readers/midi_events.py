"""The bytes of a MIDI file as events, whatever state the file is in.

A parser that stops at the first odd byte loses the file. This one goes on: chunks whose length
lies are bounded by the next chunk, negative times are moved to 0, stray bytes are left out,
and what was mended is told. Standard MIDI Files 1.0 (MIDI Manufacturers Association, 1996).
"""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass, field
from pathlib import Path

from unisono.data.errors import ReadError
from unisono.data.readers.regular_file import read_bytes
from unisono.data.readers.text import decode_text

MAX_BYTES = 32 << 20
MAX_EVENTS = 2_500_000
"""Of notes and all else that is kept: a million notes, their ends, and room to spare."""
MAX_TRACKS = 65_535
"""What the header can count."""

_META, _SYSEX, _ESCAPE = 0xFF, 0xF0, 0xF7
_END_OF_TRACK, _TRACK_NAME, _TEMPO, _TIME_SIGNATURE = 0x2F, 0x03, 0x51, 0x58
_LONGEST_DELTA = 1 << 27  # a larger one is a negative number written as an unsigned one
_LARGEST = 1 << 34  # beyond any length or time; keeps endless numbers from growing
_NAME_BYTES = 1000
_SYSTEM_LENGTHS = {0xF1: 1, 0xF2: 2, 0xF3: 1}


@dataclass
class TrackEvents:
    """What one track holds, at absolute ticks >= 0.

    voice: (tick, status, data 1, data 2) of notes and program changes, in the order of the file.
    tempos: (tick, microseconds per quarter), all > 0.
    meters: (tick, numerator, denominator).
    """

    name: str = ""
    end_tick: int = 0
    voice: list[tuple[int, int, int, int]] = field(default_factory=list)
    tempos: list[tuple[int, int]] = field(default_factory=list)
    meters: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class MidiEvents:
    """A parsed file: ticks per quarter note, its tracks, and in words what had to be mended."""

    resolution: int
    tracks: list[TrackEvents]
    repairs: tuple[str, ...]


def read_events(path: Path, most_tracks: int | None = None) -> MidiEvents:
    """Parse a MIDI file (also one wrapped in RIFF).

    most_tracks: how many tracks are enough, from the first; all when None.

    Raises: ReadError for a file that is missing, no MIDI at all, above 32 MiB, or that holds
    more events or tracks than music has.
    """
    data = read_bytes(path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ReadError(path, f"is larger than {MAX_BYTES >> 20} MiB", "split it")
    start = data.find(b"MThd", 0, 1024)
    if start < 0 or len(data) < start + 14:
        raise ReadError(path, "is not a MIDI file", "export it again")
    repairs: dict[str, None] = {}
    resolution = _resolution(data[start + 12 : start + 14], repairs)
    tracks: list[TrackEvents] = []
    left = MAX_EVENTS
    at = data.find(b"MTrk", start + 8)
    while at >= 0 and (most_tracks is None or len(tracks) < most_tracks):
        if len(tracks) == MAX_TRACKS:
            raise ReadError(path, f"holds more than {MAX_TRACKS:,} tracks", "export it again")
        try:
            track, at = _read_track(data, at, repairs, left)
        except _TooManyEvents as error:
            fault = f"holds more than {MAX_EVENTS:,} events"
            raise ReadError(path, fault, "split it into shorter pieces") from error
        tracks.append(track)
        left -= len(track.voice) + len(track.tempos) + len(track.meters)
    return MidiEvents(resolution, tracks, tuple(repairs))


def _resolution(division: bytes, repairs: dict[str, None]) -> int:
    """Ticks per quarter; time code (frames) is counted as quarters of half a second."""
    if division[0] & 0x80:
        return max(1, (256 - division[0]) * division[1] // 2)
    resolution = int.from_bytes(division, "big")
    if resolution == 0:
        repairs["no resolution, 480 ticks per quarter assumed"] = None
        return 480
    return resolution


class _TooManyEvents(Exception):
    """The file is too long to be held in memory."""


def _read_track(
    data: bytes, at: int, repairs: dict[str, None], most: int
) -> tuple[TrackEvents, int]:
    """Parse the track whose header is at ``at``; return it and where the next header is, or -1."""
    start = at + 8
    declared = start + int.from_bytes(data[at + 4 : start], "big")
    following = data.find(b"MTrk", start)
    limit = declared
    if declared > len(data) or (declared < len(data) and not _is_chunk(data, declared)):
        # Cut off, or a length that lies: the next header bounds the track.
        repairs["a track is cut off or its length is wrong"] = None
        limit = following if following >= 0 else len(data)
    parser = _TrackParser(data, start, limit, repairs, most)
    parser.run()
    # A track's own bytes may spell MTrk: look on from where it really ended.
    return parser.track, data.find(b"MTrk", min(parser.at, len(data)))


def _is_chunk(data: bytes, at: int) -> bool:
    return data[at : at + 4].isalnum() and data[at : at + 4].isascii()


class _TrackParser:
    """One pass over the bytes of a track."""

    def __init__(
        self, data: bytes, start: int, limit: int, repairs: dict[str, None], most: int
    ) -> None:
        self.data, self.at, self.limit, self.most = data, start, limit, most
        self.repairs = repairs
        self.track = TrackEvents()

    def run(self) -> None:
        """Read events up to the end of the track, or of its bytes."""
        try:
            if not self._events():
                self._mend("a track has no end mark")
        except IndexError:
            self._mend("a track breaks off inside an event")
            self.at = self.limit

    def _mend(self, what: str) -> None:
        self.repairs[what] = None

    def _make_room(self, events: Sized) -> None:
        if len(events) >= self.most:
            raise _TooManyEvents

    def _number(self) -> int:
        """Read a variable-length number."""
        data, at, value = self.data, self.at, 0
        while True:
            if at >= self.limit:
                raise IndexError
            byte = data[at]
            at += 1
            value = min((value << 7) | (byte & 0x7F), _LARGEST)
            if byte < 0x80:
                self.at = at
                return value

    def _delta(self) -> int:
        delta = self._number()
        if delta < _LONGEST_DELTA:
            return delta
        self._mend("a negative time was moved")
        bits = 28 if delta < 1 << 28 else 32
        return (delta & ((1 << bits) - 1)) - (1 << bits) if delta < 1 << 32 else 0

    def _events(self) -> bool:
        """Return whether the track ended with its end mark."""
        data, limit, voice, most = self.data, self.limit, self.track.voice, self.most
        tick = status = 0
        while self.at < limit:
            byte = data[self.at]
            if byte < 0x80:
                self.at += 1
                tick += byte
            else:
                tick = max(0, tick + self._delta())
            if self.at >= limit:
                raise IndexError
            byte = data[self.at]
            if byte == _META:
                self.at += 1
                if self._meta(tick):
                    return True
                continue
            if byte >= 0xF0:
                self.at += 1
                self._system(byte)
                continue
            if byte >= 0x80:
                status = byte
                self.at += 1
            elif status == 0:
                self._mend("stray bytes were left out")
                self.at += 1
                continue
            kind = status & 0xF0
            length = 1 if kind in (0xC0, 0xD0) else 2
            end = self.at + length
            if end > limit:
                raise IndexError
            first, second = data[self.at], data[end - 1]
            self.at = end
            if first > 127 or second > 127:
                self._mend("values above 127 were clipped")
                first, second = min(first, 127), min(second, 127)
            if kind in (0x80, 0x90, 0xC0):
                if len(voice) >= most:
                    raise _TooManyEvents
                voice.append((tick, status, first, second))
                self.track.end_tick = max(self.track.end_tick, tick)
        return False

    def _bytes(self) -> bytes:
        """Read a length and as many bytes."""
        length = self._number()
        start, self.at = self.at, self.at + length
        if self.at > self.limit:
            raise IndexError
        return self.data[start : self.at]

    def _meta(self, tick: int) -> bool:
        """Read a meta event; return whether it is the end mark. Key signatures are not needed."""
        if self.at >= self.limit:
            raise IndexError
        kind = self.data[self.at]
        self.at += 1
        body = self._bytes()
        track = self.track
        if kind == _END_OF_TRACK:
            track.end_tick = max(track.end_tick, tick)
            return True
        if kind == _TRACK_NAME and not track.name:
            track.name = _decode_name(body)
        elif kind == _TEMPO:
            tempo = int.from_bytes(body[:3], "big") if len(body) >= 3 else 0
            self._make_room(track.tempos)
            if tempo:
                track.tempos.append((tick, tempo))
            else:
                self._mend("an impossible tempo was left out")
        elif kind == _TIME_SIGNATURE:
            self._make_room(track.meters)
            if len(body) >= 2 and body[0] and body[1] <= 6:
                track.meters.append((tick, body[0], 1 << body[1]))
            else:
                self._mend("an impossible time signature was left out")
        return False

    def _system(self, status: int) -> None:
        """Pass over a system message."""
        if status not in (_SYSEX, _ESCAPE):
            self.at += _SYSTEM_LENGTHS.get(status, 0)
            return
        start = self.at
        try:
            self._bytes()
        except IndexError:
            # A length that points outside: the message ends with its end byte, if it has one.
            end = self.data.find(b"\xf7", start, self.limit)
            if end < 0:
                raise
            self._mend("the length of a system message is wrong")
            self.at = end + 1


def _decode_name(body: bytes) -> str:
    text = decode_text(body[:_NAME_BYTES])
    return " ".join(text.replace("\0", " ").split())
