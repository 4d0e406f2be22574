"""The text side of a space as a plain folder of sentence-transformers, which needs no unisono.

Written by hand in the form that every version of the library reads: modules.json, a folder for
each module, safetensors. The modules are those of the text model (MiniLM, mean pooling, unit
length), the trained head as ``Dense``, and unit length again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.towers.bundle import Bundle, BundleError, read_tensors

FloatArray = npt.NDArray[np.float32]

_RELU = "torch.nn.modules.activation.ReLU"
_IDENTITY = "torch.nn.modules.linear.Identity"
_LIBRARY = "sentence-transformers"


def save_text_model(bundle: Bundle, folder: Path) -> None:
    """Write the folder, such that its ``encode`` gives the space's vectors of texts.

    Raises BundleError for a text tower without such a form, and for a folder that is not empty.
    """
    folder = folder.expanduser()
    kind = bundle.config.backbones.get(str(Modality.TEXT))
    if kind is not None and kind.partition(":")[0] != _LIBRARY:
        raise BundleError(
            f"the text tower is {kind}, whose class has no form in sentence-transformers; "
            "only the default text tower and sentence-transformers:… can be exported"
        )
    tensors = read_tensors(bundle.weights, f"{Modality.TEXT}.")
    if not tensors:
        raise BundleError(f"the space {bundle.config.name} has no text tower to export")
    _make_room(folder)
    if kind is None:
        _copy_minilm(folder)
        _add_dense(folder, tensors["hidden.weight"], tensors["hidden.bias"], _RELU)
        head = (tensors["character.weight"], tensors["character.bias"])
        first = bundle.config.views.notes_dimension
    else:
        head = _save_foreign(bundle, tensors, folder)
        first = 0
    weight, bias = _of_whole_vectors(*head, bundle, first)
    _add_dense(folder, weight, bias, _IDENTITY)
    _add_module(folder, "Normalize")
    (folder / "README.md").write_text(_readme(bundle), "utf-8")


def _of_whole_vectors(
    weight: FloatArray, bias: FloatArray, bundle: Bundle, first: int
) -> tuple[FloatArray, FloatArray]:
    """Place the rows of a last layer at ``first``; those of the notes, which texts lack, are 0."""
    views = bundle.config.views
    whole = np.zeros((views.dimension, weight.shape[1]), np.float32)
    offset = np.zeros(views.dimension, np.float32)
    whole[first:], offset[first:] = weight, bias
    whole[: views.notes_dimension], offset[: views.notes_dimension] = 0, 0
    return whole, offset


def _make_room(folder: Path) -> None:
    if folder.is_file():
        raise BundleError(f"{folder}: is a file; name a folder for the text model")
    if folder.is_dir() and any(folder.iterdir()):
        raise BundleError(f"{folder}: there is something in it already; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)


def _copy_minilm(folder: Path) -> None:
    from unisono.towers.minilm import weights_folder

    source = weights_folder()
    for pattern in ("*.json", "*.txt", "*.safetensors", "1_Pooling/*.json"):
        for file in source.glob(pattern):
            target = folder / file.relative_to(source)
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, target)
    (folder / "data_config.json").unlink(missing_ok=True)  # what MiniLM was trained on


def _save_foreign(
    bundle: Bundle, tensors: Mapping[str, np.ndarray], folder: Path
) -> tuple[FloatArray, FloatArray]:
    """Save the model itself; gives the projection behind it as weight and bias."""
    from unisono.towers.encoders import loaded
    from unisono.towers.foreign.sentence_transformer import SentenceTransformerText

    net = loaded(Modality.TEXT, bundle.config, tensors, bundle.backbones)
    assert isinstance(net, SentenceTransformerText)
    net.save(folder)
    if "projection.weight" in tensors:
        return tensors["projection.weight"], tensors["projection.bias"]
    return np.eye(net.dimension, dtype=np.float32), np.zeros(net.dimension, np.float32)


def _add_dense(folder: Path, weight: FloatArray, bias: FloatArray, activation: str) -> None:
    from safetensors.numpy import save_file

    place = folder / _add_module(folder, "Dense")
    place.mkdir()
    outputs, inputs = weight.shape
    settings = {
        "in_features": inputs,
        "out_features": outputs,
        "bias": True,
        "activation_function": activation,
    }
    (place / "config.json").write_text(json.dumps(settings, indent=2) + "\n", "utf-8")
    tensors = {"linear.weight": weight, "linear.bias": bias}
    save_file(
        {name: np.ascontiguousarray(array, np.float32) for name, array in tensors.items()},
        place / "model.safetensors",
    )


def _add_module(folder: Path, name: str) -> str:
    file = folder / "modules.json"
    modules = json.loads(file.read_text("utf-8"))
    number = len(modules)
    path = f"{number}_{name}"
    kind = f"sentence_transformers.models.{name}"
    modules.append({"idx": number, "name": str(number), "path": path, "type": kind})
    file.write_text(json.dumps(modules, indent=2) + "\n", "utf-8")
    return path


def _readme(bundle: Bundle) -> str:
    licence = bundle.card.facts.get("licence", "not stated")
    return f"""---
library_name: sentence-transformers
tags:
- unisono
- music
---

# Text side of {bundle.config.name}

Sentences into the joint space of music {bundle.config.name} of unisono, by
sentence-transformers alone: vectors of {bundle.config.views.dimension} numbers and unit length,
to be compared by inner product with those of recordings, pages, covers and MIDI files that the
space has encoded.

    from sentence_transformers import SentenceTransformer
    vectors = SentenceTransformer("this folder").encode(["calm solo piano"])

Fingerprint of the space: {bundle.fingerprint}. Vectors of another fingerprint are not comparable.

Licence: {licence}.
"""
