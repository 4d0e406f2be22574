"""Learn from ASAP how a pianist departs from the score.

    python -m unisono.data.augmenting.learn_human_timing DATA/asap [--out FILE] [--splits 1]

Four fifths of the pieces (by composer and title) are fitted, the others compared: real
performances, the model, the numbers set by hand, and white noise with the right deviations. The
first split is written; further ones are fitted and compared only.
ASAP is CC BY-NC-SA 4.0: what is written is for non-commercial use.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unisono.data.augmenting.effect import Seconds, TimeMap
from unisono.data.augmenting.human_timing import (
    LEARNED,
    SET_BY_HAND,
    PianistNumbers,
    write_numbers,
)
from unisono.data.augmenting.human_timing_comparison import (
    of_played,
    played_by_model,
    played_by_noise,
    statistics,
    table,
)
from unisono.data.augmenting.human_timing_departures import Departures
from unisono.data.augmenting.human_timing_fit import PedalUse, fit_pianist
from unisono.data.augmenting.human_timing_matching import PlayedNotes, match_performance
from unisono.data.errors import ReadError
from unisono.data.readers.midi import read_midi

HEADER = {
    "what": "How pianists depart from the score: numbers for unisono's HumanPianist.",
    "from": "ASAP (Foscarin et al., ISMIR 2020), github.com/fosfrancesco/asap-dataset",
    "licence": "CC BY-NC-SA 4.0: for non-commercial use; no default weights depend on it.",
    "command": "python -m unisono.data.augmenting.learn_human_timing DATA/asap --splits 5",
}

_LEAST_WORKS = 10
_LEAST_NOTES = 100
_LEAST_SHARE = 0.8  # of the score's notes that must be found
_PEDAL, _PEDAL_DOWN = 64, 64


@dataclass(frozen=True, eq=False)
class _Take:
    work: tuple[str, str]
    played: PlayedNotes
    pedal: PedalUse


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, write and compare."""
    parser = ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="ASAP with annotations.parquet")
    parser.add_argument("--out", type=Path, default=LEARNED)
    parser.add_argument("--splits", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        print(learn(options.folder, options.out, options.splits))
    except ReadError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def learn(folder: Path, out: Path, splits: int = 1) -> str:
    """Fit on most pieces, write the numbers, and return the tables of those held out.

    Raises: ReadError where the folder does not hold ASAP's annotations.
    """
    takes = [take for row in _aligned(folder) if (take := _read(folder, row)) is not None]
    works = sorted({take.work for take in takes})
    if len(works) < _LEAST_WORKS:
        raise ReadError(folder, "holds too few performances", "take the whole of ASAP")
    texts = []
    for split in range(splits):
        random = np.random.default_rng(split)
        order = random.permutation(len(works))
        held_out = {works[index] for index in order[: len(works) // 5]}
        fitted = [take for take in takes if take.work not in held_out]
        compared = [take.played for take in takes if take.work in held_out]
        seen = of_played([take.played for take in fitted])
        numbers = fit_pianist(seen, [take.pedal for take in fitted])
        if not split:
            write_numbers(out, numbers, HEADER)
        texts.append(
            f"split {split}: fitted on {len(fitted)} performances of {len(works) - len(held_out)} "
            f"works; compared on {len(compared)} performances of {len(held_out)} others\n"
            + _compared(compared, seen, numbers, random)
        )
    return "\n\n".join(texts)


def _compared(
    real: Sequence[PlayedNotes],
    seen: Sequence[Departures],
    numbers: PianistNumbers,
    random: np.random.Generator,
) -> str:
    columns = {
        "real": real,
        "model": [played_by_model(one, numbers, random) for one in real],
        "by hand": [played_by_model(one, SET_BY_HAND, random) for one in real],
        "white noise": [played_by_noise(one, seen, random) for one in real],
    }
    return table({name: statistics(of_played(of)) for name, of in columns.items()})


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


def _read(folder: Path, row: dict[str, Any]) -> _Take | None:
    """A performance matched to its score; None where too little matches."""
    path = folder / row["performance"]
    score = read_midi(folder / row["piece"] / "midi_score.mid").notes
    performance = read_midi(path).notes
    score_beats, beats = (np.asarray(row[k]) for k in ("score_beats", "performance_beats"))
    downbeat = np.asarray([kind == "db" for kind in row["score_beat_types"]])
    played = match_performance(score, performance, score_beats, beats, downbeat)
    inside = (score.onset_s >= score_beats[0]) & (score.onset_s <= score_beats[-1])
    if len(played.pitch) < max(_LEAST_NOTES, _LEAST_SHARE * inside.sum()):
        return None
    return _Take((row["composer"], row["title"]), played, read_pedal(path, beats))


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
