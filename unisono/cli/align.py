"""Line a recording (or a MIDI performance) up with its score: MIDI, MusicXML, a page, a PDF.

Writes a CSV with the columns recording_s, score_s, beat, measure, page, system, x, y, confidence
and tick, one row every --hop seconds of the recording, blank where the score does not tell:
a page has no seconds, a MIDI file no pages. Seconds of the score are those of its own tempo,
beats count from 0 at its start, x and y are pixels of the page, ticks are those of a MIDI file.

examples:
  unisono align take.mp3 score.mid -o times.csv
  unisono align take.mp3 score.musicxml --hop 0.5 > times.csv
  unisono align take.mp3 score.pdf --json
  unisono align take.mp3 score.musicxml --order "1-16 1-16 17-40"
  unisono align take.mp3 score.musicxml --player take.html
  unisono align take.mp3 score.musicxml -o warped.mid -o take.measures.csv -o labels.txt
  unisono align take.mp3 score.musicxml --format beats
  unisono align take.mp3 score.pdf --video take.mp4

-o and --out may be repeated; the ending of a file says what is written into it:
  .csv            a row every --hop seconds
  .json           the same, with measures and uncertain passages
  .measures.csv   when each measure is played (MIDI, MusicXML)
  .beats.csv      when each beat is played (MIDI, MusicXML)
  .mid            the score's notes in time with the recording (MIDI, MusicXML)
  .txt            a label track for Audacity
  .map.json       notes by id, measures and beats -> seconds (MusicXML)
  .match          note by note, for Parangonada (MusicXML; needs partitura)
  .html           the player, as --player
  .mp4            the video, as --video
--format csv, json, measures, beats, midi, labels, map or match says it for any ending, and
without -o prints it.

--player writes one page that needs nothing else and works without a network: the recording, the
pages of the score (a piano roll for MIDI) and a cursor; click a bar to jump there. Space plays,
arrows go to the next bar and line. Uncertain passages are shaded.

--json prints {"confidence", "score", "order", "rows": [{...}], "measures": [{...}], "uncertain":
[[from_s, to_s]]} with null for blank.
The confidence is the probability that the recording plays the score. Below 0.5 nothing is written:
a sentence says so, and the exit code is 1, unless with --force.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_bundle, add_json
from unisono.cli.table import clock

if TYPE_CHECKING:
    from unisono.alignment.outputs import ScoreFacts
    from unisono.alignment.time import Alignment
    from unisono.alignment.time.played_order import PlayedOrder
    from unisono.cli.entry import Load

FORMAT_NAMES = ("csv", "json", "measures", "beats", "midi", "labels", "map", "match")
_PLAYERS, _VIDEOS = (".html", ".htm"), (".mp4", ".mkv", ".mov")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("recording", help="a recording, or a performance as MIDI")
    parser.add_argument("score", help="MIDI, MusicXML, an image of a page, or a PDF")
    parser.add_argument(
        "-o",
        "--out",
        "--output",
        metavar="FILE",
        action="append",
        default=[],
        help="write into this file, as its ending says, and not to stdout; may be repeated",
    )
    parser.add_argument(
        "--format", choices=FORMAT_NAMES, help="what to write, whatever the ending of FILE"
    )
    parser.add_argument("--player", metavar="FILE", help="write an HTML page that plays along")
    parser.add_argument(
        "--link-audio",
        action="store_true",
        help="the player names the recording's file in place of holding its sound",
    )
    parser.add_argument("--video", metavar="FILE", help="write the same as a video (.mp4)")
    parser.add_argument(
        "--order",
        metavar="RUNS",
        help="the bars (of pages: the systems) in the order they are played, such as "
        "'1-16 1-16 17-40', counted from 1 as written, a pick-up too; found if not given",
    )
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
    from unisono.alignment.outputs import check_score, format_of, read_facts
    from unisono.alignment.time import align
    from unisono.cli.entry import UsageError

    for name in (arguments.recording, arguments.score):
        if not Path(name).expanduser().is_file():
            raise UsageError(f"{name}: there is no such file")
    if not arguments.hop > 0:
        raise UsageError("--hop must be more than 0 seconds")
    recording, score = (Path(name).expanduser() for name in (arguments.recording, arguments.score))
    asked = _asked(arguments)
    for path in (path for paths in asked for path in paths):
        _check_target(path, (recording, score))
    files, players, videos = asked
    formats = [(format_of(arguments.format, path), path) for path in files]
    printed = None
    if arguments.json or not any(asked):
        printed = format_of("json" if arguments.json else arguments.format or "csv")
        if printed.name == "midi":
            raise UsageError("--format midi is no text; name a file with -o")
    for output in [output for output, _ in formats] + ([printed] if printed else []):
        check_score(output, score)
    if videos:
        from unisono.report.player.video import check_encoder

        check_encoder()
    _say("lining up ...")
    order = _order(arguments.order, score)
    alignment = align(load(arguments.bundle), recording, score, hop_s=arguments.hop, order=order)
    if not (alignment.belongs or arguments.force):
        print(_not_that_piece(recording, score, alignment), file=sys.stderr)
        return 1
    facts = read_facts(score, alignment)
    for output, path in formats:
        content = output.write(alignment, facts, recording)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    if players or videos:
        _show(alignment, facts, recording, players, videos, link=arguments.link_audio)
    if printed:
        content = printed.write(alignment, facts, recording)
        print(content if isinstance(content, str) else content.decode(), end="")
    length = clock(float(alignment.recording_s[-1]))
    where = "".join(f"; {path}" for paths in asked for path in paths)
    print(
        f"{len(alignment.rows_s)} rows over {length}, confidence {alignment.confidence:.2f}{where}",
        file=sys.stderr,
    )
    if alignment.order is not None:
        print(f"played: {alignment.order.words()}", file=sys.stderr)
    return 0


def _order(text: str | None, score: Path) -> PlayedOrder | None:
    """The order of bars that is given, or of systems where the score is pages."""
    from unisono.alignment.time.played_order import PlayedOrder
    from unisono.alignment.time.score import is_midi, is_musicxml
    from unisono.cli.entry import UsageError

    if text is None:
        return None
    try:
        return PlayedOrder.parse(text, "bar" if is_midi(score) or is_musicxml(score) else "system")
    except ValueError as error:
        raise UsageError(f"--order: {error}") from error


def _not_that_piece(recording: Path, score: Path, alignment: Alignment) -> str:
    from unisono.alignment.time.doubts import doubt_of

    return (
        f"unisono: {recording.name} does not seem to play {score.name} (confidence "
        f"{alignment.confidence:.2f}): {doubt_of(alignment)}; --force aligns them anyway"
    )


def _asked(arguments: argparse.Namespace) -> tuple[list[Path], list[Path], list[Path]]:
    """Files of outputs, players and videos."""
    from unisono.cli.entry import UsageError

    files: list[Path] = []
    players = [Path(arguments.player).expanduser()] if arguments.player else []
    videos = [Path(arguments.video).expanduser()] if arguments.video else []
    for name in arguments.out:
        path = Path(name).expanduser()
        if arguments.format is None and path.suffix.lower() in _PLAYERS:
            players.append(path)
        elif arguments.format is None and path.suffix.lower() in _VIDEOS:
            videos.append(path)
        else:
            files.append(path)
    for path in players:
        if path.suffix.lower() not in _PLAYERS:
            raise UsageError(f"{path}: name a player that ends in .html")
    for path in videos:
        if path.suffix.lower() not in _VIDEOS:
            raise UsageError(f"{path}: name a video that ends in {', '.join(_VIDEOS)}")
    return files, players, videos


def _check_target(path: Path, inputs: tuple[Path, ...]) -> None:
    from unisono.cli.entry import UsageError

    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.absolute().parent}")
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file in it")
    if any(path.exists() and path.samefile(one) for one in inputs):
        raise UsageError(f"{path}: this would overwrite what is to be aligned; name another file")


def _show(
    alignment: Alignment,
    facts: ScoreFacts,
    recording: Path,
    players: list[Path],
    videos: list[Path],
    *,
    link: bool,
) -> None:
    from unisono.report.player import read_view, write_player, write_video

    view = read_view(alignment, facts, recording)
    for path in players:
        _say(f"writing {path} ...")
        write_player(view, recording, path, link=link)
    for path in videos:
        _say(f"writing {path} ...")
        write_video(view, recording, path)


def _say(text: str) -> None:
    """Tell someone who waits at a terminal what is being done."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)
