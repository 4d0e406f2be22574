"""A prepared piece in some twenty kilobytes: what training needs of it, and no more.

A line of JSON (facts, sizes), the packed notes, the packed strip. Times are kept to a
millisecond, columns to a sixteenth of a pixel; pages and measures are left out.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.building.packed_ink import compress, decompress, pack_ink, unpack_ink
from unisono.data.corpus import Piece, piece_facts
from unisono.data.errors import ReadError

_MAGIC = b"unisono piece 1\n"
_PER_SECOND = 1000
_PER_PIXEL = 16


def packed_piece(piece: Piece, bits: int) -> bytes:
    """The bytes of a piece whose strip has ``2 ** bits`` shades."""
    onset = np.rint(piece.onset_s * _PER_SECOND)
    columns = [
        np.diff(onset, prepend=0),
        np.rint(piece.offset_s * _PER_SECOND) - onset,
        np.diff(np.rint(piece.x * _PER_PIXEL), prepend=0),
        piece.pitch,
        piece.staff,
    ]
    # bytes of one weight side by side: most of the high ones are alike
    table = np.stack([column.astype("<i4") for column in columns])
    notes = compress(np.ascontiguousarray(table.view(np.uint8).reshape(-1, 4).T).tobytes())
    height, width = piece.ink.shape
    head = {
        "facts": asdict(piece.facts),
        "count": len(piece.pitch),
        "notes": len(notes),
        "bits": bits,
        "height": height,
        "width": width,
    }
    line = json.dumps(head, ensure_ascii=False).encode() + b"\n"
    return _MAGIC + line + notes + pack_ink(piece.ink, bits)


def load_packed(path: Path) -> Piece:
    """Read a piece of a pack; raises ReadError for a file that is none, or is damaged."""
    try:
        return unpacked_piece(path.read_bytes())
    except (ValueError, KeyError, TypeError) as error:
        raise ReadError(path, f"is no piece of a pack ({error})", "unpack the pack anew") from error


def unpacked_piece(data: bytes) -> Piece:
    """What ``packed_piece`` wrote; raises ValueError, KeyError or TypeError for anything else."""
    if not data.startswith(_MAGIC):
        raise ValueError("its first line is another one")
    end = data.index(b"\n", len(_MAGIC))
    head = json.loads(data[len(_MAGIC) : end])
    first, count = end + 1, int(head["count"])
    last = first + int(head["notes"])
    table = _columns(decompress(data[first:last]), count)
    onset = np.cumsum(table[0])
    return Piece(
        facts=piece_facts(json.dumps(head["facts"])),
        ink=unpack_ink(data[last:], int(head["bits"]), int(head["height"]), int(head["width"])),
        onset_s=(onset / _PER_SECOND).astype(np.float32),
        offset_s=((onset + table[1]) / _PER_SECOND).astype(np.float32),
        pitch=table[3].astype(np.int16),
        staff=table[4].astype(np.int16),
        x=(np.cumsum(table[2]) / _PER_PIXEL).astype(np.float32),
    )


def _columns(notes: bytes, count: int) -> npt.NDArray[np.int64]:
    flat = np.frombuffer(notes, np.uint8).reshape(4, -1).T
    table = np.ascontiguousarray(flat).view("<i4").reshape(5, count)
    return table.astype(np.int64)
