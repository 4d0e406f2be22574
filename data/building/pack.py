"""What training needs, in one file for a machine that has little and reaches nothing.

pack.json        what is in it
train/ valid/    pieces: packed strips, notes, facts (captions are made from these)
banks/           reduced banks of sampled notes; the synthesiser needs no file
unisono/         the program itself, so that nothing is installed there
vendor/          wheels of what that machine lacks
configs/         recipes that need nothing but the pack
README.txt       how to train there
"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from unisono.data.building.built import BuiltFolder
from unisono.data.building.packed_banks import PACKED_SUFFIX as BANK_SUFFIX
from unisono.data.building.packed_banks import packed_bank
from unisono.data.building.packed_piece import packed_piece
from unisono.data.corpus import FEWEST_NOTES, PACKED_SUFFIX, Piece, piece_paths
from unisono.data.errors import ReadError
from unisono.data.sound.sampled_notes import Bank, load_bank

MANIFEST = "pack.json"
MEBIBYTE = 1 << 20
SPARE = 64 * 1024
"""Bytes kept for the manifest and for what a tar file adds."""

_MODES = {".tar": "w", ".tar.xz": "w:xz", ".tar.gz": "w:gz"}
_CODE_SUFFIXES = frozenset({".py", ".yaml", ".json", ".csv", ".txt", ".typed"})
_NOT_CARRIED = frozenset({"__pycache__", "bundle"})
_README = """\
Training from this pack, on a machine with Python 3.12, torch, numba, opencv and scipy:

    tar xf {name} -C pack && cd pack && export PYTHONPATH=$PWD:$PWD/vendor
    python -m unisono train configs/pack.yaml --set prepared=.

Leave vendor out where pydantic is installed. Where unisono is installed, the file itself will do:
unisono train configs/pack.yaml --set prepared={name}
"""

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class PackOptions:
    """What goes in.

    most_bytes: of the whole file. bits: of each pixel of a strip, 0 for 2 where there is room
    and else 1. splits: which sides. banks: a folder of sampled notes, or None. wheels: a folder
    of wheels for the other machine, or None. configs: recipes to take along.
    """

    most_bytes: int = 60 * MEBIBYTE
    bits: int = 0
    splits: tuple[str, ...] = ("train", "valid")
    banks: Path | None = None
    wheels: Path | None = None
    configs: tuple[Path, ...] = ()


@dataclass(frozen=True)
class PackReport:
    """What went in: pieces, those left out for want of room, banks, bytes of each part."""

    path: Path
    size: int
    pieces: int
    left_out: int
    banks: int
    bits: int
    parts: dict[str, int]


def pack(
    built: BuiltFolder,
    target: Path,
    options: PackOptions | None = None,
    advance: Advance | None = None,
) -> PackReport:
    """Write the pack, whole or not at all.

    Where not every piece has room, those of each side are taken in order of the hash of their
    names. Raises ReadError where there is nothing to pack, the limit is too small for anything, or
    the target does not end in .tar, .tar.xz or .tar.gz.
    """
    options = options or PackOptions()
    mode = _mode(target)
    files = [(split, path) for split in options.splits for path in piece_paths(built.root / split)]
    if not files:
        sides = ", ".join(options.splits)
        raise ReadError(built.root, f"holds no prepared pieces ({sides})", "build a source first")
    fixed = [*_program(), *_recipes(options.configs), *_vendor(options.wheels)]
    fixed.append(("README.txt", _README.format(name=target.name).encode()))
    room = options.most_bytes - _size(fixed) - SPARE
    bits = options.bits or 2
    pieces, left_out = _pieces(files, bits, room, advance)
    if left_out and not options.bits:
        bits = 1
        pieces, left_out = _pieces(files, bits, room, advance)
    if not pieces:
        least = _size(fixed) // MEBIBYTE + 2
        raise ReadError(target, "no piece has room", f"allow more: --limit-mb {least}")
    banks = _banks(options.banks, room - _size(pieces))
    manifest = {
        "pieces": len(pieces),
        "left_out": left_out,
        "bits": bits,
        "banks": [name for name, _ in banks],
        "built": built.read_manifest() if built.manifest.is_file() else {},
    }
    own = [(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())]
    _write(target, mode, [*own, *pieces, *banks, *fixed])
    parts = {
        "pieces": _size(pieces),
        "banks": _size(banks),
        "program": _size(fixed),
    }
    size = target.stat().st_size
    return PackReport(target, size, len(pieces), left_out, len(banks), bits, parts)


Member = tuple[str, bytes]


def _pieces(
    files: Sequence[tuple[str, Path]], bits: int, room: int, advance: Advance | None
) -> tuple[list[Member], int]:
    import hashlib

    members, left_out, used = list[Member](), 0, 0
    ordered = sorted(files, key=lambda one: hashlib.sha256(one[1].stem.encode()).hexdigest())
    for number, (split, path) in enumerate(ordered, start=1):
        piece = Piece.load(path)
        if len(piece.pitch) >= FEWEST_NOTES:
            member = f"{split}/{path.stem}{PACKED_SUFFIX}", packed_piece(piece, bits)
            if used + _size([member]) <= room:
                members.append(member)
                used += _size([member])
            else:
                left_out += 1
        if advance:
            advance(number, len(files))
    return sorted(members), left_out


def _banks(folder: Path | None, room: int) -> list[Member]:
    """As many as fit, one of each program before a second of any; pianos first."""
    if folder is None:
        return []
    banks = [load_bank(path) for path in sorted(folder.glob("*.npy"))]
    if not banks:
        raise ReadError(folder, "holds no banks", "make some: python -m unisono.data.prepare_banks")
    turn: dict[int, int] = {}
    ordered: list[tuple[int, int, Bank]] = []
    for bank in banks:
        turn[bank.program] = turn.get(bank.program, -1) + 1
        ordered.append((turn[bank.program], bank.program, bank))
    members, used = list[Member](), 0
    for _, _, bank in sorted(ordered, key=lambda one: one[:2]):
        member = f"banks/{bank.name}{BANK_SUFFIX}", packed_bank(bank)
        if used + _size([member]) <= room:
            members.append(member)
            used += _size([member])
    return members


def _program() -> Iterator[Member]:
    """The package as it stands, with rooms that are links followed."""
    root = Path(str(files("unisono")))
    for path in sorted(_files(root)):
        if path.suffix in _CODE_SUFFIXES:
            yield f"unisono/{path.relative_to(root).as_posix()}", path.read_bytes()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _NOT_CARRIED:
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _recipes(configs: Sequence[Path]) -> Iterator[Member]:
    for path in configs:
        try:
            yield f"configs/{path.name}", path.read_bytes()
        except OSError as error:
            raise ReadError(path, (error.strerror or "cannot be read").lower()) from error


def _vendor(wheels: Path | None) -> Iterator[Member]:
    """Wheels unpacked, since a compiled module cannot be imported out of one."""
    if wheels is None:
        return
    paths = sorted(wheels.glob("*.whl"))
    if not paths:
        raise ReadError(wheels, "holds no wheels", "fetch some: pip download --only-binary :all:")
    for path in paths:
        with zipfile.ZipFile(path) as wheel:
            for name in sorted(wheel.namelist()):
                if not name.endswith("/"):
                    yield f"vendor/{name}", wheel.read(name)


def _size(members: Sequence[Member]) -> int:
    """Bytes in a tar file."""
    return sum(512 + (len(data) + 511) // 512 * 512 for _, data in members)


def _mode(target: Path) -> str:
    for ending, mode in _MODES.items():
        if target.name.lower().endswith(ending):
            return mode
    raise ReadError(target, "is no name for a pack", f"let it end in {', '.join(_MODES)}")


def _write(target: Path, mode: str, members: Sequence[Member]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    try:
        with tarfile.open(partial, mode) as tape:  # type: ignore[call-overload]
            for name, data in members:
                facts = tarfile.TarInfo(name)
                facts.size = len(data)
                facts.mode = 0o644
                tape.addfile(facts, io.BytesIO(data))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
