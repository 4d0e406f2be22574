"""Whatever a file holds, its reader returns or raises ReadError, and ends.

UNISONO_FUZZ=100 runs a hundred times as many examples. What is found is kept in fuzz_corpus/.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fuzz_seeds import CORPUS, damaged, seeds, write_corpus
from fuzz_worker import Worker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.readers.detect import detect_without_looking
from unisono.data.readers.metadata import read_metadata
from unisono.data.readers.midi import read_midi
from unisono.data.readers.midi_events import read_events
from unisono.data.readers.musicxml import musicxml_composer, musicxml_title, read_musicxml
from unisono.data.readers.text import read_text

TIMES = int(os.environ.get("UNISONO_FUZZ", "1"))

RECORDINGS = (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".m4a")
PICTURES = (".png", ".jpg", ".gif", ".bmp", ".webp", ".tiff")
SCORES = (".musicxml", ".mxl")
EVERY = (*RECORDINGS, *PICTURES, *SCORES, ".pdf", ".mid", ".txt")

# By a decoder in C, in a process of its own: reader, its seeds, examples.
DECODED = {
    "audio": (RECORDINGS, 60),
    "recording": (RECORDINGS, 30),
    "page": ((*PICTURES, ".pdf"), 60),
    "pdf": ((".pdf",), 40),
    "cover": (PICTURES, 50),
    "score": (SCORES, 25),
    "detect": (EVERY, 40),
    "metadata audio": (RECORDINGS, 30),
    "metadata sheet": ((*SCORES, *PICTURES, ".pdf"), 20),
}


def fuzzing(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(
        max_examples=examples * TIMES,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    worker = Worker(tmp_path_factory.mktemp("fuzz"))
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "fuzzed.txt"


@pytest.mark.parametrize("reader", DECODED)
def test_decoders(worker: Worker, reader: str) -> None:
    endings, examples = DECODED[reader]

    @fuzzing(examples)
    @given(damaged(seeds(*endings)))
    def any_damage(data: bytes) -> None:
        assert worker.fault(reader, data) == ""

    any_damage()


@fuzzing(150)
@given(damaged(seeds(".mid")))
def test_midi(path: Path, data: bytes) -> None:
    _check_midi(path, data)


_DELTA = st.sampled_from(
    [b"\0", b"\x60", b"\x83\x60", b"\xff\xff\xff\x7f", b"\x8f\xff\xff\xff\x60"]
)
_EVENT = st.one_of(
    st.tuples(st.integers(0x80, 0xEF), st.binary(min_size=1, max_size=2)).map(
        lambda event: bytes([event[0]]) + event[1]
    ),
    st.tuples(st.integers(0, 127), st.integers(0, 255), st.binary(max_size=6)).map(
        lambda event: bytes([0xFF, event[0], event[1]]) + event[2]
    ),
    st.sampled_from(
        [
            b"\x90\x3c\x40",
            b"\x80\x3c\x40",
            b"\x3c\x00",
            b"\xff\x51\x03\x00\x00\x01",
            b"\xff\x58\x04\x01\x06\x18\x08",
            b"\xff\x03\x04Name",
            b"\xf0\x02\x01\xf7",
            b"\xff\x2f\x00",
        ]
    ),
)
_TRACK = st.lists(st.tuples(_DELTA, _EVENT).map(b"".join), max_size=30).map(b"".join)


@fuzzing(150)
@given(
    st.lists(st.tuples(_TRACK, st.integers(-4, 4)), max_size=4),
    st.integers(0, 0xFFFF),
)
def test_midi_events_in_any_order(
    path: Path, tracks: list[tuple[bytes, int]], division: int
) -> None:
    """Well-formed events that make no sense together, in chunks whose lengths are wrong."""
    chunks = (
        b"MTrk" + max(0, len(body) + wrong).to_bytes(4, "big") + body for body, wrong in tracks
    )
    head = b"MThd\0\0\0\6\0\1" + len(tracks).to_bytes(2, "big") + division.to_bytes(2, "big")
    _check_midi(path, head + b"".join(chunks))


def _check_midi(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert read_metadata(path, Modality.MIDI).title
    try:
        events = read_events(path)
        score = read_midi(path)
    except ReadError:
        return
    assert events.resolution > 0
    assert all(0 <= tick <= track.end_tick for track in events.tracks for tick, *_ in track.voice)
    notes = score.notes
    assert np.isfinite(notes.offset_s).all()
    assert (notes.onset_s >= 0).all()
    assert (notes.offset_s > notes.onset_s).all()
    assert (np.diff(notes.onset_s) >= 0).all()
    assert ((notes.pitch >= 0) & (notes.pitch <= 127)).all()
    assert (np.diff(score.beats_s) >= 0).all()
    assert (score.ticks_at(notes.onset_s) >= 0).all()


@fuzzing(150)
@given(damaged(seeds(*SCORES)))
def test_musicxml(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert read_metadata(path, Modality.SHEET).title
    try:
        text = read_musicxml(path)
    except ReadError:
        return
    assert "<!ENTITY" not in text
    for said in (musicxml_title(text), musicxml_composer(text)):
        assert said is None or said.strip()


@fuzzing(150)
@given(damaged(seeds(".txt")))
def test_text(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert read_metadata(path, Modality.TEXT).title
    try:
        assert read_text(path, limit=40).strip()
    except ReadError:
        return
    assert len(read_text(path, limit=40)) <= 40


@fuzzing(200)
@given(damaged(seeds(*EVERY)))
def test_detect(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        assert detect_without_looking(path) in (None, *Modality)
    except ReadError as error:
        assert "\n" not in error.reason


@pytest.mark.parametrize("seed", sorted(CORPUS.iterdir()), ids=lambda seed: seed.name)
def test_the_corpus_itself(worker: Worker, seed: Path) -> None:
    """Also what once brought a reader down."""
    for reader, (endings, _) in DECODED.items():
        if seed.suffix in endings:
            assert worker.fault(reader, seed.read_bytes()) == ""


def test_a_fault_would_be_seen(worker: Worker) -> None:
    assert "Traceback" in worker.fault("metadata of nothing", b"x")


def test_the_seeds_are_small_and_complete(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    kept = {seed.name for seed in CORPUS.iterdir() if not seed.name.startswith("fault_")}
    assert kept == {seed.name for seed in tmp_path.iterdir()}
    assert max(seed.stat().st_size for seed in CORPUS.iterdir()) < 10_000
