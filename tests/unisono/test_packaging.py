"""What a user installs: the wheel, its contents and its promises."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("towers", "alignment", "data", "eval")
HEAVY = {"torch", "transformers", "sentence_transformers", "lancedb", "cv2", "verovio", "av"}


@dataclass(frozen=True)
class Built:
    """A wheel and the names that the files it was built from should have in it."""

    wheel: zipfile.ZipFile
    expected: frozenset[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The wheel, built from a copy so that the checkout stays clean."""
    pytest.importorskip("build", reason="the build package makes the wheel: make install-dev")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    for name in ("unisono", *ROOMS):
        ignored = shutil.ignore_patterns("__pycache__", ".DS_Store")
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
    expected = frozenset(shipped_files(source))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    result = subprocess.run([*command, str(source)], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    [path] = folder.glob("*.whl")
    return Built(zipfile.ZipFile(path), expected)


def shipped_files(source: Path) -> set[str]:
    """Every file of the package and of the rooms, by the name it has in the wheel."""
    names = set()
    for top, prefix in (("unisono", "unisono"), *((room, f"unisono/{room}") for room in ROOMS)):
        for path in (source / top).rglob("*"):
            relative = path.relative_to(source / top)
            linked = top == "unisono" and relative.parts[0] in ROOMS
            if path.is_file() and not linked:
                names.add(f"{prefix}/{relative.as_posix()}")
    return names


def test_every_file_of_every_room_is_in_the_wheel(built: Built) -> None:
    missing = built.expected - set(built.wheel.namelist())
    assert not missing, f"not in the wheel: {sorted(missing)}"


def test_rooms_are_in_the_wheel_once_and_as_real_files(built: Built) -> None:
    names = built.wheel.namelist()
    for room in ROOMS:
        assert not any(name.startswith(f"{room}/") for name in names)
        assert built.wheel.getinfo(f"unisono/{room}/__init__.py").file_size > 0
    assert not any(name.startswith(("tests/", "examples/", "benchmarks/")) for name in names)
    assert "unisono/py.typed" in names


def test_wheel_names_its_licence_its_command_and_its_python(built: Built) -> None:
    wheel = built.wheel
    [metadata_name] = [n for n in wheel.namelist() if n.endswith(".dist-info/METADATA")]
    metadata = Parser().parsestr(wheel.read(metadata_name).decode())
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert {"vision", "data", "dev"} <= set(metadata.get_all("Provides-Extra", []))
    folder = metadata_name.rsplit("/", 1)[0]
    assert "unisono = unisono.cli:main" in wheel.read(f"{folder}/entry_points.txt").decode()
    assert f"{folder}/licenses/LICENSE" in wheel.namelist()


def project() -> dict[str, object]:
    """The [project] table."""
    table: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def test_every_core_dependency_is_bounded_on_both_sides() -> None:
    dependencies = project()["dependencies"]
    assert isinstance(dependencies, list) and dependencies
    unbounded = [line for line in dependencies if ">=" not in line or "<" not in line]
    assert not unbounded


def test_core_does_not_ask_for_torchvision_nor_for_what_asks_for_it() -> None:
    locked = (ROOT / "requirements" / "core.txt").read_text()
    for line in [*map(str, project()["dependencies"]), *locked.splitlines()]:  # type: ignore[call-overload]
        assert not line.startswith(("torchvision", "timm", "open_clip", "open-clip"))


@pytest.mark.parametrize("file", ["core.txt", "dev.txt", "vision.txt"])
def test_locks_name_exact_versions_and_no_place(file: str) -> None:
    lines = (ROOT / "requirements" / file).read_text().splitlines()
    entries = [line for line in lines if line and not line.startswith("#")]
    assert entries
    for line in entries:
        name, _, version = line.partition("==")
        assert name and version and "+" not in version and "/" not in line and "@" not in line


def imported_at_import_time(path: Path) -> set[str]:
    """The top packages that a file imports outside functions and type checks."""
    found: set[str] = set()
    queue: list[ast.AST] = [ast.parse(path.read_text())]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
        queue.extend(ast.iter_child_nodes(node))
    return found


def test_package_inits_import_nothing_heavy() -> None:
    tops = [ROOT / "unisono", *(ROOT / room for room in ROOMS)]
    inits = [path for top in tops for path in top.rglob("__init__.py")]
    assert len(inits) >= len(tops)
    for path in inits:
        assert not imported_at_import_time(path) & HEAVY, path


def test_rooms_import_one_way() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    if not command.exists():
        pytest.skip("import-linter is not installed: make install-dev")
    result = subprocess.run(
        [str(command), "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout
