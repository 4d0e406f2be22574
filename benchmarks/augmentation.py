"""Seconds of audio a CPU second of each augmentation of recordings; notes and pictures too.

    OMP_NUM_THREADS=1 python -m benchmarks.augmentation [--seconds 30] [--rate 16000] [--runs 3]

CPU time of all threads, so that a busy machine does little harm. Music made on the spot. Every
effect has the parameters in ``EFFECTS``; of presets five chains are drawn, and the median counts.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from statistics import median
from time import process_time

import numpy as np

from unisono.data.augment import (
    COVER_FOR_TRAINING,
    HUMAN_PIANIST,
    OLD_RECORDING,
    OTHER_TAKE,
    PHONE_RECORDING,
    RECORDING_OF_A_ROOM,
    SCANNED_COVER,
    SEQUENCER,
    TRANSCRIBER,
    WEB_COVER,
    WEB_FILE,
    AudioEffect,
    Band,
    Clipping,
    Codec,
    Equaliser,
    Gain,
    LeadIn,
    Level,
    Music,
    Noise,
    PhoneBand,
    Pitch,
    Room,
    Speed,
    Tempo,
)
from unisono.data.notes import Notes

_BANDS = (Band("low shelf", 200, 6), Band("peak", 1000, -6), Band("high shelf", 4000, 6))

EFFECTS: Mapping[str, AudioEffect] = {
    "gain": Gain(-6.0),
    "level": Level(-20.0),
    "clipping, hard": Clipping(6.0, "hard"),
    "clipping, soft": Clipping(6.0, "soft"),
    "equaliser, 3 bands": Equaliser(_BANDS),
    "phone band": PhoneBand(),
    "noise, white": Noise("white", 20.0, 1),
    "noise, pink": Noise("pink", 20.0, 1),
    "noise, brown": Noise("brown", 20.0, 1),
    "noise, hum": Noise("hum", 20.0, 1),
    "noise, crackle": Noise("crackle", 20.0, 1),
    "noise, crowd": Noise("crowd", 20.0, 1),
    "room, 0.5 s": Room((6.0, 4.0, 2.6), 0.5, -3.0, 1),
    "room, 2.5 s": Room((25.0, 16.0, 9.0), 2.5, -3.0, 1),
    "MP3, 128 kbit/s": Codec("mp3", 128),
    "Opus, 64 kbit/s": Codec("opus", 64),
    "AAC, 96 kbit/s": Codec("aac", 96),
    "speed": Speed(1.05),
    "tempo": Tempo(1.1),
    "pitch": Pitch(1.0),
    "applause before": LeadIn("applause", 3.0, 6.0, 1),
}

RECIPES = {
    "RECORDING_OF_A_ROOM": RECORDING_OF_A_ROOM,
    "PHONE_RECORDING": PHONE_RECORDING,
    "OLD_RECORDING": OLD_RECORDING,
    "WEB_FILE": WEB_FILE,
    "OTHER_TAKE": OTHER_TAKE,
}

MIDI_RECIPES = {
    "HUMAN_PIANIST": HUMAN_PIANIST,
    "TRANSCRIBER": TRANSCRIBER,
    "SEQUENCER": SEQUENCER,
}

COVER_RECIPES = {
    "COVER_FOR_TRAINING": COVER_FOR_TRAINING,
    "WEB_COVER": WEB_COVER,
    "SCANNED_COVER": SCANNED_COVER,
}

_CHAINS = 5
_NOTES = 5_000
_PIXELS = 224


def main() -> None:
    import soxr

    from benchmarks.music import SAMPLE_RATE, music

    parser = ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=int, default=16_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    sound = soxr.resample(music(options.seconds).mean(axis=1), SAMPLE_RATE, options.rate)
    waveform = np.ascontiguousarray(sound, np.float32)

    def of_audio(effect: AudioEffect) -> float:
        return _seconds_of(lambda: effect.apply(waveform, options.rate), options.runs)

    print(f"seconds of audio a CPU second, {options.rate} Hz")
    for name, effect in EFFECTS.items():
        _show(name, options.seconds / of_audio(effect))
    for name, recipe in RECIPES.items():
        chains = [recipe.draw(np.random.default_rng(seed)) for seed in range(_CHAINS)]
        _show(name, options.seconds / median(of_audio(chain) for chain in chains))
    print(f"notes a CPU second, {_NOTES:,} notes")
    played = _made_notes()
    for name, notes_recipe in MIDI_RECIPES.items():
        changes = [notes_recipe.draw(np.random.default_rng(seed)) for seed in range(_CHAINS)]
        times = [_seconds_of(lambda c=c: c.apply(played), options.runs) for c in changes]  # type: ignore[misc]
        _show(name, _NOTES / median(times))
    print(f"pictures a CPU second, {_PIXELS} pixels")
    picture = np.random.default_rng(0).random((3, _PIXELS, _PIXELS), np.float32)
    for name, cover_recipe in COVER_RECIPES.items():
        looks = [cover_recipe.draw(np.random.default_rng(seed)) for seed in range(_CHAINS)]
        times = [_seconds_of(lambda c=c: c.apply(picture), options.runs) for c in looks]  # type: ignore[misc]
        _show(name, 1 / median(times))


def _seconds_of(work: Callable[[], object], runs: int) -> float:
    work()
    times = []
    for _ in range(runs):
        start = process_time()
        work()
        times.append(max(process_time() - start, 1e-6))
    return median(times)


def _made_notes() -> Music:
    random = np.random.default_rng(0)
    onset = np.sort(np.rint(random.uniform(0, 600, _NOTES) * 8) / 8)
    notes = Notes(
        onset,
        onset + 0.2,
        random.integers(36, 90, _NOTES).astype(np.int16),
        np.full(_NOTES, 80, np.int16),
        np.zeros(_NOTES, np.int16),
    )
    beats = np.arange(0.0, 601.0, 0.5)
    return Music(notes, beats, beats[::4])


def _show(name: str, speed: float) -> None:
    print(f"  {name:24}{speed:12,.0f}")


if __name__ == "__main__":
    main()
