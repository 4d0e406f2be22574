"""A small set of made music in five modalities, with columns for every way of training.

A work has a melody, a few notes over and over, the drone of its artist below and the whistle of its
playlist above. Its MIDI file and its page have the melody, its cover two colours; words name the
colours, the height of the melody, the drone and the whistle.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from short_scores import note, score

from unisono.data.notes import Notes
from unisono.data.readers.midi import write_midi

RATE = 16_000
SECONDS = 2.0
TRAIN, VALID = 96, 32
PAGES = 32
"""Works of the training part that have a page."""

DRONES = (
    "cello", "drum", "horn", "flute", "organ", "harp", "guitar", "bell",
    "voice", "violin", "piano", "trumpet", "banjo", "oboe", "tuba", "siren",
)  # fmt: skip
WHISTLES = (
    "forest", "city", "desert", "sea", "kitchen", "church", "train", "school",
    "garden", "war", "moon", "winter", "bank", "prison", "market", "hospital",
)  # fmt: skip
COLOURS = {
    "red": (220, 40, 40),
    "green": (40, 190, 60),
    "blue": (40, 60, 220),
    "yellow": (230, 220, 60),
    "black": (20, 20, 20),
    "white": (240, 240, 240),
    "violet": (150, 40, 170),
    "brown": (130, 80, 40),
}
_HEIGHTS = ("deepest", "deep", "middle", "high", "highest")
_WHITE_KEYS = (0, 2, 4, 5, 7, 9, 11)
_STEP_S = 0.25


@dataclass(frozen=True)
class Work:
    """notes: the melody; drone and whistle: numbers of their words."""

    notes: Notes
    drone: int
    whistle: int


def write_miniature(folder: Path) -> Path:
    """Write ``table.csv`` and its files; returns the folder.

    Columns: audio, midi, sheet (of some), cover, artist, playlist, split and texts: ground (of the
    cover), height (of the melody), sound (of drone and whistle), text (of cover and melody). Every
    other work is in a second playlist, its artist's.
    """
    random = np.random.default_rng(5)
    rows = []
    for split, count in (("train", TRAIN), ("valid", VALID)):
        drones, whistles = (
            np.concatenate([random.permutation(len(DRONES)) for _ in range(count // len(DRONES))])
            for _ in range(2)
        )
        for number in range(count):
            work = Work(draw_melody(random), int(drones[number]), int(whistles[number]))
            pages = number < PAGES or split == "valid"
            row = _write_work(folder, f"{split}{number}", work, random, pages=pages)
            if number % 2:
                row["playlist"] += f"|best of {row['artist']}"
            rows.append({**row, "split": split})
    return write_table(folder, rows)


def write_parts(folder: Path) -> Path:
    """Recordings in two parts that differ in melody alone: audio, track, split."""
    random = np.random.default_rng(6)
    rows = []
    for split, count in (("train", TRAIN), ("valid", VALID)):
        for number in range(0, count, 2):
            drone, whistle = (int(n) for n in random.integers(len(DRONES), size=2))
            for part in (0, 1):
                name = f"{split}{number + part}.wav"
                write_sound(folder / name, Work(draw_melody(random), drone, whistle))
                rows.append({"audio": name, "track": f"{split} {number}", "split": split})
    return write_table(folder, rows)


def draw_melody(random: np.random.Generator) -> Notes:
    """Four notes over and over, within a fifth that lies anywhere in two octaves."""
    steps = random.integers(28, 42) + random.integers(0, 5, 4)
    pitches = [12 * (step // 7) + _WHITE_KEYS[step % 7] for step in steps]
    count = round(SECONDS / _STEP_S)
    onset = np.arange(count, dtype=np.float64) * _STEP_S
    return Notes(
        onset_s=onset,
        offset_s=onset + _STEP_S,
        pitch=np.array([pitches[i % 4] for i in range(count)], np.int16),
        velocity=np.full(count, 80, np.int16),
        program=np.zeros(count, np.int16),
    )


def write_sound(path: Path, work: Work) -> None:
    """Play a work into a WAV: tones of four partials, drone and whistle."""
    import soundfile

    time = np.arange(round(SECONDS * RATE)) / RATE
    out = 0.5 * np.sin(2 * np.pi * 62.0 * 2 ** (work.drone / 12) * time)
    out += 0.2 * np.sin(2 * np.pi * 2800.0 * 2 ** (work.whistle / 12) * time)
    length = round(_STEP_S * RATE)
    fade = np.exp(-4 * time[:length]) * np.minimum(1.0, time[:length] / 0.005)
    for onset, pitch in zip(work.notes.onset_s, work.notes.pitch, strict=True):
        hertz = 440.0 * 2 ** ((pitch - 69) / 12)
        partials = (np.sin(2 * np.pi * hertz * k * time[:length]) / k for k in (1, 2, 3, 4))
        start = round(onset * RATE)
        out[start : start + length] += fade * sum(partials)
    soundfile.write(path, (0.5 * out / np.abs(out).max()).astype(np.float32), RATE)


def write_cover(path: Path, colours: tuple[str, str], random: np.random.Generator) -> None:
    """A ground of one colour with blocks of another."""
    from PIL import Image

    ground, block = (np.array(COLOURS[colour]) for colour in colours)
    blocks: npt.NDArray[np.int64] = np.where(random.random((6, 6, 1)) < 0.3, block, ground)
    picture = Image.fromarray(blocks.astype(np.uint8))
    picture.resize((96, 96), Image.Resampling.NEAREST).save(path)


def write_table(folder: Path, rows: list[dict[str, str]]) -> Path:
    """Write ``table.csv``."""
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def _write_work(
    folder: Path, name: str, work: Work, random: np.random.Generator, *, pages: bool
) -> dict[str, str]:
    first, second = (str(one) for one in random.choice(list(COLOURS), 2, replace=False))
    write_sound(folder / f"{name}.wav", work)
    write_midi(work.notes, folder / f"{name}.mid")
    write_cover(folder / f"{name}.png", (first, second), random)
    sheet = ""
    if pages:
        sheet = f"{name}.musicxml"
        bar = "".join(note(int(pitch)) for pitch in work.notes.pitch[:4])
        (folder / sheet).write_text(score([[bar] * 4]), "utf-8")
    height = _HEIGHTS[min(4, max(0, (int(work.notes.pitch.mean()) - 48) // 6))]
    drone, whistle = DRONES[work.drone], WHISTLES[work.whistle]
    return {
        "audio": f"{name}.wav",
        "midi": f"{name}.mid",
        "sheet": sheet,
        "cover": f"{name}.png",
        "text": f"{first} {second}, {height} melody",
        "ground": first,
        "height": f"a {height} melody",
        "sound": f"{drone} in the {whistle}",
        "artist": drone,
        "playlist": whistle,
    }
