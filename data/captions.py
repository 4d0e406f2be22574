"""Captions: sentences and tags that say of some music only what is true of it.

``describe`` finds the facts, in the notes of an excerpt and in what is known of the piece;
``Description.draw`` words some of them, and ``Description.draw_tags`` names some. Moods follow
from pace and mode by a rule, not from listening: they are how people word a fast piece in a minor
key, and the model card says so. What every word stands for is in ``data/words``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.data.words.composers import era_of, lived, surname
from unisono.data.words.forms import form_of
from unisono.data.words.instruments import instrument_phrase
from unisono.data.words.measured import (
    beats_per_minute,
    key_of,
    loudness_of,
    mode_of,
    pace_of,
    register_of,
    swell_of,
    texture_of,
)
from unisono.data.words.vocabulary import moods_of, words_for
from unisono.data.words.wording import sentence

if TYPE_CHECKING:
    from unisono.data.corpus import PieceFacts

__all__ = [
    "Caption",
    "Claim",
    "Description",
    "Known",
    "describe",
    "form_of",
    "instrument_phrase",
    "known_of",
    "mode_of",
    "tags_of",
]

MOST_TAGS = 6


@dataclass(frozen=True)
class Known:
    """What is known of a piece beside its notes; empty where it is not.

    born, died: of the composer; looked up for the well known. fifths: sharps (above 0) or flats of
    its signature. metre: ``3/4``. tempo_mark: the words above the first bar; of the score, not of
    a performance. style: further tags that are true of the whole piece. Signature and metre are
    given only where they hold throughout.
    """

    title: str = ""
    composer: str = ""
    born: int | None = None
    died: int | None = None
    fifths: int | None = None
    metre: str = ""
    tempo_mark: str = ""
    style: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A fact that a caption states: its kind (``key``), and its value (``A minor``)."""

    kind: str
    value: str


@dataclass(frozen=True)
class Caption:
    """A sentence, and what it claims."""

    text: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Description:
    """What is true of an excerpt, by kind; each value is a word of ``data/words``.

    Kinds: instruments, pace, tempo (beats a minute), mode, key, metre, texture, register,
    dynamics, swell, form, composer, era, mark (of the tempo), style. A kind that nothing is known
    of is not there.
    """

    claims: tuple[Claim, ...]

    def value(self, kind: str) -> str:
        """The value of a kind; "" where nothing is known."""
        return next((claim.value for claim in self.claims if claim.kind == kind), "")

    @property
    def moods(self) -> tuple[str, ...]:
        """How people call music of this pace and mode."""
        return moods_of(self.value("pace"), self.value("mode"))

    def draw(self, random: np.random.Generator) -> Caption:
        """One caption with some of the facts, worded in one of many ways."""
        facts = {claim.kind: claim.value for claim in self.claims}
        text, stated = sentence(facts, self.moods, random)
        return Caption(text, tuple(claim for claim in self.claims if claim.kind in stated))

    def caption(self, random: np.random.Generator) -> str:
        """The text of ``draw``."""
        return self.draw(random).text

    def draw_tags(self, random: np.random.Generator, most: int = MOST_TAGS) -> Caption:
        """1 to ``most`` tags in an order that is drawn, divided by commas.

        The number is drawn evenly, as MusCALL and later work on tags as captions do (Doh et al.,
        Toward Universal Text-to-Music Retrieval, 2023, stochastic text representation).
        """
        count = int(random.integers(1, max(1, min(most, len(self.claims))) + 1))
        chosen = random.permutation(len(self.claims))[:count]
        claims = tuple(self.claims[int(row)] for row in chosen)
        words = [str(random.choice(words_for(claim.kind, claim.value))) for claim in claims]
        return Caption(", ".join(words), claims)


def describe(
    onset_s: npt.NDArray[np.float64],
    pitch: npt.NDArray[np.int16],
    duration_s: npt.NDArray[np.float64],
    *,
    instruments: Sequence[str],
    known: Known | None = None,
    mode: str = "",
    beat: npt.NDArray[np.float64] | None = None,
    velocity: npt.NDArray[np.int16] | None = None,
) -> Description:
    """Describe an excerpt from its notes and what is known of its piece.

    onset_s, duration_s: (n,) as they sound; pitch: (n,); instruments: what sounds, one a staff.
    mode: of the whole piece; said where the excerpt's own notes lean to it too.
    beat: (n,) quarters from the start of the piece; with it the beats a minute are said.
    velocity: (n,); leave it out where nobody chose it, as in most scores.

    A key is said only where the excerpt's own notes have it, and it agrees with the printed one
    where there is one, and with the mode of the piece: music that has moved elsewhere is in no key
    here. Instruments are said only where all of them are known, none being "".
    """
    known = known or Known()
    onset, offset = np.asarray(onset_s, float), np.asarray(onset_s, float) + duration_s
    key = key_of(pitch, duration_s) if len(pitch) else None
    if key is not None and known.fifths is not None and key.fifths != known.fifths:
        key = None
    if key is not None and mode and key.mode != mode:
        key = None
    if key is not None:
        mode = key.mode
    elif len(pitch) and mode_of(pitch, duration_s, known.fifths) != mode:
        mode = ""
    tempo = None if beat is None else beats_per_minute(onset, beat, known.metre)
    years = (known.born, known.died) if known.born else lived(known.composer) or (None, None)
    found = {
        "instruments": instrument_phrase(instruments) if instruments and all(instruments) else "",
        "pace": pace_of(onset) if len(pitch) else "",
        "tempo": "" if tempo is None else f"{tempo:.0f}",
        "mode": mode,
        "key": "" if key is None else key.name,
        "metre": known.metre,
        "texture": texture_of(onset, offset),
        "register": register_of(pitch),
        "dynamics": "" if velocity is None else loudness_of(velocity),
        "swell": "" if velocity is None else swell_of(onset, velocity),
        "form": form_of(known.title),
        "composer": surname(known.composer),
        "era": era_of(*years),
        "mark": known.tempo_mark,
    }
    claims = [Claim(kind, value) for kind, value in found.items() if value]
    return Description((*claims, *(Claim("style", tag) for tag in known.style)))


def known_of(facts: PieceFacts) -> Known:
    """What a prepared piece knows of its score."""
    return Known(
        title=facts.title,
        composer=facts.composer,
        fifths=facts.fifths,
        metre=facts.metre,
        tempo_mark=facts.tempo_mark,
    )


def tags_of(tags: Sequence[str], random: np.random.Generator, most: int = MOST_TAGS) -> str:
    """1 to ``most`` of a collection's own tags in an order that is drawn; "" without tags."""
    if not tags:
        return ""
    count = int(random.integers(1, min(most, len(tags)) + 1))
    return ", ".join(tags[int(row)] for row in random.permutation(len(tags))[:count])
