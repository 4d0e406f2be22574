"""MSMD's layout: piano pages with the time and place of every note head.

A folder a piece with ``page_01.png``..., ``notes.npz`` and ``score.mid``; ``pieces.parquet``
names split and licence (Dorfer et al., TISMIR 2018).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.corpus import NotePlaces, Piece, PieceFacts, staff_space
from unisono.data.pages.strips import Box, LongStrip, cut_strips, join_strips
from unisono.data.readers.page import read_pages
from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.layout import check_layout, found, parquet_rows
from unisono.data.sources.works import work_key

_DIVIDED = frozenset(
    {
        *(f"bach bwv{number}" for number in (807, 817, 825, 827, 829, 830, 988)),
        *("burgmuller op100", "czerny op821", "mozart k331", "schumann op68", "scriabin op16"),
        "tchaikovsky op39",
    }
)
"""Works whose movements, variations or pieces MSMD's own split puts on several sides, and of which
no other collection here has any: there each part counts as a work."""


class MsmdSource:
    """One entry a piece that could be engraved, with MSMD's own split."""

    facts = SourceFacts(
        name="msmd",
        title="MSMD engraved anew from Mutopia's sources",
        homepage="https://github.com/MutopiaProject/MutopiaProject and, for names and splits, "
        "https://github.com/CPJKU/msmd",
        licence="per item",
        citation="M. Dorfer, J. Hajic jr., A. Arzt, H. Frostel, G. Widmer: Learning Audio-Sheet "
        "Music Correspondences for Cross-Modal Retrieval and Piece Identification, TISMIR 1(1), "
        "2018",
        revision="Mutopia 2144afd6f52d56c5b6995b8b589ef1268b3139f0, "
        "splits 11b9981b9737eb4311874130382cff8bcbaed916",
        layout="pieces.parquet, <split>/<piece>/: page_01.png..., score.mid, notes.npz",
        gives=("page", "midi", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every piece in order of split and name; raises SourceLayoutError."""
        check_layout(root, self.facts, ["pieces.parquet"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        rows = [row for row in parquet_rows(root / "pieces.parquet") if row["status"] == "ok"]
        for row in sorted(rows, key=lambda row: (row["split"], row["piece"])):
            name, split, licence = row["piece"], row["split"], row["licence"] or ""
            folder = root / split / name
            pages = sorted(folder.glob("page_*.png"))
            media = found(page=pages, midi=[folder / "score.mid"])
            if not media:
                continue
            composer, title = composer_and_title(name)
            aligned = "page" in media and (folder / "notes.npz").is_file()
            yield Entry(
                identifier=name,
                work=piece_work(name),
                split=split,
                title=title,
                composer=composer,
                licence=licence,
                media=media,
                tags=("piano",),
                load_piece=partial(load_piece, root, split, name, licence) if aligned else None,
            )


def composer_and_title(piece: str) -> tuple[str, str]:
    """What a name of Mutopia's says, as BachJS__BWV846__wtk1-fugue1."""
    composer, *parts = piece.split("__")
    return composer, " ".join(dict.fromkeys(parts)).replace("_", " ")


def piece_work(piece: str) -> str:
    """The work that a name of Mutopia's says; the part of it where MSMD divides it."""
    key = work_key(*composer_and_title(piece))
    return f"{key} {piece.rpartition('__')[2].lower()}" if key in _DIVIDED else key


def piece_names(root: Path, split: str) -> Iterator[tuple[str, str]]:
    """(piece, licence) of every usable piece of a split, in order of name."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(root / "pieces.parquet").to_pylist()
    for row in sorted(table, key=lambda row: row["piece"]):
        if row["split"] == split and row["status"] == "ok":
            yield row["piece"], row["licence"] or ""


def load_strip(folder: Path) -> tuple[LongStrip, dict[str, np.ndarray]]:
    """The long strip of a piece and the arrays of its ``notes.npz``."""
    with np.load(folder / "notes.npz") as stored:
        notes = {name: stored[name] for name in stored.files}
    strips = []
    for index, path in enumerate(sorted(folder.glob("page_*.png"))):
        page = next(iter(read_pages(path))).image
        rows = np.flatnonzero(notes["systems"][:, 0] == index)
        boxes = [_box(notes["systems"][row]) for row in rows]
        staves = [_box(box) for box in notes["staves"] if box[0] == index]
        spaces = [staff_space([s for s in staves if b[1] - 1 <= s[1] <= b[3]]) for b in boxes]
        strips.extend(cut_strips(page, boxes, spaces, number=index + 1))
    return join_strips(strips), notes


def _box(row: np.ndarray) -> Box:
    """The box of a row (page, x0, y0, x1, y1)."""
    x0, y0, x1, y1 = map(float, row[1:])
    return x0, y0, x1, y1


def load_piece(root: Path, split: str, name: str, licence: str) -> Piece:
    """One piece with its sounding note heads; tied-to heads, which do not sound, are left out."""
    strip, notes = load_strip(root / split / name)
    sounding = np.isfinite(notes["onset"]) & (notes["system"] >= 0)
    system = notes["system"][sounding]
    x = np.array(
        [
            strip.column(int(row), float(column))
            for row, column in zip(system, notes["x"][sounding], strict=True)
        ],
        np.float32,
    )
    onset, offset = notes["onset"][sounding], notes["offset"][sounding]
    first_staff = {
        int(row): int(notes["staff"][notes["system"] == row].min()) for row in set(system)
    }
    staff = notes["staff"][sounding] - np.array([first_staff[int(row)] for row in system])
    order = np.argsort(onset, kind="stable")
    composer, _, title = name.partition("__")
    facts = PieceFacts(
        collection="msmd",
        identifier=name,
        title=title.split("__")[-1].replace("-", " ").replace("_", " "),
        composer=composer,
        licence=licence,
        instruments=("piano", "piano"),
    )
    rows = np.flatnonzero(sounding)[order]
    return Piece(
        facts=facts,
        ink=strip.ink,
        onset_s=onset[order].astype(np.float32),
        offset_s=np.maximum(np.nan_to_num(offset, nan=0.0), onset + 0.05)[order].astype(np.float32),
        pitch=notes["pitch"][sounding][order].astype(np.int16),
        staff=np.clip(staff, 0, 1)[order].astype(np.int16),
        x=x[order],
        places=note_places(strip, notes, rows),
        system_start=strip.starts,
    )


def note_places(
    strip: LongStrip, notes: dict[str, np.ndarray], rows: npt.NDArray[np.int64]
) -> NotePlaces:
    """Where the heads of ``rows`` stand; their boxes are of usual size, bars unnumbered."""
    system = notes["system"][rows].astype(np.int32)
    space = (notes["staves"][:, 4] - notes["staves"][:, 2])[notes["staff"][rows]] / 4
    return NotePlaces(
        page=(notes["page"][rows] + 1).astype(np.int16),
        system=system,
        page_x=notes["x"][rows].astype(np.float32),
        page_y=notes["y"][rows].astype(np.float32),
        width=(_HEAD_WIDTH * space).astype(np.float32),
        height=space.astype(np.float32),
        strip_y=strip.heights(system, notes["y"][rows]),
        measure=np.full(len(rows), "", np.str_),
        beat=notes["beat"][rows].astype(np.float32),
    )


_HEAD_WIDTH = 1.3  # staff spaces; LilyPond's are a little wider than high


SOURCE = MsmdSource()
