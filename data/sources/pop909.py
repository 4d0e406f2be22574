"""POP909: piano arrangements of Chinese pop songs as MIDI, several versions of each song."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unisono.data.sources.entry import Entry, SourceFacts, SourceLayoutError
from unisono.data.sources.layout import check_layout, found
from unisono.data.sources.tables import is_there, read_lines

_KEY = re.compile(r"([A-G])([b#]?):(maj|min)")
_ACCIDENTALS = {"": "", "b": " flat", "#": " sharp"}


class Pop909Source:
    """One entry a song: the arrangement, then its other versions."""

    facts = SourceFacts(
        name="pop909",
        title="POP909",
        homepage="https://github.com/music-x-lab/POP909-Dataset",
        licence="MIT",
        citation="Z. Wang, K. Chen, J. Jiang, Y. Zhang, M. Xu, S. Dai, G. Bin, G. Xia: POP909: A "
        "Pop-song Dataset for Music Arrangement Generation, ISMIR 2020",
        revision="d83e6edba6872a704f5d3b8b32f5cb540088dae6",
        layout="POP909/: index.xlsx, <number>/: <number>.mid, beat_midi.txt, chord_midi.txt, "
        "key_audio.txt, versions/<number>-v<n>.mid",
        gives=("midi", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every song in order of number; raises SourceLayoutError."""
        check_layout(root, self.facts, ["POP909", "POP909/index.xlsx"])
        return self._entries(root / "POP909")

    def _entries(self, root: Path) -> Iterator[Entry]:
        songs = read_index(root / "index.xlsx")
        for folder in sorted(path for path in root.iterdir() if path.is_dir()):
            versions = sorted(folder.glob("versions/*.mid"), key=_version)
            media = found(midi=[folder / f"{folder.name}.mid", *versions])
            if not media:
                continue
            title, artist = songs.get(folder.name, ("", ""))
            yield Entry(
                identifier=folder.name,
                work=f"pop909 {folder.name}",
                title=title,
                artist=artist,
                licence=self.facts.licence,
                media=media,
                tags=("pop", "piano", *read_keys(folder / "key_audio.txt")),
                related={"artist": (artist,)} if artist else {},
            )


def read_index(path: Path) -> dict[str, tuple[str, str]]:
    """Number of a song -> name and artist, from the list that comes with the set.

    Raises SourceLayoutError for a file that is no such list, and where ``openpyxl`` is missing.
    """
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError as error:
        remedy = "needs the package openpyxl; install it with pip install unisono[data]"
        raise SourceLayoutError(f"{path}: {remedy}") from error
    from zipfile import BadZipFile

    try:
        rows = load_workbook(path, read_only=True).active.iter_rows(values_only=True)
        head = [str(cell) for cell in next(rows)]
        number, name, artist = (head.index(word) for word in ("song_id", "name", "artist"))
        songs = [(row[number], str(row[name] or ""), str(row[artist] or "")) for row in rows]
    except (BadZipFile, InvalidFileException, KeyError, ValueError, StopIteration) as error:
        raise SourceLayoutError(f"{path}: is not the list of POP909; get it again") from error
    return {f"{int(key):03d}": (name, artist) for key, name, artist in songs if key is not None}


def read_keys(path: Path) -> tuple[str, ...]:
    """The keys a song goes through, as "G flat major", each once."""
    lines = read_lines(path) if is_there(path) else ()
    found = filter(None, (_KEY.search(line) for line in lines))
    words = (f"{key[1]}{_ACCIDENTALS[key[2]]} {key[3]}or" for key in found)
    return tuple(dict.fromkeys(words))


def _version(path: Path) -> tuple[int, str]:
    number = re.search(r"-v(\d+)$", path.stem)
    return (int(number.group(1)) if number else 0, path.name)


SOURCE = Pop909Source()
