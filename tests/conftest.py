"""Set-up that all rooms share."""

from __future__ import annotations

import importlib.util
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# how long an example takes says nothing on a machine that does other work
settings.register_profile("unisono", deadline=None)
settings.load_profile("unisono")


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> Iterator[None]:
    """Let Ctrl-C be heard, here and in the processes that tests start.

    A shell that starts the tests in the background lets them ignore it.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def torchvision_shim() -> Iterator[None]:
    """Let a torchvision that was built for another torch be imported beside this one.

    Importing such a torchvision fails for want of two operators, and takes transformers' CLAP,
    sentence-transformers, timm and open_clip down with it. Their shapes are enough for the import;
    nothing that the tests use calls them.
    """
    if importlib.util.find_spec("torchvision") is None:
        yield
        return
    import torch

    try:
        import torchvision
    except RuntimeError:
        _forget_torchvision()
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision  # noqa: F401

        # The operators live as long as their library object does.
        yield
        del library
        return
    yield


def _forget_torchvision() -> None:
    import sys

    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
