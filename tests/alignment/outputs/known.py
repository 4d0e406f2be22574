"""Alignments whose right answers are known: the recording waits 2 s, then plays at half speed."""

import mido
import numpy as np

from unisono.alignment.outputs.metres import metres_of_musicxml
from unisono.alignment.outputs.score_facts import facts_of_engraving, facts_of_midi
from unisono.alignment.time.alignment import Alignment
from unisono.alignment.time.score import Score, place_among_notes, place_on_grid
from unisono.data.engraving import engrave
from unisono.data.modality import Modality
from unisono.data.places import Region
from unisono.data.readers.midi import read_midi
from unisono.towers.encoding import Passages

HOP_S = 0.1
FIRST = ' id="first"'
WAIT_S, PACE = 2.0, 2.0


def recording_s(score_s):
    """When the recording plays a second of the score."""
    return WAIT_S + PACE * np.asarray(score_s)


def musicxml(pitches=("C", "D", "E", "F", "G", "A", "B", "C"), *, upbeat=False, repeat=False):
    """Quarters at 120 a minute, half a second each, in 4/4 and in one part; the first has an id."""
    notes = [
        f"<note{FIRST if i == 0 else ''}><pitch><step>{step}</step>"
        "<octave>4</octave></pitch><duration>2</duration><type>quarter</type></note>"
        for i, step in enumerate(pitches)
    ]
    groups = [notes[:1], notes[1:5]] if upbeat else [notes[i : i + 4] for i in range(0, 8, 4)]
    start = (
        "<attributes><divisions>2</divisions><time><beats>4</beats><beat-type>4</beat-type></time>"
        '<clef><sign>G</sign><line>2</line></clef></attributes><direction><sound tempo="120"/>'
        "</direction>"
    )
    end = '<barline location="right"><repeat direction="backward"/></barline>' if repeat else ""
    measures = ""
    for i, group in enumerate(groups):
        number = i if upbeat else i + 1
        implicit = ' implicit="yes"' if upbeat and not i else ""
        inside = "".join(group) + (end if i == len(groups) - 1 else "")
        measures += f'<measure number="{number}"{implicit}>{"" if i else start}{inside}</measure>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0"><part-list>'
        '<score-part id="P1"><part-name>Violin</part-name></score-part></part-list>'
        f'<part id="P1">{measures}</part></score-partwise>'
    )


def engraved(folder, *, repeat=False, upbeat=False, low=()):
    """Alignment and facts of a MusicXML file; low: spans of seconds of low confidence."""
    path = folder / "score.musicxml"
    path.write_text(musicxml(repeat=repeat, upbeat=upbeat))
    engraving = engrave(path.read_text())
    order = engraving.repeats.order if repeat else None
    facts = facts_of_engraving(path, engraving, metres_of_musicxml(path.read_text()), order)
    notes = engraving.played if repeat else engraving.notated
    score = timed(lambda s: place_among_notes(s, notes, {1: 0}), notes.to_notes())
    return alignment(score, notes.offset_s.max(), low), facts


def midi(folder):
    """Alignment and facts of a MIDI file of eight quarters at 120 a minute in 3/4."""
    path = folder / "score.mid"
    file = mido.MidiFile(ticks_per_beat=96)
    track = mido.MidiTrack([mido.MetaMessage("time_signature", numerator=3, denominator=4)])
    for i in range(8):
        track += [
            mido.Message("note_on", note=60 + i, velocity=64, time=0),
            mido.Message("note_off", note=60 + i, velocity=0, time=96),
        ]
    file.tracks.append(track)
    file.save(path)
    read = read_midi(path)
    score = timed(lambda s: place_on_grid(s, read.beats_s, read.downbeats_s), read.notes)
    return alignment(score, 4.0), facts_of_midi(path, read)


def timed(place_at_s, notes):
    """A score with seconds."""
    n = round(notes.duration_s / HOP_S) + 1
    passages = Passages(np.zeros((n, 2), np.float32), [None] * n, np.ones(n, np.float32))
    centres = np.arange(n) * HOP_S
    return Score(
        Modality.MIDI, passages, centres, lambda at: place_at_s(max(0.0, at * HOP_S)), notes
    )


def pages():
    """A score of two systems of ten passages each on a page."""
    places = [
        Region(1, system, 40.0 * i, 40.0 * i + 40, 100.0 * system, 100.0 * system + 60)
        for system in (1, 2)
        for i in range(10)
    ]
    from unisono.alignment.time.score import place_among_regions

    passages = Passages(np.zeros((20, 2), np.float32), places, np.ones(20, np.float32))
    return Score(Modality.SHEET, passages, None, lambda at: place_among_regions(at, places))


def alignment(score, end_s, low=()):
    """The score at half speed after WAIT_S, in a row every half second."""
    score_s = np.arange(0, end_s + 1e-6, HOP_S)
    times = recording_s(score_s)
    sure = np.full(len(times), 0.8, np.float32)
    for start, end in low:
        sure[(times >= start) & (times <= end)] = 0.1
    rows = np.arange(WAIT_S, times[-1], 0.5)
    return Alignment(score, times, score_s / HOP_S, sure, 0.8, rows)


def alignment_of_pages():
    """Twenty seconds, a passage a second."""
    times = np.arange(20.0)
    return Alignment(pages(), times, times, np.full(20, 0.8, np.float32), 0.8, times)
