"""Say in words what notes are like: instruments, tempo, mode, mood, texture, form.

The words come from the notes and the title by plain rules, not from listening; the model card
says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Krumhansl & Kessler 1982, probe-tone profiles
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])

_FORMS = {
    "waltz": ("waltz", "valse", "walzer"),
    "march": ("march", "marsch", "marche", "marcia"),
    "fugue": ("fugue", "fuga", "fuge"),
    "minuet": ("minuet", "menuet", "menuetto", "minuetto"),
    "prelude": ("prelude", "praelud", "preludio", "prélude"),
    "sonata": ("sonat",),
    "lullaby": ("lullaby", "wiegenlied", "berceuse", "cradle"),
    "mazurka": ("mazurk",),
    "nocturne": ("nocturne", "notturno"),
    "etude": ("etude", "étude", "study", "etud"),
    "polonaise": ("polonaise",),
    "gavotte": ("gavott",),
    "bourrée": ("bourr",),
    "sarabande": ("saraband",),
    "gigue": ("gigue", "giga"),
    "allemande": ("allemand",),
    "rondo": ("rondo", "rondeau"),
    "ragtime": ("rag", "rags", "ragtime"),
    "variations": ("variation", "variazion"),
    "serenade": ("serenad", "ständchen", "sérénade"),
    "hymn": ("hymn", "chorale", "choral", "gebet", "prayer"),
    "dance": ("dance", "tanz", "danse", "ländler"),
    "invention": ("invention", "inventio"),
    "scherzo": ("scherzo",),
    "aria": ("aria",),
    "string quartet": ("quartet",),
}
# Other marks may be the beginning of a word (Prelude17, Sonatine); these begin unrelated words.
_WHOLE_WORDS = frozenset({"rag", "rags", "ragtime", "giga", "aria"})


@dataclass(frozen=True)
class Description:
    """What the rules found; phrases that may stand in a caption, by kind."""

    instruments: str
    tempo: tuple[str, ...]
    mode: str
    moods: tuple[str, ...]
    texture: tuple[str, ...]
    form: str
    composer: str

    def caption(self, random: np.random.Generator) -> str:
        """One caption with some of the facts, worded in one of several ways."""
        mood = str(random.choice(self.moods))
        tempo = str(random.choice(self.tempo))
        kind = self.form or str(random.choice(["piece", "music", "piece of music"]))
        instruments = self.instruments
        patterns = [
            f"{mood} {instruments}",
            f"{mood} {instruments} music, {self.mode} key",
            f"a {tempo}, {mood} {kind} for {instruments}",
            f"{tempo} {kind} in a {self.mode} key, {instruments}",
            f"{instruments}, {tempo}, {mood}",
            f"{mood} {kind}",
            f"{instruments}",
            f"{tempo} {mood} music",
            mood,
            f"{self.mode} key, {tempo}",
            f"{random.choice(self.texture)} {instruments} music",
            f"A {kind} for {instruments} in a {self.mode} key. The music is {tempo} and {mood}.",
            f"{instruments}. A {mood}, {tempo} {kind}, {random.choice(self.texture)}.",
        ]
        if self.form:
            patterns += [self.form, f"a {self.form}", f"{self.form} for {instruments}"]
        if self.composer:
            patterns += [f"{instruments} music by {self.composer}", f"{kind} by {self.composer}"]
        return str(random.choice(patterns))


def describe(
    onset_s: npt.NDArray[np.float64],
    pitch: npt.NDArray[np.int16],
    duration_s: npt.NDArray[np.float64],
    *,
    instruments: Sequence[str],
    mode: str,
    title: str = "",
    composer: str = "",
) -> Description:
    """Describe an excerpt from its notes; ``mode`` is that of the whole piece."""
    span = max(float(onset_s.max() - onset_s.min()), 1.0) if len(onset_s) else 1.0
    onsets = len(np.unique(np.round(onset_s, 2))) / span
    return Description(
        instruments=instrument_phrase(instruments),
        tempo=_tempo_words(onsets),
        mode=mode,
        moods=_mood_words(onsets, mode),
        texture=_texture_words(onset_s, pitch, duration_s),
        form=form_of(title),
        composer=_surname(composer),
    )


def mode_of(pitch: npt.NDArray[np.int16], duration_s: npt.NDArray[np.float64]) -> str:
    """``major`` or ``minor`` by correlation with key profiles (Krumhansl & Kessler 1982)."""
    weights = np.bincount(pitch % 12, weights=np.minimum(duration_s, 2.0), minlength=12)
    correlations = [
        [np.corrcoef(np.roll(profile, key), weights)[0, 1] for key in range(12)]
        for profile in (_MAJOR, _MINOR)
    ]
    major, minor = np.nanmax(np.nan_to_num(correlations), axis=1)
    return "major" if major >= minor else "minor"


def form_of(title: str) -> str:
    """A form that the title names, or nothing."""
    words = title.lower().split(" ")
    for form, marks in _FORMS.items():
        if any(_names(word, mark) for word in words for mark in marks):
            return form
    return ""


def instrument_phrase(instruments: Sequence[str]) -> str:
    """``solo piano``, ``voice and piano``, ``string quartet``, ``flute, oboe and horn``."""
    counts = {word: list(instruments).count(word) for word in dict.fromkeys(instruments)}
    if {"violin", "viola", "cello"} <= set(counts) and len(counts) == 3:
        return "string quartet"
    words = list(counts)
    if len(words) == 1:
        if words[0] == "voice":
            return "choir" if counts["voice"] > 2 else "solo voice"
        return f"solo {words[0]}"
    return ", ".join(words[:-1]) + f" and {words[-1]}"


def _names(word: str, mark: str) -> bool:
    if not word.startswith(mark):
        return False
    return mark not in _WHOLE_WORDS or not word[len(mark) : len(mark) + 1].isalpha()


def _tempo_words(onsets_per_s: float) -> tuple[str, ...]:
    if onsets_per_s < 1.6:
        return ("very slow", "slow")
    if onsets_per_s < 2.8:
        return ("slow", "unhurried")
    if onsets_per_s < 4.5:
        return ("moderate", "flowing")
    if onsets_per_s < 7.0:
        return ("fast", "lively")
    return ("very fast", "fast", "virtuosic")


def _mood_words(onsets_per_s: float, mode: str) -> tuple[str, ...]:
    if onsets_per_s < 2.8:
        slow_major = ("calm", "peaceful", "gentle", "tender", "relaxing")
        return (
            slow_major if mode == "major" else ("sad", "melancholic", "calm", "sombre", "mournful")
        )
    if onsets_per_s < 4.5:
        return (
            ("warm", "pleasant", "graceful") if mode == "major" else ("wistful", "serious", "dark")
        )
    if mode == "major":
        return ("happy", "cheerful", "bright", "playful", "energetic")
    return ("dramatic", "agitated", "tense", "restless", "passionate")


def _texture_words(
    onset_s: npt.NDArray[np.float64],
    pitch: npt.NDArray[np.int16],
    duration_s: npt.NDArray[np.float64],
) -> tuple[str, ...]:
    if not len(pitch):
        return ("quiet",)
    span = max(float(onset_s.max() - onset_s.min()), 1.0)
    voices = float(duration_s.sum()) / span
    density = "monophonic" if voices < 1.3 else "thin" if voices < 2.5 else "rich, chordal"
    centre = float(np.mean(pitch))
    register = "low" if centre < 52 else "high" if centre > 70 else "middle register"
    return (density, register)


def _surname(composer: str) -> str:
    """The name people say: the last word, with MSMD's run-together initials taken off."""
    last = composer.split()[-1] if composer.split() else ""
    trimmed = last.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return trimmed if len(trimmed) > 2 and trimmed not in ("Anonymous", "Traditional") else ""
