"""A space on disk: ``space.json``, ``weights.safetensors`` and ``card.json``, nothing pickled.

Where a tower is a net of another library, ``backbones/<modality>/`` has its configuration, front
end and tokenizer, so that the bundle opens without a network.

The fingerprint covers the weights and every setting that changes a vector, and no more: the
card and the calibration may change without it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from unisono.towers.views import Views

FORMAT = 2
SPACE_FILE = "space.json"
WEIGHTS_FILE = "weights.safetensors"
CARD_FILE = "card.json"
BACKBONES_FOLDER = "backbones"


_BLOCK_BYTES = 1 << 20


class BundleError(ValueError):
    """A folder is not a bundle, or one that this version cannot read."""


@dataclass(frozen=True)
class NetsConfig:
    """Sizes of the default nets; the defaults are those of the shipped bundle.

    notes_widths, midi_notes_widths, notes_features, notes_dilations: of the nets behind the notes;
    staff_dilations: of the layers of the sheet's that look along its staves, none in older bundles;
    widths, midi_widths, features: of those behind the character.
    """

    notes_dimension: int = 128
    character_dimension: int = 64
    notes_widths: tuple[int, int, int] = (16, 32, 48)
    midi_notes_widths: tuple[int, int, int] = (8, 16, 32)
    notes_features: int = 192
    notes_dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    staff_dilations: tuple[int, ...] = ()
    widths: tuple[int, int, int, int] = (16, 24, 48, 96)
    midi_widths: tuple[int, int, int, int] = (8, 16, 32, 64)
    features: int = 192
    cover_widths: tuple[int, ...] = (16, 32, 64, 96)
    text_hidden: int = 256


@dataclass(frozen=True)
class Spread:
    """Similarities of background pairs: what unrelated items have, by mean and deviation."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class Logistic:
    """Calibration of tags: probability = 1 / (1 + exp(-(slope * similarity + offset)))."""

    slope: float
    offset: float


@dataclass(frozen=True)
class Calibration:
    """What turns similarities into scores and probabilities; keys as ``views.pair_key``."""

    background: Mapping[str, Spread] = field(default_factory=dict)
    tags: Mapping[str, Logistic] = field(default_factory=dict)


@dataclass(frozen=True)
class SpaceConfig:
    """Everything about a space but its weights.

    backbones: for a modality by name, a foreign backbone in the place of the default net, as
    ``towers.foreign.build_backbone`` takes them (``timm:resnet18``).
    native: the modalities whose backbone keeps its own embedding, without a projection behind it.
    Raises BundleError for a native modality that has no backbone.
    """

    name: str = "untrained"
    nets: NetsConfig = field(default_factory=NetsConfig)
    stored_notes: float = 0.5
    tuned_notes: Mapping[str, float] = field(default_factory=dict)
    backbones: Mapping[str, str] = field(default_factory=dict)
    calibration: Calibration = field(default_factory=Calibration)
    native: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for modality in self.native:
            if modality not in self.backbones:
                raise BundleError(
                    f"native: {modality} has the default net, which has no embedding of its own; "
                    f"name a backbone for {modality}, or take it out of native"
                )

    @property
    def views(self) -> Views:
        """Shape and weights of the two views."""
        return Views(
            self.nets.notes_dimension,
            self.nets.character_dimension,
            self.stored_notes,
            self.tuned_notes,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values, as written to ``space.json``."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> SpaceConfig:
        """Read what ``to_json`` gave; raises BundleError for another format."""
        if facts.get("format") != FORMAT:
            raise BundleError(
                f"format {facts.get('format')!r} of the bundle is not {FORMAT}; "
                "install the unisono that wrote it"
            )
        nets: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in facts["nets"].items()
        }
        calibration = facts["calibration"]
        return cls(
            name=facts["name"],
            nets=NetsConfig(**nets),
            stored_notes=facts["stored_notes"],
            tuned_notes=facts["tuned_notes"],
            backbones=facts["backbones"],
            calibration=Calibration(
                {key: Spread(**value) for key, value in calibration["background"].items()},
                {key: Logistic(**value) for key, value in calibration["tags"].items()},
            ),
            native=tuple(facts.get("native", ())),
        )


@dataclass(frozen=True)
class Card:
    """What people should know of a space: towers, licences, validation numbers."""

    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values, as written to ``card.json``."""
        return dict(self.facts)


@dataclass(frozen=True)
class Bundle:
    """A bundle that is opened: its settings, card and the file of its weights."""

    config: SpaceConfig
    card: Card
    weights: Path
    fingerprint: str

    @property
    def backbones(self) -> Path:
        """Folder of what is kept of foreign nets; not there where there are none."""
        return self.weights.parent / BACKBONES_FOLDER


def open_bundle(folder: Path) -> Bundle:
    """Open a folder; raises BundleError that says what is missing or damaged."""
    for name in (SPACE_FILE, WEIGHTS_FILE):
        if not (folder / name).is_file():
            raise BundleError(f"{folder}: no {name} here, so this is not a unisono bundle")
    facts = _read_json(folder / SPACE_FILE)
    try:
        config = SpaceConfig.from_json(facts)
    except (AttributeError, KeyError, TypeError) as error:
        raise _damaged(folder / SPACE_FILE, error) from error
    card_file = folder / CARD_FILE
    card = Card(_read_json(card_file) if card_file.is_file() else {})
    weights = folder / WEIGHTS_FILE
    return Bundle(config, card, weights, fingerprint_of(config, folder))


def fingerprint_of(config: SpaceConfig, folder: Path) -> str:
    """32 hexadecimal digits over the weights and the settings that change a vector.

    folder: the bundle's, whose weights and kept files of foreign nets are read.
    """
    facts = config.to_json()
    settings = {key: facts[key] for key in ("format", "nets", "stored_notes", "backbones")}
    if config.native:
        settings["native"] = sorted(config.native)
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps(settings, sort_keys=True).encode())
    with (folder / WEIGHTS_FILE).open("rb") as weights:
        while block := weights.read(_BLOCK_BYTES):
            digest.update(block)
    kept = folder / BACKBONES_FOLDER
    for name in sorted(file.relative_to(kept).as_posix() for file in kept.rglob("*.*")):
        digest.update(name.encode())
        digest.update((kept / name).read_bytes())
    return digest.hexdigest()


def write_bundle(
    folder: Path, config: SpaceConfig, card: Card, tensors: Mapping[str, np.ndarray]
) -> None:
    """Write a bundle; float tensors are kept in half precision."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    halved = {
        name: np.ascontiguousarray(array.astype(np.float16) if array.dtype.kind == "f" else array)
        for name, array in tensors.items()
    }
    save_file(halved, folder / WEIGHTS_FILE)
    for name, facts in ((SPACE_FILE, config.to_json()), (CARD_FILE, card.to_json())):
        text = json.dumps(facts, indent=1, ensure_ascii=False)
        (folder / name).write_text(text + "\n", "utf-8")


def tensor_names(weights: Path) -> list[str]:
    """Names of all tensors; raises BundleError for a file that is damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(weights, framework="np") as stored:
            return list(stored.keys())
    except SafetensorError as error:
        raise _damaged(weights, error) from error


def read_tensors(weights: Path, prefix: str) -> dict[str, np.ndarray]:
    """Tensors whose name begins with ``prefix``, the prefix taken off, float32; without torch.

    Raises BundleError for a file that is damaged.
    """
    from safetensors import SafetensorError, safe_open

    tensors = {}
    try:
        opened = safe_open(weights, framework="np")
    except SafetensorError as error:
        raise _damaged(weights, error) from error
    with opened as stored:
        for name in stored.keys():  # noqa: SIM118  (not a mapping)
            if name.startswith(prefix):
                array = stored.get_tensor(name)
                tensors[name[len(prefix) :]] = (
                    array.astype(np.float32) if array.dtype.kind == "f" else array
                )
    return tensors


def _read_json(file: Path) -> dict[str, Any]:
    try:
        facts = json.loads(file.read_text("utf-8"))
    except ValueError as error:  # neither JSON nor UTF-8
        raise _damaged(file, error) from error
    if not isinstance(facts, dict):
        raise _damaged(file, "no object in it")
    return facts


def _damaged(file: Path, why: object) -> BundleError:
    return BundleError(f"{file}: damaged ({why}); fetch it anew")
