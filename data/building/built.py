"""The folder of a built dataset: what lies where in it, and what its manifest says.

build.json             what was built, from what, how, and how many
tables/SOURCE.parquet  one row an entry: role columns hold paths, others words
failures/SOURCE.tsv    what could not be made, and why
train/ valid/ test/    prepared pieces, one ``.npz`` each
pages/                 page images of engraved pieces, where they were asked for
media/                 recordings and files taken out of archives
cache/                 renditions and features, by content and settings
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unisono.data.errors import ReadError

SPLITS = ("train", "valid", "test")
LEFT_OUT = "left_out"
"""Split of entries whose work is held out on another side; nothing is trained or measured on it."""

MANIFEST = "build.json"

Row = dict[str, Any]

_ENDING_S = 1.0  # the jobs of a build that was killed hold its lock until they end too


@dataclass(frozen=True)
class BuiltFolder:
    """Paths of a built dataset; nothing is made or read before it is asked for."""

    root: Path

    @property
    def manifest(self) -> Path:
        """What was built."""
        return self.root / MANIFEST

    def table(self, source: str) -> Path:
        """Entries of a source."""
        return self.root / "tables" / f"{source}.parquet"

    def failures(self, source: str) -> Path:
        """What could not be made of a source."""
        return self.root / "failures" / f"{source}.tsv"

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the sources that have a table."""
        return tuple(sorted(path.stem for path in (self.root / "tables").glob("*.parquet")))

    def piece(self, split: str, name: str) -> Path:
        """A prepared piece."""
        return self.root / split / f"{name}.npz"

    def page(self, name: str, number: int) -> Path:
        """A page image of a piece, from 1."""
        return self.root / "pages" / f"{name}-{number:02d}.png"

    @property
    def cache(self) -> Path:
        """Renditions and features."""
        return self.root / "cache"

    def read_manifest(self) -> dict[str, Any]:
        """The manifest; raises ReadError where the folder is not one that was built."""
        try:
            return dict(json.loads(self.manifest.read_text("utf-8")))
        except FileNotFoundError:
            raise ReadError(
                self.root, "holds no built dataset", "make one with unisono data build"
            ) from None
        except (OSError, ValueError) as error:
            raise ReadError(self.manifest, f"cannot be read ({error})", "build again") from error

    def write_manifest(self, values: Mapping[str, Any]) -> None:
        """Write the manifest, whole or not at all."""
        write_whole(self.manifest, json.dumps(values, indent=1, ensure_ascii=False) + "\n")

    def rows(self, sources: Sequence[str] | None = None) -> list[Row]:
        """Rows of all tables, or of some."""
        return [row for name in sources or self.sources for row in self.read_table(name)]

    def read_table(self, source: str) -> list[Row]:
        """Rows of a source; raises ReadError for a table that is none."""
        import pyarrow.parquet as parquet

        path = self.table(source)
        try:
            return list(parquet.read_table(path).to_pylist())
        except (OSError, ValueError) as error:
            raise ReadError(path, f"cannot be read ({error})", "build this source again") from error

    def write_table(self, source: str, rows: Sequence[Row]) -> None:
        """Write the rows of a source; columns are those that any row has, missing cells empty."""
        import pyarrow as arrow
        import pyarrow.parquet as parquet

        path = self.table(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        names = list(dict.fromkeys(name for row in rows for name in row))
        columns = {name: [_cell(row.get(name)) for row in rows] for name in names}
        partial = path.with_suffix(".partial")
        parquet.write_table(arrow.table(columns), partial)
        partial.replace(path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other builds out; raises ReadError while one is under way."""
        import fcntl

        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as stream:
            until = time.monotonic() + _ENDING_S
            while True:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    if time.monotonic() > until:
                        raise ReadError(
                            self.root, "another build is under way there", "wait for its end"
                        ) from None
                    time.sleep(0.05)
            yield


def write_whole(path: Path, text: str) -> None:
    """Write a text, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)


def _cell(value: object) -> object:
    return "" if value is None else value
