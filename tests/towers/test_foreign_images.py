from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unisono.towers.foreign.importing import BackboneError

pytestmark = pytest.mark.usefixtures("torchvision_shim")


def noise(*shape: int) -> Any:
    import torch

    return torch.rand(*shape, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize(
    "name", ["mobilenetv4_conv_small", "test_vit2", "test_convnext", "test_byobnet", "resnet10t"]
)
def test_many_kinds_of_timm_nets(name: str) -> None:
    import torch

    from unisono.towers.foreign.timm_image import TimmImage

    backbone = TimmImage(name, 8, in_chans=1, pretrained=False).eval()
    with torch.no_grad():
        assert backbone(noise(2, 1, 64, 96)).shape == (2, 8)


def test_timm_checkpoint_file_is_loaded(tmp_path: Path) -> None:
    import timm
    import torch

    from unisono.towers.foreign.timm_image import TimmImage

    reference = timm.create_model("test_resnet", num_classes=0).eval()
    torch.save(reference.state_dict(), tmp_path / "weights.pth")
    backbone = TimmImage("test_resnet", 8, pretrained=tmp_path / "weights.pth").eval()
    image = noise(2, 3, 64, 64)
    with torch.no_grad():
        scaled = (image - backbone.mean) / backbone.std
        assert torch.equal(backbone.projection(reference(scaled)), backbone(image))


def test_timm_normalises_gray_by_the_mean_of_the_colours() -> None:
    from unisono.towers.foreign.timm_image import TimmImage

    colour = TimmImage("test_resnet", 8, pretrained=False)
    gray = TimmImage("test_resnet", 8, in_chans=1, pretrained=False)
    assert gray.mean.shape == (1, 1, 1, 1)
    assert float(gray.mean) == pytest.approx(float(colour.mean.mean()))


def test_wrong_number_of_channels_is_said() -> None:
    from unisono.towers.foreign.timm_image import TimmImage

    backbone = TimmImage("test_resnet", 8, pretrained=False)
    with pytest.raises(ValueError, match=r"\(batch, 3, height, width\), not \(1, 1, 32, 32\)"):
        backbone(noise(1, 1, 32, 32))
    with pytest.raises(ValueError, match="in_chans is 1 or 3"):
        TimmImage("test_resnet", 8, in_chans=4, pretrained=False)


def test_unknown_timm_name_gives_those_near_it() -> None:
    from unisono.towers.foreign.timm_image import TimmImage

    with pytest.raises(BackboneError, match=r"no model 'mobilenetv4_conv'; near it: mobilenetv4"):
        TimmImage("mobilenetv4_conv", 8, pretrained=False)
    with pytest.raises(BackboneError, match=r"nothing\.pth: no such checkpoint"):
        TimmImage("test_resnet", 8, pretrained=Path("nothing.pth"))


def test_fixed_size_nets_see_the_whole_image() -> None:
    import torch

    from unisono.towers.foreign.timm_image import TimmImage

    backbone = TimmImage("test_vit", 8, pretrained=False).eval()
    assert backbone.size is not None
    image = noise(1, 3, 300, 200)
    changed = image.clone()
    changed[:, :, -80:] = 0
    with torch.no_grad():
        assert not torch.allclose(backbone(image), backbone(changed), atol=1e-4)


def test_open_clip_by_name_and_its_weights(tmp_path: Path) -> None:
    import open_clip
    import torch

    from unisono.towers.foreign.open_clip_image import OpenClipImage, OpenClipText

    # The smallest model of the list that has neither timm nor Hugging Face parts.
    name = "ViT-S-32-alt"
    reference = open_clip.create_model(name).eval()
    file = tmp_path / "weights.pt"
    torch.save(reference.state_dict(), file)
    image, texts = noise(1, 3, 224, 224), ["a waltz", "ein Walzer"]
    visual = OpenClipImage(name, 8, pretrained=file).eval()
    text = OpenClipText(name, 8, pretrained=str(file)).eval()
    assert not hasattr(text.net, "visual")
    with torch.no_grad():
        expected = reference.encode_image((image - visual.mean) / visual.std)
        assert torch.allclose(visual(image), visual.projection(expected), atol=1e-5)
        expected = reference.encode_text(open_clip.get_tokenizer(name)(texts))
        assert torch.allclose(text(texts), text.projection(expected), atol=1e-5)


def test_open_clip_wants_the_tag_of_its_weights() -> None:
    from unisono.towers.foreign.open_clip_image import OpenClipImage

    with pytest.raises(BackboneError, match=r"needs the tag of its weights.*laion2b_s34b_b79k"):
        OpenClipImage("ViT-B-32", 8)
    with pytest.raises(BackboneError, match="no model 'ViT-Z-1'"):
        OpenClipImage("ViT-Z-1", 8)
