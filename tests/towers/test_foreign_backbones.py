"""What holds for every foreign backbone, each built by its library from a tiny configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tiny_foreign import (
    clap_config,
    hubert_settings,
    open_clip_config,
    tiny_sentence_transformer,
    tiny_tokenizer,
)

if TYPE_CHECKING:
    from unisono.towers.foreign.backbone import Backbone

pytestmark = pytest.mark.usefixtures("torchvision_shim")

DIMENSION = 12
TEXTS = ["calm solo piano", "a loud brass fanfare with timpani"]


@dataclass
class Case:
    """A way to build a tiny backbone, and a batch of two for it."""

    build: Callable[[bool], Backbone]
    batch: Callable[[], Any]


def noise(*shape: int) -> Any:
    import torch

    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def clap_audio(frozen: bool) -> Backbone:
    from unisono.towers.foreign.clap import ClapAudio

    return ClapAudio(clap_config(), DIMENSION, frozen=frozen)


def clap_audio_fused(frozen: bool) -> Backbone:
    from unisono.towers.foreign.clap import ClapAudio

    return ClapAudio(clap_config(enable_fusion=True), DIMENSION, frozen=frozen)


def clap_text(frozen: bool) -> Backbone:
    from unisono.towers.foreign.clap import ClapText

    return ClapText(clap_config(), DIMENSION, tokenizer=tiny_tokenizer(), frozen=frozen)


def mert_as_hubert(frozen: bool) -> Backbone:
    from transformers import HubertConfig

    from unisono.towers.foreign.mert import Mert

    return Mert(HubertConfig(**hubert_settings()), DIMENSION, frozen=frozen)


def mert_as_wav2vec2(frozen: bool) -> Backbone:
    from transformers import Wav2Vec2Config

    from unisono.towers.foreign.mert import Mert

    return Mert(Wav2Vec2Config(**hubert_settings()), DIMENSION, frozen=frozen)


def ast(frozen: bool) -> Backbone:
    from transformers import ASTConfig

    from unisono.towers.foreign.audio_spectrogram_transformer import AudioSpectrogramTransformer

    config = ASTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        num_mel_bins=32,
        max_length=64,
    )
    return AudioSpectrogramTransformer(config, DIMENSION, frozen=frozen)


def timm_rgb(frozen: bool) -> Backbone:
    from unisono.towers.foreign.timm_image import TimmImage

    return TimmImage("test_efficientnet", DIMENSION, pretrained=False, frozen=frozen)


def timm_gray_transformer(frozen: bool) -> Backbone:
    from unisono.towers.foreign.timm_image import TimmImage

    return TimmImage("test_vit", DIMENSION, in_chans=1, pretrained=False, frozen=frozen)


def timm_spectrogram(frozen: bool) -> Backbone:
    from unisono.towers.foreign.timm_image import TimmSpectrogram

    return TimmSpectrogram("test_resnet", DIMENSION, pretrained=False, frozen=frozen)


def timm_spectrogram_transformer(frozen: bool) -> Backbone:
    from unisono.towers.foreign.timm_image import TimmSpectrogram

    return TimmSpectrogram("test_vit", DIMENSION, pretrained=False, frozen=frozen)


def open_clip_image(frozen: bool) -> Backbone:
    from unisono.towers.foreign.open_clip_image import OpenClipImage

    return OpenClipImage(open_clip_config(), DIMENSION, frozen=frozen)


def open_clip_text(frozen: bool) -> Backbone:
    from unisono.towers.foreign.open_clip_image import OpenClipText

    return OpenClipText(open_clip_config(), DIMENSION, frozen=frozen)


def sentence_transformer(frozen: bool) -> Backbone:
    from unisono.towers.foreign.sentence_transformer import SentenceTransformerText

    return SentenceTransformerText(tiny_sentence_transformer(), DIMENSION, frozen=frozen)


def audio() -> Any:
    return noise(2, 8_000) - 0.5


CASES = {
    "clap audio": Case(clap_audio, audio),
    "clap audio, fused": Case(clap_audio_fused, audio),
    "clap text": Case(clap_text, lambda: TEXTS),
    "mert as hubert": Case(mert_as_hubert, audio),
    "mert as wav2vec2": Case(mert_as_wav2vec2, audio),
    "ast": Case(ast, audio),
    "timm rgb": Case(timm_rgb, lambda: noise(2, 3, 64, 48)),
    "timm gray transformer": Case(timm_gray_transformer, lambda: noise(2, 1, 64, 48)),
    "timm spectrogram": Case(timm_spectrogram, audio),
    "timm spectrogram transformer": Case(timm_spectrogram_transformer, audio),
    "open_clip image": Case(open_clip_image, lambda: noise(2, 3, 40, 60)),
    "open_clip text": Case(open_clip_text, lambda: TEXTS),
    "sentence-transformers": Case(sentence_transformer, lambda: TEXTS),
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request: pytest.FixtureRequest) -> Case:
    import torch

    torch.manual_seed(0)
    chosen: Case = request.param
    return chosen


def test_forward_and_backward(case: Case) -> None:
    import torch

    backbone = case.build(False).train()
    vectors = backbone(case.batch())
    assert vectors.shape == (2, DIMENSION)
    assert vectors.dtype == torch.float32
    assert not torch.equal(vectors[0], vectors[1])
    (vectors * torch.arange(DIMENSION)).square().sum().backward()
    gradients = [p.grad for p in backbone.net.parameters() if p.grad is not None]
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    # A few weights of some nets have no part in one vector (mask tokens, a second head).
    assert len(gradients) > 0.7 * len(list(backbone.net.parameters()))
    assert sum(float(gradient.abs().sum()) for gradient in gradients) > 0


def test_frozen_net_stays_as_it_is(case: Case) -> None:
    import torch

    backbone = case.build(True).train()
    assert backbone.training
    assert not any(module.training for module in backbone.net.modules())
    before = {name: value.clone() for name, value in backbone.net.state_dict().items()}
    backbone(case.batch()).sum().backward()
    assert backbone.projection.weight.grad is not None
    assert all(parameter.grad is None for parameter in backbone.net.parameters())
    after = backbone.net.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_one_step_of_training_changes_the_net(case: Case) -> None:
    import torch

    backbone = case.build(False).train()
    optimizer = torch.optim.SGD(backbone.parameters(), lr=0.1)
    before = [parameter.detach().clone() for parameter in backbone.net.parameters()]
    backbone(case.batch()).square().mean().backward()
    optimizer.step()
    pairs = zip(before, backbone.net.parameters(), strict=True)
    assert any(not torch.equal(old, new) for old, new in pairs)


def test_same_vector_every_time_and_in_any_batch(case: Case) -> None:
    import torch

    backbone = case.build(False).eval()
    batch = case.batch()
    with torch.no_grad():
        together = backbone(batch)
        assert torch.equal(together, backbone(batch))
        alone = torch.cat([backbone(batch[:1]), backbone(batch[1:])])
    assert torch.cosine_similarity(together, alone).min() > 0.99999
