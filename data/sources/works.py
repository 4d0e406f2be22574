"""Which work a piece is, as a key that agrees between collections.

``bach bwv846`` is a prelude in one collection, a fugue in another and a recording in a third. The
key is the composer's surname and the number in the catalogue of the composer's works; of an opus
with several pieces the whole opus, as collections name its parts in too many ways (but each of
Chopin's preludes, which collections divide). So a key is rather too wide than too narrow, as befits
what must not stand on two sides of a split.
"""

from __future__ import annotations

import re
import unicodedata

_NAMESAKES = {  # surname -> initials of those who are not the bearer that a surname alone means
    "bach": ("jc", "cpe", "wf", "jcf", "jb", "jm"),
    "boulanger": ("n",),
    "couperin": ("l",),
    "haydn": ("m", "jm"),
    "mozart": ("l", "fx"),
    "scarlatti": ("a",),
    "schumann": ("c", "cj"),
    "strauss": ("r",),
}
_SPELLINGS = {
    "chaikovsky": "tchaikovsky",
    "mendelssohn bartholdy": "mendelssohn",
    "rachmaninov": "rachmaninoff",
    "skryabin": "scriabin",
}
_FURTHER = ("woo", "hwv", "rv", "swv", "wab", "wwv", "wq")
_CATALOGUES = (  # pattern, what stands in the key, composers it holds for (all where empty)
    (r"\bbwv *(?:anh)[ .]*(\d+)", "bwvanh", ()),
    (r"\bbwv[ .]*(\d+)", "bwv", ()),
    (r"\b(?:kv|k ?\. ?v ?\.|kp|k)[ .]*(\d+)", "k", ("mozart", "scarlatti")),
    (r"\bd[ .]*(\d{2,3})", "d", ("schubert",)),
    (r"\bpiano sonatas (\d{3})\b", "d", ("schubert",)),
    (r"\bhob[ .]*(x?[vi]+ ?[a-z]?[ :./]*\d+)", "hob", ("haydn",)),
    (r"\bkeyboard sonatas (\d+)", "hobxvi", ("haydn",)),
    (r"\bs[ .]*(\d{2,3})\b", "s", ("liszt",)),
    *((rf"\b{name}[ .]*(\d+)", name, ()) for name in _FURTHER),
    (r"\b(?:op|opus|oeuvre)[ .:]*(\d+)", "op", ()),
    (r"\bo(\d+)\b", "op", ()),
)
_KNOWN_NAMES = {  # (composer, pattern) -> number, for pieces that are called by another name
    ("bach", r"\bitalian concerto"): "bwv971",
    ("beethoven", r"\bappassionata"): "op57",
    ("beethoven", r"\bpathetique"): "op13",
    ("beethoven", r"\bwaldstein"): "op53",
    ("chopin", r"\bbarcarolle"): "op60",
    ("chopin", r"\bberceuse"): "op57",
    ("chopin", r"\bballades? (?:no ?\.? ?)?1\b"): "op23",
    ("chopin", r"\bballades? (?:no ?\.? ?)?2\b"): "op38",
    ("chopin", r"\bballades? (?:no ?\.? ?)?3\b"): "op47",
    ("chopin", r"\bballades? (?:no ?\.? ?)?4\b"): "op52",
    ("chopin", r"\bpolonaises 53\b"): "op53",
    ("chopin", r"\bscherzos? (?:20|no ?\.? ?1)\b"): "op20",
    ("chopin", r"\bscherzos? (?:31|no ?\.? ?2)\b"): "op31",
    ("chopin", r"\bscherzos? (?:39|no ?\.? ?3)\b"): "op39",
    ("chopin", r"\bscherzos? (?:54|no ?\.? ?4)\b"): "op54",
    ("chopin", r"\bsonata (?:no ?\.? ?)?2\b"): "op35",
    ("chopin", r"\bsonata (?:no ?\.? ?)?3\b"): "op58",
    ("schubert", r"\bmoments? musica(?:l|ux)"): "d780",
    ("schubert", r"\bwanderer fanta(?:sie|sy)"): "d760",
    ("schumann", r"\barabeske"): "op18",
    ("schumann", r"\bkreisleriana"): "op16",
    ("schumann", r"\btoccata"): "op7",
}
_BEETHOVEN_SONATAS = (  # opus of the piano sonatas 1 to 32
    *(2, 2, 2, 7, 10, 10, 10, 13, 14, 14, 22, 26, 27, 27, 28, 31, 31, 31, 49, 49, 53, 54, 57),
    *(78, 79, 81, 90, 101, 106, 109, 110, 111),
)
_DIVIDED = {"chopin op28": r"\b28[ ,.]*(?:(?:no|nr)[ .]*)?0*(\d+)"}
"""Works whose pieces are works of their own, and where a title has the piece's number."""
_SCHUBERT_OPUS = {"op25": "d795", "op89": "d911", "op90": "d899", "op94": "d780", "op142": "d935"}


def work_key(composer: str, title: str) -> str:
    """Key of a work, as ``mozart k331``; without a known number, surname and plain title.

    composer: "Bach, Johann Sebastian", "Johann Sebastian Bach", "Bach" or Mutopia's "BachJS".
    title: all that names the work; where several numbers stand, the catalogue of the composer's
    works counts before an opus number.
    """
    surname, plain = composer_key(composer), _plain(title)
    key = f"{surname} {_number(surname, plain) or _words(title)}".strip()
    piece = re.search(_DIVIDED[key], plain) if key in _DIVIDED else None
    return f"{key} no{piece.group(1)}" if piece else key


def composer_key(composer: str) -> str:
    """Surname in plain letters, with initials for the less known of two of the same name."""
    first = re.split(r" / | arr\.| and ", composer)[0].strip()
    if match := re.fullmatch(r"(.*[a-z])([A-Z][A-Zv]*)", first):
        surname, initials = match.group(1), match.group(2).lower()
    elif "," in first:
        surname, _, given = first.partition(",")
        initials = _initials(given)
    else:
        given, _, surname = first.rpartition(" ")
        initials = _initials(given)
    plain = " ".join(re.findall(r"[a-z]+", _plain(surname)))
    plain = re.sub(r"^(van|von|de|di) ", "", _SPELLINGS.get(plain, plain))
    return f"{plain} {initials}" if initials in _NAMESAKES.get(plain, ()) else plain


def _number(surname: str, title: str) -> str:
    for pattern, name, composers in _CATALOGUES:
        if (not composers or surname in composers) and (match := re.search(pattern, title)):
            number = re.sub(r"[^a-z0-9]", "", match.group(1))
            found = f"{name}{number}"
            return _SCHUBERT_OPUS.get(found, found) if surname == "schubert" else found
    if surname == "beethoven" and (match := _sonata(title)):
        return f"op{_BEETHOVEN_SONATAS[int(match.group(1)) - 1]}"
    for (composer, pattern), known in _KNOWN_NAMES.items():
        if composer == surname and re.search(pattern, title):
            return known
    return ""


def _sonata(title: str) -> re.Match[str] | None:
    """A sonata by its number, unless it is one for another instrument."""
    if re.search(r"\b(violin|cello|violoncello|horn)\b", title):
        return None
    return re.search(r"\bsonatas? (?:no ?\.? ?)?(3[0-2]|[12]\d|[1-9])\b", title)


def _words(title: str) -> str:
    """The title without what stands in brackets, its words in plain letters."""
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"\([^)]*\)|\[[^]]*\]", " ", _plain(title))))


def _plain(text: str) -> str:
    """Lower case without accents, hyphens and underscores."""
    letters = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("ß", "ss"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[_\-\u2013]+", " ", bare).lower()


def _initials(given: str) -> str:
    return "".join(word[0] for word in re.findall(r"[A-Za-z]+", _plain(given)))
