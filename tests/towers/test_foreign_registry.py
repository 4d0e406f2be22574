from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from unisono.data.modality import Modality
from unisono.towers.foreign import KINDS, BackboneError, build_backbone
from unisono.towers.foreign.importing import importing, loading


@pytest.mark.parametrize("kind", ["resnet50", "vggish:x", "timm", "timm:", ""])
def test_unknown_kind_lists_the_known_ones(kind: str) -> None:
    with pytest.raises(BackboneError) as caught:
        build_backbone(kind, Modality.COVER, dimension=8)
    assert all(known in str(caught.value) for known in KINDS)


def test_modality_that_a_library_has_nothing_for() -> None:
    with pytest.raises(BackboneError, match=r"mert has no backbone for cover; .*open_clip, timm"):
        build_backbone("mert:m-a-p/MERT-v1-95M", Modality.COVER, dimension=8)
    with pytest.raises(BackboneError, match="for midi; those that do: none"):
        build_backbone("timm:resnet18", Modality.MIDI, dimension=8)


def test_weights_beside_a_model_that_takes_none() -> None:
    with pytest.raises(BackboneError, match="only timm and open_clip"):
        build_backbone("ast:x/y", Modality.AUDIO, dimension=8, pretrained="weights.pt")


@pytest.mark.parametrize("modality", KINDS["timm"])
def test_timm_by_name_for_each_modality(torchvision_shim: None, modality: Modality) -> None:
    import torch

    backbone = build_backbone(
        "timm:test_resnet", modality, dimension=8, pretrained=False, in_chans=1, frozen=True
    )
    assert backbone.frozen
    batch = torch.rand(2, 8_000) if modality is Modality.AUDIO else torch.rand(2, 1, 48, 64)
    assert backbone(batch).shape == (2, 8)


@pytest.mark.parametrize(
    ("kind", "modality"),
    [
        ("ast:absent", Modality.AUDIO),
        ("clap:absent", Modality.AUDIO),
        ("clap:absent", Modality.TEXT),
        ("mert:absent", Modality.AUDIO),
        ("sentence-transformers:absent", Modality.TEXT),
    ],
)
def test_weights_that_are_not_there(
    torchvision_shim: None,
    tmp_path: Path,
    kind: str,
    modality: Modality,
) -> None:
    library = kind.partition(":")[0]
    with pytest.raises(BackboneError, match="absent: cannot be loaded"):
        build_backbone(f"{library}:{tmp_path / 'absent'}", modality, dimension=8)


def test_list_of_kinds_costs_no_heavy_import() -> None:
    done = run("import sys, unisono.towers.foreign; print('torch' in sys.modules)")
    assert done.stdout.strip() == "False", done.stderr


def test_what_is_missing_or_broken_is_one_line(tmp_path: Path) -> None:
    # Libraries as they fail where the extra is absent, or was built for another torch.
    (tmp_path / "timm.py").write_text("raise ImportError(\"No module named 'timm'\")")
    (tmp_path / "open_clip.py").write_text("raise OSError('undefined symbol: c10')")
    done = run(
        "from unisono.data.modality import Modality\n"
        "from unisono.towers.foreign import BackboneError, build_backbone\n"
        "for kind in ('timm:resnet18', 'open_clip:ViT-B-32'):\n"
        "    try:\n"
        "        build_backbone(kind, Modality.COVER, dimension=8)\n"
        "    except BackboneError as error:\n"
        "        print(error)\n",
        tmp_path,
    )
    remedy = "run: pip install 'unisono[vision]', with a torchvision that fits the installed torch"
    assert done.stdout.splitlines() == [
        f"timm cannot be imported (No module named 'timm'); {remedy}",
        f"open_clip cannot be imported (undefined symbol: c10); {remedy}",
    ], done.stderr


def test_broken_torchvision_is_one_line_for_clap(tmp_path: Path) -> None:
    broken = tmp_path / "torchvision"
    broken.mkdir()
    broken.joinpath("__init__.py").write_text(
        "raise RuntimeError('operator torchvision::nms does not exist')"
    )
    metadata = tmp_path / "torchvision-0.0.1.dist-info"
    metadata.mkdir()
    metadata.joinpath("METADATA").write_text("Name: torchvision\nVersion: 0.0.1\n")
    done = run(
        "from unisono.data.modality import Modality\n"
        "from unisono.towers.foreign import BackboneError, build_backbone\n"
        "try:\n"
        "    build_backbone('clap:laion/clap', Modality.AUDIO, dimension=8)\n"
        "except BackboneError as error:\n"
        "    print(error)\n",
        tmp_path,
    )
    assert done.stdout.startswith("transformers' ClapAudioModel"), done.stderr
    assert "torchvision::nms does not exist" in done.stdout
    assert "uninstall torchvision" in done.stdout
    assert len(done.stdout.splitlines()) == 1


def test_cause_is_the_first_one() -> None:
    wrapped = ImportError("could not import x")
    wrapped.__cause__ = RuntimeError("nms is not there.\nlong story")
    plain = r"^x cannot be imported \(nms is not there\); install it$"
    with pytest.raises(BackboneError, match=plain), importing("x", "install it"):
        raise wrapped


def test_plain_message_is_not_wrapped_twice() -> None:
    with pytest.raises(BackboneError, match=r"^already plain$"), loading("some/name"):
        raise BackboneError("already plain")


def run(code: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({"PYTHONPATH": str(folder)} if folder else {})
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
