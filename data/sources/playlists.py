"""Playlists in M3U files beside one's own audio: tracks are related by the lists that hold them.

Layout: any ``.m3u`` and ``.m3u8`` files below the root; paths in them are relative to the list's
own folder, or absolute. Streams (http://...) are left out. An ``#EXTINF`` line in the usual form,
"artist - title", names the track.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from unisono.data.sources.entry import Entry, Media, SourceFacts
from unisono.data.sources.tables import is_there, missing, read_lines

FACTS = SourceFacts(
    name="playlists",
    title="a folder of playlists",
    homepage="none: the lists are one's own, as any player writes them",
    licence="per item",
    citation="none",
    revision="none",
    layout="*.m3u or *.m3u8 files, and the audio that they name",
    gives=("audio",),
)


@dataclass
class _Track:
    name: str = ""
    lists: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Playlists:
    """Tracks with the lists that hold them; ``work`` is the file."""

    facts: SourceFacts = FACTS

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every file that a list names and that is there, in order of path."""
        lists = sorted(p for p in root.rglob("*") if p.suffix.lower() in (".m3u", ".m3u8"))
        if not lists:
            raise missing(root, self.facts, "playlist (.m3u or .m3u8)")
        return self._entries(root, lists)

    def _entries(self, root: Path, lists: list[Path]) -> Iterator[Entry]:
        tracks: dict[Path, _Track] = {}
        for path in lists:
            for place, name in _tracks(path):
                track = tracks.setdefault(place, _Track())
                track.name = track.name or name
                track.lists.append(path.relative_to(root).as_posix())
        for place, track in sorted(tracks.items()):
            artist, _, title = track.name.partition(" - ")
            identifier = place.as_posix()
            if place.is_relative_to(root.resolve()):
                identifier = place.relative_to(root.resolve()).as_posix()
            related = {"playlist": tuple(dict.fromkeys(track.lists))}
            yield Entry(
                identifier=identifier,
                work=identifier,
                title=title or track.name,
                artist=artist if title else "",
                media={"audio": (Media(place),)},
                related={"artist": (artist,), **related} if title else related,
            )


def _tracks(path: Path) -> Iterator[tuple[Path, str]]:
    """Files of a list that are there, with the name that the line before gives."""
    name = ""
    for line in map(str.strip, read_lines(path)):
        if line.startswith("#EXTINF:"):
            name = line.partition(",")[2].strip()
        elif line and not line.startswith("#"):
            place = _place(path.parent, line)
            if place and is_there(place):
                yield place.resolve(), name
            name = ""


def _place(folder: Path, line: str) -> Path | None:
    """The file that a line names; None for a stream."""
    scheme = urlsplit(line).scheme if "://" in line else ""
    if scheme == "file":
        return Path(unquote(urlsplit(line).path))
    if scheme:
        return None
    place = folder / line
    return place if is_there(place) or "\\" not in line else folder / line.replace("\\", "/")


SOURCE = Playlists()
