"""What a timbre of the built-in synthesiser is made of: partials and coloured noise.

Models of the textbook kind: stiff strings f_k = k f sqrt(1 + B k^2) (H. Fletcher, Normal vibration
frequencies of a stiff piano string, JASA 36, 1964), plucking at the place x of a string
(sin(k pi x) in the level of partial k), and formants as resonance peaks over the series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_HIGHEST_SHARE = 0.45  # of the sample rate: no partial above, so none folds back


def loudness(velocity: float) -> float:
    """Amplitude of a velocity 1..127: 34 dB from the softest to the loudest, which is 1."""
    return float(0.02 * 50 ** (velocity / 127.0))


@dataclass(frozen=True)
class Timbre:
    """One instrument.

    partials: how many, at most. rolloff: their level falls as k ** -rolloff.
    ratios, levels: frequencies over the fundamental and levels, in place of a harmonic series.
    fixed_hz: the fundamental whatever the pitch (drums).
    even: level of even partials. stiffness: B of a stiff string. pluck: place on the string.
    formants: (Hz, width in Hz, level) peaks over the series.
    decay: of the first partial at 440 Hz, per second; 0 holds. decay_growth: for each further
    partial; decay_pitch: decay grows as (f / 440) ** decay_pitch. afterglow: share of the level
    that decays five times slower (two-stage decay of pianos).
    rise_s, rise_growth: time of the attack, and seconds more for each further partial.
    detune: cents between two copies of every partial; 0 for one copy.
    vibrato in cents, tremolo 0..1, each with its rate in Hz; vibrato_from_s after the onset.
    glide: cents at the onset, gone within a few glide_s.
    noise: level of a coloured noise, noise_decay per second down to its held share, noise_hz the
    centre, or noise_ratio times the fundamental, noise_width in Hz.
    darkening: how much rolloff grows towards soft velocities. gain: of all of it.
    """

    partials: int = 16
    rolloff: float = 1.0
    ratios: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    fixed_hz: float = 0.0
    even: float = 1.0
    stiffness: float = 0.0
    pluck: float = 0.0
    formants: tuple[tuple[float, float, float], ...] = ()
    decay: float = 0.0
    decay_growth: float = 0.0
    decay_pitch: float = 0.5
    afterglow: float = 0.0
    rise_s: float = 0.001
    rise_growth: float = 0.0
    release_s: float = 0.1
    detune: float = 0.0
    vibrato: float = 0.0
    vibrato_hz: float = 5.5
    vibrato_from_s: float = 0.25
    tremolo: float = 0.0
    tremolo_hz: float = 5.0
    glide: float = 0.0
    glide_s: float = 0.03
    noise: float = 0.0
    noise_decay: float = 30.0
    noise_held: float = 0.0
    noise_hz: float = 2000.0
    noise_ratio: float = 0.0
    noise_width: float = 1500.0
    darkening: float = 0.6
    gain: float = 1.0

    def shape(self, hertz: float, rate: int) -> npt.NDArray[np.float64]:
        """What the kernel wants beside the partials, (13,); ``hertz``: of the fundamental."""
        centre = self.noise_ratio * hertz if self.noise_ratio else self.noise_hz
        return np.array(
            [
                self.release_s,
                self.vibrato,
                self.vibrato_hz,
                self.vibrato_from_s,
                self.tremolo,
                self.tremolo_hz,
                self.glide,
                self.glide_s,
                self.noise,
                self.noise_decay,
                self.noise_held,
                min(centre, _HIGHEST_SHARE * rate),
                self.noise_width,
            ]
        )

    def sounding(
        self, hertz: float, velocity: float, rate: int
    ) -> tuple[npt.NDArray[np.float32], ...]:
        """Frequencies, levels, decays and rises of the partials, a multiple of eight each.

        hertz: of the fundamental; velocity: 1..127. The sum of squared levels is 1 before
        velocity and gain, so that instruments are about equally loud.
        """
        loud = velocity / 127.0
        number, frequency, level = self._series(hertz)
        level = level * number ** (-self.darkening * (1.0 - loud))
        for centre, width, peak in self.formants:
            level = level * (1.0 + peak / (1.0 + ((frequency - centre) / (width / 2)) ** 2))
        decay = self.decay * (hertz / 440.0) ** self.decay_pitch
        decays = decay * (1.0 + self.decay_growth * (number - 1))
        rises = self.rise_s + self.rise_growth * (number - 1) * (1.5 - loud)
        if self.afterglow:
            frequency = np.concatenate([frequency, frequency * 2 ** (1.2 / 1200)])
            level = np.concatenate([level, level * self.afterglow])
            decays, rises = np.concatenate([decays, decays / 5]), np.tile(rises, 2)
        if self.detune:
            bend = 2 ** (self.detune / 2400)
            frequency = np.concatenate([frequency / bend, frequency * bend])
            level, decays, rises = np.tile(level, 2) * 0.7, np.tile(decays, 2), np.tile(rises, 2)
        level = level / np.sqrt(np.sum(level**2))
        heard = frequency < _HIGHEST_SHARE * rate
        level = np.where(heard, level, 0.0) * self.gain * loudness(velocity)
        columns = (frequency[heard], level[heard], decays[heard], np.maximum(rises, 1e-4)[heard])
        padding = -int(heard.sum()) % 8 or (8 if not heard.any() else 0)
        fill = (0.0, 0.0, 0.0, 1e-3)
        return tuple(
            np.pad(column, (0, padding), constant_values=value).astype(np.float32)
            for column, value in zip(columns, fill, strict=True)
        )

    def _series(self, hertz: float) -> tuple[npt.NDArray[np.float64], ...]:
        """Number, frequency and level of each partial."""
        if self.ratios:
            number = np.arange(1, len(self.ratios) + 1, dtype=np.float64)
            return number, hertz * np.array(self.ratios), np.array(self.levels)
        number = np.arange(1, self.partials + 1, dtype=np.float64)
        frequency = hertz * number * np.sqrt(1 + self.stiffness * number**2)
        level = number**-self.rolloff
        if self.pluck:
            level = level * np.abs(np.sin(np.pi * number * self.pluck)) + 1e-4
        level = np.where(number % 2 == 0, level * self.even, level)
        return number, frequency, level
