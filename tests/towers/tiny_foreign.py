"""Tiny nets of other libraries at random weights, in memory and as their libraries save them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def same_weights() -> Iterator[None]:
    """Nets made here are the same in every order of tests: some draws tell words hardly apart."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        yield


def clap_config(**audio: Any) -> Any:
    from transformers import ClapConfig

    return ClapConfig(
        audio_config={
            "patch_size": 16,
            "patch_stride": [16, 16],
            "window_size": 4,
            "depths": [1, 1],
            "num_attention_heads": [2, 2],
            "patch_embeds_hidden_size": 16,
            "hidden_size": 32,
            "projection_dim": 24,
        }
        | audio,
        text_config={
            "vocab_size": 64,
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 32,
            "max_position_embeddings": 20,
            "projection_dim": 24,
        },
        projection_dim=24,
    )


def tiny_tokenizer() -> Any:
    """One token a letter, in RoBERTa's order of special tokens."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = {letter: number for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 4)}
    vocabulary = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3} | letters
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
    )


def hubert_settings() -> dict[str, Any]:
    return {
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


def open_clip_config() -> Any:
    from open_clip import CLIPTextCfg, CLIPVisionCfg

    from unisono.towers.foreign.open_clip_image import OpenClipConfig

    return OpenClipConfig(
        embed_dim=24,
        vision=CLIPVisionCfg(layers=1, width=16, head_width=8, patch_size=16, image_size=32),
        text=CLIPTextCfg(context_length=16, width=16, heads=2, layers=1),
    )


def ast_config() -> Any:
    from transformers import ASTConfig

    return ASTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        num_mel_bins=32,
        max_length=64,
    )


def bert_config() -> Any:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=64,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )


def tiny_sentence_transformer() -> Any:
    from sentence_transformers import SentenceTransformer

    try:
        from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    except ImportError:
        from sentence_transformers.models import Pooling, Transformer
    from transformers import BertModel

    with tempfile.TemporaryDirectory() as folder:
        BertModel(bert_config()).save_pretrained(folder)
        tiny_tokenizer().save_pretrained(folder)
        transformer = Transformer(folder)
    return SentenceTransformer(modules=[transformer, Pooling(16)], device="cpu")


def save_clap(folder: Path) -> str:
    from transformers import ClapFeatureExtractor, ClapModel

    with same_weights():
        ClapModel(clap_config()).save_pretrained(folder)
    ClapFeatureExtractor(truncation="rand_trunc").save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return f"clap:{folder}"


def save_mert(folder: Path) -> str:
    from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

    with same_weights():
        HubertModel(HubertConfig(**hubert_settings())).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=24_000, do_normalize=True).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mert_model", "auto_map": {"AutoModel": "absent.MERTModel"}}
    (folder / "config.json").write_text(json.dumps(config))
    return f"mert:{folder}"


def save_ast(folder: Path) -> str:
    from transformers import ASTFeatureExtractor, ASTModel

    with same_weights():
        ASTModel(ast_config()).save_pretrained(folder)
    ASTFeatureExtractor(num_mel_bins=32, max_length=64).save_pretrained(folder)
    return f"ast:{folder}"


def save_sentence_transformer(folder: Path) -> str:
    tiny_sentence_transformer().save(str(folder), create_model_card=False)
    return f"sentence-transformers:{folder}"


def save_open_clip(folder: Path, **text: Any) -> str:
    """A CLIP of one layer; ``text`` overrides the settings of its text tower."""
    import open_clip
    import torch

    vision = {"layers": 1, "width": 16, "head_width": 8, "patch_size": 16, "image_size": 32}
    words = {"context_length": 16, "width": 16, "heads": 2, "layers": 1} | text
    facts = {
        "model_cfg": {"embed_dim": 24, "vision_cfg": vision, "text_cfg": words},
        "preprocess_cfg": {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4]},
    }
    folder.mkdir(exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(facts))
    with same_weights():
        net = open_clip.create_model(
            f"local-dir:{folder}", load_weights=False, pretrained_text=False
        )
    torch.save(net.state_dict(), folder / "open_clip_pytorch_model.bin")
    return f"open_clip:local-dir:{folder}"


def save_open_clip_with_bert(folder: Path) -> str:
    """A CLIP whose text tower and tokenizer are those of transformers, as XLM-R's are."""
    bert = folder.with_name("bert")
    bert_config().save_pretrained(bert)
    tiny_tokenizer().save_pretrained(folder)
    return save_open_clip(
        folder,
        hf_model_name=str(bert),
        hf_tokenizer_name=str(folder),
        hf_proj_type="mlp",
        vocab_size=64,
    )
