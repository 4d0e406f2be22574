"""Write vectors of files: one whole vector a file, or with --passages one a passage.

A .parquet file gets the columns path, modality, duration_s and vector; with --passages also
number, start_s, end_s, page, system, x0, x1, y0, y1 and weight, blank where a modality has no
such place. An .npz file gets an array for each column.

examples:
  unisono embed *.mid page.png take.mp3 -o vectors.parquet
  unisono embed take.mp3 --passages --hop 0.5 -o passages.npz
  unisono embed "calm solo piano" -o text.npz

--json prints {"output", "embedded", "rows", "quarantine": [{"path", "reason"}]}.
Files that cannot be read are named and left out; exit code 1 says that none could be read.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.cli.arguments import add_bundle, add_json, item
from unisono.cli.table import printable, shown_path

if TYPE_CHECKING:
    from unisono.cli.entry import Load
    from unisono.towers.encoding import Encoding


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("items", nargs="+", metavar="ITEM", help="files, or texts")
    parser.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="ends in .parquet or .npz"
    )
    parser.add_argument("--passages", action="store_true", help="passages with their places")
    parser.add_argument(
        "--hop", type=float, metavar="SECONDS", help="between passages of recordings and MIDI"
    )
    parser.add_argument("--text", action="store_true", help="take the items as text in any case")
    add_bundle(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Encode the items one by one and write the file at the end, whole or not at all."""
    from tqdm import tqdm

    from unisono.cli.entry import UsageError
    from unisono.data.errors import ReadError

    output = Path(arguments.output).expanduser()
    if output.suffix not in (".parquet", ".npz"):
        raise UsageError(f"{output}: the output must end in .parquet or .npz")
    if not output.parent.is_dir():
        raise UsageError(f"{output.parent}: there is no such folder to write into")
    if arguments.hop is not None and not arguments.hop > 0:
        raise UsageError("--hop must be more than 0 seconds")
    items = [item(word, text=arguments.text) for word in arguments.items]
    space = load(arguments.bundle)
    encoded: list[tuple[str, Encoding]] = []
    quarantine: list[tuple[str, str]] = []
    for one in tqdm(items, unit="file", disable=None, leave=False):
        try:
            encoded.append((str(one), space.encode_item(one, hop_s=arguments.hop)))
        except ReadError as error:
            quarantine.append((str(one), error.reason))
    for path, reason in quarantine:
        print(f"unisono: {shown_path(path)}: {reason}", file=sys.stderr)
    if not encoded:
        return 1
    columns = passage_columns(encoded) if arguments.passages else whole_columns(encoded)
    write(output, columns)
    rows = len(columns["path"])
    if arguments.json:
        left_out = [{"path": printable(path), "reason": reason} for path, reason in quarantine]
        report = {
            "output": str(output),
            "embedded": len(encoded),
            "rows": rows,
            "quarantine": left_out,
        }
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        print(f"{len(encoded)} embedded, {rows} vectors of {space.dimension}; {output}")
    return 0


def whole_columns(encoded: list[tuple[str, Encoding]]) -> dict[str, Any]:
    """One row for each item."""
    import numpy as np

    return {
        "path": [printable(path) for path, _ in encoded],
        "modality": [str(encoding.modality) for _, encoding in encoded],
        "duration_s": [encoding.duration_s for _, encoding in encoded],
        "vector": np.stack([encoding.whole for _, encoding in encoded]),
    }


def passage_columns(encoded: list[tuple[str, Encoding]]) -> dict[str, Any]:
    """One row for each passage."""
    import numpy as np

    from unisono.alignment.store.tables import place_columns

    counted = [(path, encoding, len(encoding.passages)) for path, encoding in encoded]
    places = [place for _, encoding in encoded for place in encoding.passages.places]
    return {
        "path": [printable(path) for path, _, n in counted for _ in range(n)],
        "modality": [str(encoding.modality) for _, encoding, n in counted for _ in range(n)],
        "number": [i for _, _, n in counted for i in range(n)],
        **place_columns(places),
        "weight": np.concatenate([encoding.passages.weights for _, encoding in encoded]),
        "vector": np.concatenate([encoding.passages.vectors for _, encoding in encoded]),
    }


def write(output: Path, columns: dict[str, Any]) -> None:
    """Write columns as .parquet or .npz; a file of that name is replaced only when all is done."""
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        if output.suffix == ".parquet":
            _write_parquet(unfinished, columns)
        else:
            _write_npz(unfinished, columns)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_parquet(path: Path, columns: dict[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    from unisono.alignment.store.tables import vector_column

    whole_numbers = {"number", "page", "system"}
    arrays = {
        name: vector_column(values)
        if name == "vector"
        else pa.array(values, type=_arrow_type(name, whole_numbers))
        for name, values in columns.items()
    }
    pyarrow.parquet.write_table(pa.table(arrays), path)


def _arrow_type(name: str, whole_numbers: set[str]) -> Any:
    import pyarrow as pa

    if name in ("path", "modality"):
        return pa.string()
    if name in whole_numbers:
        return pa.int32()
    return pa.float32() if name == "weight" else pa.float64()


def _write_npz(path: Path, columns: dict[str, Any]) -> None:
    import numpy as np

    arrays: dict[str, Any] = {
        # What is unknown is NaN in an array of numbers.
        name: np.array(values) if name in ("path", "modality") else np.array(values, dtype=kind)
        for name, values in columns.items()
        for kind in [np.float32 if name in ("vector", "weight") else np.float64]
    }
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)
