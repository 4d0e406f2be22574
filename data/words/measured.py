"""What can be counted in a few seconds of notes: pace, texture, register, loudness, key.

Arrays have one entry a note: onset_s and offset_s in seconds, pitch as in MIDI, velocity 1..127.
Every function says nothing ("" or None) where the notes do not tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.float64]
Pitches = npt.NDArray[np.int16]

CHORD_S = 0.04
"""Notes that begin within so many seconds are struck together."""

# Krumhansl & Kessler 1982, probe-tone profiles
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
_MAJOR_NAMES = (
    *("C", "D flat", "D", "E flat", "E", "F"),
    *("F sharp", "G", "A flat", "A", "B flat", "B"),
)
_MINOR_NAMES = (
    *("C", "C sharp", "D", "E flat", "E", "F"),
    *("F sharp", "G", "G sharp", "A", "B flat", "B"),
)
_CLEAR, _APART = 0.7, 0.04
_LONGEST_S = 2.0
_PACES = ((1.6, "very slow"), (2.8, "slow"), (4.5, "moderate"), (7.0, "fast"))
_REGISTERS = ((48, "very low"), (55, "low"), (70, "middle"), (80, "high"))
_LOUDNESS = ((40, "very soft"), (58, "soft"), (80, "moderately loud"), (100, "loud"))
_GROWING, _STEADY = 18.0, 0.6


@dataclass(frozen=True)
class Key:
    """A key: tonic 0..11 from C, and ``major`` or ``minor``."""

    tonic: int
    mode: str

    @property
    def name(self) -> str:
        """As people write it: ``E flat major``, ``G sharp minor``."""
        names = _MAJOR_NAMES if self.mode == "major" else _MINOR_NAMES
        return f"{names[self.tonic]} {self.mode}"

    @property
    def fifths(self) -> int:
        """Sharps (above 0) or flats of its signature, -5..6."""
        major = self.tonic if self.mode == "major" else (self.tonic + 3) % 12
        sharps = major * 7 % 12
        return sharps if sharps <= 6 else sharps - 12


def key_correlations(pitch: Pitches, duration_s: Seconds) -> npt.NDArray[np.float64]:
    """How well the 12 major and the 12 minor keys fit, (2, 12) in -1..1.

    Correlation of the time that each pitch class sounds with the profile of each key
    (Krumhansl, Cognitive Foundations of Musical Pitch, 1990, chapter 4). A note counts for two
    seconds at most.
    """
    held = np.clip(duration_s, 0.0, _LONGEST_S)
    weights = np.bincount(pitch % 12, weights=held, minlength=12).astype(float)
    if not np.ptp(weights):
        return np.zeros((2, 12))
    rows = [
        [np.corrcoef(np.roll(profile, tonic), weights)[0, 1] for tonic in range(12)]
        for profile in (_MAJOR, _MINOR)
    ]
    return np.array(rows)


def mode_of(pitch: Pitches, duration_s: Seconds, fifths: int | None = None) -> str:
    """``major`` or ``minor``, whichever fits better; "" where neither does clearly.

    fifths: of the signature, where it is known: only its two keys are asked then.
    """
    fits = key_correlations(pitch, duration_s)
    if fifths is not None:
        tonic = fifths * 7 % 12
        major, minor = fits[0, tonic], fits[1, (tonic - 3) % 12]
    else:
        major, minor = fits.max(axis=1)
    if abs(major - minor) < _APART:
        return ""
    return "major" if major > minor else "minor"


def key_of(pitch: Pitches, duration_s: Seconds) -> Key | None:
    """The key, where one fits well, no other nearly as well, and its chord sounds; else None."""
    fits = key_correlations(pitch, duration_s)
    best, second = np.sort(fits.ravel())[::-1][:2]
    if best < _CLEAR or best - second < _APART:
        return None
    row, tonic = map(int, np.unravel_index(int(fits.argmax()), fits.shape))
    chord = {tonic, (tonic + (4, 3)[row]) % 12, (tonic + 7) % 12}
    return Key(tonic, ("major", "minor")[row]) if chord <= set((pitch % 12).tolist()) else None


def onset_rate(onset_s: Seconds) -> float:
    """Onsets a second, notes that are struck together counted once; 0 for fewer than two."""
    if len(onset_s) < 2:
        return 0.0
    span = max(float(np.ptp(onset_s)), 1.0)
    return _struck(onset_s) / span


def pace_of(onset_s: Seconds) -> str:
    """``very slow``, ``slow``, ``moderate``, ``fast`` or ``very fast``, by onsets a second."""
    return _step(onset_rate(onset_s), _PACES, "very fast")


def beats_per_minute(onset_s: Seconds, beat: Seconds, metre: str) -> float | None:
    """Beats a minute from the quarters at which notes stand, by least squares.

    None where the notes span less than two quarters, the pulse is not steady enough to be one
    number, or the metre does not say what a beat is (``beat_quarters``).
    """
    length = beat_quarters(metre)
    if length is None or len(onset_s) < 3 or np.ptp(beat) < 2 or np.ptp(onset_s) <= 0:
        return None
    slope, offset = np.polyfit(onset_s, beat, 1)
    if slope <= 0 or np.abs(beat - (slope * onset_s + offset)).max() > 0.5:
        return None
    return float(60 * slope / length)


def beat_quarters(metre: str) -> float | None:
    """Quarters of a beat: 1 in 3/4, 2 in 2/2, 1.5 in 6/8; None in 3/8, which is felt in both ways,
    and where there is no one metre."""
    over, _, under = metre.partition("/")
    if not over.isdigit() or under not in ("2", "4", "8", "16"):
        return None
    written = 4 / int(under)
    if is_compound(metre):
        return 3 * written
    return written if under in ("2", "4") else None


def is_compound(metre: str) -> bool:
    """Whether beats of a metre (``6/8``) divide into three."""
    over, _, under = metre.partition("/")
    return under in ("8", "16") and over.isdigit() and int(over) > 3 and int(over) % 3 == 0


def voices(onset_s: Seconds, offset_s: Seconds) -> float:
    """How many notes sound at once, on average over the time in which any does."""
    if not len(onset_s):
        return 0.0
    edges = np.unique(np.concatenate([onset_s, offset_s]))
    middles, lengths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    sounding = np.array([((onset_s <= m) & (m < offset_s)).sum() for m in middles])
    heard = float(lengths[sounding > 0].sum())
    return float((sounding * lengths).sum() / heard) if heard > 0 else 0.0


def texture_of(onset_s: Seconds, offset_s: Seconds) -> str:
    """``monophonic``, ``two-part``, ``chordal``, ``full`` or ``polyphonic``; "" without notes.

    Monophonic: hardly ever two notes at once. Two-part: two at once on average, no chords.
    Chordal: most onsets are of three notes and more. Full: more than five notes at once.
    """
    many = voices(onset_s, offset_s)
    if not many:
        return ""
    if many < 1.15:
        return "monophonic"
    if many > 5:
        return "full"
    chords = chord_share(onset_s)
    if chords > 0.5:
        return "chordal"
    return "two-part" if many < 2.3 and chords < 0.1 else "polyphonic"


def chord_share(onset_s: Seconds) -> float:
    """Share of onsets at which three notes and more are struck, 0..1."""
    if not len(onset_s):
        return 0.0
    starts = np.flatnonzero(np.diff(np.sort(onset_s), prepend=-np.inf) > CHORD_S)
    sizes = np.diff(np.append(starts, len(onset_s)))
    return float((sizes >= 3).mean())


def register_of(pitch: Pitches) -> str:
    """``very low``, ``low``, ``middle``, ``high`` or ``very high``, by the median pitch."""
    return _step(float(np.median(pitch)), _REGISTERS, "very high") if len(pitch) else ""


def loudness_of(velocity: npt.NDArray[np.int16]) -> str:
    """``very soft``, ``soft``, ``moderately loud``, ``loud`` or ``very loud``, by mean velocity."""
    return _step(float(np.mean(velocity)), _LOUDNESS, "very loud") if len(velocity) else ""


def swell_of(onset_s: Seconds, velocity: npt.NDArray[np.int16]) -> str:
    """``getting louder`` or ``getting softer`` where velocity does so steadily; else ""."""
    if len(onset_s) < 8 or not np.ptp(velocity) or not np.ptp(onset_s):
        return ""
    steadiness = float(np.corrcoef(onset_s, velocity)[0, 1])
    rise = float(np.polyfit(onset_s, velocity, 1)[0] * np.ptp(onset_s))
    if abs(steadiness) < _STEADY or abs(rise) < _GROWING:
        return ""
    return "getting louder" if rise > 0 else "getting softer"


def _struck(onset_s: Seconds) -> int:
    return int((np.diff(np.sort(onset_s), prepend=-np.inf) > CHORD_S).sum())


def _step(value: float, steps: tuple[tuple[float, str], ...], above: str) -> str:
    return next((word for limit, word in steps if value < limit), above)
