"""Tiny files for collections in the layout of their downloads, and what holds for every source."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.data.sources.entry import Entry, Source, SourceLayoutError

RATE = 8000


def write_text(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def write_json(path: Path, value: Any) -> Path:
    return write_text(path, json.dumps(value))


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow
    import pyarrow.parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def write_sound(path: Path, seconds: float = 0.2, hertz: float = 440.0) -> Path:
    """WAV, AU, FLAC, MP3 or Ogg by the suffix."""
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sine(hertz, seconds), RATE)
    return path


def write_picture(path: Path) -> Path:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (200, 30, 30)).save(path)
    return path


def write_stems(path: Path, hertz: Sequence[float]) -> Path:
    """A file with one stream of sound (AAC) for each frequency."""
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="mp4") as container:
        streams = [container.add_stream("aac", rate=44_100, layout="mono") for _ in hertz]
        for stream, frequency in zip(streams, hertz, strict=True):
            samples = sine(frequency, 0.5, 44_100)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.sample_rate = 44_100
            for part in (frame, None):
                for packet in stream.encode(part):
                    container.mux(packet)
    return path


def sine(hertz: float, seconds: float, rate: int = RATE) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(
        np.float32
    )


def all_entries(source: Source, root: Path) -> dict[str, Entry]:
    """Every entry by its identifier; checks what the contract says of any source."""
    entries = list(source.entries(root))
    assert entries == list(source.entries(root)), "another order, or other entries, the second time"
    by_name = {entry.identifier: entry for entry in entries}
    assert len(by_name) == len(entries), "an identifier is given twice"
    for entry in entries:
        assert entry.work
        assert entry.split in ("", "train", "valid", "test")
        assert entry.media or entry.texts or entry.tags
        for files in entry.media.values():
            assert files and all(media.path.is_file() for media in files)
        assert all(values and all(values) for values in entry.related.values())
        assert all(text == text.strip() and text for text in (*entry.texts, *entry.tags))
    return by_name


def refuses(source: Source, root: Path, *mentions: str) -> None:
    """The folder is refused at once, before the first entry, saying what lacks and where it is."""
    with pytest.raises(SourceLayoutError) as caught:
        source.entries(root)
    for word in (str(root), source.facts.homepage, *mentions):
        assert word in str(caught.value)
