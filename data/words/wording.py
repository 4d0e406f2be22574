"""Facts into one sentence: in many ways, never more than is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from unisono.data.words.vocabulary import words_for

_GENERIC = ("piece", "piece of music", "music", "composition")
_DETAILS = (
    *("pace", "tempo", "mode", "key", "metre", "texture", "register"),
    *("dynamics", "swell", "era", "mark", "style"),
)
_MOST_DETAILS = 4
_MOOD_SHARE, _FORM_SHARE, _COMPOSER_SHARE = 0.6, 0.7, 0.35


def sentence(
    facts: Mapping[str, str], moods: Sequence[str], random: np.random.Generator
) -> tuple[str, frozenset[str]]:
    """A caption, and the kinds of the facts that it states; a caption may be a mood alone.

    Between a word and two sentences, as people search: what plays, what it is like, who wrote it.
    """
    details = [kind for kind in _DETAILS if kind in facts]
    count = int(random.integers(0, min(_MOST_DETAILS, len(details)) + 1))
    chosen = [details[int(row)] for row in random.permutation(len(details))[:count]]
    if "key" in chosen and "mode" in chosen:
        chosen.remove("mode")  # the key says it
    if "tempo" in chosen and "pace" in chosen:
        chosen.remove("pace")
    named = [kind for kind, share in _NAMED if kind in facts and random.random() < share]
    mood = str(random.choice(list(moods))) if moods and random.random() < _MOOD_SHARE else ""
    if not (chosen or named or mood):
        return _shortest(facts, moods, random)
    words = {kind: str(random.choice(words_for(kind, facts[kind]))) for kind in [*chosen, *named]}
    style = _STYLES[int(random.integers(len(_STYLES)))]
    if style is not _listed and "instruments" in words:
        words["instruments"] = facts["instruments"]  # "for piano music" is nothing
    return style(words, mood, random), frozenset(words)


_NAMED = (("instruments", 0.8), ("form", _FORM_SHARE), ("composer", _COMPOSER_SHARE))


def _shortest(
    facts: Mapping[str, str], moods: Sequence[str], random: np.random.Generator
) -> tuple[str, frozenset[str]]:
    if "instruments" in facts:
        return str(random.choice(words_for("instruments", facts["instruments"]))), frozenset(
            {"instruments"}
        )
    return (str(random.choice(list(moods))) if moods else "music"), frozenset()


def _listed(words: Mapping[str, str], mood: str, random: np.random.Generator) -> str:
    """``calm, solo piano, slow tempo, in A minor``."""
    parts = [*([mood] if mood else []), *words.values()]
    return ", ".join(parts[int(row)] for row in random.permutation(len(parts)))


def _phrase(words: Mapping[str, str], mood: str, random: np.random.Generator) -> str:
    """``a calm waltz for solo piano by Chopin, slow tempo, in A minor``."""
    return ", ".join(_thing_and_rest(words, mood, random))


def _thing_and_rest(
    words: Mapping[str, str], mood: str, random: np.random.Generator
) -> tuple[str, ...]:
    """What it is, for whom and by whom; then each detail."""
    noun = words.get("form") or str(random.choice(_GENERIC))
    article = "" if noun == "music" else "a "
    text = f"{article}{mood} {noun}" if mood else f"{article}{noun}"
    if "instruments" in words:
        text += f" for {words['instruments']}"
    if "composer" in words:
        text += f" by {words['composer'].removeprefix('composed by ').removeprefix('by ')}"
    rest = [word for kind, word in words.items() if kind in _DETAILS]
    return (_with_articles(text), *rest)


def _sentences(words: Mapping[str, str], mood: str, random: np.random.Generator) -> str:
    """``This is a calm waltz for solo piano. Slow tempo, in A minor.``"""
    first, *rest = _thing_and_rest(words, mood, random)
    opening = str(random.choice(("This is {}.", "{}.", "A recording or score of {}.")))
    text = opening.format(first)
    if rest:
        joined = ", ".join(rest)
        plain = f" {joined[0].upper()}{joined[1:]}."
        text += plain if random.random() < 0.5 else f" It is characterised by: {joined}."
    return text[0].upper() + text[1:]


def _with_articles(text: str) -> str:
    return "an" + text[1:] if text[:3] in ("a a", "a e", "a i", "a o") else text


_STYLES = (_listed, _listed, _phrase, _phrase, _sentences)
