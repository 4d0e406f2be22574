"""(n)ASAP: ASAP with every played note matched to its note in the score.

Matches are read from the ``.match`` files (F. Foscarin, S. D. Peter et al.: The match file format,
MEC 2022) by own code, as only two columns are wanted: reading one with ``partitura``'s
``load_match`` takes more than fifty times as long, and there are more than a thousand.

Score times count from the first note, with the repeats as played, in the one tempo that the score
names, else at half a second a quarter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from unisono.data.sources.asap import performance_entry
from unisono.data.sources.asap_original import asap_media, asap_rows, beats_aligned
from unisono.data.sources.entry import Alignment, Entry, Media, Role, SourceFacts
from unisono.data.sources.moments import same_moments, seconds_per_quarter
from unisono.data.sources.tables import Row, is_there, read_lines

_INFO = re.compile(r"info\((midiClockUnits|midiClockRate),\s*(\d+)\)")
_METRE = re.compile(  # since version 1.0.0 of the format, and as before
    r"(?:scoreprop\(timeSignature,\s*\d+/(\d+),[^,]*,[^,]*|meta\(timeSignature,\s*\d+/(\d+),[^,]*)"
    r",\s*([-\d.]+)\)"
)
_PAIR = re.compile(
    r"snote\([^,]+,\[[^]]*\],-?\d+,[^,]*,[^,]*,[^,]*,([-\d.]+),[-\d.]+,\[[^]]*\]\)"
    r"-note\([^,]+,(?:[^,]+|\[[^]]*\],-?\d+),(-?\d+),"
)


class NasapSource:
    """One entry a performance, with beats and, where a match file is there, notes aligned."""

    facts = SourceFacts(
        name="nasap",
        title="(n)ASAP: the (note-)aligned scores and performances dataset",
        homepage="https://github.com/CPJKU/asap-dataset",
        licence="CC BY-NC-SA 4.0",
        citation="S. D. Peter, C. E. Cancino-Chacón, F. Foscarin, A. P. McLeod, F. Henkel, "
        "E. Karystinaios, G. Widmer: Automatic Note-Level Score-to-Performance Alignments in the "
        "ASAP Dataset, TISMIR 2023, doi 10.5334/tismir.149",
        revision="v2.1.1, 4097b45757bed854818cf87e77b92323ebf90615",
        layout="metadata.csv, Composer/Work/.../: xml_score.musicxml, midi_score.mid, "
        "midi_score_annotations.txt, <performance>.mid, <performance>_annotations.txt, "
        "<performance>.match",
        gives=("performance", "midi", "score", "audio", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every performance in order of path; raises SourceLayoutError."""
        return self._entries(root, asap_rows(root, self.facts))

    def _entries(self, root: Path, rows: Iterator[Row]) -> Iterator[Entry]:
        tempo = lru_cache(maxsize=1)(seconds_per_quarter)  # the rows of a score stand together
        for row in rows:
            media = asap_media(root, row)
            if "performance" not in media and "audio" not in media:
                continue
            aligned = list(beats_aligned(root, row, media))
            match = root / (row.get("match_file") or _match_name(row))
            if "score" in media and is_there(match):
                second = tempo(media["score"][0].path)
                aligned += _notes_aligned(match, second, media)
            yield performance_entry(row, media, tuple(aligned))


def read_match(path: Path) -> tuple[list[float], list[float]]:
    """Quarters from the first score note, and seconds played, of every matched pair of notes."""
    clock = {"midiClockUnits": 480.0, "midiClockRate": 500_000.0}
    metres: list[tuple[float, int]] = []  # from which beat on, how many of them a whole note has
    beats: list[float] = []
    ticks: list[int] = []
    for line in read_lines(path):
        if pair := _PAIR.match(line):
            beats.append(float(pair.group(1)))
            ticks.append(int(pair.group(2)))
        elif info := _INFO.match(line):
            clock[info.group(1)] = float(info.group(2))
        elif metre := _METRE.match(line):
            metres.append((float(metre.group(3)), int(metre.group(1) or metre.group(2))))
    tick_s = clock["midiClockRate"] / clock["midiClockUnits"] / 1e6
    return _quarters(beats, metres), [tick * tick_s for tick in ticks]


def _notes_aligned(
    match: Path, second: float, media: dict[Role, tuple[Media, ...]]
) -> list[Alignment]:
    quarters, played = read_match(match)
    score = [quarter * second for quarter in quarters]
    roles: list[Role] = [role for role in ("performance", "audio") if role in media]
    pairs = [same_moments("score", score, role, played) for role in roles]
    return [pair for pair in pairs if pair is not None]


def _quarters(beats: list[float], metres: list[tuple[float, int]]) -> list[float]:
    """Beats as quarters from the first, where the length of a beat changes with the metre."""
    if not beats:
        return []
    changes = sorted(metres) or [(0.0, 4)]
    starts = np.array([min(beats), *(beat for beat, _ in changes if beat > min(beats))])
    before = [whole for beat, whole in changes if beat <= min(beats)] or [changes[0][1]]
    lengths = 4 / np.array([before[-1], *(whole for beat, whole in changes if beat > min(beats))])
    reached = np.concatenate([[0.0], np.cumsum(np.diff(starts) * lengths[:-1])])
    part = np.searchsorted(starts, beats, side="right") - 1
    return list(reached[part] + (np.array(beats) - starts[part]) * lengths[part])


def _match_name(row: Row) -> str:
    return row["midi_performance"].removesuffix(".mid") + ".match"


SOURCE = NasapSource()
