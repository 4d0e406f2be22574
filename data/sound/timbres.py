"""The instruments of the built-in synthesiser: a timbre for each General MIDI program.

Bars and membranes have their measured ratios (Fletcher & Rossing, The Physics of Musical
Instruments), vowels their first three formants (Peterson & Barney 1952). They imitate families,
not single instruments.
"""

from __future__ import annotations

from dataclasses import replace

from unisono.data.sound.timbre import Timbre

_PIANO = Timbre(
    partials=14, rolloff=1.25, stiffness=4e-4, decay=1.6, decay_growth=0.35, afterglow=0.3,
    pluck=0.12, noise=0.02, noise_decay=60, noise_hz=900, noise_width=900, release_s=0.12,
)  # fmt: skip
_ELECTRIC_PIANO = Timbre(
    ratios=(1, 2, 3, 4, 7.1, 14.2), levels=(1, 0.25, 0.12, 0.04, 0.1, 0.05), decay=1.1,
    decay_growth=1.5, release_s=0.15, tremolo=0.25, tremolo_hz=4.5, darkening=1.0,
)  # fmt: skip
_HARPSICHORD = Timbre(
    partials=24, rolloff=0.5, pluck=0.13, stiffness=1e-4, decay=2.2, decay_growth=0.12,
    noise=0.03, noise_decay=90, noise_hz=4000, noise_width=2500, release_s=0.06, darkening=0.1,
    gain=0.7,
)  # fmt: skip
_MALLETS = Timbre(
    ratios=(1, 3.93, 9.24), levels=(1, 0.25, 0.08), decay=5.0, decay_growth=1.6, decay_pitch=0.8,
    noise=0.02, noise_decay=120, noise_hz=1500, noise_width=1500, release_s=0.25,
)  # fmt: skip
_BELLS = Timbre(
    ratios=(1, 2.76, 5.4, 8.93), levels=(1, 0.5, 0.25, 0.12), decay=1.6, decay_growth=0.9,
    release_s=0.8,
)  # fmt: skip
_ORGAN = Timbre(
    ratios=(0.5, 1, 1.5, 2, 3, 4, 5, 6, 8), levels=(0.3, 1, 0.25, 0.8, 0.35, 0.5, 0.12, 0.15, 0.3),
    rise_s=0.012, release_s=0.08, darkening=0.0, gain=0.6, noise=0.006, noise_decay=40,
    noise_hz=3000,
)  # fmt: skip
_ACCORDION = Timbre(
    partials=16, rolloff=0.75, detune=14, rise_s=0.03, release_s=0.06, darkening=0.3, gain=0.6,
    formants=((900, 500, 1.5), (2200, 900, 1.0)),
)  # fmt: skip
_GUITAR = Timbre(
    partials=16, rolloff=1.0, pluck=0.2, stiffness=5e-5, decay=2.4, decay_growth=0.3,
    noise=0.015, noise_decay=120, noise_hz=3000, noise_width=2500, release_s=0.1,
    formants=((110, 60, 1.0), (400, 200, 0.6)),
)  # fmt: skip
_DISTORTED = Timbre(
    partials=24, rolloff=0.55, decay=0.5, decay_growth=0.05, rise_s=0.004, release_s=0.08,
    vibrato=6, vibrato_from_s=0.4, noise=0.01, noise_held=0.5, noise_hz=2500, gain=0.6,
    formants=((1800, 1500, 1.2),),
)  # fmt: skip
_BASS = Timbre(
    partials=12, rolloff=1.3, pluck=0.28, decay=1.6, decay_growth=0.45, decay_pitch=0.3,
    noise=0.02, noise_decay=80, noise_hz=700, noise_width=600, release_s=0.08, gain=1.2,
)  # fmt: skip
_BOWED = Timbre(
    partials=20, rolloff=0.95, rise_s=0.045, rise_growth=0.004, release_s=0.12, vibrato=16,
    formants=((300, 150, 0.8), (700, 300, 0.7), (2800, 1200, 1.3)),
    noise=0.012, noise_decay=12, noise_held=0.35, noise_hz=3500, noise_width=3000, gain=0.7,
)  # fmt: skip
_ENSEMBLE = replace(
    _BOWED, partials=12, rise_s=0.09, release_s=0.3, detune=16, vibrato=9, noise=0.006
)
_PLUCKED = Timbre(
    partials=14, rolloff=1.1, pluck=0.35, decay=2.8, decay_growth=0.35, decay_pitch=0.6,
    noise=0.01, noise_decay=150, noise_hz=2000, release_s=0.25,
)  # fmt: skip
_CHOIR = Timbre(
    partials=24, rolloff=1.0, rise_s=0.08, release_s=0.2, vibrato=14, vibrato_hz=5.1,
    formants=((730, 130, 6.0), (1090, 160, 4.5), (2440, 250, 2.5)), detune=8,
    noise=0.006, noise_held=0.6, noise_hz=2500, noise_width=2500, gain=0.7,
)  # fmt: skip
_BRASS = Timbre(
    partials=18, rolloff=0.75, rise_s=0.018, rise_growth=0.009, release_s=0.07, vibrato=6,
    vibrato_from_s=0.45, darkening=1.3, glide=-25, glide_s=0.02, formants=((1200, 900, 1.0),),
    noise=0.008, noise_decay=50, noise_hz=1500, gain=0.65,
)  # fmt: skip
_SAXOPHONE = Timbre(
    partials=18, rolloff=0.9, rise_s=0.022, rise_growth=0.003, release_s=0.07, vibrato=12,
    formants=((550, 300, 1.5), (1500, 600, 1.5)), noise=0.014, noise_held=0.4, noise_hz=2800,
    noise_width=2500, gain=0.65,
)  # fmt: skip
_OBOE = Timbre(
    partials=20, rolloff=0.55, rise_s=0.02, release_s=0.06, vibrato=8,
    formants=((1100, 350, 3.0), (2900, 700, 1.5)), gain=0.6,
)  # fmt: skip
_CLARINET = Timbre(
    partials=18, rolloff=0.85, even=0.12, rise_s=0.03, rise_growth=0.002, release_s=0.07,
    formants=((1600, 900, 0.8),), noise=0.006, noise_held=0.4, noise_hz=2500, gain=0.7,
)  # fmt: skip
_FLUTE = Timbre(
    ratios=(1, 2, 3, 4, 5, 6), levels=(1, 0.35, 0.12, 0.05, 0.02, 0.01), rise_s=0.045,
    release_s=0.09, vibrato=9, vibrato_hz=5.0, tremolo=0.15, noise=0.035, noise_decay=12,
    noise_held=0.45, noise_ratio=2.0, noise_width=1500, gain=0.8,
)  # fmt: skip
_SQUARE = Timbre(
    partials=20, rolloff=1.0, even=0.0, rise_s=0.003, release_s=0.05, gain=0.6, darkening=0.0
)
_SAW = Timbre(partials=24, rolloff=1.0, rise_s=0.003, release_s=0.06, detune=7, gain=0.55)
_PAD = Timbre(
    partials=10, rolloff=1.4, rise_s=0.25, release_s=0.6, detune=12, tremolo=0.15, tremolo_hz=0.7,
    gain=0.7,
)  # fmt: skip
_TIMPANI = Timbre(
    ratios=(1, 1.5, 1.99, 2.44, 2.89), levels=(1, 0.7, 0.45, 0.3, 0.2), decay=4.0,
    decay_growth=0.5, decay_pitch=0.4, glide=30, noise=0.05, noise_decay=60, noise_hz=300,
    noise_width=400, release_s=0.5, gain=1.2,
)  # fmt: skip
_WIND = Timbre(
    ratios=(1,), levels=(0.05,), rise_s=0.15, release_s=0.4, noise=0.25, noise_decay=0.5,
    noise_held=0.6, noise_ratio=2.0, noise_width=400,
)  # fmt: skip

_MODELS: dict[Timbre, tuple[int, ...]] = {
    _PIANO: (0,),
    replace(_PIANO, rolloff=1.0, darkening=0.4): (1, 2),
    replace(_PIANO, detune=18): (3,),
    _ELECTRIC_PIANO: (4,),
    replace(_ELECTRIC_PIANO, levels=(1, 0.1, 0.05, 0.2, 0.2, 0.15), tremolo=0.0): (5,),
    _HARPSICHORD: (6,),
    replace(_HARPSICHORD, decay=5.0, pluck=0.3, noise_hz=1500): (7, 107),
    replace(_BELLS, decay=2.2): (8, 9, 10, 14),
    replace(_MALLETS, decay=1.2, tremolo=0.4): (11,),
    _MALLETS: (12, 108, 112, 114),
    replace(_MALLETS, ratios=(1, 3.0, 6.0), decay=11.0): (13,),
    replace(_BELLS, ratios=(1, 2, 3, 4), decay=1.8): (15,),
    _ORGAN: (16, 17, 18),
    replace(_ORGAN, ratios=(1, 2, 3, 4, 6, 8), levels=(1, 0.6, 0.2, 0.45, 0.1, 0.2)): (19, 20),
    _ACCORDION: (21, 22, 23, 109),
    replace(_GUITAR, decay=3.0, rolloff=1.3): (24,),
    _GUITAR: (25, 26, 27),
    replace(_GUITAR, decay=9.0): (28, 120),
    _DISTORTED: (29, 30, 31),
    _BASS: (32, 33, 34, 35),
    replace(_BASS, pluck=0.1, decay=2.5): (36, 37),
    replace(_BASS, decay=0.4, rolloff=1.0): (38, 39, 87),
    _BOWED: (40, 110),
    replace(_BOWED, rolloff=1.05, vibrato=14, formants=((220, 120, 1), (1100, 600, 1.5))): (41,),
    replace(_BOWED, rolloff=1.15, vibrato=12, formants=((180, 90, 1), (900, 500, 1.5))): (42, 43),
    replace(_BOWED, tremolo=0.6, tremolo_hz=9.0, vibrato=0.0): (44,),
    replace(_PLUCKED, decay=8.0): (45, 105, 106),
    _PLUCKED: (46, 104),
    _TIMPANI: (47, 116, 117, 118),
    _ENSEMBLE: (48, 49),
    replace(_ENSEMBLE, partials=16, rolloff=0.9, vibrato=0.0): (50, 51),
    _CHOIR: (52,),
    replace(_CHOIR, formants=((300, 100, 6.0), (870, 150, 4.0), (2240, 250, 2.0))): (53, 54),
    replace(_SAW, partials=20, decay=6.0): (55,),
    _BRASS: (56, 59),
    replace(_BRASS, rolloff=1.0, formants=((500, 400, 1.2),)): (57, 58),
    replace(_BRASS, rolloff=1.3, rise_s=0.03, formants=((350, 250, 1.5),)): (60,),
    replace(_BRASS, detune=12): (61, 62, 63),
    _SAXOPHONE: (64, 65, 66, 67),
    _OBOE: (68, 69, 111),
    replace(_OBOE, rolloff=0.8, formants=((500, 200, 3.0), (1150, 400, 1.5))): (70,),
    _CLARINET: (71,),
    _FLUTE: (72, 73, 74),
    replace(_FLUTE, noise=0.09, tremolo=0.05): (75, 76, 77),
    replace(_FLUTE, levels=(1, 0.05, 0.08, 0.01, 0.01, 0.0), vibrato=20): (78, 79),
    _SQUARE: (80, 82, 83),
    _SAW: (81, 84, 85, 86),
    _PAD: (88, 89, 90, 92, 94, 95, 97, 99, 101),
    replace(_CHOIR, rise_s=0.25, release_s=0.5): (91,),
    replace(_BELLS, detune=10): (93, 96, 98, 100, 102, 103),
    replace(_BELLS, ratios=(1, 1.48, 2.1, 2.55), decay=4.0): (113, 115),
    _WIND: (119, 121, 122, 123, 124, 125, 126, 127),
}
TIMBRES: dict[int, Timbre] = {
    program: timbre for timbre, programs in _MODELS.items() for program in programs
}
"""The timbre of each General MIDI program 0..127."""
