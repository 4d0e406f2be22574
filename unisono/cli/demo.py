"""Show the main job from end to end on the example collection, or on a folder of your own.

Indexes the folder, asks it by a sentence, a line of notes, some seconds of sound and a whole
recording, tags recordings, lines one up with its score, says in words which answers are right,
and writes one HTML page with players, marked pages and a map of the space.

examples:
  unisono demo
  unisono demo ~/Music/quartets --report quartets.html
  unisono demo --json | jq '.steps[].verdict'

--json prints {"collection", "indexed", "quarantine", "steps", "report"}; a step has the keys
"name", "heading", "right" (true, false or null where nobody knows) and "verdict", and those of its
kind: "answers" as in `unisono search --json`, "recordings" with their tags, or "confidence".
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import textwrap
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_bundle, add_json
from unisono.cli.table import place_json, printable, shown_path, shown_place, table, terminal_width

if TYPE_CHECKING:
    from unisono.cli.entry import Load
    from unisono.report.findings import Answer, Demonstration, Finding, Indexed, LinedUp

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "collection"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "folder", nargs="?", help="a folder with music (default: the example collection)"
    )
    parser.add_argument(
        "--report",
        metavar="FILE",
        default="demo-report.html",
        help="where to write the page (default: demo-report.html)",
    )
    parser.add_argument(
        "-c", "--catalogue", metavar="PATH", help="keep the catalogue here (default: nowhere)"
    )
    add_bundle(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Run the demonstration, print each step as it is done, and write the page."""
    root = _folder(arguments.folder)

    from unisono.report.demonstration import demonstrate
    from unisono.report.document import write_report

    quiet = arguments.json
    if not quiet:
        print(f"Indexing {shown_path(root)} ...", flush=True)
    with ExitStack() as stack:
        catalogue = arguments.catalogue
        if catalogue is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="unisono-demo-"))
            catalogue = Path(folder) / "catalogue.lance"
        found = demonstrate(
            load(arguments.bundle),
            root,
            Path(catalogue).expanduser(),
            tell=(lambda finding: None) if quiet else _print_finding,
            on_progress=_show_progress,
        )
        report = Path(arguments.report).expanduser()
        write_report(found, root, report)
    if quiet:
        print(json.dumps(_demonstration_json(found, report), ensure_ascii=False, indent=2))
    else:
        print(f"\nThe report, with players, pages and a map: {shown_path(report)}")
    return 0


def _folder(word: str | None) -> Path:
    """The folder to show. Raises UsageError where there is none."""
    from unisono.cli.entry import UsageError

    if word is None:
        if not EXAMPLES.is_dir():
            raise UsageError(
                "the example collection comes with the repository, not with the installed "
                "package; name a folder of your own: unisono demo FOLDER"
            )
        return EXAMPLES
    path = Path(word).expanduser()
    if not path.is_dir():
        what = "is a file, not a folder" if path.exists() else "there is no such folder"
        raise UsageError(f"{word}: {what}")
    return path.resolve()


def _show_progress(done: int, count: int, path: Path) -> None:
    if sys.stderr.isatty():
        line = f"{done + 1}/{count} {path.name}"[:70]
        end = "\r" if done + 1 < count else "\r" + " " * 70 + "\r"
        print(f"{line:<70}", end=end, file=sys.stderr, flush=True)


def _print_finding(finding: Indexed | Finding) -> None:
    from unisono.report.findings import Indexed, LinedUp, Question, Skipped, Tagging

    if isinstance(finding, Indexed):
        _print_indexed(finding)
        return
    print(f"\n{finding.heading}\n{'=' * len(finding.heading)}")
    if isinstance(finding, Skipped):
        _say(f"Left out: {finding.reason}.")
        return
    _say(finding.asked)
    print()
    if isinstance(finding, Question):
        print(_answers_table(finding.answers))
    elif isinstance(finding, Tagging):
        rows = [
            (
                recording.title if i == 0 else "",
                row.tag,
                f"{row.probability:.2f}",
                _word(row.belongs),
            )
            for recording in finding.recordings
            for i, row in enumerate(recording.rows)
        ]
        print(table(("recording", "tag", "probability", ""), rows, right=(2,), shrink=(0,)))
    elif isinstance(finding, LinedUp):
        print(_alignment_table(finding))
    print()
    _say(finding.verdict.sentence)
    if isinstance(finding, Question) and finding.summary:
        _say(finding.summary)
    sys.stdout.flush()


def _print_indexed(indexed: Indexed) -> None:
    counts = ", ".join(f"{count} {modality}" for modality, count in indexed.counts.items() if count)
    print(f"{sum(indexed.counts.values())} files in {indexed.seconds:.1f} s: {counts}", flush=True)
    if indexed.quarantine:
        rows = [(shown_path(path), reason) for path, reason in indexed.quarantine[:10]]
        print(table(("could not be used", "reason"), rows, shrink=(0, 1)))
        if len(indexed.quarantine) > len(rows):
            print(f"... and {len(indexed.quarantine) - len(rows)} more")


def _answers_table(answers: tuple[Answer, ...]) -> str:
    rows = [
        (
            str(answer.rank),
            f"{answer.score:.2f}",
            str(answer.modality),
            answer.title,
            shown_path(answer.path),
            shown_place(answer.moment),
            _word(answer.right),
        )
        for answer in answers
    ]
    header = ("rank", "score", "modality", "title", "path", "moment", "")
    return table(header, rows, right=(0, 1), shrink=(4, 3))


def _alignment_table(found: LinedUp) -> str:
    """Some moments of the alignment, evenly spread."""
    count = len(found.recording_s)
    picks = sorted({round(i * (count - 1) / 5) for i in range(6)})
    rows = [
        (
            f"{found.recording_s[i]:.1f}",
            f"{found.score_s[i]:.1f}",
            found.measures[i] or "",
        )
        for i in picks
    ]
    return table(("recording_s", "score_s", "measure"), rows, right=(0, 1, 2))


def _word(right: bool | None) -> str:
    return "" if right is None else "right" if right else "wrong"


def _say(text: str) -> None:
    print(textwrap.fill(printable(text), width=min(terminal_width() or 100, 100)))


def _demonstration_json(found: Demonstration, report: Path) -> dict[str, object]:
    return {
        "collection": found.collection,
        "indexed": {str(modality): count for modality, count in found.indexed.counts.items()},
        "quarantine": [
            {"path": printable(str(path)), "reason": printable(reason)}
            for path, reason in found.indexed.quarantine
        ],
        "steps": [_step_json(finding) for finding in found.findings],
        "report": str(report),
    }


def _step_json(finding: Finding) -> dict[str, object]:
    from unisono.report.findings import LinedUp, Question, Skipped, Tagging

    step: dict[str, object] = {"name": finding.name, "heading": finding.heading}
    if isinstance(finding, Skipped):
        return step | {"right": None, "verdict": f"Left out: {finding.reason}."}
    step |= {"right": finding.verdict.right, "verdict": finding.verdict.sentence}
    if isinstance(finding, Question):
        step["summary"] = finding.summary
        step["answers"] = [_answer_json(answer) for answer in finding.answers]
    elif isinstance(finding, Tagging):
        step["recordings"] = [
            {
                "path": printable(str(recording.path)),
                "tags": [
                    {"tag": row.tag, "probability": round(row.probability, 4), "right": row.belongs}
                    for row in recording.rows
                ],
            }
            for recording in finding.recordings
        ]
    elif isinstance(finding, LinedUp):
        step |= {
            "recording": printable(str(finding.recording)),
            "score": printable(str(finding.score)),
            "confidence": round(finding.confidence, 4),
        }
    return step


def _answer_json(answer: Answer) -> dict[str, object]:
    return {
        "rank": answer.rank,
        "score": round(answer.score, 4),
        "modality": str(answer.modality),
        "title": answer.title,
        "path": printable(str(answer.path)),
        "moment": place_json(answer.moment),
        "right": answer.right,
    }
