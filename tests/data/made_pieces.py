"""Pieces and instruments for training, made on the spot."""

from __future__ import annotations

import numpy as np

from unisono.data.corpus import Piece, PieceFacts
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.sound.sampled_notes import HIGHEST_PITCH, LOWEST_PITCH, SAMPLE_RATE, Bank

LENGTH = SAMPLE_RATE // 2


def sine_bank(program: int = 0) -> Bank:
    """Every pitch as half a second of a sine, the loud layer twice the soft one."""
    time = np.arange(LENGTH) / SAMPLE_RATE
    pitches = np.arange(LOWEST_PITCH, HIGHEST_PITCH + 1)
    frequencies = 440.0 * 2 ** ((pitches[:, None] - 69) / 12)
    tones = np.sin(2 * np.pi * frequencies * time)
    samples = np.stack([6_000 * tones, 12_000 * tones], axis=1)
    return Bank(f"sine-{program}", program, samples.astype(np.int16))


def made_piece(seed: int, count: int = 60, name: str = "") -> Piece:
    """Random notes every 0.4 s on one staff; the strip shows each as a block at its height."""
    random = np.random.default_rng(seed)
    pitch = random.integers(55, 80, count).astype(np.int16)
    onset = (np.arange(count) * 0.4).astype(np.float32)
    x = (20 + np.arange(count) * 14).astype(np.float32)
    ink = np.zeros((STRIP_HEIGHT, int(x[-1]) + 20), np.uint8)
    ink[56:74:4] = 120
    for column, height in zip(x.astype(int), pitch, strict=True):
        row = 110 - 2 * (int(height) - 45)
        ink[row : row + 5, column - 3 : column + 3] = 255
    facts = PieceFacts("made", name or f"piece {seed}", "Valse", "BachJS", "CC0", ("piano",))
    return Piece(facts, ink, onset, onset + 0.35, pitch, np.zeros(count, np.int16), x)
