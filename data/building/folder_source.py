"""A plain folder of scores, MIDI files, pages, recordings and words, as a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from unisono.data.errors import ReadError
from unisono.data.sources.entry import Entry, Media, Role, SourceFacts, SourceLayoutError

_ROLE_OF: dict[str, Role] = {
    **dict.fromkeys((".musicxml", ".mxl", ".xml", ".mei", ".krn", ".abc"), "score"),
    **dict.fromkeys((".mid", ".midi"), "midi"),
    **dict.fromkeys((".pdf", ".png", ".tif", ".tiff"), "page"),
    **dict.fromkeys((".mp3", ".flac", ".ogg", ".opus", ".wav", ".m4a", ".aac"), "audio"),
    **dict.fromkeys((".jpg", ".jpeg", ".webp"), "cover"),
}
_COVER_STEMS = ("cover", "front", "folder", "album")
_WORDS = (".txt", ".lrc")


class FolderSource:
    """Files that belong together are those of one name, or of a folder with one score in it.

    The work is the title and composer that the score names, else the place of its files.
    """

    def __init__(self, name: str) -> None:
        """name: of the collection, as tables and pieces will carry it."""
        self.facts = SourceFacts(
            name=name,
            title="a folder of files",
            homepage="",
            licence="per item",
            citation="",
            revision="",
            layout="scores (MusicXML, MEI, kern, ABC), MIDI files, pages, recordings, .txt notes",
            gives=("score", "midi", "page", "audio", "cover", "text"),
        )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every group of files, by name; raises SourceLayoutError where nothing is of use."""
        if not root.is_dir():
            raise SourceLayoutError(f"{root} is no folder")
        found = False
        for place, files in _groups(root):
            entry = _entry(root, place, files)
            if entry is not None:
                found = True
                yield entry
        if not found:
            endings = ", ".join(sorted({*_ROLE_OF}))
            raise SourceLayoutError(f"{root} holds no files of music ({endings})")


def _groups(root: Path) -> Iterator[tuple[Path, list[Path]]]:
    """(name without ending, its files) in order; names are relative to the root."""
    folders: dict[Path, list[Path]] = {}
    for path in sorted(root.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if path.is_file() and not hidden:
            folders.setdefault(path.parent, []).append(path)
    for folder, files in folders.items():
        scores = [path for path in files if _ROLE_OF.get(path.suffix.lower()) == "score"]
        if len(scores) == 1 and folder != root:
            yield folder.relative_to(root), files
            continue
        by_stem: dict[str, list[Path]] = {}
        for path in files:
            by_stem.setdefault(path.stem, []).append(path)
        for stem, group in by_stem.items():
            yield (folder / stem).relative_to(root), group


def _entry(root: Path, place: Path, files: Sequence[Path]) -> Entry | None:
    media: dict[Role, tuple[Media, ...]] = {}
    for path in files:
        role = _role(path)
        if role is not None:
            media[role] = (*media.get(role, ()), Media(path))
    if not media:
        return None
    title, composer = _heading(media["score"][0].path) if "score" in media else ("", "")
    named = " / ".join(word.casefold() for word in (composer, title) if word)
    words = [path.read_text("utf-8", "replace") for path in files if path.suffix.lower() in _WORDS]
    texts = (" ".join(text.split()) for text in words)
    return Entry(
        identifier=place.as_posix(),
        work=named if title and composer else f"{root.resolve().name}/{place.as_posix()}",
        title=title or place.name,
        composer=composer,
        media=media,
        texts=tuple(text for text in texts if text),
    )


def _role(path: Path) -> Role | None:
    role = _ROLE_OF.get(path.suffix.lower())
    if role == "page" and path.stem.lower() in _COVER_STEMS:
        return "cover"
    return role


def _heading(score: Path) -> tuple[str, str]:
    """Title and composer of MusicXML; nothing of other scores and of broken ones."""
    from unisono.data.readers.musicxml import musicxml_composer, musicxml_title, read_musicxml

    if score.suffix.lower() not in (".musicxml", ".mxl", ".xml"):
        return "", ""
    try:
        xml = read_musicxml(score)
    except ReadError:
        return "", ""  # the fault is told when the score is engraved
    return musicxml_title(xml) or "", musicxml_composer(xml) or ""
