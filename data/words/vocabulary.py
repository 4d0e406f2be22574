"""The words that people use for what can be counted, by kind and value.

The words are those that are frequent in MusicCaps' captions and aspects, in the tags of
MTG-Jamendo and MagnaTagATune, and in the captions of MidiCaps.
"""

from __future__ import annotations

_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "pace": {
        "very slow": ("very slow", "slow tempo", "slow", "very slow tempo"),
        "slow": ("slow", "slow tempo", "unhurried", "slow paced"),
        "moderate": ("medium tempo", "moderate tempo", "mid-tempo", "flowing"),
        "fast": ("fast", "fast tempo", "lively", "uptempo"),
        "very fast": ("very fast", "fast", "fast tempo", "virtuosic"),
    },
    "mode": {
        "major": ("major key", "in a major key", "major"),
        "minor": ("minor key", "in a minor key", "minor"),
    },
    "texture": {
        "monophonic": ("monophonic", "a single melody line", "unaccompanied melody"),
        "two-part": ("two voices", "two-part", "two melody lines"),
        "polyphonic": ("several voices", "polyphonic", "melody and accompaniment"),
        "chordal": ("chordal", "chords", "block chords"),
        "full": ("full texture", "rich harmony", "dense chords"),
    },
    "register": {
        "very low": ("very low notes", "deep bass", "very low register"),
        "low": ("low notes", "low register", "deep"),
        "middle": ("middle register", "mid-range notes"),
        "high": ("high notes", "high register", "high-pitched"),
        "very high": ("very high notes", "very high-pitched", "very high register"),
    },
    "dynamics": {
        "very soft": ("very soft", "very quiet", "pianissimo"),
        "soft": ("soft", "quiet", "softly played"),
        "moderately loud": ("moderately loud", "medium volume"),
        "loud": ("loud", "strong"),
        "very loud": ("very loud", "loud", "powerful"),
    },
    "swell": {
        "getting louder": ("getting louder", "crescendo", "building up"),
        "getting softer": ("getting softer", "diminuendo", "fading away"),
    },
    "metre": {
        "3/4": ("3/4", "triple metre", "three beats to the bar", "waltz time"),
        "4/4": ("4/4", "common time", "four beats to the bar"),
        "2/4": ("2/4", "two beats to the bar"),
        "2/2": ("2/2", "cut time", "alla breve"),
        "6/8": ("6/8", "compound metre", "six eight time"),
    },
    "era": {
        "Renaissance": ("renaissance", "renaissance music", "early music"),
        "Baroque": ("baroque", "baroque music", "baroque era"),
        "Classical": ("classical era", "Viennese classicism", "18th century classical"),
        "Romantic": ("romantic era", "romantic", "19th century"),
        "20th century": ("20th century", "modern classical", "early 20th century"),
    },
}
_MOODS = {
    ("slow", "major"): ("calm", "peaceful", "gentle", "tender", "relaxing", "soothing", "mellow"),
    ("slow", "minor"): ("sad", "melancholic", "calm", "sombre", "mournful", "emotional", "dark"),
    ("slow", ""): ("calm", "slow", "emotional", "quiet"),
    ("moderate", "major"): ("warm", "pleasant", "graceful", "romantic", "easygoing"),
    ("moderate", "minor"): ("wistful", "serious", "dark", "sentimental", "romantic"),
    ("moderate", ""): ("flowing", "melodic", "romantic"),
    ("fast", "major"): ("happy", "cheerful", "bright", "playful", "energetic", "joyful", "fun"),
    ("fast", "minor"): ("dramatic", "agitated", "tense", "restless", "passionate", "intense"),
    ("fast", ""): ("energetic", "lively", "exciting"),
}


def words_for(kind: str, value: str) -> tuple[str, ...]:
    """The wordings of a fact; at least one."""
    if kind == "tempo":
        return (f"{value} bpm", f"about {value} beats per minute", f"tempo {value}")
    if kind == "key":
        return (f"in {value}", value, f"key of {value}")
    if kind == "composer":
        return (f"by {value}", value, f"composed by {value}")
    if kind == "instruments":
        return _instrument_words(value)
    return _WORDS.get(kind, {}).get(value, (value,))


def moods_of(pace: str, mode: str) -> tuple[str, ...]:
    """How people call music of this pace and mode; a rule, not listening."""
    simple = pace.removeprefix("very ")
    return _MOODS.get((simple, mode), ("melodic", "pleasant"))


def _instrument_words(phrase: str) -> tuple[str, ...]:
    if phrase.startswith("solo "):
        alone = phrase.removeprefix("solo ")
        return (phrase, alone, f"{alone} solo", f"{alone} music")
    if phrase == "voice and piano":
        return (phrase, "song with piano accompaniment", "singer and piano", "art song")
    if phrase == "string quartet":
        return (phrase, "strings", "two violins, viola and cello", "chamber music for strings")
    return (phrase,)
