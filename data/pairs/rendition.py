"""Renditions of prepared pieces: played once in a tempo, tuning and instruments of their own, kept.

Every other rendition of a piece is by a player whose tempo flows and whose chords are together,
the others by a pianist whose hands are not.

What is kept is memory-mapped: sound as int16 at ``WAVEFORM_RATE``, or features of it as float16,
and strips as uint8. A rendition's folder is named by the content of its piece, the settings and
the feature function, so that what has changed is made anew and the rest is found again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.compose import MidiRecipe, Step
from unisono.data.augmenting.midi import Music, chosen_notes
from unisono.data.augmenting.midi_notes import OtherPace
from unisono.data.augmenting.midi_pianist import HumanPianist
from unisono.data.corpus import FEWEST_NOTES, Piece, piece_paths
from unisono.data.notes import Notes
from unisono.data.pairs.source import WAVEFORM_RATE, SourceError
from unisono.data.sound.performance import Performance
from unisono.data.sound.sampled_notes import Bank, mix

VERSION = 1
_TAIL_S = 2.0
_PIANIST = MidiRecipe((Step(OtherPace.draw), Step(HumanPianist.draw)))

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FeatureFunction:
    """What is kept of the sound instead of the sound itself.

    name, version: enter the name of the cache; change the version with the function.
    compute: waveform (samples,) float32 at WAVEFORM_RATE -> (frames, bins), kept as float16.
    frames_per_second: of what it gives; frame i shows second i / frames_per_second.
    """

    name: str
    version: str
    compute: Callable[[FloatArray], FloatArray]
    frames_per_second: float


@dataclass(frozen=True)
class RenditionConfig:
    """How many renditions of each piece, and the seed of their tempos, tunings and instruments."""

    count: int = 2
    seed: int = 0


@dataclass(frozen=True)
class Rendition:
    """One rendition of a piece; arrays are mapped anew whenever they are asked for.

    Kept open, those of some thousands of pieces would be more files than a process may have.

    sound: (samples,) int16, or (frames, bins) float16 where features are kept, with ``rate``
    entries a second. onset_s, offset_s: (n,) of the piece's notes in it. program: of each note.
    ink: (STRIP_HEIGHT, width) uint8; x: (n,) columns; rows: (n,) of the strip, NaN if unknown.
    collection: that the piece is of.
    """

    folder: Path
    rate: float
    work: str
    name: str
    collection: str = ""

    @property
    def sound(self) -> npt.NDArray[np.generic]:
        """Sound or features."""
        return np.asarray(np.load(self.folder / "sound.npy", mmap_mode="r"))

    @property
    def ink(self) -> npt.NDArray[np.uint8]:
        """The long strip."""
        return np.asarray(np.load(self.folder.parent / "ink.npy", mmap_mode="r"))

    @property
    def rows(self) -> npt.NDArray[np.float32]:
        """(n,) row of the strip on which each note stands; NaN where the piece does not say."""
        return np.asarray(np.load(self.folder.parent / "rows.npy", mmap_mode="r"))

    @property
    def notes(self) -> npt.NDArray[np.float32]:
        """(6, n): onset, offset, column, pitch, velocity, program; sorted as in the piece."""
        return np.asarray(np.load(self.folder / "notes.npy", mmap_mode="r"))


@dataclass
class RenditionCache:
    """Renditions below a folder; ``open`` makes those that are not there."""

    folder: Path
    config: RenditionConfig = field(default_factory=RenditionConfig)
    feature: FeatureFunction | None = None

    def open(
        self,
        pieces: Path,
        banks: Callable[[], Mapping[str, Sequence[Bank]]],
        advance: Callable[[int, int], None] | None = None,
    ) -> list[Rendition]:
        """Renditions of all pieces of a folder, in order of piece; short pieces are left out.

        banks: asked for only where something has to be played.
        Raises SourceError where there are no pieces.
        """
        paths = piece_paths(pieces)
        if not paths:
            raise SourceError(f"{pieces} holds no prepared piece; run unisono data build")
        found: list[Rendition] = []
        for number, path in enumerate(paths, start=1):
            found += self._of_piece(path, banks)
            if advance:
                advance(number, len(paths))
        if not found:
            raise SourceError(f"{pieces}: every piece has fewer than {FEWEST_NOTES} notes")
        return found

    def _of_piece(
        self, path: Path, banks: Callable[[], Mapping[str, Sequence[Bank]]]
    ) -> list[Rendition]:
        home = self.folder / _name(path)
        facts_path = home / "facts.json"
        piece: Piece | None = None
        if not (facts_path.is_file() and (home / "rows.npy").is_file()):
            piece = Piece.load(path)
            home.mkdir(parents=True, exist_ok=True)
            _save(home / "ink.npy", piece.ink)
            _save(home / "rows.npy", _rows_of(piece))
            facts = {
                "work": piece.work,
                "name": piece.name,
                "collection": piece.facts.collection,
                "notes": len(piece.pitch),
            }
            partial = facts_path.with_suffix(f".{os.getpid()}")
            partial.write_text(json.dumps(facts), "utf-8")
            partial.replace(facts_path)
        facts = json.loads(facts_path.read_text("utf-8"))
        if facts["notes"] < FEWEST_NOTES:
            return []
        rate = self.feature.frames_per_second if self.feature else float(WAVEFORM_RATE)
        found = []
        for number in range(self.config.count):
            folder = home / self._key(number)
            if not (folder / "notes.npy").is_file():
                piece = piece or Piece.load(path)
                self._render(piece, number, folder, banks())
            found.append(Rendition(folder, rate, facts["work"], facts["name"], facts["collection"]))
        return found

    def _key(self, number: int) -> str:
        named = [self.feature.name, self.feature.version] if self.feature else ["waveform"]
        words = json.dumps([VERSION, self.config.seed, number, WAVEFORM_RATE, *named])
        return hashlib.sha256(words.encode()).hexdigest()[:16]

    def _render(
        self, piece: Piece, number: int, folder: Path, banks: Mapping[str, Sequence[Bank]]
    ) -> None:
        random = np.random.default_rng(_seed(piece.name, self.config.seed, number))
        sound, notes = play(piece, banks, random, by_pianist=number % 2 == 1)
        kept: npt.NDArray[np.generic] = np.rint(sound * 32767).astype(np.int16)
        if self.feature is not None:
            kept = self.feature.compute(sound).astype(np.float16)
        partial = folder.with_name(f"{folder.name}.{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        np.save(partial / "sound.npy", kept)
        np.save(partial / "notes.npy", notes)
        try:
            partial.replace(folder)
        except OSError:  # another process was quicker
            shutil.rmtree(partial, ignore_errors=True)


def play(
    piece: Piece,
    banks: Mapping[str, Sequence[Bank]],
    random: np.random.Generator,
    *,
    by_pianist: bool = False,
) -> tuple[FloatArray, npt.NDArray[np.float32]]:
    """(samples,) at WAVEFORM_RATE with a peak of 0.9, and the notes (6, n) as ``Rendition`` has.

    by_pianist: in the timing, dynamics and pedal of ``HumanPianist``, whatever instruments sound.
    """
    performance = Performance.draw(random, vary_instruments=False)
    chosen = instruments_of_staves(piece, banks, random)
    program = np.array([bank.program for bank in chosen], np.int16)[piece.staff]
    written = Notes(
        onset_s=piece.onset_s.astype(np.float64),
        offset_s=piece.offset_s.astype(np.float64),
        pitch=piece.pitch,
        velocity=np.full(len(piece.pitch), 80, np.int16),
        program=program,
    )
    played = _as_pianist(written, random) if by_pianist else performance.play(written)
    out = np.zeros(int((played.duration_s + _TAIL_S) * WAVEFORM_RATE), np.float32)
    release_s = float(random.uniform(0.05, 0.35))
    for staff, bank in enumerate(chosen):
        rows = np.flatnonzero(piece.staff == staff)
        if len(rows):
            mix(
                bank,
                played.onset_s[rows],
                played.offset_s[rows],
                played.pitch[rows],
                played.velocity[rows].astype(np.float64),
                out,
                cents=performance.cents,
                release_s=release_s,
            )
    out *= np.float32(0.9 / max(float(np.abs(out).max()), 1e-6))
    columns = [played.onset_s, played.offset_s, piece.x, piece.pitch, played.velocity, program]
    return out, np.stack([np.asarray(column, np.float32) for column in columns])


def _as_pianist(written: Notes, random: np.random.Generator) -> Notes:
    """The notes as a pianist plays them, row i from row i."""
    change = _PIANIST.draw(random).apply(Music(written))
    return chosen_notes(change.music.notes, np.argsort(change.rows))


def instruments_of_staves(
    piece: Piece, banks: Mapping[str, Sequence[Bank]], random: np.random.Generator
) -> list[Bank]:
    """One bank a staff: mostly of the instrument that is written, else any."""
    words = list(piece.facts.instruments) or ["piano"]
    staves = int(piece.staff.max()) + 1
    words = (words + [words[-1]] * staves)[:staves]
    if random.random() < 0.3:
        words = [str(random.choice(list(banks)))] * staves
    choices = {word: banks.get(word) or banks["piano"] for word in dict.fromkeys(words)}
    # staves of one instrument sound on one instrument
    one_of = {word: many[int(random.integers(len(many)))] for word, many in choices.items()}
    return [one_of[word] for word in words]


def _rows_of(piece: Piece) -> npt.NDArray[np.float32]:
    if piece.places is None:
        return np.full(len(piece.pitch), np.nan, np.float32)
    return piece.places.strip_y


def _name(path: Path) -> str:
    return f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


def _seed(name: str, seed: int, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{name} {seed} {number}".encode()).digest()[:8], "big")


def _save(path: Path, array: npt.NDArray[np.generic]) -> None:
    partial = path.with_suffix(f".{os.getpid()}")
    with partial.open("wb") as stream:
        np.save(stream, array)
    partial.replace(path)
