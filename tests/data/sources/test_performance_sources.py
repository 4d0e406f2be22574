"""MAESTRO, ASAP, (n)ASAP, violin and other recordings: made small in their layouts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from piece_miniatures import SONG, piece_entries, write_midi, write_mxl
from source_miniatures import refuses, write_parquet, write_sound, write_text

from unisono.data.sources import (
    asap,
    asap_original,
    maestro,
    nasap,
    recordings,
    violin,
)
from unisono.data.sources.entry import SourceLayoutError

MAESTRO_HEAD = "canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration"
ASAP_HEAD = (
    "composer,title,folder,xml_score,midi_score,midi_performance,performance_annotations,"
    "midi_score_annotations,maestro_midi_performance,maestro_audio_performance,start,end,"
    "audio_performance"
)
MATCH = """info(matchFileVersion,1.0.0).
info(midiClockUnits,480).
info(midiClockRate,500000).
scoreprop(timeSignature,2/4,1:1,0,0.0000).
scoreprop(timeSignature,6/8,2:1,0,2.0000).
snote(n1-1,[C,n],4,1:1,0,1/4,0.0000,1.0000,[v1,staff1])-note(n0,60,960,1294,36,0,0).
snote(n2-1,[E,n],4,1:1,0,1/4,0.0000,1.0000,[v1,staff1])-note(n1,64,1008,1294,36,0,0).
snote(n3-1,[D,n],4,1:2,0,1/4,1.0000,2.0000,[v1,staff1])-note(n2,62,1440,1756,51,0,0).
snote(n4-1,[E,n],4,2:1,0,1/8,2.0000,3.0000,[v1,staff1])-note(n3,64,1920,2356,54,0,0).
snote(n5-1,[F,n],4,2:2,0,1/8,3.0000,4.0000,[v1,staff1])-deletion.
insertion-note(n4,65,2270,3241,57,0,0).
snote(n6-1,[G,n],4,2:4,0,1/8,5.0000,6.0000,[v1,staff1])-note(n5,67,2880,3676,44,0,0).
sustain(2944,27).
"""
OLD_MATCH = """info(matchFileVersion,5.0).
info(midiClockUnits,480).
info(midiClockRate,500000).
info(timeSignature,[4/4]).
meta(timeSignature,4/4,1,0.0).
snote(n16-1,[C,n],2,1:1,0,2,-1.0,0.0,[])-note(n1,[C,n],2,480,4371,5021,91).
snote(n17-1,[F,#],3,1:2,0,2,0.0,1.0,[])-note(n0,[F,#],3,1440,1978,5021,93).
"""


def test_maestro_runs_in_step(tmp_path: Path) -> None:
    bach = "Johann Sebastian Bach"
    rows = [
        f'{bach},"Prelude and Fugue in C Major, WTC I, BWV 846",validation,2008,'
        "2008/b.midi,2008/b.wav,98.5",
        f'{bach},"Prelude & Fugue, BWV 846",validation,2006,2006/a.midi,2006/a.wav,60',
        "Alban Berg,Sonata Op. 1,train,2018,2018/c.midi,2018/c.wav,12",
        "Alban Berg,Sonata Op. 1,train,2018,2018/gone.midi,2018/gone.wav,12",
    ]
    write_text(tmp_path / "maestro-v3.0.0.csv", "\n".join([MAESTRO_HEAD, *rows]))
    for name in ("2006/a", "2008/b"):
        write_midi(tmp_path / f"{name}.midi")
        write_sound(tmp_path / f"{name}.wav")
    write_midi(tmp_path / "2018/c.midi")
    takes = piece_entries(maestro.SOURCE, tmp_path)
    assert {name: take.split for name, take in takes.items()} == {
        "2006/a": "valid",
        "2008/b": "valid",
        "2018/c": "train",
    }
    assert list(takes) == ["2006/a", "2008/b", "2018/c"]
    assert takes["2006/a"].work == takes["2008/b"].work == "bach bwv846"
    (aligned,) = takes["2008/b"].alignments
    assert (aligned.left, aligned.right) == ("performance", "audio")
    np.testing.assert_array_equal(aligned.left_s, [0, 98.5])
    np.testing.assert_array_equal(aligned.right_s, [0, 98.5])
    assert takes["2018/c"].alignments == (), "its recording is not there"
    assert (takes["2018/c"].year, takes["2018/c"].work) == (2018, "berg op1")
    write_text(tmp_path / "maestro-v3.0.0.csv", "composer,title\n")
    with pytest.raises(SourceLayoutError, match="midi_filename"):
        list(maestro.SOURCE.entries(tmp_path))


def _asap(root: Path, head: str = ASAP_HEAD) -> Path:
    rows = []
    for piece, players in (("Fugue_bwv_846", ("Lee", "Shi")), ("Fugue_bwv_848", ("Zhou", "Gone"))):
        folder = f"Bach/{piece}"
        write_text(root / folder / "xml_score.musicxml", SONG)
        write_midi(root / folder / "midi_score.mid")
        beats = "0.5\t0.5\tdb,4/4,0\n1.0\t1.0\tb\n1.5\t1.5\tbR\n1.6\t1.6\t3/4\n"
        write_text(root / folder / "midi_score_annotations.txt", beats)
        for player in players:
            name = f"{folder}/{player}"
            rows.append(
                f"Bach,{piece},{folder},{folder}/xml_score.musicxml,{folder}/midi_score.mid,"
                f"{name}.mid,{name}_annotations.txt,{folder}/midi_score_annotations.txt,,,,,"
                f"{name}.wav" + ("" if head == ASAP_HEAD else f",{name}.match")
            )
            if player != "Gone":
                write_midi(root / f"{name}.mid")
            played = beats.replace("0.5\t0.5", "2.25\t2.25").replace("1.5\t1.5", "4.5\t4.5")
            played = played.replace("1.0\t1.0", "3.0\t3.0")
            played = played.replace("3.0\t3.0\tb\n", "") if player == "Zhou" else played
            write_text(root / f"{name}_annotations.txt", played)
    write_sound(root / "Bach/Fugue_bwv_846/Lee.wav")
    write_text(root / "metadata.csv", "\n".join([head, *rows]))
    return root


def test_asap_as_downloaded(tmp_path: Path) -> None:
    played = piece_entries(asap_original.SOURCE, _asap(tmp_path))
    folder = "Bach/Fugue_bwv_846"
    assert list(played) == [f"{folder}/Lee", f"{folder}/Shi", "Bach/Fugue_bwv_848/Zhou"]
    lee, shi, zhou = played.values()
    assert lee.work == shi.work == "bach bwv846"
    assert set(lee.media) == {"performance", "midi", "score", "audio"}
    assert set(shi.media) == {"performance", "midi", "score"}
    assert [(a.left, a.right) for a in lee.alignments] == [
        ("midi", "performance"),
        ("midi", "audio"),
    ]
    np.testing.assert_array_equal(shi.alignments[0].left_s, [0.5, 1.0, 1.5])
    np.testing.assert_array_equal(shi.alignments[0].right_s, [2.25, 3.0, 4.5])
    assert zhou.alignments == (), "a beat was skipped, so that beats cannot be paired"


def test_notes_of_nasap(tmp_path: Path) -> None:
    root = _asap(tmp_path, f"{ASAP_HEAD},match_file")
    write_text(root / "Bach/Fugue_bwv_846/Shi.match", MATCH)
    played = piece_entries(nasap.SOURCE, root)
    shi = played["Bach/Fugue_bwv_846/Shi"]
    beats, notes = shi.alignments
    assert (beats.left, notes.left, notes.right) == ("midi", "score", "performance")
    # in the score's tempo of 120; from the second bar on a beat is an eighth
    np.testing.assert_allclose(notes.left_s, [0, 0.5, 1.0, 1.75])
    np.testing.assert_allclose(notes.right_s, [1.025, 1.5, 2.0, 3.0])
    assert len(played["Bach/Fugue_bwv_846/Lee"].alignments) == 2, "beats alone, without a match"


def test_match_files_of_both_versions(tmp_path: Path) -> None:
    quarters, seconds = nasap.read_match(write_text(tmp_path / "a.match", MATCH))
    np.testing.assert_allclose(quarters, [0, 0, 1, 2, 3.5])
    np.testing.assert_allclose(seconds, [1.0, 1.05, 1.5, 2.0, 3.0])
    quarters, seconds = nasap.read_match(write_text(tmp_path / "b.match", OLD_MATCH))
    np.testing.assert_allclose(quarters, [0, 1])
    np.testing.assert_allclose(seconds, [0.5, 1.5])
    assert nasap.read_match(write_text(tmp_path / "c.match", "info(piece,-).\n")) == ([], [])


def test_asap_with_parquet_tables(tmp_path: Path) -> None:
    rows = [
        {
            "composer": "Chopin",
            "title": "Barcarolle",
            "xml_score": "Chopin/B/xml_score.mxl" if kept else None,
            "midi_score": "Chopin/B/midi_score.mid",
            "midi_performance": f"Chopin/B/{name}.mid",
            "kept": kept,
        }
        for name, kept in (("Lee", True), ("Ann", True), ("Cut", False), ("Gone", True))
    ]
    write_parquet(tmp_path / "metadata.parquet", rows)
    beats = {"score_beats": [0.0, 0.5, 1.0], "performance_beats": [1.0, 1.75, 2.25]}
    annotated = [
        {"performance": "Chopin/B/Lee.mid", "score_and_performance_aligned": True, **beats},
        {"performance": "Chopin/B/Ann.mid", "score_and_performance_aligned": False, **beats},
    ]
    write_parquet(tmp_path / "annotations.parquet", annotated)
    write_mxl(tmp_path / "Chopin/B/xml_score.mxl")
    for name in ("midi_score", "Lee", "Ann", "Cut"):
        write_midi(tmp_path / f"Chopin/B/{name}.mid")
    played = piece_entries(asap.SOURCE, tmp_path)
    assert list(played) == ["Chopin/B/Ann", "Chopin/B/Lee"]
    assert {take.work for take in played.values()} == {"chopin op60"}
    assert played["Chopin/B/Ann"].alignments == ()
    np.testing.assert_array_equal(played["Chopin/B/Lee"].alignments[0].right_s, [1.0, 1.75, 2.25])


def test_violin_notes_in_the_score_s_tempo(tmp_path: Path) -> None:
    base = {"work": "BWV1006", "work_title": "Partita", "movement": "Gigue", "violinist": "A B"}
    rows = [
        {**base, "file": f"audio/{name}.opus", "score": "scores/g.mxl", "licence": "CC BY 3.0"}
        for name in ("b", "a", "gone")
    ]
    write_parquet(tmp_path / "recordings.parquet", rows)
    notes = [
        {"file": "audio/b.opus", "onset_tick": tick, "start_s": start}
        for tick, start in ((0, 2.0), (12, 2.4), (12, 2.5), (24, 3.0))
    ]
    write_parquet(tmp_path / "notes.parquet", notes)
    write_mxl(tmp_path / "scores" / "g.mxl", SONG.replace('tempo="120"', 'tempo="60"'))
    for name in ("a", "b"):
        write_text(tmp_path / "audio" / f"{name}.opus", b"OggS")
    takes = piece_entries(violin.SOURCE, tmp_path)
    assert list(takes) == ["a", "b"]
    assert takes["a"].alignments == ()
    (aligned,) = takes["b"].alignments
    np.testing.assert_allclose(aligned.left_s, [0, 0.5, 1.0])
    np.testing.assert_allclose(aligned.right_s, [2.0, 2.45, 3.0])
    assert (takes["b"].work, takes["b"].artist) == ("bach bwv1006", "A B")


def test_recordings(tmp_path: Path) -> None:
    base = {"performer": "Trio", "instrument": "piano", "ensemble": "piano", "licence": "CC0"}
    rows = [
        {**base, "file": "audio/b.wav", "composer": "unknown", "title": "Loop", "score": ""},
        {**base, "file": "audio/a.wav", "composer": "Bach", "title": "BWV 858", "score": "s.mxl"},
        {**base, "file": "audio/gone.wav", "composer": "Bach", "title": "BWV 1", "score": "s.mxl"},
    ]
    write_parquet(tmp_path / "recordings.parquet", rows)
    write_sound(tmp_path / "audio/a.wav")
    write_sound(tmp_path / "audio/b.wav")
    write_mxl(tmp_path / "s.mxl")
    takes = piece_entries(recordings.SOURCE, tmp_path)
    assert list(takes) == ["a", "b"]
    assert (takes["a"].work, set(takes["a"].media)) == ("bach bwv858", {"audio", "score"})
    assert (takes["b"].work, takes["b"].composer) == ("loop", "")
    assert takes["b"].tags == ("piano",)


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        (maestro.SOURCE, "maestro-v3.0.0.csv"),
        (asap_original.SOURCE, "metadata.csv"),
        (nasap.SOURCE, "metadata.csv"),
        (asap.SOURCE, "metadata.parquet"),
        (violin.SOURCE, "recordings.parquet"),
        (recordings.SOURCE, "recordings.parquet"),
    ],
)
def test_another_folder_is_refused(source: object, needed: str, tmp_path: Path) -> None:
    refuses(source, tmp_path, needed)  # type: ignore[arg-type]
