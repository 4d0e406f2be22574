"""How sure alignments are. Written by
``python -m unisono.eval.alignment_calibration DATA --write``; not to be edited.

Fitted on the space unisono-default-4 (cea38e670a1595735117c5638db4c90b). Of notes, pieces left
out: 96 pairs, 32 right: AUC 1.000 of whole recordings, 0.904 of excerpts, at 0.5 95.8% told
right, calibration error 0.061; 3,840 moments: AUC 0.992, calibration error 0.020; of pages,
pieces left out: 96 pairs, 32 right: AUC 1.000 of whole recordings, 0.795 of excerpts, at 0.5
87.5% told right, calibration error 0.115; 3,840 moments: AUC 0.966, calibration error 0.071; of
notes, performances of ASAP: 48 pairs, 16 right: AUC 1.000 of whole recordings, 1.000 of excerpts,
at 0.5 97.9% told right, calibration error 0.076; 1,920 moments: AUC 0.985, calibration error
0.046.
"""

from unisono.alignment.time.confidence import (
    AlignmentConfidence,
    MatchConfidence,
    MomentConfidence,
)

NOTES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-3.9833,
        fit=2.8035,
        crossing=8.2072,
        likeness=0.0,
        alike=1.385,
        wandering=0.2606,
        passed_over=2.0,
        leaps=0.3,
        length=0.0,
    ),
    moment=MomentConfidence(offset=-4.0324, near=10.2324, whole=1.0801),
)

PAGES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-2.5379,
        fit=0.0,
        crossing=0.0,
        likeness=0.0,
        alike=2.0338,
        wandering=3.4384,
        passed_over=0.0,
        leaps=0.2455,
        length=0.0,
    ),
    moment=MomentConfidence(offset=-2.5332, near=2.5052, whole=1.2767),
)
