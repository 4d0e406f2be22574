"""The way of a command: its arguments, its space, and what becomes of its errors.

Exit codes: 0 done; 1 nothing found or nothing usable; 2 cannot be done as asked; 130 stopped by
Ctrl-C; 141 the reader of the output went away.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from unisono.towers.space import Space

Load = Callable[[str | None], "Space"]
"""Opens the bundle at a folder or Hub id, or the default one for None."""


class Command(NamedTuple):
    """A command and the line that ``unisono --help`` shows of it.

    Its module is ``unisono.cli.<name>``, imported only when the command is used, with
    ``configure(parser)`` and ``run(arguments, load) -> exit code``.
    """

    name: str
    summary: str


COMMANDS = (
    Command("embed", "write vectors of files to a .parquet or .npz file"),
    Command("index", "add files and folders to a catalogue"),
    Command("reindex", "embed the files of a catalogue anew, with another space"),
    Command("search", "ask a catalogue with a text or a file"),
    Command("identify", "say which work a file is, where in it, and how sure that is"),
    Command("optimise", "make a large catalogue quick to search"),
    Command("tag", "say how well words fit a file"),
    Command("align", "line a recording up with its score"),
    Command("follow", "say where in its score a performance is, while it is played"),
    Command("data", "build datasets from collections and folders, check and pack them"),
    Command("train", "train or extend a space from pairs, as a YAML file says"),
    Command("demo", "show all of it on the example collection, or on a folder"),
    Command("export", "hand the space on: sentence-transformers, a copy, the Hub"),
    Command("eval", "measure a space on tasks, beside chance and baselines"),
    Command("doctor", "say in words what is wrong with a training run"),
    Command("info", "describe the bundle: towers, sizes, licences, numbers"),
)

EXAMPLES = """\
examples:
  unisono index ~/Music --catalogue music.lance
  unisono search "calm solo piano, minor key" --want audio
  unisono search photo_of_page.png --want audio
  unisono tag take.mp3 --tags fugue,waltz,march
  unisono align take.mp3 score.mid -o times.csv
  unisono doctor runs/covers

`unisono COMMAND --help` explains a command.
"""


class UsageError(Exception):
    """What was asked makes no sense; the text is one line that says what to do."""


def main(argv: Sequence[str] | None = None, *, load: Load | None = None) -> int:
    """Run a command and return its exit code.

    load: how a space is opened; tests and other programs may hand in their own.
    """
    arguments = build_parser(sys.argv[1:] if argv is None else argv).parse_args(argv)
    if not sys.warnoptions:
        # Warnings of libraries are for their programmers; python -W shows them.
        warnings.simplefilter("ignore")
    os.environ.setdefault("LANCEDB_LOG", "error")
    try:
        code = int(arguments.run(arguments, load or _load))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _complain(f"stopped{arguments.after_stop}", 130)
    except BrokenPipeError:
        # The interpreter flushes once more at exit; give it somewhere to flush to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        if os.environ.get("UNISONO_TRACEBACK"):
            raise
        return _complain(explain(error), 2)


def build_parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Build the parser; only the command that ``argv`` names is imported and set up in full."""
    from unisono import __version__

    parser = argparse.ArgumentParser(
        prog="unisono",
        description="Search, tag and align music: recordings, text, covers, pages and MIDI files "
        "in one space.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"unisono {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = next((word for word in argv if not word.startswith("-")), None)
    for command in COMMANDS:
        one = commands.add_parser(
            command.name,
            help=command.summary,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if command.name == asked:
            module = import_module(f"unisono.cli.{command.name}")
            one.description, _, one.epilog = (module.__doc__ or "").partition("\n\n")
            module.configure(one)
            one.set_defaults(run=module.run, after_stop=getattr(module, "AFTER_STOP", ""))
    return parser


def explain(error: Exception) -> str:
    """One line for any error: expected ones in their own words, others named as unexpected."""
    from unisono.data.errors import ReadError

    text = " ".join(str(error).split())
    if isinstance(error, UsageError | ReadError) or type(error).__module__.startswith("unisono."):
        return text
    if isinstance(error, OSError) and error.strerror:
        named = f"{error.filename}: " if error.filename else ""
        return f"{named}{error.strerror.lower()}"
    return (
        f"unexpected {type(error).__name__}: {text or 'no further words'} "
        "(set UNISONO_TRACEBACK=1 to see where)"
    )


def _load(where: str | None) -> Space:
    from unisono.towers.space import load

    return load(where)


def _complain(text: str, code: int) -> int:
    print(f"unisono: {text}", file=sys.stderr)
    return code
