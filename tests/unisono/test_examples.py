"""The shipped example collection is complete, and its files agree with each other."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pretty_midi
import pytest
import soundfile
from PIL import Image

from unisono.data.engraving import Layout, engrave

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
COLLECTION = EXAMPLES / "collection"
if not COLLECTION.is_dir():
    pytest.skip("the examples are not part of this checkout", allow_module_level=True)

CATALOGUE: dict[str, Any] = json.loads((COLLECTION / "catalogue.json").read_text(encoding="utf-8"))
WORKS: list[dict[str, Any]] = CATALOGUE["works"]
each_work = pytest.mark.parametrize("work", WORKS, ids=[work["slug"] for work in WORKS])


def folder(work: dict[str, Any]) -> Path:
    return COLLECTION / str(work["slug"])


def performance(work: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    with (folder(work) / "performance.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return (
        np.array([float(row["recording_s"]) for row in rows]),
        np.array([float(row["score_s"]) for row in rows]),
    )


def written_notes(work: dict[str, Any]) -> list[tuple[float, float, int]]:
    """Onset and end in seconds and pitch of the MusicXML's notes, ties joined, repeats none."""
    root = ElementTree.parse(folder(work) / "score.musicxml").getroot()
    quarter = 60.0 / float(next(root.iter("sound")).get("tempo", ""))
    rows = [row for part in root.iter("part") for row in _part_notes(part)]
    return sorted((float(on) * quarter, float(off) * quarter, pitch) for on, off, pitch in rows)


def _part_notes(part: ElementTree.Element) -> Iterator[tuple[Fraction, Fraction, int]]:
    divisions = int(part.findtext("measure/attributes/divisions") or 0)
    open_ties: dict[tuple[str, int], Fraction] = {}
    now = onset = Fraction(0)
    for element in (element for measure in part.iter("measure") for element in measure):
        length = Fraction(int(element.findtext("duration") or 0), divisions)
        if element.tag == "backup":
            now -= length
        elif element.tag == "note":
            if element.find("chord") is None:
                onset, now = now, now + length
            if element.find("rest") is None:
                pitch = 12 * int(element.findtext("pitch/octave") or 0) + 12
                pitch += {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[
                    element.findtext("pitch/step") or ""
                ]
                pitch += int(element.findtext("pitch/alter") or 0)
                voice = (element.findtext("voice") or "", pitch)
                ties = [tie.get("type") for tie in element.findall("tie")]
                begun = open_ties.pop(voice) if "stop" in ties else onset
                if "start" in ties:
                    open_ties[voice] = begun
                else:
                    yield begun, onset + length, pitch
    assert not open_ties


def midi(work: dict[str, Any]) -> pretty_midi.PrettyMIDI:
    return pretty_midi.PrettyMIDI(str(folder(work) / "score.mid"))


def test_the_catalogue_lists_exactly_what_is_there() -> None:
    assert len(WORKS) == 12
    assert {work["slug"] for work in WORKS} == {
        path.name for path in COLLECTION.iterdir() if path.is_dir()
    }
    for work in WORKS:
        assert set(work["files"]) == {path.name for path in folder(work).iterdir()}
        assert "CC0" in work["licence"]


def test_the_collection_stays_small() -> None:
    sizes = {path: path.stat().st_size for path in COLLECTION.rglob("*") if path.is_file()}
    assert sum(sizes.values()) <= 4 * 2**20
    assert max(sizes.values()) <= 300 * 2**10


def test_the_works_differ() -> None:
    assert len({work["key"] for work in WORKS}) >= 8
    assert len({work["metre"] for work in WORKS}) >= 5
    assert sum(work["metre"] == "3/4" for work in WORKS) >= 2
    assert sum(work["instruments"] == ["Piano"] for work in WORKS) >= 4
    tags = Counter(tag for work in WORKS for tag in work["tags"])
    for tag in ("waltz", "march", "fugue", "canon", "lullaby", "sad", "happy", "calm"):
        assert tags[tag] >= 1, tag
        assert tags[tag] < len(WORKS), tag


def test_every_query_has_right_answers_but_not_all_works() -> None:
    slugs = {work["slug"] for work in WORKS}
    for query in CATALOGUE["queries"]:
        assert query["right"]
        assert set(query["right"]) < slugs


@each_work
def test_every_bar_adds_up(work: dict[str, Any]) -> None:
    beats, unit = map(int, work["metre"].split("/"))
    full = Fraction(4 * beats, unit)
    root = ElementTree.parse(folder(work) / "score.musicxml").getroot()
    assert root.findtext("work/work-title") == work["title"]
    assert root.findtext("identification/creator") == work["composer"]
    for part in root.iter("part"):
        divisions = int(part.findtext("measure/attributes/divisions") or 0)
        bars = []
        for measure in part.iter("measure"):
            voices: dict[str, Fraction] = defaultdict(Fraction)
            for note in measure.iter("note"):
                if note.find("chord") is None:
                    length = Fraction(int(note.findtext("duration") or 0), divisions)
                    voices[note.findtext("voice") or ""] += length
            assert len(set(voices.values())) == 1, measure.get("number")
            bars.append((next(iter(voices.values())), measure.get("implicit") == "yes"))
        assert len(bars) == work["bars"]
        assert all(length == full for length, implicit in bars if not implicit)
        assert sum(length for length, implicit in bars if implicit) in (0, full)


@each_work
def test_score_and_midi_hold_the_same_notes(work: dict[str, Any]) -> None:
    instruments = midi(work).instruments
    assert [part.name for part in instruments] == work["instruments"]
    played = [(note.start, note.end, note.pitch) for part in instruments for note in part.notes]
    written = written_notes(work)
    assert len(played) == len(written)

    def by_pitch(row: tuple[float, float, int]) -> tuple[int, float, float]:
        return row[2], round(row[0], 1), row[1]

    np.testing.assert_allclose(
        sorted(played, key=by_pitch), sorted(written, key=by_pitch), atol=0.005
    )


@each_work
def test_verovio_finds_every_note_on_one_page(work: dict[str, Any]) -> None:
    text = (folder(work) / "score.musicxml").read_text(encoding="utf-8")
    engraving = engrave(text, Layout(staff_space_px=2.0, page_height=210.0))
    assert len(engraving.pages) == 1
    assert len(engraving.systems) == len(work["answers"]["systems"])
    step_s = 7.5 / work["tempo"]["quarters_a_minute"]  # a 32nd note
    steps = np.rint(engraving.notes.onset_s / step_s).astype(int)
    found = Counter(zip(steps.tolist(), engraving.notes.pitch.tolist(), strict=True))
    wanted = Counter((round(onset / step_s), pitch) for onset, _, pitch in written_notes(work))
    assert wanted <= found


@each_work
def test_the_midi_file_has_the_work_s_key_and_metre(work: dict[str, Any]) -> None:
    file = midi(work)
    (key,) = file.key_signature_changes
    (time,) = file.time_signature_changes
    assert f"{time.numerator}/{time.denominator}" == work["metre"]
    name, mode = pretty_midi.key_number_to_key_name(key.key_number).split()
    names = {"Eb": "E flat", "Bb": "B flat"}
    assert (
        f"{names.get(name, name)} {mode.lower()}".replace("b minor", " flat minor") == work["key"]
    )
    tempo = file.get_tempo_changes()[1]
    np.testing.assert_allclose(tempo, [work["tempo"]["quarters_a_minute"]], rtol=1e-4)


@each_work
def test_the_performance_covers_every_onset_and_the_recording(work: dict[str, Any]) -> None:
    recording_s, score_s = performance(work)
    onsets = sorted({round(n.start, 3) for part in midi(work).instruments for n in part.notes})
    np.testing.assert_allclose(score_s[:-1], onsets, atol=0.0015)
    assert (np.diff(recording_s) > 0).all() and (np.diff(score_s) > 0).all()
    assert recording_s[0] > 0.3
    info = soundfile.info(folder(work) / "recording.ogg")
    assert info.channels == 1
    assert recording_s[-1] + 0.5 < info.duration < recording_s[-1] + 3.0
    assert 20.0 < info.duration < 50.0
    assert work["answers"]["end_of_music_s"] == recording_s[-1]


@each_work
def test_the_recording_is_no_deadpan_copy_of_the_score(work: dict[str, Any]) -> None:
    recording_s, score_s = performance(work)
    middle = slice(1, -1)
    straight = np.polyval(np.polyfit(score_s[middle], recording_s[middle], 1), score_s[middle])
    assert np.abs(recording_s[middle] - straight).max() > 0.08


@each_work
def test_the_recording_sounds_the_notes_when_it_says_so(work: dict[str, Any]) -> None:
    samples, rate = soundfile.read(folder(work) / "recording.ogg")
    recording_s, score_s = performance(work)
    assert np.abs(samples).max() <= 1.0
    assert np.sqrt(np.mean(samples**2)) > 0.02
    assert np.abs(samples[: int(rate * (recording_s[0] - 0.1))]).max() < 0.01
    notes = [note for part in midi(work).instruments for note in part.notes]
    ranks = []
    for at, score_at, after in zip(recording_s, score_s, score_s[1:], strict=False):
        if after - score_at < 0.2:
            continue
        sounding = {
            n.pitch for n in notes if n.start <= score_at + 0.01 and n.end > score_at + 0.15
        }
        if sounding:
            start = int((at + 0.03) * rate)
            chroma = _chroma(samples[start : start + 8192], rate)
            there = {pitch % 12 for pitch in sounding}
            others = [chroma[c] for c in range(12) if c not in there]
            ranks.append(np.mean([chroma[c] for c in there]) > np.mean(others))
    assert len(ranks) > 10
    assert np.mean(ranks) > 0.9


def _chroma(samples: np.ndarray, rate: int) -> np.ndarray:
    padded = np.pad(samples, (0, 8192 - len(samples)))
    power = np.abs(np.fft.rfft(padded * np.hanning(8192)))
    hertz = np.arange(len(power)) * rate / 8192
    use = (hertz > 100) & (hertz < 2000)
    pitch_class = np.round(69 + 12 * np.log2(hertz[use] / 440)).astype(int) % 12
    return np.bincount(pitch_class, power[use], 12)


@each_work
def test_the_page_is_small_dark_on_white_and_marks_its_systems(work: dict[str, Any]) -> None:
    with Image.open(folder(work) / "page.png") as image:
        assert len(image.getcolors() or ()) <= 16
        page = np.asarray(image.convert("L"))
    assert 800 <= page.shape[1] <= 1300
    assert page[:20].min() == page[-20:].min() == page[:, :20].min() == page[:, -20:].min() == 255
    systems = work["answers"]["systems"]
    recording_s, score_s = performance(work)
    for system in systems:
        x0, y0, x1, _ = system["box"]
        assert (page[y0 - 2 : y0 + 3, x0:x1].min(axis=0) < 200).mean() > 0.95  # the top line
        expected = np.interp(system["score_s"], score_s, recording_s)
        assert system["recording_s"] == pytest.approx(expected, abs=0.01)
    assert all(a["box"][3] < b["box"][1] for a, b in pairwise(systems))
    assert all(a["score_s"] < b["score_s"] for a, b in pairwise(systems))


@each_work
def test_the_note_is_a_few_plain_sentences(work: dict[str, Any]) -> None:
    note = (folder(work) / "note.txt").read_text(encoding="utf-8").strip()
    assert 2 <= note.count(". ") + 1 <= 4
    assert note.endswith(".") and "\n" not in note
    assert work["key"].lower() in note.lower()
    assert any(name.split()[0].lower() in note.lower() for name in work["instruments"])


def test_the_covers_are_all_different() -> None:
    covers = []
    for work in WORKS:
        with Image.open(folder(work) / "cover.png") as image:
            assert image.size == (224, 224)
            covers.append(np.asarray(image.convert("RGB"), np.float64))
    assert min(np.abs(a - b).mean() for a, b in combinations(covers, 2)) > 15.0


def test_the_written_scores_are_those_of_the_sources() -> None:
    result = subprocess.run(
        [sys.executable, str(EXAMPLES / "make.py"), "--check"], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_partitura_reads_the_scores_too(monkeypatch: pytest.MonkeyPatch) -> None:
    # With pyfluidsynth installed, importing partitura fetches a soundfont.
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    partitura = pytest.importorskip("partitura")
    for work in (work for work in WORKS if work["slug"] in ("prelude-in-c", "morning-mood")):
        score = partitura.load_musicxml(str(folder(work) / "score.musicxml"))
        expected = sum(len(part.notes) for part in midi(work).instruments)
        assert len(score.note_array()) == expected
