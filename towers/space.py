"""The joint space: files and sentences in, vectors out.

A tower is built when it is first needed, so that a text search never imports torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pages.strips import LongStrip
from unisono.towers.bundle import (
    Bundle,
    BundleError,
    Card,
    SpaceConfig,
    open_bundle,
    write_bundle,
)
from unisono.towers.encoding import Encoding, Passages
from unisono.towers.pooling import ItemViews
from unisono.towers.views import Level, pair_key

FloatArray = npt.NDArray[np.float32]
Item = str | Path


def load(where: str | Path | None = None) -> Space:
    """Open a space: the default bundle, a folder, or the name of a bundle on the Hub.

    Raises BundleError when there is none, or it cannot be read.
    """
    if where is None:
        return Space(open_bundle(Path(__file__).parents[1] / "bundle"))
    folder = Path(where).expanduser()
    if folder.is_dir():
        return Space(open_bundle(folder))
    if isinstance(where, Path) or where.startswith((".", "/", "~")) or where.count("/") != 1:
        raise BundleError(f"{where}: no such folder; give a bundle's folder or a Hub id owner/name")
    from unisono.towers.hub import download

    return Space(open_bundle(download(where)))


class Space:
    """Encodes recordings, sentences, covers, pages and MIDI files as comparable vectors.

    A ``str`` is text, a ``Path`` is a file. Vectors have unit length and are compared by inner
    product; the same file gives the same vector, alone or among others.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._encoders: dict[Modality, Encoder] = {}

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self._bundle.config.name

    @property
    def fingerprint(self) -> str:
        """Of the weights and every setting that changes a vector."""
        return self._bundle.fingerprint

    @property
    def bundle(self) -> Bundle:
        """The bundle that the space was opened from."""
        return self._bundle

    @property
    def config(self) -> SpaceConfig:
        """Everything but the weights."""
        return self._bundle.config

    @property
    def card(self) -> Card:
        """Towers, licences and validation numbers."""
        return self._bundle.card

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """What the space has towers for."""
        from unisono.towers.encoders import modalities_of

        return modalities_of(self._bundle)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.config.views.dimension

    def encode(
        self,
        items: Sequence[Item],
        *,
        modality: Modality | None = None,
        progress: bool = False,
    ) -> FloatArray:
        """Whole vectors (len(items), dimension), unit length; raises ReadError.

        A list of sentences is encoded in batches of similar length.
        """
        if not items:
            return np.zeros((0, self.dimension), np.float32)
        if modality in (None, Modality.TEXT) and all(isinstance(item, str) for item in items):
            character = self._sentences().encode_texts([str(item) for item in items])
            return self.config.views.compose(None, character)
        listed: Iterable[Item] = items
        if progress:
            from tqdm import tqdm

            listed = tqdm(items, unit="file")
        return np.stack([self.encode_item(item, modality=modality).whole for item in listed])

    def encode_item(
        self,
        item: Item,
        *,
        modality: Modality | None = None,
        hop_s: float | None = None,
        every_column: bool = False,
    ) -> Encoding:
        """One item, whole and in passages; raises ReadError.

        modality: what the file is, where its content should not decide.
        hop_s: seconds from passage to passage of recordings and MIDI files (default 1; the
            finest is 0.1).
        every_column: pages have ``columns_a_passage`` times as many passages, which otherwise
            are four staff spaces apart.
        """
        found, views = self._views(item, modality, hop_s, every_column)
        return self._put_together(found, views)

    def encode_notes(self, notes: Notes, *, hop_s: float | None = None) -> Encoding:
        """Notes in memory, as the MIDI tower reads them; raises ValueError without notes."""
        from unisono.towers.midi import MidiEncoder

        encoder = self._encoder(Modality.MIDI)
        assert isinstance(encoder, MidiEncoder)
        return self._put_together(Modality.MIDI, encoder.encode_notes(notes, hop_s))

    @property
    def columns_a_passage(self) -> int:
        """How many times as often as usual pages can have a passage; 1 with a foreign tower."""
        from unisono.towers.sheet import SheetEncoder

        encoder = self._encoder(Modality.SHEET)
        return encoder.step if isinstance(encoder, SheetEncoder) else 1

    def encode_strip(self, strip: LongStrip, *, step: int | None = None) -> Encoding:
        """Systems side by side in memory, a passage every ``step`` columns of 4 pixels (4)."""
        from unisono.towers.sheet import SheetEncoder

        encoder = self._encoder(Modality.SHEET)
        assert isinstance(encoder, SheetEncoder)
        return self._put_together(Modality.SHEET, encoder.encode_strip(strip, step))

    def passages(
        self, item: Item, *, modality: Modality | None = None, hop_s: float | None = None
    ) -> Passages:
        """The passages of one item with their places; raises ReadError."""
        return self.encode_item(item, modality=modality, hop_s=hop_s).passages

    def weigh(
        self, vectors: FloatArray, asks: Modality, answers: Modality, level: Level
    ) -> FloatArray:
        """Asking vectors (n, dimension) scaled for a pair of modalities; see ``views.Views``."""
        return self.config.views.weigh(vectors, asks, answers, level)

    def calibrate(
        self, similarity: FloatArray, asks: Modality, answers: Modality, level: Level
    ) -> FloatArray:
        """Similarities as standard deviations above those of unrelated pairs.

        So a score means the same whatever kinds of things are compared. A space without
        calibration gives the similarities back.
        """
        spread = self.config.calibration.background.get(pair_key(asks, answers, level))
        if spread is None:
            return np.asarray(similarity, np.float32)
        scores = (np.asarray(similarity) - spread.mean) / max(spread.deviation, 1e-6)
        return np.asarray(scores, np.float32)

    def tag_probability(self, similarity: FloatArray, modality: Modality) -> FloatArray:
        """Similarities of a tag's sentence and an item -> probabilities that the tag applies."""
        logistic = self.config.calibration.tags.get(str(modality))
        if logistic is None:
            raise BundleError(f"the space {self.name} has no calibration of tags for {modality}")
        logits = logistic.slope * np.asarray(similarity, np.float64) + logistic.offset
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), np.float32)

    def save(self, folder: Path) -> None:
        """Write the space as a bundle: safetensors and JSON."""
        from unisono.towers.bundle import BACKBONES_FOLDER, read_tensors
        from unisono.towers.foreign.keeping import copy_kept

        write_bundle(folder, self.config, self.card, read_tensors(self._bundle.weights, ""))
        copy_kept(self._bundle.backbones, folder / BACKBONES_FOLDER)

    def save_text_model(self, folder: Path) -> None:
        """Write the text side as a model of sentence-transformers, which needs no unisono.

        ``SentenceTransformer(folder).encode(texts)`` gives the vectors of ``encode(texts)``.
        Raises BundleError for a text tower that has no such form.
        """
        from unisono.towers.sentence_transformers_export import save_text_model

        save_text_model(self._bundle, folder)

    def push_to_hub(
        self,
        name: str,
        *,
        private: bool = False,
        token: str | None = None,
        commit_message: str = "A space of unisono",
    ) -> str:
        """Put the bundle on the Hub as ``owner/name`` and give its address.

        token: of the Hub, with the right to write; the one of ``hf auth login`` when None.
        Raises HubError that says what is wrong: no network, no token, no such name.
        """
        from unisono.towers.hub import push

        return push(self, name, private=private, token=token, commit_message=commit_message)

    def _views(
        self, item: Item, modality: Modality | None, hop_s: float | None, every_column: bool
    ) -> tuple[Modality, ItemViews]:
        if isinstance(item, str):
            if modality not in (None, Modality.TEXT):
                raise ValueError(f"a str is text; give a Path for {modality}")
            return Modality.TEXT, self._sentences().encode(item, None)
        path = item.expanduser()
        if modality is not None:
            return modality, self._views_of(path, modality, hop_s, every_column)
        from unisono.data.readers.detect import detect_without_looking

        found = detect_without_looking(path)
        if found is not None:
            return found, self._views_of(path, found, hop_s, every_column)
        from unisono.data.readers.sheet import NoStavesError

        if Modality.SHEET not in self.modalities:
            return Modality.COVER, self._encoder(Modality.COVER).encode(path, hop_s)
        try:  # a picture is a sheet when staves are found on it
            return Modality.SHEET, self._views_of(path, Modality.SHEET, hop_s, every_column)
        except NoStavesError:
            return Modality.COVER, self._encoder(Modality.COVER).encode(path, hop_s)

    def _views_of(
        self, path: Path, modality: Modality, hop_s: float | None, every_column: bool
    ) -> ItemViews:
        encoder = self._encoder(modality)
        if every_column:
            from unisono.data.readers.sheet import read_strip
            from unisono.towers.sheet import SheetEncoder

            if isinstance(encoder, SheetEncoder):
                return encoder.encode_strip(read_strip(path), 1)
        return encoder.encode(path, hop_s)

    def _put_together(self, modality: Modality, views: ItemViews) -> Encoding:
        compose = self.config.views.compose
        passages = Passages(compose(views.notes, views.character), views.places, views.weights)
        whole = compose(views.whole_notes, views.whole_character)[0]
        return Encoding(modality, whole, passages, views.duration_s)

    def _encoder(self, modality: Modality) -> Encoder:
        if modality not in self._encoders:
            from unisono.towers.encoders import build_encoder

            self._encoders[modality] = build_encoder(modality, self._bundle)
        return self._encoders[modality]

    def _sentences(self) -> TextEncoding:
        encoder = self._encoder(Modality.TEXT)
        assert isinstance(encoder, TextEncoding)
        return encoder


def build(config: SpaceConfig, folder: Path, *, seed: int = 0, pretrained: bool = False) -> Space:
    """A space before training, written to ``folder``.

    pretrained: foreign backbones with their own weights; all else is random.
    Raises BackboneError for a backbone that cannot be built.
    """
    from unisono.towers.encoders import build_nets, write_nets

    write_nets(folder, config, Card(), build_nets(config, seed, pretrained=pretrained))
    return Space(open_bundle(folder))


class Encoder(Protocol):
    """What gives both views of one item of its modality."""

    def encode(self, item: Path, hop_s: float | None = None) -> ItemViews:
        """Raises ReadError."""
        ...


@runtime_checkable
class TextEncoding(Protocol):
    """What a text encoder gives besides."""

    def encode(self, item: str | Path, hop_s: float | None = None) -> ItemViews:
        """A sentence, or a text file."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """Characters (len(texts), character_dimension)."""
        ...
