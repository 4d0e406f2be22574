"""Scores made to sound, each rendered once and kept by the content of its notes.

FluidSynth with its own reverb and chorus, as the program plays it when nothing is set.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.augment import HUMAN_PIANIST, RECORDING_OF_A_ROOM, Music
from unisono.data.errors import ReadError
from unisono.data.notes import DRUMS, Notes
from unisono.data.readers.midi import MidiScore, write_midi
from unisono.eval.harness.task import AudioKind

SAMPLE_RATE = 22_050
_VERSION = b"rendered sound 1"

Waveform = npt.NDArray[np.float32]
Seconds = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Renderer:
    """Plays notes with one soundfont and keeps what it played in a folder."""

    soundfont: Path
    cache: Path

    def render(self, notes: Notes) -> Path:
        """The WAV file of the notes; raises ReadError where FluidSynth fails."""
        target = self.cache / "rendered" / f"{self._key(notes)}.wav"
        if target.is_file():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        # renamed when it is whole, so that a render that is stopped leaves nothing half
        partial = target.with_suffix(f".{os.getpid()}.partial.wav")
        try:
            synthesise(notes, self.soundfont, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return target

    def _key(self, notes: Notes) -> str:
        digest = hashlib.blake2b(_VERSION, digest_size=16)
        digest.update(self._soundfont_digest)
        for array in (notes.onset_s, notes.offset_s, notes.pitch, notes.velocity, notes.program):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @cached_property
    def _soundfont_digest(self) -> bytes:
        with self.soundfont.open("rb") as stream:
            return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).digest()


@dataclass(frozen=True)
class Heard:
    """A score as it is heard: (samples,) at SAMPLE_RATE, and where its seconds lie in that."""

    waveform: Waveform
    seconds: Seconds


def hear(
    score: MidiScore,
    renderer: Renderer,
    kind: AudioKind,
    seconds: Seconds,
    seed: list[int],
    *,
    piano: bool = True,
) -> Heard:
    """A score played and recorded; ``seconds`` of the score (n,) are mapped into the recording.

    piano: play all of it on the piano, whatever instruments the score names.

    clean: deadpan, as FluidSynth gives it. room: the same in a room, with noise, an equaliser and
    another level. played: a pianist's pace, tempo curve and touch, and then a room.
    """
    import soundfile

    random = np.random.default_rng(seed)
    notes, at = score.notes, seconds
    if kind == "played":
        change = HUMAN_PIANIST.draw(random).apply(Music.of(score))
        notes, at = change.music.notes, change.time_map(seconds)
    sounding = on_piano(notes) if piano else notes
    waveform, rate = soundfile.read(str(renderer.render(sounding)), dtype="float32")
    waveform = waveform.mean(axis=1) if waveform.ndim == 2 else waveform
    assert rate == SAMPLE_RATE
    if kind != "clean":
        chain = RECORDING_OF_A_ROOM.draw(random)
        waveform, at = chain.apply(waveform, rate), chain.time_map(at)
    return Heard(np.asarray(waveform, np.float32), at)


def on_piano(notes: Notes) -> Notes:
    """The same notes on the piano; drums are left out."""
    keys = notes.program != DRUMS
    arrays = (notes.onset_s, notes.offset_s, notes.pitch, notes.velocity, notes.program)
    kept = Notes(*(array[keys] for array in arrays))
    return replace(kept, program=np.zeros(len(kept), np.int16))


def synthesise(notes: Notes, soundfont: Path, target: Path) -> None:
    """Notes to a WAV file through FluidSynth; raises ReadError where that fails."""
    if shutil.which("fluidsynth") is None:
        raise ReadError(soundfont, "FluidSynth is not installed", "install the fluidsynth package")
    if not soundfont.is_file():
        raise ReadError(soundfont, "there is no such soundfont", "name one with --soundfont")
    with tempfile.TemporaryDirectory() as folder:
        midi = Path(folder) / "score.mid"
        write_midi(notes, midi)
        command = ["fluidsynth", "-ni", "-q", "-r", str(SAMPLE_RATE), "-F", str(target)]
        done = subprocess.run(
            [*command, str(soundfont), str(midi)], capture_output=True, text=True, check=False
        )
    if done.returncode or not target.exists():
        raise ReadError(soundfont, f"FluidSynth failed: {done.stderr.strip()[:200]}")
