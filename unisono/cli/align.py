"""Line a recording (or a MIDI performance) up with its score: MIDI, MusicXML, a page, a PDF.

Writes a CSV with the columns recording_s, score_s, beat, measure, page, system, x, y and
confidence, one row every --hop seconds of the recording, blank where the score does not tell:
a page has no seconds, a MIDI file no pages. Seconds of the score are those of its own tempo,
beats count from 0 at its start, x and y are pixels of the page.

examples:
  unisono align take.mp3 score.mid -o times.csv
  unisono align take.mp3 score.musicxml --hop 0.5 > times.csv
  unisono align take.mp3 score.pdf --json

--json prints {"confidence", "rows": [{...}]} with the same columns and null for blank.
The confidence is the probability that the recording plays the score. Below 0.5 nothing is written:
a sentence says so, and the exit code is 1, unless with --force.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_bundle, add_json
from unisono.cli.table import clock

if TYPE_CHECKING:
    from unisono.alignment.time import Alignment, AlignmentRow
    from unisono.cli.entry import Load

COLUMNS = ("recording_s", "score_s", "beat", "measure", "page", "system", "x", "y", "confidence")
_DECIMALS = {"recording_s": 3, "score_s": 3, "beat": 3, "x": 1, "y": 1, "confidence": 3}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("recording", help="a recording, or a performance as MIDI")
    parser.add_argument("score", help="MIDI, MusicXML, an image of a page, or a PDF")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the CSV here, not to stdout")
    parser.add_argument(
        "--hop",
        type=float,
        default=0.2,
        metavar="SECONDS",
        help="between rows (default, and finest: 0.2)",
    )
    parser.add_argument(
        "--force", action="store_true", help="write also what does not seem to be that piece"
    )
    add_bundle(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Align and write."""
    from unisono.alignment.time import align
    from unisono.cli.entry import UsageError

    for name in (arguments.recording, arguments.score):
        if not Path(name).expanduser().is_file():
            raise UsageError(f"{name}: there is no such file")
    if not arguments.hop > 0:
        raise UsageError("--hop must be more than 0 seconds")
    recording, score = (Path(name).expanduser() for name in (arguments.recording, arguments.score))
    alignment = align(load(arguments.bundle), recording, score, hop_s=arguments.hop)
    if not (alignment.belongs or arguments.force):
        print(_not_that_piece(recording, score, alignment), file=sys.stderr)
        return 1
    rows = [row_json(row) for row in alignment.rows()]
    if arguments.output:
        Path(arguments.output).expanduser().write_text(as_csv(rows), encoding="utf-8")
    if arguments.json:
        print(json.dumps({"confidence": round(alignment.confidence, 3), "rows": rows}))
    elif not arguments.output:
        print(as_csv(rows), end="")
    length = clock(float(alignment.recording_s[-1]))
    where = f"; {arguments.output}" if arguments.output else ""
    print(
        f"{len(rows)} rows over {length}, confidence {alignment.confidence:.2f}{where}",
        file=sys.stderr,
    )
    return 0


def _not_that_piece(recording: Path, score: Path, alignment: Alignment) -> str:
    from unisono.alignment.time.doubts import doubt_of

    return (
        f"unisono: {recording.name} does not seem to play {score.name} (confidence "
        f"{alignment.confidence:.2f}): {doubt_of(alignment)}; --force aligns them anyway"
    )


def row_json(row: AlignmentRow) -> dict[str, float | str | None]:
    """One row with its columns in order, rounded to what they can mean."""
    found = {name: getattr(row, name) for name in COLUMNS}
    return {
        name: round(value, _DECIMALS[name]) if isinstance(value, float) else value
        for name, value in found.items()
    }


def as_csv(rows: list[dict[str, float | str | None]]) -> str:
    """Rows as CSV with a header; None is blank."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
