"""Which items are versions of one work, as far as their words allow to say so.

Two items are versions of one work when

- they name the same composer and the same title, and the title names one work: it has a number
  of a catalogue of works (opus, BWV, KV ...) or a word that is not merely a form, a tempo or a
  key. "Prelude No. 4" by Chopin may be any of several, "Prelude Op. 28 No. 4" and "Clair de lune"
  are one each;
- or, without a composer, they name the same artist and the same such title;
- or they lie in one folder under names that differ in their ending alone (``take.wav`` beside
  ``take.mp3``).

Whatever else is only alike stays apart: to show one work twice is a smaller fault than to hide
one behind another.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from pathlib import PurePath

WorkKey = tuple[str, ...]

_WORDS = re.compile(r"[^\W\d_]+|\d+")
_OF_FORM = """
adagio adagietto album allegretto allegro and andante andantino animato aria arioso assai bagatelle
ballade barcarolle bourree cantabile canon capriccio chorale coda con concerto courante dance duet
dur ecossaise elegy en espressivo etude exercise fantasia fantasie finale flat for fuga fugue fuoco
gavotte gigue grave hymn impromptu in interlude intermezzo introduction invention lament larghetto
largo lento lied ma maestoso main major march mazurka menuet menuetto minor minuet mode moderato
molto moll moto movement movimento no nocturne non nr number op opus opening ouverture overture
part passacaglia piano piece poco polka polonaise praeludium prelude presto prestissimo quartet
quasi quintet rhapsody romance rondo sarabande satz scherzo serenade sharp siciliano sinfonia solo
sonata sonatina song sostenuto string strings study suite symphony tanto tarantella tempo theme
toccata track trio troppo un untitled var variation variations violin vivace vivo voice waltz
ii iii iv vi vii viii ix xi xii xiii xiv xv
"""
_FORMS = frozenset(_OF_FORM.split())
"""Words that a title of one work needs something besides."""
_CATALOGUES = frozenset("op opus bwv kv k hob rv woo hwv twv d s sz bb l".split())  # noqa: SIM905
"""What stands before a number that only one work of a composer has."""


def work_of(path: str, title: str, composer: str | None, artist: str | None) -> WorkKey:
    """Name the work of an item; items of the same name are versions of one work."""
    words = title_words(title)
    by = composer or artist
    if by and _names_one_work(words) and words != title_words(PurePath(path).stem):
        # A title that is only the file's name, as "track 01", says nothing of the work.
        return ("composer" if composer else "artist", " ".join(title_words(by)), " ".join(words))
    place = PurePath(path)
    return ("file", str(place.parent), place.stem)


def title_words(text: str) -> list[str]:
    """The words of a title in small letters without accents or signs; numbers are kept."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _WORDS.findall(plain)


def _names_one_work(words: list[str]) -> bool:
    if any(len(word) > 1 and word.isalpha() and word not in _FORMS | _CATALOGUES for word in words):
        return True
    pairs = pairwise(words)
    return any(word in _CATALOGUES and number.isdigit() for word, number in pairs)
