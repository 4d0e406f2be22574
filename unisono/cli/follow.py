"""Follow a performance in its score while it is played: where it is, ten times a second.

The score is MIDI or MusicXML. The sound comes from the microphone, from a WAV file that is still
being written, or as raw samples from a pipe. A player may repeat, skip or start anywhere.

examples:
  unisono follow score.musicxml                    # the microphone (pip install sounddevice)
  unisono follow score.mid --file take.wav         # also while it grows
  ffmpeg -i URL -f s16le -ar 16000 -ac 1 - | unisono follow score.mid --file - --rate 16000
  unisono follow score.mid --file take.wav --json > places.jsonl

--json prints a line {"recording_s", "bar", "measure", "beat", "score_s", "page", "system", "x",
"y", "confidence"} every 0.1 s, with null for what is not known, as while nobody plays. bar counts
from 1 as written, beats from 0 at the start. A place is known about a quarter of a second after it
sounded. Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.cli.arguments import add_json, positive
from unisono.cli.table import clock

if TYPE_CHECKING:
    from unisono.alignment.time.following import FollowedPlace
    from unisono.cli.entry import Load

_FIELDS = ("recording_s", "bar", "measure", "beat", "score_s", "page", "system", "x", "y")
_DECIMALS = {"recording_s": 2, "beat": 2, "score_s": 2, "x": 1, "y": 1}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("score", help="MIDI or MusicXML")
    parser.add_argument(
        "--file",
        metavar="FILE",
        help="a WAV file, also one that grows; - for raw samples (16 bits, little-endian) on "
        "standard input; without it, the microphone",
    )
    parser.add_argument(
        "--rate", type=positive, default=44_100, help="of raw samples, in Hz (default: 44100)"
    )
    parser.add_argument("--channels", type=positive, default=1, help="of raw samples (default: 1)")
    parser.add_argument("--device", help="which microphone")
    parser.add_argument(
        "--patience",
        type=float,
        default=3.0,
        metavar="SECONDS",
        help="how long to wait for a file that no longer grows (default: 3)",
    )
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Follow and print."""
    from unisono.alignment.time.following import follow

    score = _existing(arguments.score)
    last: FollowedPlace | None = None
    live = sys.stdout.isatty() and not arguments.json
    try:
        for place in follow(_sound(arguments), score):
            if arguments.json:
                print(json.dumps(place_json(place)), flush=True)
            elif live:
                print(f"\r{place_line(place):<60}", end="", flush=True)
            elif last is None or (place.bar, place.measure) != (last.bar, last.measure):
                # Into a file or a pipe: a line where the bar changes.
                print(place_line(place), flush=True)
            last = place
    except KeyboardInterrupt:
        if last is None:
            raise
    if live:
        print()
    if last is None:
        print("unisono: no sound came", file=sys.stderr)
        return 1
    return 0


def place_json(place: FollowedPlace) -> dict[str, float | int | str | None]:
    """A place with its fields in order, rounded to what they can mean."""
    found: dict[str, Any] = {name: getattr(place, name) for name in _FIELDS}
    for name, decimals in _DECIMALS.items():
        if found[name] is not None:
            found[name] = round(found[name], decimals)
    return found | {"confidence": round(place.confidence, 2)}


def place_line(place: FollowedPlace) -> str:
    """One line for someone who looks on."""
    words = [clock(place.recording_s)]
    if place.bar is None:
        return f"{words[0]}  waiting for the score"
    words.append(f"bar {place.measure or place.bar}")
    if place.beat is not None:
        words.append(f"beat {place.beat:.1f}")
    if place.page is not None:
        words.append(f"page {place.page}, system {place.system}")
    words.append(f"{place.confidence:.0%}")
    return "  ".join(words)


def _sound(arguments: argparse.Namespace) -> Iterator[Any]:
    from unisono.cli.entry import UsageError
    from unisono.data.readers.live_audio import PcmFormat, growing_wav, microphone, raw_pcm

    if arguments.file is None:
        return microphone(device=arguments.device)
    if arguments.file == "-":
        try:
            form = PcmFormat(arguments.rate, arguments.channels)
        except ValueError as error:
            raise UsageError(str(error)) from error
        return raw_pcm(sys.stdin.buffer, form)
    if not arguments.patience >= 0:
        raise UsageError("--patience must be 0 seconds or more")
    return growing_wav(_existing(arguments.file), patience_s=arguments.patience)


def _existing(name: str) -> Path:
    from unisono.cli.entry import UsageError

    path = Path(name).expanduser()
    if not path.is_file():
        raise UsageError(f"{name}: there is no such file")
    return path
