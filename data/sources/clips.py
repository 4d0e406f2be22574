"""Short real recordings with words or pictures: folders ``genres``, ``covers``, ``captions``.

Only rows whose licence allows any use are taken when ``free_only``; the rest are for measuring.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.data.readers.audio import read_audio
from unisono.data.readers.cover import read_cover

PICTURE_SIZE = 128

GENRE_WORDS = {
    "ambient": ("ambient", "calm atmospheric ambient music", "soundscape"),
    "chiptune": ("chiptune", "8-bit video game music", "retro game music"),
    "classical": ("classical", "classical music"),
    "electronic": ("electronic", "electronic dance music", "techno", "synthesizer music"),
    "folk_song": ("folk", "folk song with voice and guitar", "acoustic singer-songwriter"),
    "folk_world": ("world music", "folk music", "traditional folk instruments"),
    "metal": ("metal", "heavy metal with distorted electric guitars", "hard rock"),
    "orchestral": ("orchestral", "epic orchestral music", "symphony orchestra"),
    "soundtrack": ("soundtrack", "cinematic film music", "game soundtrack"),
    "electronic_rock": ("electronic rock", "rock with synthesizers"),
    "jazz_blues": ("jazz", "blues", "jazz and blues"),
    "pop": ("pop", "pop song"),
    "rock": ("rock", "rock band with electric guitar and drums"),
    "reggae": ("reggae",),
    "hiphop": ("hip hop", "rap beat"),
}
"""What is said of a clip of each genre: the genre itself first."""

_FREE = ("CC-BY-SA", "CC-BY-3", "CC-BY-4", "CC0", "MIT", "BSD", "Public Domain")


@dataclass(frozen=True)
class CaptionedClip:
    """A real recording at 16 kHz mono (samples,) and what may be said of it."""

    name: str
    genre: str
    waveform: npt.NDArray[np.float32]
    captions: tuple[str, ...]


@dataclass(frozen=True)
class PicturedClip:
    """A picture (3, PICTURE_SIZE, PICTURE_SIZE) in 0..1, the music it belongs to, and words."""

    name: str
    image: npt.NDArray[np.float32]
    waveform: npt.NDArray[np.float32]
    captions: tuple[str, ...]


def captioned_clips(root: Path, split: str, *, free_only: bool) -> list[CaptionedClip]:
    """Clips of the genres folder with captions made from the genre label."""
    return [
        CaptionedClip(
            name=row["file"],
            genre=row["genre"],
            waveform=read_audio(root / row["file"], 16_000),
            captions=GENRE_WORDS[row["genre"]],
        )
        for row in _rows(root / "clips.parquet", split)
        if not free_only or is_free(row["licence"])
    ]


def pictured_clips(root: Path, split: str, *, free_only: bool) -> list[PicturedClip]:
    """Pictures of the covers folder that have music of their own."""
    return [
        PicturedClip(
            name=row["file"],
            image=read_cover(root / row["file"], PICTURE_SIZE),
            waveform=read_audio(root / row["audio_file"], 16_000),
            captions=("video game music", f"music for the level {row['title']}", row["title"]),
        )
        for row in _rows(root / "covers.parquet", split)
        if row["audio_file"]
        and (not free_only or (is_free(row["licence"]) and is_free(row["music_licence"])))
    ]


def related_texts(root: Path, limit: int = 2500) -> list[tuple[str, str]]:
    """(aspects, caption) of MusicCaps: two ways to say the same, for the text side alone."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(root / "musiccaps.parquet", columns=["aspect_list", "caption"])
    pairs = []
    for row in table.slice(0, limit).to_pylist():
        aspects = ast.literal_eval(row["aspect_list"])
        pairs.append((", ".join(aspects[:5]), row["caption"][:300]))
    return pairs


def is_free(licence: str) -> bool:
    """Whether a licence allows any use with credit at most, as the default bundle asks."""
    return licence.startswith(_FREE) and "NC" not in licence and "ND" not in licence


def _rows(table: Path, split: str) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as parquet

    for row in parquet.read_table(table).to_pylist():
        if row["split"] == split:
            yield row
