"""How near to the truth notes are placed: ten piano performances of ASAP, five violin recordings.

    python -m benchmarks.score_alignment_development --asap DIR --violin DIR [--only 3]

For development: settings were chosen on these, so other pieces of ASAP are left for judging.
DIR holds ``annotations.parquet`` and the MIDI files of ASAP, or ``recordings.parquet``,
``notes.parquet`` and the recordings of bach-violin-dataset. Performances are played by FluidSynth
with FluidR3_GM, clean, and in a room (0.8 to 2 s) with pink noise 15 dB below and silence of 4 s
before and 6 s after. Errors are at annotated beats (ASAP) or notes (violin, whose truth is good
to 50 to 100 ms itself). Sync Toolbox (MrMsDTW, chroma and DLNCO) is measured where installed.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.note_alignment import NoteAlignment, align_features
from unisono.alignment.time.pitch_features import (
    SAMPLE_RATE,
    PitchFeatures,
    features_of_audio,
    features_of_notes,
)
from unisono.cli.table import table
from unisono.data.notes import Notes
from unisono.eval.harness.alignment_baselines import TOOLBOX_RATE
from unisono.eval.harness.alignment_sets import DEVELOPMENT

Floats = npt.NDArray[np.float64]
Sound = npt.NDArray[np.float32]

RATE = TOOLBOX_RATE


@dataclass(frozen=True)
class Item:
    """A recording (samples,) at RATE, the notes of its score, and pairs of true times."""

    group: str
    sound: Sound
    score: Notes
    score_s: Floats
    recording_s: Floats


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--asap", type=Path)
    parser.add_argument("--violin", type=Path)
    parser.add_argument("--only", type=int, help="the first so many of each")
    arguments = parser.parse_args()
    ways = {"this program": own, "its path before onsets": path_alone}
    if importlib.util.find_spec("synctoolbox"):
        ways["Sync Toolbox"] = sync_toolbox
    else:
        print("Sync Toolbox is not installed: pip install synctoolbox")
    errors: dict[tuple[str, str], list[Floats]] = defaultdict(list)
    for source, folder in ((asap, arguments.asap), (violin, arguments.violin)):
        for item in source(folder, arguments.only) if folder else ():
            for name, way in ways.items():
                score_s, recording_s = way(item)
                found = np.interp(item.score_s, score_s, recording_s)
                errors[item.group, name].append(found - item.recording_s)
    header = ("material", "program", "median ms", "95 % ms", "25", "50", "100", "250 ms")
    rows = [(*key, *row_of(np.concatenate(found))) for key, found in errors.items()]
    print(table(header, rows, right=range(2, 8)))


def row_of(errors: Floats) -> tuple[str, ...]:
    away = np.abs(errors)
    within = [f"{np.mean(away <= s):.1%}" for s in (0.025, 0.05, 0.1, 0.25)]
    return f"{np.median(away) * 1e3:.1f}", f"{np.quantile(away, 0.95) * 1e3:.0f}", *within


def asap(folder: Path, only: int | None) -> Iterator[Item]:
    import pandas as pd

    from unisono.data.augmenting.audio_noise import Noise
    from unisono.data.augmenting.rooms import Room
    from unisono.data.readers.midi import read_midi
    from unisono.data.sound.fluidsynth import play_soundfont
    from unisono.data.sound.soundfonts import find_soundfont

    table_of = pd.read_parquet(folder / "annotations.parquet").set_index("performance")
    soundfont = find_soundfont("fluidr3")
    for seed, name in enumerate(DEVELOPMENT[:only]):
        row = table_of.loc[name]
        sure = [
            "bR" not in pair
            for pair in zip(row.score_beat_types, row.performance_beat_types, strict=True)
        ]
        score_s, beats_s = row.score_beats[sure], row.performance_beats[sure]
        score = read_midi(folder / row.piece / "midi_score.mid").notes
        clean = play_soundfont(soundfont, read_midi(folder / name).notes, RATE)
        yield Item("ASAP, clean", clean, score, score_s, beats_s)
        random = np.random.default_rng(seed)
        room = Room.draw(random, decay_s=(0.8, 2.0), wet_db=(-6, 0))
        heard = Noise("pink", 15.0, seed).apply(room.apply(clean, RATE), RATE)
        around = np.pad(heard, (4 * RATE, 6 * RATE))
        yield Item("ASAP, room and noise", around, score, score_s, beats_s + 4.0)


def violin(folder: Path, only: int | None) -> Iterator[Item]:
    import pandas as pd

    from unisono.data.readers.audio import read_audio

    notes = pd.read_parquet(folder / "notes.parquet")
    for file in pd.read_parquet(folder / "recordings.parquet").file[:only]:
        rows = notes[notes.file == file].sort_values("onset_tick", kind="stable")
        onset_s = rows.onset_tick.to_numpy() / 48  # quarters of half a second
        offset_s = np.maximum(rows.offset_tick.to_numpy() / 48, onset_s + 0.05)
        pitch = rows.pitch.to_numpy().astype(np.int16)
        score = Notes(onset_s, offset_s, pitch, np.full_like(pitch, 80), np.full_like(pitch, 40))
        sound = read_audio(folder / file, RATE)
        yield Item("violin", sound, score, onset_s, rows.start_s.to_numpy())


def own(item: Item) -> tuple[Floats, Floats]:
    from unisono.alignment.time.onset_alignment import on_onsets

    heard, path = followed(item)
    found = on_onsets(heard, item.score, path)
    return found.score_s, found.recording_s


def path_alone(item: Item) -> tuple[Floats, Floats]:
    _, path = followed(item)
    return path.score_s, path.recording_s


def followed(item: Item) -> tuple[PitchFeatures, NoteAlignment]:
    import soxr

    heard = features_of_audio([soxr.resample(item.sound, RATE, SAMPLE_RATE)])
    return heard, align_features(heard, features_of_notes(item.score))


def sync_toolbox(item: Item) -> tuple[Floats, Floats]:
    from unisono.eval.harness.alignment_baselines import mrmsdtw

    return mrmsdtw(item.sound, item.score)


if __name__ == "__main__":
    main()
