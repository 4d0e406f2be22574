from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unisono.data.modality import Modality
from unisono.towers.foreign import BackboneError, build_backbone

pytestmark = pytest.mark.usefixtures("torchvision_shim")

MINILM = "sentence-transformers:all-MiniLM-L6-v2"


def test_installed_minilm_gives_the_vectors_of_the_torch_free_path() -> None:
    import torch

    from unisono.towers.minilm import MiniLM

    texts = ["a slow movement for strings", "", "Marsch " * 300]
    backbone = build_backbone(MINILM, Modality.TEXT, dimension=8).eval()
    with torch.no_grad():
        features = backbone.features_of(texts).numpy()
        assert backbone(texts).shape == (3, 8)
        assert backbone([]).shape == (0, 8)
    np.testing.assert_allclose(features, MiniLM().encode(texts), atol=1e-4)


def test_minilm_at_random_weights() -> None:
    import torch

    trained = build_backbone(MINILM, Modality.TEXT, dimension=8).net.state_dict()
    drawn = build_backbone(MINILM, Modality.TEXT, dimension=8, pretrained=False).net.state_dict()
    name = next(name for name in trained if name.endswith("query.weight"))
    assert trained[name].shape == drawn[name].shape
    assert not torch.equal(trained[name], drawn[name])


def test_clap_text_is_cut_where_its_positions_end(tmp_path: Path) -> None:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import ClapConfig, ClapModel, PreTrainedTokenizerFast

    from unisono.towers.foreign.clap import ClapText

    text = {
        "vocab_size": 8,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 20,
        "projection_dim": 24,
    }
    audio = {"depths": [1], "num_attention_heads": [2], "hidden_size": 96, "projection_dim": 24}
    model = ClapModel(ClapConfig(text_config=text, audio_config=audio, projection_dim=24)).eval()
    model.save_pretrained(tmp_path)
    words = Tokenizer(models.WordLevel({"[UNK]": 0, "[PAD]": 1, "la": 2}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]"
    )
    tokenizer.save_pretrained(tmp_path)
    clap = ClapText(tmp_path, 8).eval()
    with torch.no_grad():
        longest, longer = clap.features_of(["la " * 18, "la " * 500])
        expected = model.get_text_features(**tokenizer(["la " * 18], return_tensors="pt"))
    expected = getattr(expected, "pooler_output", expected)
    assert torch.equal(longest, longer)
    assert torch.allclose(torch.nn.functional.normalize(longest, dim=0), expected[0], atol=1e-5)


def test_clap_config_needs_a_tokenizer() -> None:
    from transformers import ClapConfig

    from unisono.towers.foreign.clap import ClapText

    with pytest.raises(ValueError, match="tokenizer"):
        ClapText(ClapConfig(), 8)


def test_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match=f"{tmp_path}: cannot be loaded"):
        build_backbone(f"clap:{tmp_path}", Modality.TEXT, dimension=8)
