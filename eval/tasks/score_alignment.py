"""Where in its score is a recording: every annotated moment, beside other ways to find it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from unisono.data.errors import ReadError
from unisono.data.sound.soundfonts import find_soundfont, is_for_measuring
from unisono.eval.harness.aligned_pages import msmd_pieces, song_pieces
from unisono.eval.harness.aligned_pieces import Opener, asap_pieces, violin_pieces
from unisono.eval.harness.alignment_baselines import lacks_sync_toolbox
from unisono.eval.harness.alignment_errors import AlignmentErrors, error_rows
from unisono.eval.harness.measured_alignment import measure_piece
from unisono.eval.harness.rendered_sound import Renderer
from unisono.eval.harness.task import EvalError, EvalSettings, Outcome, Progress, TaskFacts
from unisono.towers.space import Space

FACTS = TaskFacts(
    name="score-alignment",
    summary="where in its score is each moment of a recording",
    data="a folder with asap, msmd, lieder and violin, or some of them, each as downloaded",
    split="asap: named performances (eval/harness/alignment_sets.py), of other titles than those "
    "on which settings were chosen (--split development); msmd and lieder: their own; violin: "
    "not with test, since it was developed on",
    protocol="human performances of ASAP, played with a soundfont that training did not hear, "
    "against their scores as MIDI and MusicXML, errors at annotated beats but those marked as "
    "uncertain; pieces of MSMD and songs as Verovio sets them, with a pianist's pace and rubato, "
    "against their pages (as they are, scanned or photographed), errors at every onset, in the "
    "time at which the place that was found is played, and within the width of a note head (1.18 "
    "staff spaces), the length of a bar, and the right system; recordings of a solo violin against "
    "their scores, whose own truth is good to 50 to 100 ms. Errors of all pieces together; "
    "intervals resample pieces. Beside it the score stretched evenly over the recording, chroma "
    "alone (DTW at 10 Hz), and MrMsDTW of Sync Toolbox",
    main_score="median error on MIDI scores of asap",
    citation="F. Foscarin, A. McLeod, P. Rigaux, F. Jacquemard, M. Sakai: ASAP: a Dataset of "
    "Aligned Scores and Performances for Piano Transcription, ISMIR 2020; M. Müller, Y. Özer, "
    "M. Krause, T. Prätzlich, J. Driedger: Sync Toolbox, JOSS 6(64), 2021",
    options=("split", "soundfont", "audio", "pages"),
)


def run(space: Space, settings: EvalSettings, progress: Progress) -> Outcome:
    """Align everything; raises EvalError and ReadError."""
    if settings.audio == "played":
        raise EvalError("--audio played: these are performances already; choose clean or room")
    renderer = Renderer(find_soundfont(settings.soundfont), settings.cache)
    found: list[AlignmentErrors] = []
    unread = []
    openers = open_pieces(settings, renderer)
    for opener in progress(openers, "piece"):
        with tempfile.TemporaryDirectory() as folder:
            try:
                found += measure_piece(space, opener(Path(folder)))
            except ReadError as error:
                unread.append(error.path.name)
    if not found:
        raise EvalError(f"{settings.data}: none of its {len(openers)} pieces could be aligned")
    notes = [note] if (note := lacks_sync_toolbox()) else []
    if unread:
        notes.append(f"{len(unread)} pieces could not be aligned: {', '.join(unread[:5])}")
    with_notes, with_marks = (
        {(one.group, one.piece) for one in found if one.answers == answers}
        for answers in ("midi", "musicxml")
    )
    if with_notes - with_marks:
        count = len(with_notes - with_marks)
        notes.append(
            f"the MusicXML of {count} pieces is left out: under 80% of its notes, once through or "
            "with its repeats, are those of the MIDI score"
        )
    if not is_for_measuring(renderer.soundfont):
        notes.append(
            f"played with {renderer.soundfont.name}, which is not kept for measuring: training may "
            "have heard it"
        )
    if settings.limit is not None:
        notes.append(f"only the first {settings.limit} pieces of each: not the protocol's number")
    rows = error_rows(found, (f"asap, {settings.audio}", "midi"), settings.seed)
    counts = {"pieces": len(openers), "not aligned": len(unread)}
    return Outcome(tuple(rows), counts, tuple(notes))


def open_pieces(settings: EvalSettings, renderer: Renderer) -> list[Opener]:
    """What there is to align; raises EvalError without a folder, or with nothing in it."""
    if settings.data is None:
        raise EvalError("this task needs --data, a folder with asap, msmd, lieder or violin")
    sets: list[list[Opener]] = []
    if (settings.data / "asap" / "annotations.parquet").is_file():
        sets.append(asap_pieces(settings.data / "asap", settings, renderer))
    if settings.split != "development":
        if (settings.data / "msmd").is_dir():
            sets.append(msmd_pieces(settings.data / "msmd", settings, renderer))
        if (settings.data / "lieder" / "songs.parquet").is_file():
            sets.append(song_pieces(settings.data / "lieder", settings, renderer))
    if settings.split != "test" and (settings.data / "violin" / "notes.parquet").is_file():
        sets.append(violin_pieces(settings.data / "violin"))
    if not any(sets):
        raise EvalError(f"{settings.data}: holds no asap, msmd, lieder or violin as downloaded")
    return [opener for one in sets for opener in one[: settings.limit]]
