"""Spotify's Million Playlist Dataset: which tracks people put into one list, with one's own audio.

Layout: ``data/mpd.slice.0-999.json`` to ``mpd.slice.999000-999999.json`` (or in the root), and
audio, which is no part of it, named ``<id of the track>.mp3`` in any folder below the root. No
loader of ``mirdata`` or of the Hub.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unisono.data.sources.entry import Entry, Media, SourceFacts, SourceLayoutError
from unisono.data.sources.tables import AUDIO_SUFFIXES, by_stem, missing

FACTS = SourceFacts(
    name="million_playlists",
    title="the Million Playlist Dataset",
    homepage="https://www.aicrowd.com/challenges/spotify-million-playlist-dataset-challenge",
    licence="Spotify's terms for the challenge; on request from Spotify Research",
    citation=(
        "C.-W. Chen, P. Lamere, M. Schedl, H. Zamani: RecSys Challenge 2018: automatic music "
        "playlist continuation, RecSys 2018"
    ),
    revision="v1, 2018",
    layout="data/mpd.slice.0-999.json and so on, and audio named by the tracks' ids below",
    gives=("audio",),
)

_FIRST = re.compile(r"mpd\.slice\.(\d+)-\d+\.json$")


@dataclass
class _Track:
    facts: Mapping[str, Any]
    lists: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class MillionPlaylists:
    """Tracks with the lists that hold them; ``work`` is the track.

    Only tracks whose audio is there are remembered while the slices are read, one at a time.
    """

    facts: SourceFacts = FACTS

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every track whose file is there, in the order in which the lists name them first."""
        slices = [*root.glob("data/mpd.slice.*.json"), *root.glob("mpd.slice.*.json")]
        numbered = [(int(m[1]), path) for path in slices if (m := _FIRST.search(path.name))]
        if not numbered:
            raise missing(root, self.facts, "data/mpd.slice.0-999.json")
        return self._entries([path for _, path in sorted(numbered)], by_stem(root, AUDIO_SUFFIXES))

    def _entries(self, slices: list[Path], audio: Mapping[str, Path]) -> Iterator[Entry]:
        tracks: dict[str, _Track] = {}
        for path in slices if audio else []:
            for playlist in _playlists(path):
                for track in playlist.get("tracks", []):
                    name = track.get("track_uri", "").rpartition(":")[2]
                    if name in audio:
                        known = tracks.setdefault(name, _Track(track))
                        known.lists.append(str(playlist.get("pid", "")))
        for name, known in tracks.items():
            words = known.facts
            related = {
                "artist": (words.get("artist_uri", ""),),
                "album": (words.get("album_uri", ""),),
                "playlist": tuple(dict.fromkeys(known.lists)),
            }
            yield Entry(
                identifier=name,
                work=name,
                title=words.get("track_name", ""),
                artist=words.get("artist_name", ""),
                media={"audio": (Media(audio[name]),)},
                related={kind: values for kind, values in related.items() if values != ("",)},
            )


def _playlists(path: Path) -> list[Mapping[str, Any]]:
    try:
        playlists: list[Mapping[str, Any]] = json.loads(path.read_bytes())["playlists"]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceLayoutError(
            f"{path}: is no slice of playlists ({error}); download it again"
        ) from error
    return playlists


SOURCE = MillionPlaylists()
