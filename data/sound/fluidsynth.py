"""Notes through FluidSynth: dry, quicker than real time, every note where it is said to be.

The library is driven directly. Between two events it renders in one call, and events are at
multiples of its block of 64 samples, so a note begins at the very sample that is computed here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.notes import DRUMS, Notes
from unisono.data.sound.fluidsynth_library import library

BLOCK = 64
"""Samples between two moments at which FluidSynth takes up an event."""

_GAIN = 0.6
_POLYPHONY = 512
_CHANNELS = 256
_LAYERS = 8  # of one pitch sounding at the same time; more take the last one's place
_DRUM_CHANNEL, _DRUM_BANK = 1, 128
_FINE_TUNE = 52  # generator of the SoundFont standard, cents
_TAIL_S = 12.0  # no release is waited for longer
_OFF, _ON = 0, 1

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


def play_soundfont(
    soundfont: Path, notes: Notes, sample_rate: int, *, cents: float = 0.0
) -> FloatArray:
    """Sound of the notes, (samples,) mono from second 0 until the last voice has died away.

    Onsets and offsets are rounded to multiples of BLOCK samples. The tuning is shifted by
    ``cents``, drums excepted. No reverb, no chorus. A pitch that sounds several times at once
    sounds so up to eight times.

    Raises: ReadError without FluidSynth, for a file that is no soundfont, or for one without an
    instrument that the notes ask for.
    """
    on, off = _blocks(notes, sample_rate)
    channel, patches = _channels(notes, on, off)
    events = _events(notes, channel, on, off)
    with _synthesiser(soundfont, sample_rate, len(patches)) as synth:
        for index, program in enumerate(patches):
            _select(synth, index, program, cents)
        return _render(synth, events, sample_rate)


@dataclass(frozen=True)
class _Synth:
    """An open synthesiser: its pointer, the number of its soundfont, and the file."""

    pointer: int
    font: int
    soundfont: Path


@contextmanager
def _synthesiser(soundfont: Path, sample_rate: int, channels: int) -> Iterator[_Synth]:
    _check(soundfont)
    fluid = library()
    settings = fluid.new_fluid_settings()
    synth = None
    try:
        for name, value in (
            (b"synth.reverb.active", 0),
            (b"synth.chorus.active", 0),
            (b"synth.dynamic-sample-loading", 1),
            (b"synth.polyphony", _POLYPHONY),
            (b"synth.midi-channels", max(16, -(-channels // 16) * 16)),
            (b"synth.threadsafe-api", 0),
        ):
            fluid.fluid_settings_setint(settings, name, value)
        fluid.fluid_settings_setnum(settings, b"synth.sample-rate", float(sample_rate))
        fluid.fluid_settings_setnum(settings, b"synth.gain", _GAIN)
        synth = fluid.new_fluid_synth(settings)
        if not synth:
            raise ReadError(soundfont, "FluidSynth could not be started")
        font = fluid.fluid_synth_sfload(synth, os.fsencode(soundfont), 0)
        if font < 0:
            raise ReadError(soundfont, "FluidSynth cannot read this soundfont", "fetch it again")
        yield _Synth(synth, font, soundfont)
    finally:
        if synth:
            fluid.delete_fluid_synth(synth)
        fluid.delete_fluid_settings(settings)


def _check(soundfont: Path) -> None:
    try:
        library()
    except OSError as error:
        remedy = "install the fluidsynth package"
        raise ReadError(soundfont, "FluidSynth is not installed", remedy) from error
    try:
        with soundfont.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise ReadError(soundfont, f"cannot be opened: {error.strerror}") from error
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise ReadError(soundfont, "is not a soundfont", "give an SF2 or SF3 file")
    claimed, there = int.from_bytes(head[4:8], "little") + 8, soundfont.stat().st_size
    if there + 1 < claimed:
        fault = f"is cut off: {there:,} of {claimed:,} bytes are there"
        raise ReadError(soundfont, fault, "fetch it again")


def _select(synth: _Synth, channel: int, program: int, cents: float) -> None:
    fluid = library()
    drums = program == DRUMS
    fluid.fluid_synth_set_channel_type(synth.pointer, channel, _DRUM_CHANNEL if drums else 0)
    bank, preset = (_DRUM_BANK, 0) if drums else (0, program)
    if fluid.fluid_synth_program_select(synth.pointer, channel, synth.font, bank, preset) != 0:
        what = "drum kit" if drums else f"General MIDI program {program}"
        remedy = "take another soundfont, or another instrument in its place"
        raise ReadError(synth.soundfont, f"holds no {what}", remedy)
    if not drums:
        fluid.fluid_synth_set_gen(synth.pointer, channel, _FINE_TUNE, cents)


def _blocks(notes: Notes, sample_rate: int) -> tuple[IntArray, IntArray]:
    """The block in which each note begins and the one in which it ends, (n,) each."""
    on = np.rint(notes.onset_s * sample_rate / BLOCK).astype(np.int64)
    off = np.rint(notes.offset_s * sample_rate / BLOCK).astype(np.int64)
    return on, np.maximum(off, on + 1)


def _channels(notes: Notes, on: IntArray, off: IntArray) -> tuple[IntArray, list[int]]:
    """The channel of each note, (n,), and the program of each channel.

    Notes of one pitch that overlap get channels of their own: a MIDI channel knows a key only
    once, and the end of one note would silence the other.
    """
    layer = np.zeros(len(notes), np.int64)
    ends: dict[tuple[int, int], list[int]] = {}
    order = np.lexsort((off, on))
    columns = (order, notes.program[order], notes.pitch[order], on[order], off[order])
    for row, program, pitch, begin, end in zip(*(c.tolist() for c in columns), strict=True):
        busy = ends.setdefault((program, pitch), [])
        free = next((i for i, until in enumerate(busy) if until <= begin), len(busy))
        free = min(free, _LAYERS - 1)
        if free == len(busy):
            busy.append(0)
        busy[free] = end
        layer[row] = free
    pairs = np.stack([layer, notes.program.astype(np.int64)], axis=1)
    table, channel = np.unique(pairs, axis=0, return_inverse=True)
    channel = channel.reshape(-1)
    programs = table[:, 1].tolist()
    if len(table) > _CHANNELS:  # the first layer of each program comes first in the table
        first = {int(program): index for index, (_, program) in reversed([*enumerate(table)])}
        beyond = channel >= _CHANNELS
        channel[beyond] = [first[int(p)] for p in notes.program[beyond]]
        programs = programs[:_CHANNELS]
    return channel, programs


def _events(notes: Notes, channel: IntArray, on: IntArray, off: IntArray) -> IntArray:
    """(2n, 5) of block, on or off, channel, pitch, velocity in the order of playing."""
    pitch, velocity = notes.pitch.astype(np.int64), notes.velocity.astype(np.int64)
    begin = np.stack([on, np.full_like(on, _ON), channel, pitch, velocity], axis=1)
    end = np.stack([off, np.full_like(off, _OFF), channel, pitch, velocity], axis=1)
    events = np.concatenate([end, begin])
    return events[np.lexsort((events[:, 1], events[:, 0]))]


def _render(synth: _Synth, events: IntArray, sample_rate: int) -> FloatArray:
    fluid, pointer = library(), synth.pointer
    end = int(events[-1, 0]) * BLOCK
    tail = int(np.ceil(_TAIL_S * sample_rate / BLOCK)) * BLOCK
    left = np.zeros(end + tail, np.float32)
    right = np.zeros(end + tail, np.float32)
    left_at, right_at = left.ctypes.data, right.ctypes.data
    at = 0

    def go_on(to: int) -> None:
        nonlocal at
        byte = 4 * at
        fluid.fluid_synth_write_float(pointer, to - at, left_at + byte, 0, 1, right_at + byte, 0, 1)
        at = to

    for block, kind, voice, pitch, velocity in events.tolist():
        if block * BLOCK > at:
            go_on(block * BLOCK)
        if kind == _ON:
            fluid.fluid_synth_noteon(pointer, voice, pitch, velocity)
        else:
            fluid.fluid_synth_noteoff(pointer, voice, pitch)
    while at < end + tail and fluid.fluid_synth_get_active_voice_count(pointer):
        go_on(min(at + 32 * BLOCK, end + tail))
    left[:at] += right[:at]
    left[:at] *= 0.5
    return left[:at]
