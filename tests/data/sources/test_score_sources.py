"""Songs, quartets, Chopin's first editions, scans, MSMD engraved anew: made small."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from piece_miniatures import KERN, piano_pages, piece_entries, write_midi, write_mxl, write_pages
from source_miniatures import refuses, write_json, write_parquet, write_picture

from unisono.data.errors import ReadError
from unisono.data.sources import chopin, lieder, msmd, quartets, scans


def test_songs_of_a_set_are_one_work(tmp_path: Path) -> None:
    base = {"lyricist": "", "lyrics": "La la", "composer": "Franz Schubert", "group": "S/W"}
    rows = [
        {**base, "id": "lc2", "title": "Gute Nacht", "set": "Winterreise, D.911", "opus": "D.911"},
        {**base, "id": "lc1", "title": "Der Lindenbaum", "set": "Winterreise, D.911", "opus": ""},
        {**base, "id": "lc3", "title": "Ave Maria", "set": "", "opus": "52", "lyricist": "Scott"},
        {**base, "id": "lc4", "title": "gone", "set": "", "opus": ""},
    ]
    for row, split in zip(rows, ("test", "test", "train", "valid"), strict=True):
        row["split"] = split
    write_parquet(tmp_path / "songs.parquet", rows)
    for name in ("lc1", "lc2", "lc3"):
        write_mxl(tmp_path / "scores" / f"{name}.mxl")
    songs = piece_entries(lieder.SOURCE, tmp_path)
    assert list(songs) == ["lc1", "lc2", "lc3"], "by id, and without the missing file"
    assert songs["lc1"].work == songs["lc2"].work == "schubert d911"
    assert songs["lc3"].work == "schubert op52"
    assert [song.split for song in songs.values()] == ["test", "test", "train"]
    assert songs["lc3"].related == {"lyricist": ("Scott",), "poem": ("La la",)}
    load = songs["lc3"].load_piece
    assert load is not None
    piece = load()
    assert (piece.facts.instruments, piece.facts.work) == (("voice", "piano"), "schubert op52")
    assert len(piece.pitch) == 20


def test_quartets(tmp_path: Path) -> None:
    rows = [
        {"id": f"sq{n}", "composer": "Haydn, Joseph", "work": "Hob.III33, Op.20 No.3", "split": s}
        for n, s in enumerate(("train", "valid"))
    ]
    write_parquet(tmp_path / "quartets.parquet", rows)
    write_mxl(tmp_path / "scores" / "sq0.mxl")
    (quartet,) = piece_entries(quartets.SOURCE, tmp_path).values()
    assert (quartet.composer, quartet.work) == ("Joseph Haydn", "haydn hobiii33")
    assert (quartet.split, quartet.licence) == ("train", "CC0 1.0")


def _editions(root: Path, files: dict[str, str]) -> None:
    base = {"title": "", "opus": "Op.", "publisher": "", "split": "train"}
    rows = [{**base, "file": file, "work": work} for file, work in files.items()]
    rows[0]["publisher"] = "Wessel"
    write_parquet(root / "editions.parquet", rows)
    with zipfile.ZipFile(root / "kern.zip", "w") as archive:
        for file in files:
            if "gone" not in file:
                archive.writestr(file, KERN)


def test_editions_of_chopin(tmp_path: Path) -> None:
    _editions(
        tmp_path,
        {
            "028-1-BH-009.krn": "028",
            "028_1-12-1a-C-009.krn": "028",
            "008-1-Sm-002-violoncello.krn": "008",
            "MEG-1a-BB.krn": "MEG-1a-BB",
            "MEG-1a-CH.krn": "MEG-1a-CH",
            "gone-1.krn": "001",
        },
    )
    editions = piece_entries(chopin.SOURCE, tmp_path)
    assert len(editions) == 5
    one, other = editions["028-1-BH-009"], editions["028_1-12-1a-C-009"]
    assert one.work == other.work == "chopin op28 no9"
    assert one.related == {"piece": ("028-009",), "publisher": ("Wessel",)}
    assert editions["MEG-1a-BB"].work == editions["MEG-1a-CH"].work == "chopin meg"
    part = editions["008-1-Sm-002-violoncello"]
    assert (part.work, part.tags) == ("chopin op8", ("cello",))
    assert part.media["score"][0].member == "008-1-Sm-002-violoncello.krn"
    assert one.load_piece is not None
    piece = one.load_piece()
    assert piece.facts.instruments == ("piano", "piano")
    assert len(piece.pitch) == 48
    facts = piece.facts
    with pytest.raises(ReadError, match=r"no readable 9\.krn"):
        chopin.load_piece(tmp_path / "kern.zip", "9.krn", facts)


def test_scanned_pages(tmp_path: Path) -> None:
    work = {"composer": "Frédéric Chopin", "title": "Mazurkas, Op. 7", "movement": "No. 1"}
    page = {"work": work, "ensemble": "piano", "licence": "public domain"}
    bare = {**page, "work": {**work, "movement": None}}
    write_json(
        tmp_path / "staves.json",
        {"chopin_op7_p02.png": page, "chopin_op7_p01.png": bare, "gone_p1.png": page},
    )
    rows = [{"file": "chopin_op7_p004.png", "work": "Frédéric Chopin: Mazurkas, Op. 7"}]
    write_parquet(tmp_path / "unlabelled.parquet", rows)
    for name in ("chopin_op7_p01.png", "chopin_op7_p02.png", "unlabelled/chopin_op7_p004.png"):
        write_picture(tmp_path / name)
    pages = piece_entries(scans.SOURCE, tmp_path)
    assert list(pages) == ["chopin_op7_p01", "chopin_op7_p02", "chopin_op7_p004"]
    assert {page.work for page in pages.values()} == {"chopin op7"}
    assert {page.related["print"] for page in pages.values()} == {("chopin_op7",)}
    assert pages["chopin_op7_p02"].title == "Mazurkas, Op. 7: No. 1"


def test_msmd_engraved_anew(tmp_path: Path) -> None:
    rows = [
        {"piece": "BachJS__BWV846__wtk1-fugue1", "split": "train", "status": "ok"},
        {"piece": "SchumannR__O68__op68-01", "split": "test", "status": "ok"},
        {"piece": "SchumannR__O68__op68-02", "split": "train", "status": "ok"},
        {"piece": "gone__gone", "split": "train", "status": "ok"},
        {"piece": "broken__broken", "split": "train", "status": "timeout"},
    ]
    write_parquet(tmp_path / "pieces.parquet", [{**row, "licence": "CC BY 3.0"} for row in rows])
    for row in rows[:3]:
        folder = tmp_path / row["split"] / row["piece"]
        write_midi(folder / "score.mid")
    engraving = piano_pages()
    folder = tmp_path / "train" / rows[0]["piece"]
    write_pages(folder, engraving, "page_{:02d}.png")
    notes = engraving.notes
    np.savez(
        folder / "notes.npz",
        systems=np.array([[s.page - 1, *s.box] for s in engraving.systems]),
        staves=np.array([[s.page - 1, *box] for s in engraving.systems for box in s.staves]),
        onset=notes.onset_s,
        offset=notes.offset_s,
        pitch=notes.pitch,
        system=notes.system,
        staff=2 * notes.system + notes.staff,
        page=notes.page - 1,
        x=notes.x,
        y=notes.y,
        beat=notes.beat,
    )
    pieces = piece_entries(msmd.SOURCE, tmp_path)
    assert list(pieces) == [rows[1]["piece"], rows[0]["piece"], rows[2]["piece"]]
    fugue = pieces["BachJS__BWV846__wtk1-fugue1"]
    assert (fugue.work, fugue.licence) == ("bach bwv846", "CC BY 3.0")
    assert fugue.load_piece is not None
    np.testing.assert_array_equal(np.sort(fugue.load_piece().pitch), np.sort(notes.pitch))
    album = pieces["SchumannR__O68__op68-01"]
    assert set(album.media) == {"midi"}
    assert album.load_piece is None, "there are no pages to place the notes on"
    assert album.work != pieces["SchumannR__O68__op68-02"].work, "MSMD's split divides Op. 68"


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        (lieder.SOURCE, "songs.parquet"),
        (quartets.SOURCE, "quartets.parquet"),
        (chopin.SOURCE, "kern.zip"),
        (scans.SOURCE, "staves.json"),
        (msmd.SOURCE, "pieces.parquet"),
    ],
)
def test_another_folder_is_refused(source: object, needed: str, tmp_path: Path) -> None:
    refuses(source, tmp_path, needed)  # type: ignore[arg-type]
    refuses(source, tmp_path / "nowhere", needed)  # type: ignore[arg-type]
