"""An entry as a row of a table that ``TableSource`` can train from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from unisono.data.building.built import Row
from unisono.data.sources.entry import Entry, Media, Role

WHOLE_FILE_ROLES: tuple[Role, ...] = (
    "audio",
    "voice",
    "midi",
    "performance",
    "score",
    "page",
    "cover",
    "lyrics",
)


def row_of(
    entry: Entry, source: str, split: str, pieces: Sequence[str], media: Mapping[str, str]
) -> Row:
    """Role columns hold a path each (further files in ``ROLE_more``), words are divided by ``|``.

    pieces: names of prepared pieces. media: path by ``media_key`` of what was taken out of
    archives and of parts of recordings; a role whose file is not there stays empty.
    """
    row: Row = {
        "source": source,
        "id": entry.identifier,
        "work": entry.work,
        "split": split,
        "claimed": entry.split,
        "title": entry.title,
        "composer": entry.composer,
        "artist": entry.artist,
        "year": "" if entry.year is None else str(entry.year),
        "licence": entry.licence,
        "pieces": joined(pieces),
        "text": joined(entry.texts),
        "tags": joined(entry.tags),
        "tag_text": ", ".join(entry.tags),
    }
    for role in WHOLE_FILE_ROLES:
        paths = [where(one, media) for one in entry.media.get(role, ())]
        paths = [path for path in paths if path]
        row[role] = paths[0] if paths else ""
        row[f"{role}_more"] = joined(paths[1:])
    for kind, values in entry.related.items():
        row[f"related_{kind}"] = joined(values)
    return row


def joined(words: Sequence[str]) -> str:
    """Words divided by ``|``, which none of them keeps."""
    return "|".join(word.replace("|", "/") for word in words)


def where(media: Media, taken_out: Mapping[str, str]) -> str:
    """The path of a file that stands for itself, or of what was taken out of it."""
    return taken_out.get(media_key(media), "") if is_part(media) else str(media.path.absolute())


def is_part(media: Media) -> bool:
    """Whether it is a member of an archive or a part of a recording."""
    return bool(media.member) or media.start_s > 0 or media.end_s is not None


def media_key(media: Media) -> str:
    """Equal for the same part of the same file."""
    return f"{media.path.absolute()}!{media.member}@{media.start_s:g}-{media.end_s or ''}"


def file_name(source: str, identifier: str) -> str:
    """A name that any file system takes, different for different identifiers."""
    import hashlib

    plain = re.sub(r"[^\w.-]+", "_", identifier)
    if plain != identifier or len(plain) > 120:
        plain = f"{plain[:100]}-{hashlib.sha256(identifier.encode()).hexdigest()[:8]}"
    return f"{source}-{plain}"


def split_cell(cell: object) -> list[str]:
    """The values of a cell."""
    return [word for word in str(cell or "").split("|") if word]


def relative_media(name: str, media: Media) -> str:
    """Where a part is kept below the built folder's ``media``: its ending says what it is."""
    import hashlib

    ending = Path(media.member or media.path.name).suffix.lower()
    if media.start_s > 0 or media.end_s is not None:
        ending = ".flac"
    mark = hashlib.sha256(media_key(media).encode()).hexdigest()[:8]
    return f"media/{name}-{mark}{ending}"
