"""What a source of music gives: facts of the collection, and one entry for every item in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from unisono.data.corpus import Piece

Role = Literal["audio", "voice", "midi", "performance", "score", "page", "cover", "lyrics"]
"""``voice`` is a voice alone whose mix is ``audio``; ``midi`` a score's notes in its own tempo;
``performance`` the notes as somebody played them; ``score`` MusicXML, MEI, kern or ABC."""


class SourceLayoutError(ValueError):
    """A folder is not laid out as its source is; says what is missing and where to get it."""


@dataclass(frozen=True)
class SourceFacts:
    """What one must know before using a collection.

    name: as on the command line. homepage: where to download it. licence: of the whole, or
    "per item". citation: to be given in a publication. revision: version or commit that the code
    was written for. checksums: relative path -> "md5:...", "sha1:..." or "sha256:..." of what a
    download holds, where the publisher gives them. gives: the roles of its entries, and "text",
    "tags". layout: which files a root folder must hold, in a line or a few.
    """

    name: str
    title: str
    homepage: str
    licence: str
    citation: str
    revision: str
    layout: str
    gives: tuple[str, ...]
    checksums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Media:
    """A file, a member of an archive, or a part in time of a recording; end None: to its end."""

    path: Path
    member: str = ""
    start_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True)
class Alignment:
    """Times (n,) in seconds at which two roles of an entry show the same moment, ascending."""

    left: Role
    right: Role
    left_s: npt.NDArray[np.float64]
    right_s: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Entry:
    """One item: a piece, a track or a clip, with all that belongs to it.

    identifier: unique in its source. work: equal for versions, parts and copies of one thing, so
    that they stay on one side of a split. split: "train", "valid" or "test" where the publisher
    splits, else empty. media: role -> files in order. texts: whole sentences about it; tags:
    words. related: kind -> values for association pairs (artist, album, label, playlist).
    load_piece: makes the aligned piece where the source knows the place of its notes on a page.
    """

    identifier: str
    work: str
    split: str = ""
    title: str = ""
    composer: str = ""
    artist: str = ""
    year: int | None = None
    licence: str = ""
    media: Mapping[Role, tuple[Media, ...]] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    related: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    alignments: tuple[Alignment, ...] = ()
    load_piece: Callable[[], Piece] | None = None


class Source(Protocol):
    """A collection in the exact layout that its download has."""

    facts: SourceFacts

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every entry below ``root`` in an order that is always the same.

        Files that the tables name but that are not there are left out of ``media``; an entry of
        which nothing is left is not given. Raises SourceLayoutError where ``root`` is not laid
        out as ``facts.layout`` says.
        """
        ...
