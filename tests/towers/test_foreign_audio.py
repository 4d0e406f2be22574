from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from unisono.towers.foreign.importing import BackboneError

pytestmark = pytest.mark.usefixtures("torchvision_shim")


def noise(*shape: int) -> Any:
    import torch

    return torch.rand(*shape, generator=torch.Generator().manual_seed(1)) - 0.5


@pytest.fixture(scope="module")
def clap_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole tiny CLAP as transformers saves it."""
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    audio = {
        "patch_size": 16,
        "patch_stride": [16, 16],
        "window_size": 4,
        "depths": [1, 1],
        "num_attention_heads": [2, 2],
        "patch_embeds_hidden_size": 16,
        "hidden_size": 32,
        "projection_dim": 24,
    }
    text = {
        "vocab_size": 64,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "projection_dim": 24,
    }
    folder = tmp_path_factory.mktemp("clap")
    config = ClapConfig(audio_config=audio, text_config=text, projection_dim=24)
    ClapModel(config).eval().save_pretrained(folder)
    ClapFeatureExtractor(truncation="rand_trunc").save_pretrained(folder)
    return folder


def test_clap_of_a_folder_is_transformers_clap(clap_folder: Path) -> None:
    import torch
    from transformers import ClapFeatureExtractor, ClapModel

    from unisono.towers.foreign.clap import ClapAudio

    clap = ClapAudio(clap_folder, 24).eval()
    assert clap.sample_rate == 48_000
    waveform = noise(2, 96_000)
    inputs = ClapFeatureExtractor.from_pretrained(clap_folder)(
        list(waveform.numpy()), sampling_rate=48_000, return_tensors="pt"
    )
    with torch.no_grad():
        reference = ClapModel.from_pretrained(clap_folder).eval().get_audio_features(**inputs)
        ours = clap.features_of(waveform)
    expected = getattr(reference, "pooler_output", reference)
    assert torch.allclose(torch.nn.functional.normalize(ours, dim=1), expected, atol=1e-5)


def test_clap_of_a_folder_at_random_weights(clap_folder: Path) -> None:
    import torch

    from unisono.towers.foreign.clap import ClapAudio

    waveform = noise(1, 9_600)
    trained = ClapAudio(clap_folder, 8)
    drawn = ClapAudio(clap_folder, 8, pretrained=False)
    with torch.no_grad():
        features = [clap.eval().features_of(waveform) for clap in (trained, drawn)]
    assert not torch.allclose(*features)


def test_long_audio_is_the_mean_of_its_windows(clap_folder: Path) -> None:
    import torch

    from unisono.towers.foreign.clap import ClapAudio

    clap = ClapAudio(clap_folder, 8).eval()
    # 15 s: a window of 10 s, where transformers would crop at random, and one of 5 s.
    waveform = noise(1, 720_000)
    with torch.no_grad():
        first, second = clap(waveform[:, :480_000]), clap(waveform[:, 480_000:])
        whole = clap(waveform)
        assert torch.equal(whole, clap(waveform))
    assert torch.allclose(whole, (2 * first + second) / 3, atol=1e-5)


@pytest.mark.parametrize("shape", [(480,), (1, 2, 480), (1, 0)])
def test_other_shapes_are_refused(clap_folder: Path, shape: tuple[int, ...]) -> None:
    from unisono.towers.foreign.clap import ClapAudio

    with pytest.raises(ValueError, match=r"\(batch, samples\)"):
        ClapAudio(clap_folder, 8)(noise(*shape))


def test_one_sample_is_enough(clap_folder: Path) -> None:
    import torch

    from unisono.towers.foreign.clap import ClapAudio

    assert torch.isfinite(ClapAudio(clap_folder, 8)(noise(1, 1))).all()


def test_ast_is_transformers_ast(tmp_path: Path) -> None:
    import torch
    from transformers import ASTConfig, ASTFeatureExtractor, ASTForAudioClassification, ASTModel

    from unisono.towers.foreign.audio_spectrogram_transformer import AudioSpectrogramTransformer

    config = ASTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        num_mel_bins=32,
        max_length=64,
    )
    # Published weights are those of the classifier; its head is left out.
    ASTForAudioClassification(config).save_pretrained(tmp_path)
    extractor = ASTFeatureExtractor(num_mel_bins=32, max_length=64)
    extractor.save_pretrained(tmp_path)
    ast = AudioSpectrogramTransformer(tmp_path, 8).eval()
    assert ast.sample_rate == 16_000
    # 64 frames of 10 ms, the last of which is 25 ms long.
    assert ast.window_samples == 63 * 160 + 400
    waveform = noise(2, ast.window_samples)
    inputs = extractor(list(waveform.numpy()), sampling_rate=16_000, return_tensors="pt")
    with torch.no_grad():
        expected = ASTModel.from_pretrained(tmp_path).eval()(**inputs).pooler_output
        assert torch.allclose(ast.features_of(waveform), expected, atol=1e-5)
        assert ast(noise(1, 3 * ast.window_samples + 5)).shape == (1, 8)


def hubert(**changes: Any) -> Any:
    from transformers import HubertConfig

    settings = {
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "conv_dim": (16, 16),
        "conv_stride": (10, 8),
        "conv_kernel": (20, 8),
        "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 2,
    }
    return HubertConfig(**settings | changes)


def save_mert(folder: Path, **settings: Any) -> None:
    """Save tiny weights as the Hub has MERT's: another model type, further settings."""
    from transformers import HubertModel, Wav2Vec2FeatureExtractor

    HubertModel(hubert()).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=24_000, do_normalize=True).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mert_model", "architectures": ["MERTModel"]} | settings
    (folder / "config.json").write_text(json.dumps(config))


AS_95M = {"attention_relax": -1.0, "deepnorm": False, "feature_extractor_cqt": False}


def test_mert_of_a_folder_loads_without_remote_code(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    from unisono.towers.foreign.mert import Mert

    save_mert(tmp_path, auto_map={"AutoModel": "absent.MERTModel"}, **AS_95M)
    mert = Mert(tmp_path, 8)
    assert mert.sample_rate == 24_000
    saved = load_file(tmp_path / "model.safetensors")
    name = "encoder.layers.1.attention.k_proj.weight"
    assert torch.equal(mert.net.state_dict()[name], saved[name])
    assert mert(noise(2, 24_000)).shape == (2, 8)
    drawn = Mert(tmp_path, 8, pretrained=False)
    assert not torch.equal(drawn.net.state_dict()[name], saved[name])


def test_mert_weights_under_the_names_of_its_time_are_loaded(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    from unisono.towers.foreign.mert import Mert

    save_mert(tmp_path, torch_dtype="float32", **AS_95M)
    weights = load_file(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").unlink()
    # torch's weight normalisation named its two parts otherwise before 2.1.
    convolution = "encoder.pos_conv_embed.conv"
    for old, new in (("weight_g", "original0"), ("weight_v", "original1")):
        value = weights.pop(f"{convolution}.parametrizations.weight.{new}")
        weights[f"{convolution}.{old}"] = value
    torch.save(weights, tmp_path / "pytorch_model.bin")
    loaded = Mert(tmp_path, 8).net.state_dict()
    now = f"{convolution}.parametrizations.weight.original1"
    assert torch.equal(loaded[now], weights[f"{convolution}.weight_v"])


def test_other_mert_asks_for_remote_code(tmp_path: Path) -> None:
    from unisono.towers.foreign.mert import Mert

    save_mert(tmp_path, **AS_95M | {"attention_relax": 32.0})
    with pytest.raises(BackboneError, match=r"attention_relax is 32\.0.*trust_remote_code"):
        Mert(tmp_path, 8)


def test_mert_with_remote_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from transformers import dynamic_module_utils

    from unisono.towers.foreign.mert import Mert

    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder = tmp_path / "mert"
    save_mert(
        folder,
        auto_map={"AutoConfig": "own_mert.MERTConfig", "AutoModel": "own_mert.MERTModel"},
        attention_relax=32.0,
    )
    (folder / "own_mert.py").write_text(
        "from transformers import HubertConfig, HubertModel\n"
        "class MERTConfig(HubertConfig):\n"
        "    model_type = 'mert_model'\n"
        "class MERTModel(HubertModel):\n"
        "    config_class = MERTConfig\n"
    )
    mert = Mert(folder, 8, trust_remote_code=True)
    assert type(mert.net).__name__ == "MERTModel"
    vectors = mert(noise(2, 12_000))
    vectors.sum().backward()
    assert torch.isfinite(vectors).all()


def test_mert_layers_differ() -> None:
    import torch

    from unisono.towers.foreign.mert import Mert

    mert = Mert(hubert(), 8).eval()
    waveform = noise(1, 12_000)
    features = {}
    with torch.no_grad():
        for layer in (0, 1, 2, -1):
            mert._layer = layer
            features[layer] = mert.features_of(waveform)
    assert torch.allclose(features[2], features[-1])
    assert not torch.allclose(features[0], features[1])
    assert not torch.allclose(features[1], features[2])


def test_other_models_are_not_taken_for_mert(tmp_path: Path) -> None:
    from unisono.towers.foreign.mert import Mert

    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(BackboneError, match="'bert' is neither MERT"):
        Mert(tmp_path, 8)


def test_missing_weights_are_an_error(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    from unisono.towers.foreign.mert import Mert

    save_mert(tmp_path, **AS_95M)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["encoder.layers.1.attention.k_proj.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BackboneError, match=r"1 weights of HubertModel are missing, .*k_proj"):
        Mert(tmp_path, 8)


def test_timm_hears_a_transposition() -> None:
    import torch

    from unisono.towers.foreign.timm_image import TimmSpectrogram

    backbone = TimmSpectrogram("test_resnet", 8, pretrained=False).eval()
    seconds = torch.arange(backbone.sample_rate * 2) / backbone.sample_rate
    low, high = (torch.sin(2 * torch.pi * hertz * seconds)[None] for hertz in (220, 880))
    with torch.no_grad():
        assert not torch.allclose(backbone(low), backbone(high), atol=1e-4)
