"""Excerpts for training: a few seconds of a piece as sound, strip and piano roll, with anchors.

An anchor is an onset: the column of each modality that shows it. Sound is mixed on the spot
from sampled notes, with instruments, tempo, timing, dynamics and tuning of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from unisono.data.augmentation import augment_strip, augment_waveform
from unisono.data.captions import describe, known_of, mode_of
from unisono.data.corpus import Piece
from unisono.data.notes import Notes
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.sound.sampled_notes import SAMPLE_RATE, Bank, mix

EXCERPT_S = 6.4
STRIP_WIDTH = 256
ANCHORS = 4

_REACH_S = 2.2
_REACH_COLUMNS = 88.0
_SUNG = ("voice", "voice", "violin", "flute", "clarinet", "oboe", "saxophone", "piano")

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Excerpt:
    """One training example.

    waveform: (EXCERPT_S * SAMPLE_RATE,) float32; strip: (STRIP_HEIGHT, STRIP_WIDTH) ink 0..1;
    either is empty where it was not asked for.
    notes: what the MIDI tower sees, its start at second 0.
    audio_s, midi_s: (ANCHORS,) seconds; strip_x: (ANCHORS,) columns; usable: (ANCHORS,) bool,
    false where an anchor repeats another one because the excerpt has too few onsets.
    """

    waveform: FloatArray
    strip: FloatArray
    notes: Notes
    audio_s: FloatArray
    midi_s: FloatArray
    strip_x: FloatArray
    usable: npt.NDArray[np.bool_]
    sounding_caption: str
    sheet_caption: str
    work: str


class ExcerptSource:
    """Draws excerpts of pieces; the same generator state gives the same excerpt."""

    def __init__(self, pieces: Sequence[Piece], banks: Mapping[str, Sequence[Bank]]) -> None:
        """banks: by the instrument words that pieces use; ``piano`` must be there."""
        self.pieces = pieces
        self.banks = banks
        # long pieces count for more, but a piece of twenty pages not for twenty
        weight = np.sqrt([len(piece.pitch) for piece in pieces])
        self.shares = weight / weight.sum()
        self.works = [piece.work for piece in pieces]
        self._modes = [
            mode_of(p.pitch, (p.offset_s - p.onset_s).astype(float), p.facts.fifths) for p in pieces
        ]

    def draw(self, random: np.random.Generator) -> Excerpt:
        """One excerpt around a random onset of a random piece."""
        return self.draw_from(int(random.choice(len(self.pieces), p=self.shares)), random)

    def draw_from(
        self, index: int, random: np.random.Generator, *, sound: bool = True, strip: bool = True
    ) -> Excerpt:
        """One excerpt around a random onset of piece ``index``.

        sound, strip: whether they are wanted; sound takes most of the time. What is left out
        draws nothing from the generator, so the rest of the excerpt is another one then.
        """
        piece = self.pieces[index]
        centre = int(random.integers(len(piece.pitch)))
        audio_time = _TimeMap.draw(random, float(piece.onset_s[centre]))
        midi_time = _TimeMap.draw(random, float(piece.onset_s[centre]))
        middle = float(piece.x[centre]) + random.uniform(-24, 24)
        anchors = self._anchors(piece, centre, audio_time, midi_time, middle, random)
        families = self._orchestrate(piece, random)
        banks = [self._bank(family, random) for family in families]
        waveform = np.zeros(0, np.float32)
        if sound:
            near = np.abs(audio_time(piece.onset_s) - EXCERPT_S / 2) < EXCERPT_S / 2 + 3.0
            waveform = self._sound(piece, near, audio_time, banks, random)
        programs = np.array([bank.program for bank in banks], np.int16)
        chosen = anchors[:ANCHORS]
        usable = np.arange(ANCHORS) < len(chosen)
        chosen = np.resize(chosen, ANCHORS)
        inside = (audio_time(piece.onset_s) > 0) & (audio_time(piece.onset_s) < EXCERPT_S)
        words = [families[min(s, len(families) - 1)] for s in sorted(set(piece.staff[inside]))]
        notated = piece.facts.instruments or ("piano",)
        description = describe(
            audio_time(piece.onset_s[inside]),
            piece.pitch[inside],
            (piece.offset_s - piece.onset_s)[inside].astype(float),
            instruments=words or families[:1],
            mode=self._modes[index],
            known=replace(known_of(piece.facts), tempo_mark=""),
            beat=None if piece.places is None else piece.places.beat[inside].astype(float),
        )
        sheet = describe(
            piece.onset_s[inside].astype(float),
            piece.pitch[inside],
            (piece.offset_s - piece.onset_s)[inside].astype(float),
            instruments=notated,
            mode=self._modes[index],
            known=known_of(piece.facts),
        )
        waveform = augment_waveform(waveform, random) if sound else waveform
        strip_x = (piece.x[chosen] - middle + STRIP_WIDTH / 2).astype(np.float32)
        seen = np.zeros((STRIP_HEIGHT, 0), np.float32)
        if strip:
            changed = augment_strip(_crop(piece.ink, middle), random)
            seen, strip_x = changed.ink, changed.columns(strip_x)
        return Excerpt(
            waveform=waveform,
            strip=seen,
            notes=_midi_notes(piece, midi_time, programs, random),
            audio_s=audio_time(piece.onset_s[chosen]).astype(np.float32),
            midi_s=midi_time(piece.onset_s[chosen]).astype(np.float32),
            strip_x=strip_x,
            usable=usable,
            sounding_caption=description.caption(random),
            sheet_caption=sheet.caption(random),
            work=self.works[index],
        )

    def _anchors(
        self,
        piece: Piece,
        centre: int,
        audio_time: _TimeMap,
        midi_time: _TimeMap,
        middle: float,
        random: np.random.Generator,
    ) -> npt.NDArray[np.int64]:
        """Indices of notes: the centre first, then others at least 0.3 s from each other."""
        reachable = (
            (np.abs(audio_time(piece.onset_s) - EXCERPT_S / 2) < _REACH_S)
            & (np.abs(midi_time(piece.onset_s) - EXCERPT_S / 2) < _REACH_S)
            & (np.abs(piece.x - middle) < _REACH_COLUMNS)
        )
        order = random.permutation(np.flatnonzero(reachable))
        chosen = [centre]
        for note in order:
            apart = np.abs(piece.onset_s[note] - piece.onset_s[chosen])
            if len(chosen) < ANCHORS and apart.min() > 0.3:
                chosen.append(int(note))
        return np.array(chosen)

    def _orchestrate(self, piece: Piece, random: np.random.Generator) -> list[str]:
        """One instrument word a staff, of those that there are: as notated, all piano, or
        anything."""
        staves = int(piece.staff.max()) + 1
        notated = [self._played_by(word, random) for word in piece.facts.instruments or ("piano",)]
        notated = (notated + [notated[-1]] * staves)[:staves]
        kind = random.random()
        if kind < 0.55:
            return notated
        if kind < 0.75:
            return ["piano"] * staves
        words = list(self.banks)
        if kind < 0.9:
            return [str(random.choice(words))] * staves
        return [str(word) for word in random.choice(words, staves)]

    def _played_by(self, word: str, random: np.random.Generator) -> str:
        """Who plays what is written for ``word``: a voice is often an instrument here."""
        word = str(random.choice(_SUNG)) if word == "voice" else word
        return word if self.banks.get(word) else "piano"

    def _bank(self, word: str, random: np.random.Generator) -> Bank:
        choices = self.banks[word]
        return choices[int(random.integers(len(choices)))]

    def _sound(
        self,
        piece: Piece,
        near: npt.NDArray[np.bool_],
        time: _TimeMap,
        banks: Sequence[Bank],
        random: np.random.Generator,
    ) -> FloatArray:
        out = np.zeros(int(EXCERPT_S * SAMPLE_RATE), np.float32)
        cents = random.normal(0, 12)
        pedal = random.uniform(0.3, 1.5) if random.random() < 0.35 else 0.0
        articulation = random.uniform(0.5, 1.05)
        spread = random.uniform(0.0, 0.025)
        for staff, bank in enumerate(banks):
            rows = np.flatnonzero(near & (piece.staff == staff))
            if not len(rows):
                continue
            onset = time(piece.onset_s[rows]) + random.normal(0, spread, len(rows))
            offset = time(piece.offset_s[rows])
            offset = onset + np.maximum((offset - onset) * articulation, 0.05) + pedal
            velocity = random.uniform(45, 100) + random.normal(0, 8, len(rows))
            mix(
                bank,
                onset,
                offset,
                piece.pitch[rows],
                np.clip(velocity, 15, 120),
                out,
                cents=cents,
                release_s=random.uniform(0.05, 0.35),
            )
        return out


@dataclass(frozen=True)
class _TimeMap:
    """Score seconds to excerpt seconds: a tempo and a slow swing around it."""

    origin: float
    stretch: float
    depth: float
    rate: float
    phase: float
    shift: float

    @classmethod
    def draw(cls, random: np.random.Generator, origin: float) -> _TimeMap:
        return cls(
            origin=origin,
            stretch=float(np.exp(random.normal(0, 0.22))),
            depth=random.uniform(0, 0.2),
            rate=random.uniform(0.3, 1.5),
            phase=random.uniform(0, 6.28),
            shift=random.uniform(-0.6, 0.6),
        )

    def __call__(self, seconds: npt.ArrayLike) -> npt.NDArray[np.float64]:
        score = np.asarray(seconds, np.float64) - self.origin
        swing = np.sin(self.rate * score + self.phase) - np.sin(self.phase)
        stretched = self.stretch * (score + self.depth / self.rate * swing)
        return np.asarray(EXCERPT_S / 2 + self.shift + stretched, np.float64)


def _crop(ink: npt.NDArray[np.uint8], middle: float) -> npt.NDArray[np.uint8]:
    crop = np.zeros((STRIP_HEIGHT, STRIP_WIDTH), np.uint8)
    start = round(middle - STRIP_WIDTH / 2)
    first, last = max(start, 0), min(start + STRIP_WIDTH, ink.shape[1])
    if last > first:
        crop[:, first - start : last - start] = ink[:, first:last]
    return crop


def _midi_notes(
    piece: Piece, time: _TimeMap, programs: npt.NDArray[np.int16], random: np.random.Generator
) -> Notes:
    onset = time(piece.onset_s)
    rows = np.flatnonzero(np.abs(onset - EXCERPT_S / 2) < EXCERPT_S / 2 + 3.0)
    if random.random() < 0.3 and len(rows) > 8:  # notes that a transcriber missed
        rows = rows[random.random(len(rows)) > random.uniform(0, 0.1)]
    onset = onset[rows] + random.normal(0, random.uniform(0, 0.02), len(rows))
    offset = np.maximum(time(piece.offset_s[rows]) * 1.0, onset + 0.05)
    offset = onset + (offset - onset) * random.uniform(0.6, 1.2)
    return Notes(
        onset_s=onset,
        offset_s=offset,
        pitch=piece.pitch[rows],
        velocity=np.full(len(rows), 80, np.int16),
        program=programs[np.minimum(piece.staff[rows], len(programs) - 1)],
    )
