"""Everything that a training run is told, as typed values; ``reading`` makes it from YAML."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from pydantic.dataclasses import dataclass

from unisono.data.pairs.config import STRICT, SourceConfig
from unisono.towers.bundle import NetsConfig

View = Literal["notes", "character"]
Freeze = Literal["none", "trunk", "all"]
Negatives = Literal["all", "hardest", "semi-hard"]
Directions = Literal["both", "left-to-right", "right-to-left"]
SameWork = Literal["apart", "positives", "negatives"]
Mixing = Literal["together", "one-set-a-step"]
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, config=STRICT)
class LossConfig:
    """The loss of a pair set.

    kind: ``info_nce`` (symmetric, learnable temperature), ``triplet`` (hinge with ``margin``),
        ``bilinear`` (COLA: InfoNCE over learned bilinear similarities), ``sigmoid`` (SigLIP).
    temperature: where the learnable temperature starts; it stays within ``temperature_bounds``.
    negatives, margin, directions: of the triplet hinge; directions also of InfoNCE.
    """

    kind: Literal["info_nce", "triplet", "bilinear", "sigmoid"] = "info_nce"
    temperature: float = 0.07
    temperature_bounds: tuple[float, float] = (0.01, 1.0)
    learn_temperature: bool = True
    margin: float = 0.2
    negatives: Negatives = "all"
    directions: Directions = "both"


@dataclass(frozen=True, config=STRICT)
class TowerConfig:
    """The tower of one modality.

    backbone: ``default``, or a foreign one (``timm:resnet18``, ``clap:laion/clap-htsat-unfused``).
    pretrained: load the foreign backbone's weights (a folder or the Hub's cache).
    native: keep the foreign backbone's own joint embedding, without a projection behind it.
    freeze: ``trunk`` keeps everything but the heads, ``all`` everything.
    learning_rate, warm_up: of this tower; the run's where None.
    checkpointing: compute the tower again on the way back instead of keeping its activations.
    """

    backbone: str = "default"
    pretrained: bool = True
    native: bool = False
    freeze: Freeze = "none"
    learning_rate: float | None = None
    warm_up: float | None = None
    checkpointing: bool = False
    trust_remote_code: bool = False


@dataclass(frozen=True, config=STRICT)
class PairSetConfig:
    """Pairs of two roles of a source, and how they are learnt.

    left, right: roles of the source.
    weight: of its loss among the sets (``together``), or how often it is drawn.
    batch: pairs a step.
    view: which view of the space it trains.
    same_work: what two items of one work in a batch are: never there (``apart``), positives of
        each other, or hard negatives. ``per_work`` items of each work are drawn in the latter two.
    """

    name: str
    source: str
    left: str
    right: str
    weight: float = 1.0
    batch: int = 64
    view: View = "character"
    loss: LossConfig = field(default_factory=LossConfig)
    same_work: SameWork = "apart"
    per_work: int = 2


@dataclass(frozen=True, config=STRICT)
class PredictionConfig:
    """A side alone tells which notes begin in each of its columns, beside a pair set of the notes.

    source, role: of such a pair set, audio or sheet, from a source that knows the notes
        (``cached``). Its items are those of the pair set.
    weight: of its loss, added to the mean of the pair sets'.
    positive_weight: how much more a cell counts in which a note begins.
    """

    name: str
    source: str
    role: str
    weight: float = 5.0
    positive_weight: float = 4.0


@dataclass(frozen=True, config=STRICT)
class ValidationConfig:
    """Sources whose pairs are looked at while training: R@1 both ways and the loss.

    pairs: name of a pair set -> name of the source to take instead of its own.
    pairs_each: at most so many pairs a set.
    patience: stop after so many looks without a better mean R@1; 0 never stops early.
    """

    pairs: dict[str, str] = field(default_factory=dict)
    every_steps: int = 100
    pairs_each: int = 500
    patience: int = 0


@dataclass(frozen=True, config=STRICT)
class OptimiserConfig:
    """AdamW or Muon with linear warm-up and a cosine to a hundredth of the learning rate.

    kind: ``muon`` leaves the weights of linear layers and convolutions to Muon, at ``muon_rate``
    times the learning rate; vectors and embeddings stay AdamW's, at the learning rate.
    The run ends after ``steps`` or ``minutes`` of training, whichever is given (not both); the
    rate follows the same measure.
    """

    kind: Literal["adamw", "muon"] = "adamw"
    steps: int = 0
    minutes: float = 0.0
    learning_rate: float = 1e-3
    muon_rate: float = 3.0
    weight_decay: float = 0.02
    warm_up: float = 0.03
    """Share of the run."""
    clip_gradient: float = 5.0
    average_decay: float = 0.99
    """Of the exponential moving average of the weights that is kept in the end; 0 for none."""


@dataclass(frozen=True, config=STRICT)
class StageConfig:
    """A part of the run with its own pair sets, predictions and length.

    Each goes on from the one before.

    freeze: modality -> what is frozen in this stage, over the tower's own setting.
    """

    name: str
    pairs: tuple[str, ...]
    optimiser: OptimiserConfig
    predictions: tuple[str, ...] = ()
    freeze: dict[str, Freeze] = field(default_factory=dict)


@dataclass(frozen=True, config=STRICT)
class TrainingRun:
    """One training run.

    start: a bundle (folder or Hub id) whose towers are gone on with, or empty.
    mixing: all sets at every step, their losses in proportion to weight, or one set a step,
        drawn in proportion to weight.
    micro_batch: items that a tower encodes at once; 0 for the whole batch. Gradients are those
        of the whole batch (GradCache, Gao et al. 2021).
    """

    name: str
    sources: dict[str, SourceConfig]
    pairs: tuple[PairSetConfig, ...]
    stages: tuple[StageConfig, ...]
    predictions: tuple[PredictionConfig, ...] = ()
    towers: dict[str, TowerConfig] = field(default_factory=dict)
    nets: NetsConfig = field(default_factory=NetsConfig)
    start: str = ""
    validation: ValidationConfig = field(default_factory=ValidationConfig)
    mixing: Mixing = "together"
    precision: Precision = "float32"
    micro_batch: int = 0
    workers: int = 1
    device: str = ""
    seed: int = 0
    log_every: int = 10
    checkpoint_minutes: float = 4.0
    tensorboard: bool = False
    out: str = ""
