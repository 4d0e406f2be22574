"""Pieces in MSMD's layout, as a catalogue keeps them and as they ask which piece they are."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.alignment.identifying.asked import QUERY_HOP_S
from unisono.alignment.indexing.encoding_files import HOP_S
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.readers.midi import read_midi
from unisono.eval.harness.placed_strips import changed_page, place_on_strip
from unisono.eval.harness.rendered_sound import SAMPLE_RATE, Renderer, Waveform, hear
from unisono.eval.harness.score_folders import ScoreFolder
from unisono.eval.harness.task import EvalSettings
from unisono.towers.encoding import Encoding, Passages
from unisono.towers.space import Space

FULL, WHOLE, PAGE = "full recordings", "whole scores", "one page"
EXCERPTS = 3
"""Of each length, from each recording."""


@dataclass(frozen=True)
class AskingPiece:
    """A piece: what is stored of it by modality, and what asks for it by kind of query.

    An encoding that is None is of a page on which nothing could be read.
    """

    name: str
    stored: Mapping[Modality, Encoding]
    asking: Mapping[str, tuple[Encoding | None, ...]]


def excerpts(seconds: float) -> str:
    """The kind of query that is so many seconds of a recording."""
    return f"{seconds:g} s excerpts"


def asking_piece(
    space: Space,
    score: ScoreFolder,
    renderer: Renderer,
    settings: EvalSettings,
    lengths_s: tuple[float, ...],
    *,
    piano: bool = True,
) -> AskingPiece:
    """Encode a piece: recording, clean pages and MIDI to be found; the rest asks.

    The recording is changed as settings.audio says, the asking page as settings.pages says; one
    page is drawn, and excerpts of each length at places drawn by the seed.
    Raises ReadError where a score cannot be made to sound.
    """
    digest = hashlib.blake2b(score.name.encode(), digest_size=4).digest()
    seed = [settings.seed, *digest]
    random = np.random.default_rng(seed)
    nowhere = np.empty(0, np.float64)
    music = read_midi(score.midi)
    heard = hear(music, renderer, settings.audio, nowhere, seed, piano=piano)
    none = np.empty(0, np.int64)
    strip = place_on_strip(
        score, none, none, nowhere, nowhere, kind="clean", systems=settings.systems,
        seed=settings.seed,
    ).strip  # fmt: skip
    recording = encode_sound(space, heard.waveform, QUERY_HOP_S)
    stored = {Modality.MIDI: space.encode_notes(music.notes, hop_s=HOP_S)}
    if recording is not None:
        stored[Modality.AUDIO] = every(recording, round(HOP_S / QUERY_HOP_S))
    asking: dict[str, tuple[Encoding | None, ...]] = {
        FULL: (recording,),
        PAGE: (_page(space, score, settings, random),),
    }
    if strip is not None:
        stored[Modality.SHEET] = space.encode_strip(strip)
        asking[WHOLE] = (stored[Modality.SHEET],)
    for length_s in lengths_s:
        asking[excerpts(length_s)] = tuple(
            encode_sound(space, part, QUERY_HOP_S)
            for part in cut(heard.waveform, length_s, EXCERPTS, random)
        )
    return AskingPiece(score.name, stored, asking)


def encode_sound(space: Space, waveform: Waveform, hop_s: float) -> Encoding | None:
    """A waveform at SAMPLE_RATE as the space reads it from a file; None for silence."""
    import soundfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        soundfile.write(str(path), waveform, SAMPLE_RATE, subtype="FLOAT")
        try:
            return space.encode_item(path, modality=Modality.AUDIO, hop_s=hop_s)
        except ReadError:
            return None


def every(encoding: Encoding, step: int) -> Encoding:
    """An encoding with one passage of each ``step``."""
    one = encoding.passages
    kept = Passages(one.vectors[::step], one.places[::step], one.weights[::step])
    return replace(encoding, passages=kept)


def cut(
    waveform: Waveform, length_s: float, count: int, random: np.random.Generator
) -> list[npt.NDArray[np.float32]]:
    """So many excerpts at places drawn; the whole, once, of what is not longer than one."""
    length = round(length_s * SAMPLE_RATE)
    if len(waveform) <= length:
        return [waveform]
    starts = random.integers(len(waveform) - length, size=count)
    return [waveform[start : start + length] for start in starts.tolist()]


def _page(
    space: Space, score: ScoreFolder, settings: EvalSettings, random: np.random.Generator
) -> Encoding | None:
    """One page as a picture that somebody took; None where no staves are found on it."""
    from PIL import Image

    number = int(random.integers(len(score.pages)))
    seed = [settings.seed, int(random.integers(2**31))]
    changed = changed_page(score, number, settings.pages, seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.png"
        Image.fromarray(changed.image).save(path)
        try:
            return space.encode_item(path, modality=Modality.SHEET)
        except ReadError:
            return None
