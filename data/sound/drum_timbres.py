"""Drums of the built-in synthesiser: falling sines and noise, by General MIDI's key map."""

from __future__ import annotations

from dataclasses import replace

from unisono.data.sound.timbre import Timbre

_KICK = Timbre(
    fixed_hz=52, ratios=(1, 2.1), levels=(1, 0.15), decay=9, decay_pitch=0, glide=1900,
    glide_s=0.025, noise=0.1, noise_decay=150, noise_hz=2500, noise_width=2000, gain=2.0,
    release_s=0.3, darkening=0.2,
)  # fmt: skip
_SNARE = Timbre(
    fixed_hz=185, ratios=(1, 1.6, 2.2), levels=(1, 0.6, 0.4), decay=18, decay_pitch=0, glide=300,
    noise=0.45, noise_decay=16, noise_hz=4500, noise_width=5000, gain=0.8, release_s=0.3,
)  # fmt: skip
_CLAP = replace(_SNARE, gain=0.05, noise=0.6, noise_hz=1500, noise_width=1200, noise_decay=18)
_TOM = Timbre(
    fixed_hz=110, ratios=(1, 1.59, 2.14), levels=(1, 0.4, 0.2), decay=7, decay_pitch=0, glide=500,
    glide_s=0.05, noise=0.08, noise_decay=80, noise_hz=1200, gain=1.3, release_s=0.4,
)  # fmt: skip
_METAL = (1.0, 1.34, 1.55, 1.98, 2.44, 3.17, 3.89, 4.71)
_HAT = Timbre(
    fixed_hz=2300, ratios=_METAL, levels=(1,) * 8, decay=45, decay_pitch=0, noise=0.3,
    noise_decay=45, noise_hz=8000, noise_width=6000, gain=0.25, release_s=0.15,
)  # fmt: skip
_CYMBAL = replace(_HAT, fixed_hz=1100, decay=2.2, noise_decay=2.5, noise=0.22, release_s=1.5)
_RIDE = replace(_CYMBAL, fixed_hz=1700, decay=2.5, noise=0.08, noise_decay=4, gain=0.35)
_WOOD = Timbre(
    fixed_hz=900, ratios=(1, 2.6), levels=(1, 0.4), decay=40, decay_pitch=0, noise=0.1,
    noise_decay=200, noise_hz=2500, gain=0.9, release_s=0.2,
)  # fmt: skip
_BELL = Timbre(
    fixed_hz=560, ratios=(1, 1.5, 2.4, 3.6), levels=(1, 0.9, 0.4, 0.3), decay=9, decay_pitch=0,
    gain=0.7, release_s=0.4,
)  # fmt: skip
_SHAKER = replace(_HAT, gain=0.01, noise=0.25, noise_hz=6000, noise_width=4000, noise_decay=28)

_TOM_HERTZ = {41: 82.0, 43: 98.0, 45: 116.0, 47: 138.0, 48: 164.0, 50: 196.0}
_SKIN_HERTZ = {60: 330.0, 61: 250.0, 62: 300.0, 63: 220.0, 64: 165.0, 65: 400.0, 66: 300.0}
_WOOD_HERTZ = {37: 1600.0, 75: 2500.0, 76: 1150.0, 77: 850.0, 31: 1800.0, 33: 1400.0}
_BELL_HERTZ = {34: 1500.0, 56: 560.0, 67: 900.0, 68: 680.0, 80: 3200.0, 81: 3200.0, 53: 1900.0}

DRUM_TIMBRES: dict[int, Timbre] = {
    35: _KICK,
    36: replace(_KICK, fixed_hz=58),
    38: _SNARE,
    40: replace(_SNARE, fixed_hz=220, noise_decay=20),
    39: _CLAP,
    42: _HAT,
    44: replace(_HAT, decay=60, noise_decay=60),
    46: replace(_HAT, decay=7, noise_decay=7, release_s=0.4),
    49: _CYMBAL,
    52: replace(_CYMBAL, fixed_hz=800),
    55: replace(_CYMBAL, decay=4, noise_decay=4),
    57: replace(_CYMBAL, fixed_hz=1250),
    51: _RIDE,
    59: replace(_RIDE, fixed_hz=1900),
    54: replace(_SHAKER, noise_hz=9000, gain=0.15, decay=15),
    58: replace(_SHAKER, noise_decay=8),
    69: _SHAKER,
    70: replace(_SHAKER, noise_decay=50),
    82: _SHAKER,
    **{key: replace(_TOM, fixed_hz=hertz) for key, hertz in _TOM_HERTZ.items()},
    **{key: replace(_TOM, fixed_hz=hertz, decay=14) for key, hertz in _SKIN_HERTZ.items()},
    **{key: replace(_WOOD, fixed_hz=hertz) for key, hertz in _WOOD_HERTZ.items()},
    **{key: replace(_BELL, fixed_hz=hertz) for key, hertz in _BELL_HERTZ.items()},
    81: replace(_BELL, fixed_hz=3200, decay=2.0, release_s=1.0),
}
"""The timbre of each key of a drum channel."""

OTHER_DRUM = replace(_WOOD, fixed_hz=500)
"""For keys that General MIDI gives no drum."""
