from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from tiny_space import NETS, Files

from unisono.data.modality import Modality
from unisono.towers.bundle import read_tensors
from unisono.towers.minilm import ensure_exported
from unisono.towers.space import load
from unisono.towers.text import TextHead
from unisono.towers.text_head import apply_head


def test_a_text_is_encoded_without_torch(tiny_bundle: Path) -> None:
    ensure_exported()  # made once in a process of its own, which needs torch
    code = (
        "import sys; from pathlib import Path; from unisono.towers.space import load\n"
        "vectors = load(Path(sys.argv[1])).encode(['calm solo piano', 'march'])\n"
        "heavy = [name for name in ('torch', 'transformers') if name in sys.modules]\n"
        "print(heavy, vectors.shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny_bundle)],
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[] (2, 20)"


def test_a_text_has_no_notes_and_unit_length(tiny_bundle: Path, files: Files) -> None:
    space = load(tiny_bundle)
    vectors = space.encode(["calm solo piano", "", "Fuge in g-Moll"])
    assert not vectors[:, : NETS.notes_dimension].any()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    encoding = space.encode_item("calm solo piano")
    assert encoding.modality is Modality.TEXT
    assert list(encoding.passages.places) == [None]
    np.testing.assert_allclose(encoding.passages.vectors[0], encoding.whole)
    np.testing.assert_allclose(encoding.whole, vectors[0], atol=1e-5)


def test_a_text_file_is_what_stands_in_it(tiny_bundle: Path, files: Files) -> None:
    space = load(tiny_bundle)
    from_file, from_words = space.encode([files.text, "a calm melody for piano"])
    assert float(from_file @ from_words) >= 0.9999


def test_texts_and_files_in_one_list_keep_their_order(tiny_bundle: Path, files: Files) -> None:
    space = load(tiny_bundle)
    mixed = space.encode(["march", files.cover, "waltz"])
    for row, item in enumerate(["march", files.cover, "waltz"]):
        np.testing.assert_allclose(mixed[row], space.encode([item])[0], atol=1e-5)
    assert space.encode([]).shape == (0, space.dimension)


def test_numpy_head_is_the_torch_head() -> None:
    torch.manual_seed(0)
    head = TextHead(8, 16).eval()
    sentences = torch.nn.functional.normalize(torch.randn(5, 384), dim=1)
    weights = {name: tensor.numpy() for name, tensor in head.state_dict().items()}
    with torch.inference_mode():
        expected = head(sentences).numpy()
    np.testing.assert_allclose(apply_head(weights, sentences.numpy()), expected, atol=1e-6)


def test_the_bundle_holds_the_head(tiny_bundle: Path) -> None:
    tensors = read_tensors(tiny_bundle / "weights.safetensors", "text.")
    assert tensors["hidden.weight"].shape == (16, 384)
    assert tensors["character.weight"].shape == (8, 16)
