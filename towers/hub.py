"""Spaces on the Hub: fetched by name, and put there with a model card made from the bundle's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.towers.bundle import BACKBONES_FOLDER, BundleError

if TYPE_CHECKING:
    from unisono.towers.space import Space

FILES = ("*.json", "*.safetensors", "*.txt")
"""What is fetched of a repository; nothing that could run."""

# The Hub's own words for licences, by how texts of licences begin.
_LICENCES = {
    "Apache-2.0": "apache-2.0",
    "CC BY 4.0": "cc-by-4.0",
    "CC BY-NC 4.0": "cc-by-nc-4.0",
    "CC BY-NC-SA 4.0": "cc-by-nc-sa-4.0",
    "CC BY-SA 4.0": "cc-by-sa-4.0",
    "CC0": "cc0-1.0",
    "MIT": "mit",
}


class HubError(BundleError):
    """The Hub did not do what was asked; the text says why and what to do, in one line."""


def download(name: str) -> Path:
    """Fetch the bundle ``owner/name``, or take it from the Hub's cache; raises HubError."""
    from huggingface_hub import snapshot_download

    with _asking(name, "fetched from"):
        return Path(snapshot_download(name, allow_patterns=list(FILES)))


def push(space: Space, name: str, *, private: bool, token: str | None, commit_message: str) -> str:
    """Put a space on the Hub, its files of before replaced; gives the address, raises HubError."""
    if name.count("/") != 1:
        raise HubError(f"{name}: not a name on the Hub; give owner/name")
    from huggingface_hub import HfApi

    with tempfile.TemporaryDirectory() as folder:
        space.save(Path(folder))
        (Path(folder) / "README.md").write_text(model_card(space, name), "utf-8")
        with _asking(name, "written to"):
            hub = HfApi(token=token)
            address = hub.create_repo(name, private=private, exist_ok=True)
            hub.upload_folder(
                repo_id=name,
                folder_path=folder,
                commit_message=commit_message,
                delete_patterns=[f"{BACKBONES_FOLDER}/*"],
            )
    return str(address)


def model_card(space: Space, name: str) -> str:
    """The README of a space on the Hub, in Markdown with the Hub's header."""
    facts = space.card.to_json()
    licence = str(facts.get("licence", ""))
    header = ["library_name: unisono", "pipeline_tag: feature-extraction", *_tags()]
    if licence:
        header.insert(0, f"license: {_hub_licence(licence)}")
    parts = [
        "\n".join(["---", *header, "---"]),
        f"# {space.name}",
        "Recordings, sentences, covers, pages of notes and MIDI files in one space, for "
        f"unisono: vectors of {space.dimension} numbers, fingerprint {space.fingerprint}.",
        f'```python\nimport unisono\n\nspace = unisono.load("{name}")\n```',
        f"## Licence\n\n{licence or 'Not stated.'}",
    ]
    if towers := facts.get("towers"):
        rows = [{"tower": tower, **about} for tower, about in towers.items()]
        parts.append(f"## Towers\n\n{_table(rows)}")
    if validation := facts.get("validation"):
        parts.append(f"## Measured\n\n{_table(validation)}")
    return "\n\n".join(parts) + "\n"


def _tags() -> list[str]:
    return ["tags:", *(f"- {tag}" for tag in ("unisono", "music", "retrieval"))]


def _hub_licence(text: str) -> str:
    stated = text.removeprefix("weights ")
    fitting = [name for name in _LICENCES if stated.startswith(name)]
    return _LICENCES[fitting[0]] if fitting else "other"


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    header = list(dict.fromkeys(key for row in rows for key in row))
    lines = [
        [key.replace("_", " ") for key in header],
        ["---"] * len(header),
        *([_cell(row.get(key, "")) for key in header] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value).replace("|", "\\|").replace("\n", " ")


@contextmanager
def _asking(name: str, done: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # The client of the Hub lets errors of its HTTP library through, which changed with time.
        raise HubError(f"{name}: cannot be {done} the Hub; {_reason(error)}") from error


def _reason(error: Exception) -> str:
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.GatedRepoError):
        return "its owner grants access on its page; ask there, then run: hf auth login"
    if isinstance(error, errors.LocalTokenNotFoundError) or (
        status == 401 and not isinstance(error, errors.RepositoryNotFoundError)
    ):
        return "it asks for a token; run: hf auth login, or set HF_TOKEN"
    if isinstance(error, errors.RepositoryNotFoundError):
        return "there is no such name, or it is private; check it, or run: hf auth login"
    if status == 403:
        return "the token may not do this; make one with the right to write"
    if isinstance(error, errors.HFValidationError):
        return "the name is not one that the Hub can have; give owner/name"
    lines = str(error).strip().splitlines()
    said = lines[0].rstrip(".") if lines else type(error).__name__
    return f"it could not be reached ({said}); check the network, or give a folder"
