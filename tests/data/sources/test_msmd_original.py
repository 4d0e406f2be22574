"""MSMD in the layout of its download: MuNG files, lists of notes, splits as YAML."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from piece_miniatures import piano_pages, piece_entries, write_midi, write_pages
from source_miniatures import refuses, write_text

from unisono.data.engraving import Engraving
from unisono.data.errors import ReadError
from unisono.data.sources import msmd_original
from unisono.data.sources.entry import SourceLayoutError

PIECE = "BachJS__BWV772__bach-invention-01"
OTHER = "SatieE__gymnopedie_1__gymnopedie_1"
PLAYED = f"{PIECE}_tempo-1000_grand-piano"
FIRST_SYSTEM = 5000


@pytest.fixture(scope="module")
def engraving() -> Engraving:
    return piano_pages()


@pytest.fixture
def root(tmp_path: Path, engraving: Engraving) -> Path:
    notes = engraving.notes
    score = tmp_path / PIECE / "scores" / f"{PIECE}_ly"
    write_pages(score / "img", engraving, "{:02d}.png")
    for page in range(1, len(engraving.pages) + 1):
        rows = np.flatnonzero(notes.page == page)
        heads = [_head(row, engraving) for row in rows]
        systems = [
            _object(FIRST_SYSTEM + row, "staff", system.box)
            for row, system in enumerate(engraving.systems)
            if system.page == page
        ]
        text = "".join(["<CropObjectList><CropObjects>", *heads, *systems])
        write_text(score / f"mung/{page:02d}.xml", f"{text}</CropObjects></CropObjectList>")
    for tempo in (900, 1000):
        name = PLAYED.replace("1000", str(tempo))
        folder = tmp_path / PIECE / "performances" / name
        write_midi(folder / f"{name}.midi")
        length = notes.offset_s - notes.onset_s
        zeros = np.zeros(len(notes))
        events = np.stack([notes.onset_s, notes.pitch, length, zeros, zeros], axis=1)
        (folder / "features").mkdir()
        np.save(folder / "features" / f"{name}_notes.npy", events * [1000 / tempo, 1, 1, 1, 1])
    write_text(tmp_path / PIECE / "meta.yml", "num_pages: 1\n")
    other = tmp_path / OTHER
    (other / "scores" / f"{OTHER}_ly").mkdir(parents=True)
    write_midi(other / f"{OTHER}.midi")
    (tmp_path / "gone" / "scores").mkdir(parents=True)
    write_text(
        tmp_path / "all_split.yaml", f"test:\n- {PIECE}\ntrain:\n- {OTHER}\nvalid:\n- gone\n"
    )
    return tmp_path


def _head(row: int, engraving: Engraving) -> str:
    notes = engraving.notes
    x, y = notes.x[row], notes.y[row]
    data = {f"{PLAYED}_note_event_idx": row, "tied": 0, "midi_pitch_code": notes.pitch[row]}
    if row == len(notes) - 1:
        data["tied"] = 1  # the second of two tied heads does not sound
    system = FIRST_SYSTEM + int(notes.system[row])
    return _object(row, "notehead-full", (x - 4, y - 3, x + 4, y + 3), data, system)


def _object(
    number: int,
    kind: str,
    box: tuple[float, ...],
    data: dict[str, object] | None = None,
    link: int | None = None,
) -> str:
    x0, y0, x1, y1 = (round(edge) for edge in box)
    items = "".join(
        f'<DataItem key="{key}" type="int">{value}</DataItem>'
        for key, value in (data or {}).items()
    )
    return (
        f"<CropObject><Id>{number}</Id><ClassName>{kind}</ClassName><Top>{y0}</Top>"
        f"<Left>{x0}</Left><Width>{x1 - x0}</Width><Height>{y1 - y0}</Height><Mask>1:1</Mask>"
        f"<Outlinks>{link or ''}</Outlinks><Data>{items}</Data></CropObject>"
    )


def test_pieces_splits_and_files(root: Path) -> None:
    pieces = piece_entries(msmd_original.SOURCE, root)
    assert {name: piece.split for name, piece in pieces.items()} == {PIECE: "test", OTHER: "train"}
    piece = pieces[PIECE]
    assert (piece.work, piece.composer) == ("bach bwv772", "BachJS")
    assert [media.path.name for media in piece.media["midi"]] == [f"{PLAYED}.midi"]
    assert pieces[OTHER].load_piece is None
    (root / "all_split.yaml").unlink()
    unsplit = piece_entries(msmd_original.SOURCE, root)
    assert {piece.split for piece in unsplit.values()} == {""}


def test_note_heads_on_the_strip(root: Path, engraving: Engraving) -> None:
    load = piece_entries(msmd_original.SOURCE, root)[PIECE].load_piece
    assert load is not None
    piece = load()
    notes = engraving.notes
    order = np.lexsort((notes.pitch[:-1], notes.onset_s[:-1]))
    np.testing.assert_array_equal(piece.pitch, notes.pitch[order])
    np.testing.assert_array_equal(piece.staff, notes.staff[order])
    np.testing.assert_allclose(piece.onset_s, notes.onset_s[order], atol=1e-5)
    assert (piece.offset_s > piece.onset_s).all()
    assert piece.system_start is not None and len(piece.system_start) == len(engraving.systems)
    for staff in (0, 1):
        assert (np.diff(piece.x[piece.staff == staff]) > 0).all()
    for column in piece.x.astype(int):
        assert piece.ink[:, column - 2 : column + 3].max() > 200, "there is ink at every head"


def test_what_lacks_is_named(root: Path) -> None:
    load = piece_entries(msmd_original.SOURCE, root)[PIECE].load_piece
    assert load is not None
    mung = root / PIECE / "scores" / f"{PIECE}_ly" / "mung" / "01.xml"
    mung.write_text("<CropObjectList>")
    with pytest.raises(ReadError, match=r"01\.xml.*MuNG"):
        load()
    (root / PIECE / "performances" / PLAYED / "features" / f"{PLAYED}_notes.npy").unlink()
    with pytest.raises(ReadError, match=r"_notes\.npy"):
        load()
    write_text(root / "all_split.yaml", "train: 3")
    with pytest.raises(SourceLayoutError, match=r"all_split\.yaml"):
        list(msmd_original.SOURCE.entries(root))


def test_another_folder_is_refused(tmp_path: Path) -> None:
    refuses(msmd_original.SOURCE, tmp_path, "<piece>/scores")
    refuses(msmd_original.SOURCE, tmp_path / "nowhere")
