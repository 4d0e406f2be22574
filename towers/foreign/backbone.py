"""What every foreign backbone is: a net of another library and a linear map behind it."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn


class Backbone(nn.Module):
    """A foreign net followed by a linear projection to the space's dimension.

    net: the other library's module, whose features have ``features`` numbers.
    dimension: of the vectors that come out; None hands the features on as they are, so that
    towers of one joint model stay comparable (ImageBind's way, Girdhar et al. 2023).
    frozen: the net's weights get no gradient and it stays in evaluation mode (no dropout, no
    update of batch statistics); the projection is trained all the same.
    """

    def __init__(
        self, net: nn.Module, *, features: int, dimension: int | None, frozen: bool
    ) -> None:
        super().__init__()
        self.net = net
        self.projection: nn.Module = (
            nn.Identity() if dimension is None else nn.Linear(features, dimension)
        )
        self.frozen = frozen
        self.dimension = features if dimension is None else dimension
        net.requires_grad_(not frozen)
        self.train()

    def train(self, mode: bool = True) -> Backbone:
        """Set training mode, from which a frozen net stays out."""
        super().train(mode)
        if self.frozen:
            self.net.eval()
        return self

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return next(self.parameters()).device

    def keep(self, folder: Path) -> None:
        """Write what the net is built from besides its weights, in its library's own files.

        That is its configuration, front end and tokenizer: the folder takes the place of a name
        in ``build_backbone(..., pretrained=False)``. Nothing is written where the name alone
        will do. Raises BackboneError for a net that cannot be built from files.
        """


class AudioBackbone(Backbone):
    """A backbone for waveforms, which it reads in windows of at most ``window_samples``.

    sample_rate: hertz, of the waveforms that ``forward`` takes.
    """

    # Shorter than this, no front end here has a single frame.
    _shortest_s = 0.1

    def __init__(
        self,
        net: nn.Module,
        *,
        features: int,
        dimension: int | None,
        frozen: bool,
        sample_rate: int,
        window_samples: int,
    ) -> None:
        super().__init__(net, features=features, dimension=dimension, frozen=frozen)
        self.sample_rate = sample_rate
        self.window_samples = window_samples

    def forward(self, waveform: Tensor) -> Tensor:
        """(B, samples) float32 at ``sample_rate`` -> (B, dimension)."""
        projected: Tensor = self.projection(self.pooled(waveform))
        return projected

    def pooled(self, waveform: Tensor) -> Tensor:
        """(B, samples) -> (B, features), before the projection.

        What is longer than one window is cut into windows without overlap, whose features are
        averaged by their lengths: nothing is cropped at random, as some libraries would.
        Raises ValueError for a waveform that is not (B, samples) or has no samples.
        """
        if waveform.ndim != 2 or waveform.shape[1] == 0:
            raise ValueError(f"a waveform is (batch, samples), not {tuple(waveform.shape)}")
        windows = torch.split(waveform, self.window_samples, dim=1)
        total = torch.zeros((), device=waveform.device)
        for window in windows:
            total = total + self.features_of(self._long_enough(window)) * window.shape[1]
        return total / waveform.shape[1]

    def features_of(self, window: Tensor) -> Tensor:
        """(B, at most window_samples) float32 -> (B, features); each library's own way."""
        raise NotImplementedError

    def _long_enough(self, window: Tensor) -> Tensor:
        missing = int(self._shortest_s * self.sample_rate) - window.shape[1]
        return nn.functional.pad(window, (0, missing)) if missing > 0 else window


class ImageBackbone(Backbone):
    """A backbone for pictures; it scales and normalises them as its net was trained.

    channels: 1 (gray) or 3 (RGB).
    mean, std: of the pictures that the net was trained on, one number a channel, for values 0..1.
    size: height and width where the net takes one size only; None where it takes any.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        net: nn.Module,
        *,
        features: int,
        dimension: int | None,
        frozen: bool,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        size: tuple[int, int] | None,
    ) -> None:
        super().__init__(net, features=features, dimension=dimension, frozen=frozen)
        self.channels = len(mean)
        self.size = size
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """(B, channels, H, W) float32 in 0..1 -> (B, dimension); ValueError for other shapes."""
        projected: Tensor = self.projection(self.pooled(image))
        return projected

    def pooled(self, image: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, features), before the projection."""
        if image.ndim != 4 or image.shape[1] != self.channels:
            raise ValueError(
                f"an image is (batch, {self.channels}, height, width), not {tuple(image.shape)}"
            )
        if self.size and tuple(image.shape[2:]) != self.size:
            image = nn.functional.interpolate(
                image, self.size, mode="bilinear", align_corners=False, antialias=True
            )
        features = self.net((image - self.mean) / self.std)
        # CoCa's visual tower gives (pooled, tokens).
        pooled: Tensor = features[0] if isinstance(features, tuple) else features
        return pooled


class TextBackbone(Backbone):
    """A backbone for sentences."""

    def forward(self, texts: list[str]) -> Tensor:
        """B texts -> (B, dimension); (0, dimension) for none."""
        if not texts:
            return torch.zeros(0, self.dimension, device=self.device)
        projected: Tensor = self.projection(self.pooled(texts))
        return projected

    def pooled(self, texts: list[str]) -> Tensor:
        """B texts, at least one -> (B, features), before the projection."""
        return self.features_of(texts)

    def features_of(self, texts: list[str]) -> Tensor:
        """B texts -> (B, features); each library's own way."""
        raise NotImplementedError
