"""The inner loop of additive synthesis, compiled by numba.

Each partial is a vector that turns by a fixed angle a sample; envelopes are taken every BLOCK
samples and joined by straight lines. All partials turn side by side, so that the processor does
eight at a time.
"""

from __future__ import annotations

import math

import numba
import numpy as np

BLOCK = 32
"""Samples from one value of the envelopes to the next."""


@numba.njit(cache=True, fastmath=True, nogil=True)
def add_note(out, start, held, rate, hertz, level, decay, rise, shape, seed):  # type: ignore[no-untyped-def]
    """Add one note to ``out`` (samples,) from sample ``start``, held for ``held`` samples.

    hertz, level, decay, rise: (partials,) float32, a multiple of eight; decay per second, rise
    in seconds. shape: (13,) float64, see ``unisono.data.sound.timbre.Timbre.shape``.
    """
    release_s, vibrato, vibrato_hz, vibrato_from, tremolo, tremolo_hz = shape[:6]
    glide, glide_s, noise, noise_decay, noise_held, noise_hz, noise_width = shape[6:13]
    count = hertz.shape[0]
    release = max(int(release_s * rate), BLOCK)
    last = min(held + release, out.shape[0] - start)
    cosine = np.ones(count, np.float32)
    sine = np.zeros(count, np.float32)
    # phases spread like a golden angle, so that the partials do not add up to one spike
    for k in range(count):
        turn = 2.0 * math.pi * ((k * 0.381966 + 0.25 * (k % 2)) % 1.0) if k else 0.0
        cosine[k] = math.cos(turn)
        sine[k] = math.sin(turn)
    turn_cos = np.empty(count, np.float32)
    turn_sin = np.empty(count, np.float32)
    gain = np.zeros(count, np.float32)
    step = np.zeros(count, np.float32)
    moving = vibrato > 0.0 or glide != 0.0
    angle = 2.0 * math.pi / rate
    for k in range(count):
        turn_cos[k] = math.cos(angle * hertz[k])
        turn_sin[k] = math.sin(angle * hertz[k])
    still_cos = turn_cos.copy()
    still_sin = turn_sin.copy()
    # a two-pole resonator makes the noise's colour
    radius = math.exp(-math.pi * noise_width / rate)
    back = 2.0 * radius * math.cos(angle * noise_hz)
    before = radius * radius
    # of unit power, from white noise of a third
    spread = 1.0 + before * before - 2.0 * before * math.cos(2.0 * angle * noise_hz)
    drive = math.sqrt(3.0 * (1.0 - before) * max(spread, 1e-9) / (1.0 + before))
    first = 0.0
    second = 0.0
    state = np.uint64(seed * 40503 + 12345)
    burst = 0.0
    burst_step = 0.0
    at = 0
    fallen = np.ones(count, np.float32)
    unrisen = np.ones(count, np.float32)
    fall = np.empty(count, np.float32)
    unrise = np.empty(count, np.float32)
    for k in range(count):
        fall[k] = math.exp(-decay[k] * BLOCK / rate)
        unrise[k] = math.exp(-BLOCK / (rise[k] * rate))
    while at < last:
        size = min(BLOCK, last - at)
        then = (at + size) / rate
        if moving:
            middle = (at + 0.5 * size) / rate
            cents = glide * math.exp(-middle / glide_s) if glide != 0.0 else 0.0
            if vibrato > 0.0 and middle > vibrato_from:
                grown = min((middle - vibrato_from) / 0.3, 1.0)
                cents += vibrato * grown * math.sin(2.0 * math.pi * vibrato_hz * middle)
            bend = 2.0 ** (cents / 1200.0) - 1.0
            if abs(bend) > 0.02:
                for k in range(count):
                    turn_cos[k] = math.cos(angle * (1.0 + bend) * hertz[k])
                    turn_sin[k] = math.sin(angle * (1.0 + bend) * hertz[k])
            else:  # a small turn more: series up to the fifth power are exact enough
                for k in range(count):
                    x = np.float32(angle * bend) * hertz[k]
                    y = x * x
                    more_cos = np.float32(1.0) - y * (np.float32(0.5) - y * np.float32(1 / 24))
                    more_sin = x * (
                        np.float32(1.0) - y * (np.float32(1 / 6) - y * np.float32(1 / 120))
                    )
                    turn_cos[k] = still_cos[k] * more_cos - still_sin[k] * more_sin
                    turn_sin[k] = still_sin[k] * more_cos + still_cos[k] * more_sin
        swing = 1.0
        if tremolo > 0.0:
            swing = 1.0 - tremolo * (0.5 - 0.5 * math.cos(2.0 * math.pi * tremolo_hz * then))
        fade = 1.0
        if at + size > held:
            part = min((at + size - held) / release, 1.0)
            fade = 0.5 + 0.5 * math.cos(math.pi * part)
        whole = np.float32(swing * fade)
        share = np.float32(1.0 / size)
        loudest = np.float32(0.0)
        for k in range(count):
            fallen[k] *= fall[k]
            unrisen[k] *= unrise[k]
            aim = level[k] * fallen[k] * (np.float32(1.0) - unrisen[k]) * whole
            step[k] = (aim - gain[k]) * share
            loudest = max(loudest, abs(aim), abs(gain[k]))
        if noise > 0.0:
            dying = math.exp(-then * noise_decay)
            burst_aim = noise * (noise_held + (1.0 - noise_held) * dying) * fade
            burst_step = (burst_aim - burst) / size
            loudest = max(loudest, np.float32(burst_aim))
        if loudest < 2e-5 and then > 0.05:
            break
        for i in range(size):
            total = np.float32(0.0)
            for k in range(count):
                c = cosine[k]
                s = sine[k]
                cosine[k] = c * turn_cos[k] - s * turn_sin[k]
                sine[k] = c * turn_sin[k] + s * turn_cos[k]
                gain[k] += step[k]
                total += gain[k] * s
            out[start + at + i] += total
        if noise > 0.0:
            for i in range(size):
                state = (state * np.uint64(1664525) + np.uint64(1013904223)) & np.uint64(0xFFFFFFFF)
                white = np.float64(state) * (2.0 / 4294967296.0) - 1.0
                third = drive * white + back * first - before * second
                second = first
                first = third
                burst += burst_step
                out[start + at + i] += np.float32(burst * third)
        at += size
