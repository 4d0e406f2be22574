"""The contract: what a file's vector may depend on, with small random nets and the shipped ones."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_space import Files, melody_notes, sound, write_sound

import unisono
from unisono.data.modality import Modality
from unisono.towers import blockwise, midi
from unisono.towers.space import Space, load

SHIPPED = Path(unisono.__file__).parent / "bundle"


@pytest.fixture(scope="module", params=["tiny", "shipped"])
def bundle(request: pytest.FixtureRequest, tiny_bundle: Path) -> Path:
    if request.param == "tiny":
        return tiny_bundle
    if not (SHIPPED / "space.json").is_file():
        pytest.skip("no bundle in this checkout")
    return SHIPPED


@pytest.fixture(scope="module")
def space(bundle: Path) -> Space:
    return load(bundle)


def item_of(files: Files, modality: Modality) -> Path:
    kinds = {"sheet": files.page, "audio": files.audio, "midi": files.midi, "cover": files.cover}
    return kinds.get(str(modality), files.text)


@pytest.mark.parametrize("modality", Modality)
def test_the_same_bits_from_two_spaces(
    space: Space, bundle: Path, files: Files, modality: Modality
) -> None:
    item = item_of(files, modality)
    first, second = space.encode_item(item), load(bundle).encode_item(item)
    assert first.modality is second.modality is modality
    np.testing.assert_array_equal(first.whole, second.whole)
    np.testing.assert_array_equal(first.passages.vectors, second.passages.vectors)
    np.testing.assert_array_equal(first.passages.weights, second.passages.weights)
    assert list(first.passages.places) == list(second.passages.places)


def test_the_same_bits_from_another_process(tiny_bundle: Path, files: Files) -> None:
    items = [item_of(files, modality) for modality in Modality]
    code = (
        "import sys; from pathlib import Path; from unisono.towers.space import load\n"
        "space = load(Path(sys.argv[1]))\n"
        "print(space.encode([Path(name) for name in sys.argv[2:]]).tobytes().hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny_bundle), *map(str, items)],
        env=os.environ | {"OMP_NUM_THREADS": str(_threads())},
        capture_output=True,
        text=True,
        check=True,
    )
    assert bytes.fromhex(done.stdout.strip()) == load(tiny_bundle).encode(items).tobytes()


@pytest.mark.parametrize("modality", Modality)
def test_alone_or_in_any_batch(space: Space, files: Files, modality: Modality) -> None:
    batches: dict[Modality, list[Path | str]] = {
        Modality.AUDIO: [files.audio, *files.more_audio],
        Modality.MIDI: [files.midi, *files.more_midi],
        Modality.SHEET: [files.page, files.other_score],
        Modality.COVER: [files.cover, files.other_cover],
        Modality.TEXT: ["calm solo piano", "march", "a very long and happy song " * 30, ""],
    }
    batch = batches[modality]
    together = space.encode(batch)
    for row, item in enumerate(batch):
        alone = space.encode([item])[0]
        assert float(alone @ together[row]) >= 0.99999
    np.testing.assert_allclose(space.encode(batch[::-1])[::-1], together, atol=1e-5)


def test_whole_vectors_and_passages_have_unit_length(space: Space, files: Files) -> None:
    for modality in Modality:
        encoding = space.encode_item(item_of(files, modality))
        lengths = np.linalg.norm(np.vstack([encoding.whole, encoding.passages.vectors]), axis=1)
        np.testing.assert_allclose(lengths, 1, atol=1e-5)
        assert encoding.whole.shape == (space.dimension,)
        assert encoding.whole.dtype == encoding.passages.vectors.dtype == np.float32
        assert len(encoding.passages) == len(encoding.passages.vectors)
        assert (encoding.passages.weights >= 0).all()
        assert (encoding.passages.weights <= 1).all()


def test_lead_in_silence_hardly_counts(space: Space, tmp_path: Path) -> None:
    notes = melody_notes(30.0)
    plain = write_sound(tmp_path / "plain.wav", sound(notes))
    later = write_sound(tmp_path / "later.wav", sound(notes, lead_s=1.0))
    first, second = space.encode([plain, later])
    assert float(first @ second) >= 0.98
    assert np.abs(first - second).max() > 0, "the silence was cut off before the tower heard it"


def test_lead_in_silence_of_a_midi_file_hardly_counts(space: Space) -> None:
    notes = melody_notes(30.0)
    later = replace(notes, onset_s=notes.onset_s + 1, offset_s=notes.offset_s + 1)
    first, second = (space.encode_notes(n).whole for n in (notes, later))
    assert float(first @ second) >= 0.98


def test_the_sample_rate_hardly_counts(space: Space, tmp_path: Path) -> None:
    notes = melody_notes(10.0)
    high = write_sound(tmp_path / "high.wav", sound(notes, 44_100), 44_100)
    low = write_sound(tmp_path / "low.wav", sound(notes, 22_050), 22_050)
    first, second = space.encode([high, low])
    assert float(first @ second) >= 0.99


@pytest.mark.parametrize("columns", [64, 4096])
def test_block_sizes_do_not_count(
    space: Space, files: Files, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [space.encode_item(item) for item in (files.more_midi[1], files.page)]
    monkeypatch.setattr(blockwise, "BLOCK_COLUMNS", columns)
    monkeypatch.setattr(midi, "BLOCK_COLUMNS", columns)
    for item, before in zip((files.more_midi[1], files.page), expected, strict=True):
        after = space.encode_item(item)
        np.testing.assert_allclose(after.whole, before.whole, atol=1e-4)
        np.testing.assert_allclose(after.passages.vectors, before.passages.vectors, atol=1e-4)


def _threads() -> int:
    import torch

    return torch.get_num_threads()
