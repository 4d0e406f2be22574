"""Which page shows what sounds here, and which recording plays what stands here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from unisono.data.modality import Modality
from unisono.eval.harness.score_passages import Material, measure, open_material
from unisono.eval.harness.task import (
    MEASURING_SOUNDFONT,
    EvalSettings,
    Outcome,
    Progress,
    ResultRow,
    Score,
    TaskFacts,
)
from unisono.towers.space import Space

FACTS = TaskFacts(
    name="sheet-retrieval",
    summary="passages of audio find their place on the page, and back",
    data="a folder in MSMD's layout: <split>/<piece>/ with page_01.png..., score.mid, notes.npz",
    split="MSMD's own, by piece; --split, or the pieces that a list of pairs names",
    protocol="audio windows centred on an onset against windows of the page centred on its note "
    "head, one pair for each onset frame of 50 ms at its highest note, with 42 frames before it "
    "and 100 px of strip around it; cosine; 2,000 pairs spaced evenly over the set, and all pairs, "
    "are each other's candidates; ties count against. Audio is score.mid on the piano, through "
    "FluidSynth with a soundfont that training did not hear",
    main_score="R@1 with all pairs as candidates",
    citation="M. Dorfer, J. Hajic jr., A. Arzt, H. Frostel, G. Widmer: Learning Audio-Sheet Music "
    "Correspondences for Cross-Modal Retrieval and Piece Identification, TISMIR 1(1), 2018",
    options=("pairs", "split", "soundfont", "pages", "audio", "systems", "phases"),
)

SIDES = (Modality.AUDIO, Modality.SHEET)


def run(space: Space, settings: EvalSettings, progress: Progress) -> Outcome:
    """Measure both directions; raises EvalError and ReadError."""
    material = open_material(settings)
    outcome = measure(space, settings, material, SIDES, progress)
    return replace(outcome, rows=(*outcome.rows, *published_rows(settings, material)))


@dataclass(frozen=True)
class PublishedModel:
    """Published weights as measured on the lists below, by others than this harness.

    by_list: list and condition -> R@1 in percent and MRR, audio to sheet and then back.
    """

    name: str
    audio_s: float
    source: str
    by_list: dict[tuple[str, str], tuple[float, float, float, float]]


VALID, TEST = "b368e22f2ec3fa1a", "53ec5045d39d0d1d"
"""Fingerprints of the lists of pairs on which the published weights were measured."""

PUBLISHED = (
    PublishedModel(
        "Dorfer et al. 2018",
        2.1,
        FACTS.citation,
        {
            (VALID, "2,000 pairs"): (53.2, 0.676, 50.7, 0.659),
            (VALID, "all 3,530 pairs"): (36.1, 0.547, 32.9, 0.525),
            (TEST, "all 7,821 pairs"): (29.9, 0.478, 28.7, 0.468),
        },
    ),
    PublishedModel(
        "lcasr baseline 2023",
        1.0,
        "weights of github.com/luisfvc/lcasr, its baseline",
        {
            (VALID, "2,000 pairs"): (71.5, 0.799, 72.7, 0.811),
            (VALID, "all 3,530 pairs"): (64.7, 0.747, 64.3, 0.753),
            (TEST, "all 7,821 pairs"): (61.6, 0.722, 62.8, 0.735),
        },
    ),
    PublishedModel(
        "ucasr 2023",
        4.2,
        "L. Carvalho, T. Washüttl, G. Widmer: Self-Supervised Contrastive Learning for Robust "
        "Audio-Sheet Music Retrieval Systems, ACM MMSys 2023; github.com/luisfvc/ucasr, "
        "contrastive pre-training, then triplet",
        {
            (VALID, "2,000 pairs"): (80.1, 0.865, 80.5, 0.871),
            (VALID, "all 3,530 pairs"): (70.6, 0.803, 69.0, 0.798),
            (TEST, "all 7,821 pairs"): (68.7, 0.790, 65.2, 0.771),
        },
    ),
)


def published_rows(settings: EvalSettings, material: Material) -> list[ResultRow]:
    """Rows of published weights, where pairs, sound and pages are those that they were measured on.

    Their strips were squeezed until the outer staff lines of a system are 100 px apart.
    """
    as_measured = (settings.pages, settings.audio, settings.systems) == ("clean", "clean", "given")
    if not as_measured or Path(settings.soundfont).name != MEASURING_SOUNDFONT:
        return []
    fingerprint = material.pairs.fingerprint
    rows = []
    for model in PUBLISHED:
        for (listed, condition), numbers in model.by_list.items():
            if listed != fingerprint:
                continue
            candidates = int(condition.removeprefix("all ").removesuffix(" pairs").replace(",", ""))
            for (asks, answers), (recall, inverse) in zip(
                (SIDES, SIDES[::-1]), (numbers[:2], numbers[2:]), strict=True
            ):
                rows.append(
                    ResultRow(
                        who=f"{model.name}, {model.audio_s:g} s",
                        kind="published",
                        condition=condition,
                        asks=str(asks),
                        answers=str(answers),
                        queries=candidates,
                        candidates=candidates,
                        scores={"R@1": Score(recall / 100), "MRR": Score(inverse)},
                        source=model.source,
                    )
                )
    return rows
