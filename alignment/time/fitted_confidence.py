"""How sure alignments are. Written by
``python -m unisono.eval.alignment_calibration DATA --write``; not to be edited.

Fitted on the space unisono-default-3 (c23bfa4d32d4b142d6d44de3d00621a8). Of notes, pieces left
out: 96 pairs, 32 right: AUC 1.000 of whole recordings, 0.908 of excerpts, at 0.5 93.8% told
right, calibration error 0.060; 3,840 moments: AUC 0.991, calibration error 0.019; of pages,
pieces left out: 96 pairs, 32 right: AUC 0.980 of whole recordings, 0.820 of excerpts, at 0.5
81.2% told right, calibration error 0.088; 3,840 moments: AUC 0.951, calibration error 0.089; of
notes, performances of ASAP: 48 pairs, 16 right: AUC 1.000 of whole recordings, 1.000 of excerpts,
at 0.5 97.9% told right, calibration error 0.096; 1,920 moments: AUC 0.985, calibration error
0.052.
"""

from unisono.alignment.time.confidence import (
    AlignmentConfidence,
    MatchConfidence,
    MomentConfidence,
)

NOTES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-4.0784,
        fit=6.3919,
        crossing=9.6327,
        likeness=0.0,
        alike=1.1753,
        wandering=0.0,
        passed_over=2.0,
        leaps=0.3,
        length=0.0,
    ),
    moment=MomentConfidence(offset=-3.7529, near=9.1974, whole=1.128),
)

PAGES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-1.9888,
        fit=0.0,
        crossing=0.0,
        likeness=0.0,
        alike=2.3179,
        wandering=6.1282,
        passed_over=0.0,
        leaps=0.0345,
        length=0.0,
    ),
    moment=MomentConfidence(offset=-3.0737, near=3.5178, whole=1.1294),
)
