"""Engraved pages whose systems are known exactly: piano, songs, quartets, solo parts, orchestra.

Scores come from folders of the collections `msmd`, `lieder`, `quartets` and `chopin`, side by side
in one; the orchestra is made up here. Pages are about 300 dpi, those of `msmd` (LilyPond) as given.
"""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from unisono.data.engraving import MUSIC_FONTS, Layout, engrave
from unisono.data.errors import ReadError
from unisono.data.readers.musicxml import read_musicxml

_CHOPIN = ("chopin/editions.parquet", "chopin/kern.zip")
_SONGS = ("lieder/songs.parquet", "lieder/scores")
_QUARTETS = ("quartets/quartets.parquet", "quartets/scores")
NEEDED: dict[str, tuple[str, ...]] = {
    "piano": _CHOPIN,
    "lilypond": ("msmd/{split}",),
    "song": _SONGS,
    "quartet": _QUARTETS,
    "solo": (*_QUARTETS, *_SONGS),
    "orchestra": (),
}
"""Ensemble -> what its pages are made of, below the folder of the collections."""
ENSEMBLES = tuple(NEEDED)
_HEIGHT_PX = 3508.0


@dataclass(frozen=True)
class MarkedPage:
    """A page (h, w) uint8 and its systems (n, 4) from the outer lines of the outer staves."""

    name: str
    ensemble: str
    image: npt.NDArray[np.uint8]
    boxes: npt.NDArray[np.float64]
    staff_space: float


def missing(data: Path, split: str, ensembles: Collection[str] = ENSEMBLES) -> list[str]:
    """What of the collections is not there, and is needed for some ensembles."""
    needed = [path.format(split=split) for one in ensembles for path in NEEDED[one]]
    return [path for path in dict.fromkeys(needed) if not (data / path).exists()]


def marked_pages(
    data: Path, split: str, each: int, seed: int, ensembles: Collection[str] = ENSEMBLES
) -> Iterator[MarkedPage]:
    """``each`` pages of every ensemble, of different pieces of a split: train, valid or test.

    The pages of an ensemble are the same, whichever others are asked for.
    """
    sources: dict[str, Callable[[], list[tuple[str, Callable[[], str]]]]] = {
        "piano": lambda: _chopin(data / "chopin", split),
        "song": lambda: _songs(data / "lieder", split),
        "quartet": lambda: _quartets(data / "quartets", split),
        "solo": lambda: [
            (f"{name} part", lambda read=read: _first_part(read()))  # type: ignore[misc]
            for name, read in _quartets(data / "quartets", split) + _songs(data / "lieder", split)
        ],
        "orchestra": lambda: [
            (f"orchestra {split} {k}", lambda k=k: orchestra_piece(f"{split} {k}"))  # type: ignore[misc]
            for k in range(10 * each)
        ],
    }
    for ensemble in (one for one in ENSEMBLES if one in ensembles):
        chance = random.Random(f"{ensemble} {split} {seed}")
        if ensemble == "lilypond":
            yield from _msmd_pages(data / "msmd" / split, each, chance)
            continue
        scores = sources[ensemble]()
        chance.shuffle(scores)
        found = 0
        for name, read in scores:
            page = _page(name, ensemble, read, chance)
            if page is not None:
                yield page
                found += 1
            if found == each:
                break


def orchestra_piece(seed: str) -> str:
    """Random music for 8 to 22 instruments as Humdrum, many of them silent for a while."""
    chance = random.Random(seed)
    parts = chance.randrange(8, 23)
    clefs = sorted(chance.choices(["*clefF4", "*clefC3", "*clefG2", "*clefG2"], k=parts))
    lines = [
        "\t".join(["**kern"] * parts),
        "\t".join(f"*staff{parts - k}" for k in range(parts)),
        "\t".join(clefs),
        "\t".join(["*M4/4"] * parts),
    ]
    for measure in range(1, 41):
        lines.append("\t".join([f"={measure}"] * parts))
        busy = [chance.random() < 0.6 for _ in range(parts)]
        for eighth in range(8):
            cells = []
            for clef, plays in zip(clefs, busy, strict=True):
                low, high = ("CDEFGABc", "FGABcdef")[clef != "*clefF4"], "eefgabcc"
                tones = high if clef == "*clefG2" else low
                if not plays:
                    cells.append("1r" if eighth == 0 else ".")
                else:
                    cells.append("8" + chance.choice(tones) * (1 if clef != "*clefG2" else 2))
            lines.append("\t".join(cells))
    return "\n".join([*lines, "\t".join(["=="] * parts), "\t".join(["*-"] * parts), ""])


def _page(
    name: str, ensemble: str, read: Callable[[], str], chance: random.Random
) -> MarkedPage | None:
    """A page of the score, set in a font and size drawn by chance; None where it has none."""
    tall = {"orchestra": (220.0, 300.0), "quartet": (165.0, 210.0), "solo": (140.0, 185.0)}
    height = chance.uniform(*tall.get(ensemble, (140.0, 190.0)))
    layout = Layout(
        staff_space_px=_HEIGHT_PX / height,
        page_width=height / 1.414,
        page_height=height,
        music_font=chance.choice(MUSIC_FONTS),
        spacing_staff=chance.randrange(8, 14),
        spacing_system=chance.randrange(3, 12),
        spacing_linear=chance.uniform(0.2, 0.35),
    )
    try:
        engraving = engrave(read(), layout, name=name)
    except ReadError:
        return None
    number = chance.randrange(len(engraving.pages))
    boxes = [s.box for s in engraving.systems if s.page == number + 1 and s.staves]
    if not boxes or max(b[3] for b in boxes) >= engraving.pages[number].shape[0]:
        return None
    return MarkedPage(
        f"{name} page {number + 1}",
        ensemble,
        engraving.pages[number],
        np.array(boxes),
        layout.staff_space_px,
    )


def _msmd_pages(folder: Path, each: int, chance: random.Random) -> Iterator[MarkedPage]:
    from PIL import Image

    pieces = sorted(folder.iterdir())
    for piece in chance.sample(pieces, min(each, len(pieces))):
        notes = np.load(piece / "notes.npz")
        number = int(chance.choice(sorted(set(notes["systems"][:, 0].astype(int).tolist()))))
        systems = notes["systems"][notes["systems"][:, 0] == number, 1:].astype(np.float64)
        staves = notes["staves"][notes["staves"][:, 0] == number]
        image = np.asarray(Image.open(piece / f"page_{number + 1:02d}.png").convert("L"))
        space = float(np.median(staves[:, 4] - staves[:, 2])) / 4.0
        yield MarkedPage(f"{piece.name} page {number + 1}", "lilypond", image, systems, space)


def _songs(folder: Path, split: str) -> list[tuple[str, Callable[[], str]]]:
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(folder / "songs.parquet", columns=["id", "split"])
    names = [str(row["id"]) for row in rows.to_pylist() if row["split"] == split]
    return [(name, _reads(folder / "scores" / f"{name}.mxl")) for name in sorted(names)]


def _quartets(folder: Path, split: str) -> list[tuple[str, Callable[[], str]]]:
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(folder / "quartets.parquet", columns=["id", "split"])
    return [
        (str(row["id"]), _reads(folder / "scores" / f"{row['id']}.mxl"))
        for row in rows.to_pylist()
        if row["split"] == split
    ]


def _chopin(folder: Path, split: str) -> list[tuple[str, Callable[[], str]]]:
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(folder / "editions.parquet", columns=["file", "split"])
    names = [row["file"] for row in rows.to_pylist() if row["split"] == split]

    def reader(name: str) -> Callable[[], str]:
        def read() -> str:
            with zipfile.ZipFile(folder / "kern.zip") as archive:
                member = next(m for m in archive.namelist() if m.endswith(name))
                return archive.read(member).decode()

        return read

    return [(name, reader(name)) for name in names]


def _reads(path: Path) -> Callable[[], str]:
    return lambda: read_musicxml(path)


def _first_part(xml: str) -> str:
    """The score with its first part only."""
    root = ElementTree.fromstring(xml)
    for part in root.findall("part")[1:]:
        root.remove(part)
    listed = root.find("part-list")
    for group in [] if listed is None else listed.findall("part-group"):
        listed.remove(group)  # type: ignore[union-attr]
    for part in [] if listed is None else listed.findall("score-part")[1:]:
        listed.remove(part)  # type: ignore[union-attr]
    return ElementTree.tostring(root, encoding="unicode")
