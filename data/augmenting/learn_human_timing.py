"""Learn from ASAP how a pianist departs from the score.

    python -m unisono.data.augmenting.learn_human_timing DATA/asap [--out FILE] [--seed 0]

Four fifths of the pieces (by composer and title) are fitted, the others compared: real
performances, the model, the numbers set by hand, and white noise with the right deviations.
ASAP is CC BY-NC-SA 4.0: what is written is for non-commercial use.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unisono.data.augmenting.effect import Seconds, TimeMap
from unisono.data.augmenting.human_timing import LEARNED, SET_BY_HAND, write_numbers
from unisono.data.augmenting.human_timing_comparison import (
    of_played,
    played_by_model,
    played_by_noise,
    statistics,
    table,
)
from unisono.data.augmenting.human_timing_fit import PedalUse, fit_pianist
from unisono.data.augmenting.human_timing_matching import PlayedNotes, match_performance
from unisono.data.errors import ReadError
from unisono.data.readers.midi import read_midi

HEADER = {
    "what": "How pianists depart from the score: numbers for unisono's HumanPianist.",
    "from": "ASAP (Foscarin et al., ISMIR 2020), github.com/fosfrancesco/asap-dataset",
    "licence": "CC BY-NC-SA 4.0: for non-commercial use; no default weights depend on it.",
    "command": "python -m unisono.data.augmenting.learn_human_timing DATA/asap",
}

_LEAST_NOTES = 100
_LEAST_SHARE = 0.8  # of the score's notes that must be found
_PEDAL, _PEDAL_DOWN = 64, 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, write and compare."""
    parser = ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="ASAP with annotations.parquet")
    parser.add_argument("--out", type=Path, default=LEARNED)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        print(learn(options.folder, options.out, options.seed))
    except ReadError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def learn(folder: Path, out: Path, seed: int = 0) -> str:
    """Fit on most pieces, write the numbers, and return the table of those held out.

    Raises: ReadError where the folder does not hold ASAP's annotations.
    """
    random = np.random.default_rng(seed)
    rows = _aligned(folder)
    works = sorted({(row["composer"], row["title"]) for row in rows})
    order = random.permutation(len(works))
    held_out = {works[index] for index in order[: len(works) // 5]}
    fitted, pedals, compared = [], [], []
    for row in rows:
        played, pedal = _read(folder, row)
        if played is None:
            continue
        if (row["composer"], row["title"]) in held_out:
            compared.append(played)
        else:
            fitted.append(played)
            pedals.append(pedal)
    if not (fitted and compared):
        raise ReadError(folder, "holds too few performances", "take the whole of ASAP")
    seen = of_played(fitted)
    numbers = fit_pianist(seen, pedals)
    write_numbers(out, numbers, HEADER)
    columns = {
        "real": compared,
        "model": [played_by_model(one, numbers, random) for one in compared],
        "by hand": [played_by_model(one, SET_BY_HAND, random) for one in compared],
        "white noise": [played_by_noise(one, seen, random) for one in compared],
    }
    compared_table = table({name: statistics(of_played(of)) for name, of in columns.items()})
    works_out = len(held_out)
    notes = sum(len(one.pitch) for one in compared)
    return (
        f"fitted on {len(fitted)} performances of {len(works) - works_out} works; compared on "
        f"{len(compared)} performances of {works_out} others, {notes:,} notes\n{compared_table}"
    )


def _aligned(folder: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "annotations.parquet"
    try:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    except (OSError, pa.ArrowException) as error:
        remedy = "give the folder of ASAP that holds it"
        raise ReadError(path, "cannot be read as a table", remedy) from error
    return [row for row in rows if row["score_and_performance_aligned"]]


def _read(folder: Path, row: dict[str, Any]) -> tuple[PlayedNotes | None, PedalUse]:
    """The matched notes and pedal of a performance; None where too little matches."""
    path = folder / row["performance"]
    score = read_midi(folder / row["piece"] / "midi_score.mid").notes
    performance = read_midi(path).notes
    score_beats, beats = (np.asarray(row[k]) for k in ("score_beats", "performance_beats"))
    downbeat = np.asarray([kind == "db" for kind in row["score_beat_types"]])
    played = match_performance(score, performance, score_beats, beats, downbeat)
    inside = (score.onset_s >= score_beats[0]) & (score.onset_s <= score_beats[-1])
    few = len(played.pitch) < max(_LEAST_NOTES, _LEAST_SHARE * inside.sum())
    return None if few else played, read_pedal(path, beats)


def read_pedal(path: Path, beats_s: Seconds) -> PedalUse:
    """When the sustain pedal (controller 64) is down, in beats."""
    import mido

    to_beats = TimeMap(beats_s, np.arange(len(beats_s), dtype=np.float64))
    second, down, ups, downs = 0.0, False, list[float](), list[float]()
    for message in mido.MidiFile(str(path)):
        second += message.time
        if message.type != "control_change" or message.control != _PEDAL:
            continue
        if (message.value >= _PEDAL_DOWN) != down:
            down = not down
            (downs if down else ups).append(second)
    count = min(len(ups), len(downs))
    start, end = to_beats(downs[:count]), to_beats(ups[:count])
    inside = (start >= 0) & (end <= len(beats_s) - 1)
    start, end = start[inside], end[inside]
    gaps = start[1:] - end[:-1]
    return PedalUse(
        down_beats=end - start,
        up_beats=gaps[gaps < 16],
        release=end - np.rint(end),
        beat_s=float(np.median(np.diff(beats_s))),
    )


if __name__ == "__main__":
    sys.exit(main())
