"""MAESTRO v3.0.0: piano competitions recorded as sound and, by the same piano, as MIDI.

Read by own code: the loader of ``mirdata`` 1.0 knows version 2.0.0 only, and needs an index that
it downloads.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from unisono.data.sources.entry import Alignment, Entry, SourceFacts
from unisono.data.sources.layout import check_layout, found
from unisono.data.sources.tables import Row, checked_rows
from unisono.data.sources.works import work_key

_TABLE = "maestro-v3.0.0.csv"
_COLUMNS = ("canonical_composer", "canonical_title", "split", "year", "midi_filename")
_SPLITS = {"train": "train", "validation": "valid", "test": "test"}


class MaestroSource:
    """One entry a performance; sound and MIDI run in step, to about 3 ms."""

    facts = SourceFacts(
        name="maestro",
        title="The MAESTRO Dataset v3.0.0",
        homepage="https://magenta.tensorflow.org/datasets/maestro",
        licence="CC BY-NC-SA 4.0",
        citation="C. Hawthorne, A. Stasyuk, A. Roberts, I. Simon, C.-Z. A. Huang, S. Dieleman, "
        "E. Elsen, J. Engel, D. Eck: Enabling Factorized Piano Music Modeling and Generation with "
        "the MAESTRO Dataset, ICLR 2019",
        revision="v3.0.0",
        layout=f"{_TABLE}, <year>/*.wav, <year>/*.midi",
        gives=("audio", "performance", "tags"),
        checksums={
            "maestro-v3.0.0.zip": "sha256:"
            "6680fea5be2339ea15091a249fbd70e49551246ddbd5ca50f1b2352c08c95291",
            "maestro-v3.0.0-midi.zip": "sha256:"
            "70470ee253295c8d2c71e6d9d4a815189e35c89624b76d22fce5a019d5dde12c",
        },
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every performance in order of file name; raises SourceLayoutError."""
        check_layout(root, self.facts, [_TABLE])
        rows = checked_rows(root / _TABLE, self.facts, *_COLUMNS)
        ordered = sorted(rows, key=lambda row: row["midi_filename"])
        return (entry for row in ordered for entry in self._entry(root, row))

    def _entry(self, root: Path, row: Row) -> Iterator[Entry]:
        name = row["midi_filename"]
        audio = [root / row["audio_filename"]] if row.get("audio_filename") else []
        media = found(audio=audio, performance=[root / name])
        if not media:
            return
        identifier = str(PurePosixPath(name).with_suffix(""))
        yield Entry(
            identifier=identifier,
            work=work_key(row["canonical_composer"], row["canonical_title"]),
            split=_SPLITS.get(row["split"], ""),
            title=row["canonical_title"],
            composer=row["canonical_composer"],
            year=int(row["year"]) if row["year"].isdigit() else None,
            licence=self.facts.licence,
            media=media,
            tags=("piano",),
            related={"maestro": (identifier,)},
            alignments=_in_step(row.get("duration", "")) if len(media) == 2 else (),
        )


def _in_step(duration: str) -> tuple[Alignment, ...]:
    """Start and end, between which both run in step."""
    try:
        times = np.array([0.0, float(duration)])
    except ValueError:
        return ()
    return (Alignment("performance", "audio", times, times),) if times[1] > 0 else ()


SOURCE = MaestroSource()
