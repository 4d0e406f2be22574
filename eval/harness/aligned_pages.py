"""Recordings with a pianist's pace and rubato, and the pages on which their notes stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from unisono.data.augment import HUMAN_PIANIST, Music
from unisono.data.corpus import staff_space
from unisono.data.readers.midi import read_midi
from unisono.data.sources import openscore
from unisono.eval.harness.aligned_pieces import (
    AlignedPiece,
    Opener,
    PageTruth,
    seed_of,
    write_sound,
)
from unisono.eval.harness.engraved_scores import engraved_score
from unisono.eval.harness.pair_lists import spread_evenly
from unisono.eval.harness.placed_strips import changed_pages
from unisono.eval.harness.rendered_sound import Renderer, hear
from unisono.eval.harness.score_folders import ScoreFolder, open_score, score_folders
from unisono.eval.harness.task import EvalSettings

SONGS = 12
"""Of the split, spaced evenly over their names."""
HEAD_SPACES = 1.18
"""Width of a black note head in staff spaces (SMuFL, Bravura)."""


def msmd_pieces(root: Path, settings: EvalSettings, renderer: Renderer) -> list[Opener]:
    """All pieces of a split. Raises EvalError where there are none."""

    def opener(piece: Path) -> Opener:
        return lambda folder: page_piece(open_score(piece), settings, renderer, folder, "msmd")

    return [opener(piece) for piece in score_folders(root, settings.split)]


def song_pieces(root: Path, settings: EvalSettings, renderer: Renderer) -> list[Opener]:
    """``SONGS`` songs of a split, as Verovio sets them."""
    facts = sorted(openscore.songs(root, settings.split), key=lambda one: one.identifier)

    def opener(identifier: str) -> Opener:
        file = root / "scores" / f"{identifier}.mxl"
        return lambda folder: page_piece(
            engraved_score(file, settings.cache), settings, renderer, folder, "lieder"
        )

    return [opener(facts[row].identifier) for row in spread_evenly(len(facts), SONGS).tolist()]


def page_piece(
    score: ScoreFolder, settings: EvalSettings, renderer: Renderer, folder: Path, group: str
) -> AlignedPiece:
    """A piece of MSMD's layout, performed; raises ReadError and EvalError."""
    seed = seed_of(score.name, settings)
    music = read_midi(score.midi)
    file = folder / "pages.tiff"
    score = change_pages(score, settings, file)
    heads = score.notes
    sounding = np.flatnonzero(np.isfinite(heads["onset"]) & (heads["system"] >= 0))
    onset_s, first = np.unique(heads["onset"][sounding].astype(np.float64), return_index=True)
    rows = sounding[first]
    change = HUMAN_PIANIST.draw(np.random.default_rng(seed)).apply(Music.of(music))
    performed = replace(music, notes=change.music.notes)
    heard = hear(
        performed,
        renderer,
        settings.audio,
        change.time_map(onset_s),
        seed,
        piano=group == "msmd",
    )
    changed = "" if settings.pages == "clean" else f", {settings.pages}"
    return AlignedPiece(
        group=f"{group}, {settings.audio}{changed}",
        name=score.name,
        recording=write_sound(heard.waveform, folder),
        recording_s=heard.seconds,
        notes=music.notes,
        score_s=onset_s,
        midi=score.midi,
        pages=PageTruth(
            file=file,
            score=score,
            system=heads["system"][rows].astype(np.int64),
            x=heads["x"][rows].astype(np.float64),
            head_px=HEAD_SPACES * staff_space([tuple(staff[1:]) for staff in heads["staves"]]),
            score_s=onset_s,
            bar_s=_bar_lengths(onset_s, heads.get("downbeats", music.downbeats_s)),
        ),
    )


def change_pages(score: ScoreFolder, settings: EvalSettings, target: Path) -> ScoreFolder:
    """The pages of a score as a scanner or a camera shows them, as one file, and where all is."""
    from PIL import Image

    moved = {name: np.array(values) for name, values in score.notes.items()}
    pages = []
    for number, changed in enumerate(changed_pages(score, settings.pages, settings.seed)):
        pages.append(Image.fromarray(changed.image))
        here = score.notes["page"] == number
        points = np.stack([score.notes["x"][here], score.notes["y"][here]], axis=1)
        moved["x"][here], moved["y"][here] = changed.places.points(points).T
        for name in ("systems", "staves"):
            rows = score.notes[name][:, 0] == number
            moved[name][rows, 1:] = changed.places.boxes(score.notes[name][rows, 1:])
    pages[0].save(target, save_all=True, append_images=pages[1:])
    return replace(score, notes=moved)


def _bar_lengths(seconds: np.ndarray, downbeats_s: np.ndarray) -> np.ndarray:
    """How long the bar at each of the seconds lasts; a second where there are no bars."""
    if len(downbeats_s) < 2:
        return np.ones(len(seconds))
    lengths = np.diff(downbeats_s)
    bar = np.searchsorted(downbeats_s, seconds + 1e-6, side="right") - 1
    return np.asarray(lengths[np.clip(bar, 0, len(lengths) - 1)], np.float64)
