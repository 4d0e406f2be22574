"""One excerpt changed in two ways that leave the music what it is: the views of SimCLR."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pairs.excerpting import Length, take_side
from unisono.data.pairs.material import Material, length_of
from unisono.data.pairs.source import Side

JITTER = 0.05
"""How far a view begins before or behind the other at most, as a share of the excerpt."""

MISSED = 0.15
"""Notes that a view lacks at most, as a share."""

DROPPED = 0.2
"""How often a word is left out of a text."""


def augmented_view(
    modality: Modality,
    material: Material,
    start: float,
    length: Length,
    random: np.random.Generator,
    identity: str,
) -> Side:
    """One view of the excerpt at ``start``: moved a little in time, then changed.

    Recordings get another room, noise, level and equaliser; strips another scan; pictures
    another crop, mirrored or not, and colours; notes are played anew; words are left out.
    """
    window = length.window(material)
    spare = max(length_of(material) - window, 0.0)
    moved = start + random.uniform(-JITTER, JITTER) * window
    side = take_side(modality, material, min(max(moved, 0.0), spare), length, random, identity)
    if isinstance(side.content, Notes):
        return replace(side, content=played_anew(side.content, window, random))
    if isinstance(side.content, str):
        text = leave_out_words(side.content, random)
        return replace(side, content=text, identity=identity)
    return side


def played_anew(notes: Notes, seconds: float, random: np.random.Generator) -> Notes:
    """The same notes by another player: some missed, none transposed.

    Onsets move by some 20 ms, lengths by up to a third, velocities by some eight of 127 and all
    together by up to 20. At least one note is left; notes stay within 0 .. ``seconds``.
    """
    if not len(notes):
        return notes
    kept = random.random(len(notes)) >= random.uniform(0, MISSED)
    kept[random.integers(len(notes))] = True
    count = int(kept.sum())
    onset = notes.onset_s[kept] + random.normal(0, 0.02, count)
    onset = np.clip(onset, 0.0, max(seconds - 0.02, 0.0))  # some length is left at the end
    lasting = (notes.offset_s - notes.onset_s)[kept] * random.uniform(0.67, 1.33)
    offset = np.maximum(np.minimum(onset + lasting, seconds), onset + 0.01)
    velocity = notes.velocity[kept] + random.uniform(-20, 20) + random.normal(0, 8, count)
    pitch = notes.pitch[kept]
    order = np.lexsort((pitch, onset))
    return Notes(
        onset_s=onset[order],
        offset_s=offset[order],
        pitch=pitch[order],
        velocity=np.clip(np.rint(velocity), 1, 127).astype(np.int16)[order],
        program=notes.program[kept][order],
    )


def leave_out_words(text: str, random: np.random.Generator) -> str:
    """The text without some of its words, at least one of which stays."""
    words = text.split()
    kept = random.random(len(words)) >= DROPPED
    kept[random.integers(len(words))] = True
    return " ".join(word for word, stays in zip(words, kept, strict=True) if stays)
