"""Import other libraries, and load their weights, so that what goes wrong is said in one line."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

VISION_EXTRA = (
    "run: pip install 'unisono[vision]', with a torchvision that fits the installed torch"
)
"""What to do without timm, open_clip or torchvision."""

FITTING_TORCHVISION = (
    "install a torchvision that fits the installed torch (pip install 'unisono[vision]'), "
    "or uninstall torchvision"
)
"""What to do where transformers or sentence-transformers stumbles over torchvision."""

_NEVER_IN_CHECKPOINTS = {"masked_spec_embed"}
"""Parameters that only pre-training uses, so that checkpoints may lack them."""


class BackboneError(RuntimeError):
    """A backbone cannot be built; its text says why and what to do, in one line."""


@contextmanager
def importing(library: str, remedy: str) -> Iterator[None]:
    """Turn a missing or broken library into a BackboneError that ends in the remedy.

    A torchvision built for another torch fails with RuntimeError or OSError, not ImportError.
    """
    try:
        yield
    except (ImportError, RuntimeError, OSError, AttributeError) as error:
        raise BackboneError(
            f"{library} cannot be imported ({_first_line(_root_cause(error))}); {remedy}"
        ) from None


def from_transformers(name: str) -> Any:
    """Give a class of transformers; BackboneError where it cannot be imported.

    It comes as Any, because transformers' own types do not hold for its lazily made classes.
    """
    with importing(f"transformers' {name}", FITTING_TORCHVISION):
        return getattr(import_module("transformers"), name)


@contextmanager
def loading(source: str | Path, remedy: str = "") -> Iterator[None]:
    """Turn a failure to find or read weights into a BackboneError that names their source."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        if isinstance(error, BackboneError):
            raise
        advice = remedy or "check the name, the folder or the network connection"
        raise BackboneError(
            f"{source}: cannot be loaded ({_first_line(error)}); {advice}"
        ) from None


def load_transformer(model_class: Any, source: str | Path, **options: Any) -> Any:
    """``model_class.from_pretrained``, but weights that the checkpoint lacks are an error.

    transformers itself goes on with random numbers in their place and only logs it.
    """
    with loading(source), _without_report():
        model, report = model_class.from_pretrained(
            str(source), output_loading_info=True, **options
        )
    missing = sorted(set(report["missing_keys"]) - _NEVER_IN_CHECKPOINTS)
    if missing:
        raise BackboneError(
            f"{source}: {len(missing)} weights of {model_class.__name__} are missing, "
            f"{missing[0]} among them; take a checkpoint of that architecture"
        )
    return model


@contextmanager
def _without_report() -> Iterator[None]:
    # Lines for every weight of the other side of a joint model, which is left out on purpose.
    logger = logging.getLogger("transformers")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _root_cause(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
