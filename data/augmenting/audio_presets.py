"""Recordings as they come: recipes of effects in the order in which they happen."""

from __future__ import annotations

from functools import partial

from unisono.data.augmenting.audio_level import Clipping, Gain, Level
from unisono.data.augmenting.audio_noise import Noise
from unisono.data.augmenting.audio_time import LeadIn, Pitch, Speed, Tempo
from unisono.data.augmenting.audio_tone import Equaliser, PhoneBand
from unisono.data.augmenting.codec import Codec
from unisono.data.augmenting.compose import AudioRecipe, Step
from unisono.data.augmenting.rooms import Room

RECORDING_OF_A_ROOM = AudioRecipe(
    (
        Step(Room.draw),
        Step(partial(Noise.draw, kinds=("pink", "brown", "crowd"), below_db=(20.0, 50.0)), 0.7),
        Step(partial(Equaliser.draw, gain_db=(-6.0, 6.0)), 0.7),
        Step(Level.draw),
    )
)
"""A microphone in a hall, a church or a living room; times and pitches stay."""

PHONE_RECORDING = AudioRecipe(
    (
        Step(partial(Room.draw, length_m=(3.0, 12.0), decay_s=(0.2, 0.8), wet_db=(-6.0, 6.0))),
        Step(partial(Noise.draw, kinds=("white", "pink", "crowd"), below_db=(6.0, 30.0))),
        Step(PhoneBand.draw, 0.4),
        Step(partial(Clipping.draw, drive_db=(1.0, 9.0)), 0.3),
        Step(Level.draw),
        Step(partial(Codec.draw, kinds=("aac", "opus"), kbit_s=(32, 96)), 0.7),
    )
)
"""Held up in the audience, or played down the line; times and pitches stay."""

OLD_RECORDING = AudioRecipe(
    (
        Step(partial(Speed.draw, factor=(0.96, 1.04))),
        Step(partial(PhoneBand.draw, low_hz=(80.0, 250.0), high_hz=(3500.0, 6000.0)), 0.6),
        Step(partial(Clipping.draw, drive_db=(1.0, 8.0)), 0.5),
        Step(partial(Noise.draw, kinds=("crackle",), below_db=(8.0, 30.0))),
        Step(partial(Noise.draw, kinds=("hum",), below_db=(20.0, 45.0)), 0.4),
        Step(Level.draw),
    )
)
"""A shellac record or a tape at not quite its speed: times and pitches move together."""

WEB_FILE = AudioRecipe(
    (
        Step(partial(Gain.draw, gain_db=(-12.0, 0.0)), 0.5),
        Step(Codec.draw),
        Step(Codec.draw, 0.2),
    )
)
"""Any bit rate from 32 to 320 kbit/s, sometimes encoded twice; times and pitches stay."""

OTHER_TAKE = AudioRecipe(
    (
        Step(Tempo.draw, 0.7),
        Step(Pitch.draw, 0.5),
        Step(LeadIn.draw, 0.3),
        Step(Room.draw, 0.5),
        Step(Equaliser.draw, 0.5),
        Step(Level.draw),
    )
)
"""Another tempo, another tuning and something before the first note."""
