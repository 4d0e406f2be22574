"""Spaces with nets of other libraries are bundles that need nothing but themselves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_foreign
from tiny_space import CONFIG, NETS, Files

from unisono.data.modality import Modality
from unisono.towers.bundle import BundleError, Card, SpaceConfig
from unisono.towers.encoders import build_nets, write_nets
from unisono.towers.foreign import BackboneError, build_backbone, native_dimension
from unisono.towers.space import build, load

pytestmark = pytest.mark.usefixtures("torchvision_shim")

TEXT = "calm piano"


def timm(folder: Path) -> str:
    folder.mkdir()
    return "timm:test_resnet"


def config_of(backbones: dict[str, str], dimension: int, **changes: Any) -> SpaceConfig:
    nets = replace(NETS, notes_dimension=0, character_dimension=dimension)
    native = tuple(backbones)
    return replace(
        CONFIG, nets=nets, stored_notes=0.0, backbones=backbones, native=native, **changes
    )


def item_of(modality: Modality, files: Files) -> str | Path:
    return {
        Modality.TEXT: TEXT,
        Modality.AUDIO: files.more_audio[0],
        Modality.COVER: files.cover,
    }[modality]


def batch_of(modality: Modality, backbone: Any, files: Files) -> Any:
    import torch

    from unisono.data.readers.audio import read_blocks
    from unisono.data.readers.cover import read_cover

    if modality is Modality.TEXT:
        return [TEXT]
    if modality is Modality.AUDIO:
        (block,) = read_blocks(files.more_audio[0], backbone.sample_rate, 10.0)
        return torch.from_numpy(block)[None]
    return torch.from_numpy(read_cover(files.cover, 224))[None]


@pytest.mark.parametrize(
    ("save", "modality"),
    [
        (tiny_foreign.save_clap, Modality.AUDIO),
        (tiny_foreign.save_clap, Modality.TEXT),
        (tiny_foreign.save_mert, Modality.AUDIO),
        (tiny_foreign.save_ast, Modality.AUDIO),
        (timm, Modality.COVER),
        (timm, Modality.AUDIO),
        (tiny_foreign.save_open_clip, Modality.COVER),
        (tiny_foreign.save_open_clip, Modality.TEXT),
        (tiny_foreign.save_open_clip_with_bert, Modality.COVER),
        (tiny_foreign.save_open_clip_with_bert, Modality.TEXT),
        (tiny_foreign.save_sentence_transformer, Modality.TEXT),
    ],
    ids=lambda value: str(value) if isinstance(value, Modality) else value.__name__,
)
def test_a_bundle_gives_the_nets_own_vectors_without_its_folder(
    save: Callable[[Path], str], modality: Modality, files: Files, tmp_path: Path
) -> None:
    import torch

    folder = tmp_path / "original"
    kind = save(folder)
    dimension = native_dimension(kind, modality)
    config = config_of({str(modality): kind}, dimension)
    nets = build_nets(config, pretrained=save is not timm)  # timm's weights would be fetched
    with torch.no_grad():
        batch = batch_of(modality, nets[modality], files)
        expected = nets[modality].eval()(batch).numpy()[0]
    assert expected.shape == (dimension,)
    write_nets(tmp_path / "bundle", config, Card(), nets)
    shutil.rmtree(folder)
    shutil.rmtree(tmp_path / "bert", ignore_errors=True)
    shutil.move(tmp_path / "bundle", tmp_path / "moved")
    space = load(tmp_path / "moved")
    item = item_of(modality, files)
    got = space.encode_item(item, modality=modality).whole
    # Weights are kept in half precision.
    np.testing.assert_allclose(got, expected / np.linalg.norm(expected), atol=5e-3)
    space.save(tmp_path / "saved")
    again = load(tmp_path / "saved")
    assert again.fingerprint == space.fingerprint
    np.testing.assert_array_equal(again.encode_item(item, modality=modality).whole, got)
    kept = [file for file in (tmp_path / "saved").rglob("*") if file.is_file()]
    assert {file.suffix for file in kept} <= {".json", ".txt", ".safetensors"}
    for file in kept:
        # The settings name the backbone; no other file says where it lay.
        if file.name in ("config.json", "preprocessor_config.json", "tokenizer_config.json"):
            assert str(tmp_path) not in file.read_text(), file


def test_frozen_clap_stays_one_space(files: Files, tmp_path: Path) -> None:
    import torch
    from transformers import ClapFeatureExtractor, ClapModel

    from unisono.data.readers.audio import read_blocks

    kind = tiny_foreign.save_clap(tmp_path / "clap")
    config = config_of({"audio": kind, "text": kind}, 24)
    space = build(config, tmp_path / "bundle", pretrained=True)
    sounds = [*files.more_audio[:1], files.audio]
    texts = ["calm piano", "loud brass"]
    clap = ClapModel.from_pretrained(tmp_path / "clap").eval()
    extractor = ClapFeatureExtractor.from_pretrained(tmp_path / "clap")
    (block,) = read_blocks(sounds[0], 48_000, 10.0)
    tokens = tiny_foreign.tiny_tokenizer()(texts, padding=True, return_tensors="pt")
    heard = extractor([block], sampling_rate=48_000, return_tensors="pt")
    with torch.no_grad():
        out = clap(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"], **heard)
    expected = (out.text_embeds @ out.audio_embeds.T).numpy()[:, 0]
    got = space.encode(texts) @ space.encode(sounds)[0]
    np.testing.assert_allclose(got, expected, atol=5e-3)
    # The default nets beside it give vectors of the same space.
    others = space.encode([files.midi, files.page, files.cover])
    assert others.shape == (3, 24)
    np.testing.assert_allclose(np.linalg.norm(others, axis=1), 1, atol=1e-5)


def test_open_clip_stays_one_space(files: Files, tmp_path: Path) -> None:
    import open_clip
    import torch

    kind = tiny_foreign.save_open_clip(tmp_path / "clip")
    space = build(config_of({"cover": kind, "text": kind}, 24), tmp_path / "b", pretrained=True)
    source = f"local-dir:{tmp_path / 'clip'}"
    clip = open_clip.create_model(source).eval()
    tokens = open_clip.get_tokenizer(source)([TEXT])
    seen = build_backbone(kind, Modality.COVER, dimension=24, native=True)
    image = torch.nn.functional.interpolate(
        batch_of(Modality.COVER, seen, files), (32, 32), mode="bilinear", antialias=True
    )
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in ([0.4, 0.5, 0.6], [0.2, 0.3, 0.4]))
    with torch.no_grad():
        pictures = clip.encode_image((image - mean) / std, normalize=True)
        expected = float(pictures[0] @ clip.encode_text(tokens, normalize=True)[0])
    cover = space.encode_item(files.cover, modality=Modality.COVER).whole
    assert float(cover @ space.encode([TEXT])[0]) == pytest.approx(expected, abs=5e-3)


def test_long_sound_is_heard_window_by_window(files: Files, tmp_path: Path) -> None:
    kind = tiny_foreign.save_clap(tmp_path / "clap")
    space = build(config_of({"audio": kind}, 24), tmp_path / "bundle", pretrained=True)
    encoding = space.encode_item(files.audio)
    assert encoding.passages.vectors.shape == (2, 24)
    weighed = np.array([10.0, 2.3]) @ encoding.passages.vectors
    np.testing.assert_allclose(encoding.whole, weighed / np.linalg.norm(weighed), atol=1e-3)


@pytest.mark.parametrize("dimension", [23, 25])
def test_a_native_embedding_of_another_length_says_what_to_set(
    tmp_path: Path, dimension: int
) -> None:
    kind = tiny_foreign.save_clap(tmp_path / "clap")
    remedy = "has 24 dimensions.*set nets.character_dimension to 24 and nets.notes_dimension to 0"
    for pretrained in (True, False):
        with pytest.raises(BackboneError, match=remedy):
            build_backbone(
                kind, Modality.AUDIO, dimension=dimension, native=True, pretrained=pretrained
            )


def test_native_dimensions_need_no_weights(tmp_path: Path) -> None:
    kinds = {
        tiny_foreign.save_clap(tmp_path / "clap"): (Modality.TEXT, 24),
        tiny_foreign.save_mert(tmp_path / "mert"): (Modality.AUDIO, 16),
        tiny_foreign.save_ast(tmp_path / "ast"): (Modality.AUDIO, 16),
    }
    for weights in tmp_path.rglob("*.safetensors"):
        weights.unlink()
    kinds["open_clip:ViT-B-32@laion2b_s34b_b79k"] = (Modality.COVER, 512)
    kinds["timm:resnet18"] = (Modality.SHEET, 512)
    kinds["timm:mobilenetv4_conv_small"] = (Modality.AUDIO, 1280)
    for kind, (modality, expected) in kinds.items():
        assert native_dimension(kind, modality) == expected, kind
    assert native_dimension("sentence-transformers:all-MiniLM-L6-v2", Modality.TEXT) == 384
    with pytest.raises(BackboneError, match="no model 'ViT-Z-1'"):
        native_dimension("open_clip:ViT-Z-1", Modality.TEXT)


def test_a_native_net_has_no_parameters_but_its_own(tmp_path: Path) -> None:
    kind = tiny_foreign.save_ast(tmp_path / "ast")
    backbone = build_backbone(kind, Modality.AUDIO, dimension=16, native=True, frozen=True)
    assert not [p for p in backbone.parameters() if p.requires_grad]
    assert all(name.startswith("net.") for name in backbone.state_dict())


def test_a_tag_after_the_name_chooses_weights_of_open_clip(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match="no-such-tag"):
        build_backbone("open_clip:ViT-B-32@no-such-tag", Modality.COVER, dimension=8)
    kind = "open_clip:ViT-S-32-alt@no-such-tag"
    drawn = build_backbone(kind, Modality.TEXT, dimension=8, pretrained=False)
    assert drawn(["a waltz"]).shape == (1, 8)


def test_only_a_backbone_can_be_native() -> None:
    with pytest.raises(BundleError, match="native: audio has the default net"):
        SpaceConfig(native=("audio",))


def test_native_is_part_of_the_fingerprint(tmp_path: Path) -> None:
    kind = tiny_foreign.save_clap(tmp_path / "clap")
    config = config_of({"audio": kind, "text": kind}, 24)
    space = build(config, tmp_path / "bundle")
    assert space.config.native == ("audio", "text")
    file = tmp_path / "bundle" / "space.json"
    facts = json.loads(file.read_text())
    file.write_text(json.dumps(facts | {"native": ["text", "audio"]}))
    assert load(tmp_path / "bundle").fingerprint == space.fingerprint
    file.write_text(json.dumps(facts | {"native": ["text"]}))
    assert load(tmp_path / "bundle").fingerprint != space.fingerprint


def test_another_tokenizer_is_another_space(tmp_path: Path) -> None:
    kind = tiny_foreign.save_sentence_transformer(tmp_path / "model")
    space = build(config_of({"text": kind}, 16), tmp_path / "bundle")
    file = tmp_path / "bundle" / "backbones" / "text" / "tokenizer.json"
    file.write_text(file.read_text().replace('"b"', '"B"'))
    assert load(tmp_path / "bundle").fingerprint != space.fingerprint


def test_what_was_kept_of_other_nets_does_not_stay(tmp_path: Path) -> None:
    kind = tiny_foreign.save_ast(tmp_path / "ast")
    foreign = build(config_of({"audio": kind}, 16), tmp_path / "foreign")
    plain = build(CONFIG, tmp_path / "plain")
    foreign.save(tmp_path / "plain")
    assert load(tmp_path / "plain").fingerprint == foreign.fingerprint
    again = build(CONFIG, tmp_path / "plain")
    assert again.fingerprint == plain.fingerprint
    assert not (tmp_path / "plain" / "backbones").exists()
    foreign.save(tmp_path / "foreign")  # onto itself
    assert load(tmp_path / "foreign").fingerprint == foreign.fingerprint


def test_bundles_run_no_code_of_others(tmp_path: Path) -> None:
    kind = tiny_foreign.save_sentence_transformer(tmp_path / "model")
    build(config_of({"text": kind}, 16), tmp_path / "bundle")
    file = tmp_path / "bundle" / "backbones" / "text" / "modules.json"
    modules = json.loads(file.read_text())
    modules[1]["type"] = "os.path"
    file.write_text(json.dumps(modules))
    with pytest.raises(BackboneError, match=r"module os\.path is not one of sentence-trans"):
        load(tmp_path / "bundle").encode(["a waltz"])


def test_remote_code_cannot_be_kept(tmp_path: Path) -> None:
    from transformers import HubertConfig

    from unisono.towers.foreign.mert import Mert

    tiny = HubertConfig(**tiny_foreign.hubert_settings())
    with pytest.raises(BackboneError, match="trust_remote_code cannot be kept in a bundle"):
        Mert(tiny, None, trust_remote_code=True).keep(tmp_path)
