"""Forms and genres that a title names."""

from __future__ import annotations

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


def form_of(title: str) -> str:
    """A form that the title names, or nothing."""
    words = title.lower().split(" ")
    for form, marks in _FORMS.items():
        if any(_names(word, mark) for word in words for mark in marks):
            return form
    return ""


def _names(word: str, mark: str) -> bool:
    if not word.startswith(mark):
        return False
    return mark not in _WHOLE_WORDS or not word[len(mark) : len(mark) + 1].isalpha()
