"""Seconds of audio a second from MP3: decoding alone, encoding, and CLAP on the same file.

    python -m benchmarks.audio_speed [--bundle FOLDER] [--runs 5] [--seconds 180]

Decoding alone is soundfile's plain decode of the stereo file at its own rate, the quicker of
reading it whole and reading it in blocks. Encoding is ``Space.encode_item``: decode, resample,
spectrogram, tower, a passage every second. CLAP is transformers' ClapModel (HTSAT, default
config, random weights) with its own feature extractor on windows of 10 s; it too decodes the
file, and resamples to 48 kHz. Its batch size is the one that suits this machine best.
"""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.bundle import bundle_folder
from benchmarks.figures import Figure, run_part
from benchmarks.timing import CORES, Timing, measure, progress

CLAP_RATE = 48_000
CLAP_WINDOW_S = 10
CLAP_BATCHES = (1, 4, 18)
"""Tried in turn; the quickest counts."""


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=180.0, help="length of the recording")
    parser.add_argument("--clap-batches", type=int, nargs="+", default=list(CLAP_BATCHES))


def part(arguments: Namespace) -> list[Figure]:
    from benchmarks.music import write_mp3

    with tempfile.TemporaryDirectory() as folder, bundle_folder(arguments.bundle) as bundle:
        path = Path(folder) / "take.mp3"
        progress(f"writing an MP3 of {arguments.seconds:g} s")
        write_mp3(path, arguments.seconds)
        kbit = path.stat().st_size * 8 / arguments.seconds / 1000
        decoding, encoding = _time_encoding(path, bundle, arguments.runs)
        clap, batch = _time_clap(path, arguments.clap_batches, (arguments.runs + 1) // 2)
    seconds = arguments.seconds

    def speed(timing: Timing) -> tuple[float, str, str]:
        unit = "s of audio/s"
        return seconds / timing.median, unit, timing.spread("", lambda s: seconds / s).strip()

    return [
        Figure("decoding the MP3 alone", *_with(speed(decoding), f"stereo, {kbit:.0f} kbit/s")),
        Figure("encoding it, decode included", *speed(encoding)),
        Figure(
            "time of encoding / of decoding alone",
            encoding.median / decoding.median,
            "times",
            at_most=3.0,
        ),
        Figure("CLAP on it, decode included", *_with(speed(clap), f"batches of {batch}")),
        Figure(
            "speed of encoding / of CLAP",
            clap.median / encoding.median,
            "times",
            at_least=10.0,
        ),
    ]


def _with(figure: tuple[float, str, str], fact: str) -> tuple[float, str, str]:
    return figure[0], figure[1], f"{figure[2]}; {fact}"


def _time_encoding(path: Path, bundle: Path, runs: int) -> tuple[Timing, Timing]:
    """Decoding alone and encoding, in turns."""
    from unisono.towers.space import load

    progress("decoding and encoding in turns")
    space = load(bundle)
    ways = (_decode_whole, _decode_in_blocks, space.encode_item)
    whole, in_blocks, encoding = measure([partial(way, path) for way in ways], runs=runs)
    return min(whole, in_blocks, key=lambda timing: timing.median), encoding


def _decode_whole(path: Path) -> npt.NDArray[np.float32]:
    import soundfile

    samples, _ = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(samples)


def _decode_in_blocks(path: Path) -> None:
    import soundfile

    with soundfile.SoundFile(path) as file:
        buffer = np.empty((1 << 17, file.channels), np.float32)
        while file.buffer_read_into(buffer, "float32"):
            pass


def _time_clap(path: Path, batches: Sequence[int], runs: int) -> tuple[Timing, int]:
    """CLAP at its best batch size, and that size."""
    progress("building CLAP")
    embed = _clap()
    trials: dict[int, Timing] = {}
    for batch in batches:
        progress(f"CLAP in batches of {batch}")
        [trials[batch]] = measure([partial(embed, path, batch)], runs=1, warm_ups=len(trials) == 0)
    best = min(trials, key=lambda batch: trials[batch].median)
    progress(f"CLAP again, {runs} runs in batches of {best}")
    [timing] = measure([partial(embed, path, best)], runs=runs, warm_ups=0)
    return timing, best


def _clap() -> Callable[[Path, int], npt.NDArray[np.float32]]:
    # A torchvision built for another torch would break the import; CLAP does without it.
    sys.modules["torchvision"] = None  # type: ignore[assignment]
    import torch
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    torch.set_num_threads(CORES)
    torch.manual_seed(0)
    model: Any = ClapModel(ClapConfig())
    model.eval()
    extractor: Any = ClapFeatureExtractor(truncation="rand_trunc")

    def embed(path: Path, batch: int) -> npt.NDArray[np.float32]:
        windows = _windows(path)
        vectors = []
        for start in range(0, len(windows), batch):
            features = extractor(
                windows[start : start + batch], sampling_rate=CLAP_RATE, return_tensors="pt"
            )
            with torch.inference_mode():
                output = model.get_audio_features(**features)
            vectors.append(getattr(output, "pooler_output", output).numpy())
        return np.concatenate(vectors)

    return embed


def _windows(path: Path) -> list[npt.NDArray[np.float32]]:
    """The recording as mono windows of 10 s at CLAP's rate."""
    import soundfile
    import soxr

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = soxr.resample(samples.mean(axis=1), rate, CLAP_RATE)
    size = CLAP_WINDOW_S * CLAP_RATE
    return [mono[start : start + size] for start in range(0, len(mono), size)]


if __name__ == "__main__":
    run_part(__doc__, part, configure)
