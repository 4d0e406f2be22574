"""Real scanned pages of printed music: with marked systems, and more without labels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.layout import check_layout, found, parquet_rows
from unisono.data.sources.works import work_key


class ScansSource:
    """One entry a page; ``related["print"]`` is equal for the pages of one printed book."""

    facts = SourceFacts(
        name="scans",
        title="Scans of printed music out of the DCML and Craig Sapp's corpora",
        homepage="https://github.com/DCMLab and https://github.com/craigsapp",
        licence="per item",
        citation="J. Hentschel, Y. Rammos, M. Neuwirth, M. Rohrmeier: DCML corpora, "
        "https://github.com/DCMLab/dcml_corpora",
        revision="per page: the commit in staves.json and unlabelled.parquet",
        layout="staves.json, *.png, unlabelled.parquet, unlabelled/*.png",
        gives=("page", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Labelled pages by file name, then the others; raises SourceLayoutError."""
        check_layout(root, self.facts, ["staves.json", "unlabelled.parquet"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        labelled = json.loads((root / "staves.json").read_text("utf-8"))
        for file, page in sorted(labelled.items()):
            work = page["work"]
            title = ": ".join(filter(None, (work["title"], work["movement"])))
            key = work_key(work["composer"], work["title"])
            tags = ("labelled", page["ensemble"])
            yield from _page(root / file, key, work["composer"], title, page["licence"], tags)
        rows = parquet_rows(root / "unlabelled.parquet")
        for row in sorted(rows, key=lambda row: str(row["file"])):
            composer, _, title = row["work"].partition(": ")
            path = root / "unlabelled" / row["file"]
            yield from _page(path, work_key(composer, title), composer, title, "public domain", ())


def _page(path: Path, work: str, composer: str, title: str, licence: str, tags: Any) -> Any:
    media = found(page=[path])
    if media:
        yield Entry(
            identifier=path.stem,
            work=work,
            title=title,
            composer=composer,
            licence=licence,
            media=media,
            tags=tags,
            related={"print": (path.stem.rpartition("_p")[0],)},
        )


SOURCE = ScansSource()
