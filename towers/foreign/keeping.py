"""What a bundle keeps of a foreign net besides its weights, so that it opens without a network."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

SUFFIXES = frozenset({".json", ".txt", ".safetensors"})
"""Of the files that are kept; others of a library (pickles, pictures, code) are left out."""

_WITH_ORIGIN = ("config.json", "preprocessor_config.json", "tokenizer_config.json")
_ORIGIN = ("_name_or_path", "name_or_path", "auto_map", "_commit_hash")


def kept_kind(kind: str, folder: Path) -> str:
    """The backbone ``kind`` by the files that were kept of it, where there are any."""
    if not folder.is_dir():
        return kind
    library = kind.partition(":")[0]
    schema = "local-dir:" if library == "open_clip" else ""
    return f"{library}:{schema}{folder}"


def save_parts(folder: Path, *parts: Any) -> None:
    """Save configurations, extractors and tokenizers of transformers, each its own way."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts:
        part.save_pretrained(str(folder))
    tidy(folder)


def tidy(folder: Path) -> None:
    """Leave only files of ``SUFFIXES``, and in configurations no word of where they came from."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix not in SUFFIXES:
            file.unlink()
        elif file.suffix == ".json" and file.name in _WITH_ORIGIN:
            facts = json.loads(file.read_text("utf-8"))
            text = json.dumps(_without_origin(facts), indent=2, ensure_ascii=False)
            file.write_text(text + "\n", "utf-8")


def copy_kept(source: Path, target: Path) -> None:
    """Make ``target`` the same as the folder ``source``, or nothing where that is not there."""
    if source.resolve() == target.resolve():
        return
    if target.is_dir():
        shutil.rmtree(target)
    if source.is_dir():
        shutil.copytree(source, target)


def _without_origin(facts: Any) -> Any:
    if isinstance(facts, list):
        return [_without_origin(value) for value in facts]
    if not isinstance(facts, dict):
        return facts
    return {k: _without_origin(v) for k, v in facts.items() if k not in _ORIGIN}
