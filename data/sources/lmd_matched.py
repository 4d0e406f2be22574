"""LMD-matched: MIDI files of the Lakh MIDI Dataset matched to tracks of the Million Song Dataset.

The tracks' own sound is not part of it. Title, artist, album and words come from
``lmd_matched_h5`` where that is unpacked too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from unisono.data.sources.entry import Entry, SourceFacts, SourceLayoutError
from unisono.data.sources.lakh import CITATION, HOMEPAGE, joined_tracks
from unisono.data.sources.layout import check_layout, found
from unisono.data.sources.tables import is_there


@dataclass(frozen=True)
class TrackFacts:
    """What the Million Song Dataset says of a track; empty where it is silent."""

    title: str = ""
    artist: str = ""
    album: str = ""
    year: int | None = None
    terms: tuple[str, ...] = ()


class LmdMatchedSource:
    """One entry a track with all MIDI files matched to it, the surest first."""

    facts = SourceFacts(
        name="lmd_matched",
        title="The Lakh MIDI Dataset v0.1, LMD-matched",
        homepage=HOMEPAGE,
        licence="CC BY 4.0",
        citation=f"{CITATION}; T. Bertin-Mahieux, D. P. W. Ellis, B. Whitman, P. Lamere: The "
        "Million Song Dataset, ISMIR 2011",
        revision="v0.1",
        layout="lmd_matched/<A>/<B>/<C>/<track>/<md5>.mid with A, B, C the third to fifth letter "
        "of the track, match_scores.json, and where wanted lmd_matched_h5/<A>/<B>/<C>/<track>.h5",
        gives=("midi", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every track in order of name; raises SourceLayoutError."""
        check_layout(root, self.facts, ["lmd_matched", "match_scores.json"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        scores: dict[str, dict[str, float]] = json.loads(
            (root / "match_scores.json").read_text("utf-8")
        )
        works = {md5: group for group, files in joined_tracks(scores).items() for md5 in files}
        for track, files in sorted(scores.items()):
            place = Path(*track[2:5], track)
            surest = sorted(files, key=lambda md5: (-files[md5], md5))
            media = found(midi=[root / "lmd_matched" / place / f"{md5}.mid" for md5 in surest])
            if not media:
                continue
            known = read_track(root / "lmd_matched_h5" / place.with_suffix(".h5"))
            yield Entry(
                identifier=track,
                work=f"msd {works[surest[0]]}",
                title=known.title,
                artist=known.artist,
                year=known.year,
                licence=self.facts.licence,
                media=media,
                tags=known.terms,
                related=_related(known),
            )


def read_track(path: Path) -> TrackFacts:
    """What a file of the Million Song Dataset says of its track; nothing where it is not there.

    Raises SourceLayoutError for a file that is no such file, and where ``h5py`` is missing.
    """
    if not is_there(path):
        return TrackFacts()
    try:
        import h5py
    except ImportError as error:
        fault = "needs the package h5py; install it with pip install unisono[data]"
        raise SourceLayoutError(f"{path}: {fault}") from error
    try:
        with h5py.File(path) as stored:
            song = stored["metadata/songs"][0]
            terms = stored["metadata/artist_terms"][()]
            year = int(stored["musicbrainz/songs"][0]["year"])
    except (OSError, KeyError, ValueError, IndexError) as error:
        remedy = "unpack lmd_matched_h5.tar.gz again"
        raise SourceLayoutError(f"{path}: is no file of the Million Song Dataset; {remedy}") from (
            error
        )
    return TrackFacts(
        title=_text(song["title"]),
        artist=_text(song["artist_name"]),
        album=_text(song["release"]),
        year=year or None,  # the set writes 0 where it does not know
        terms=tuple(map(_text, terms)),
    )


def _related(known: TrackFacts) -> Mapping[str, tuple[str, ...]]:
    named = {"artist": known.artist, "album": known.album and f"{known.artist}: {known.album}"}
    return {kind: (value,) for kind, value in named.items() if value}


def _text(stored: bytes | str) -> str:
    return stored.decode("utf-8", "replace") if isinstance(stored, bytes) else str(stored)


SOURCE = LmdMatchedSource()
