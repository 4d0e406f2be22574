"""How sure alignments are. Written by
``python -m unisono.eval.alignment_calibration DATA --write``; not to be edited.

Fitted on the space unisono-default-6 (e23474e3867abe42006414e387e52985). Of notes, pieces left
out: 96 pairs, 32 right: AUC 1.000 of whole recordings, 0.984 of excerpts, at 0.5 99.0% told
right, calibration error 0.019; 3,840 moments: AUC 0.996, calibration error 0.021; of pages,
pieces left out: 96 pairs, 32 right: AUC 1.000 of whole recordings, 0.934 of excerpts, at 0.5
91.7% told right, calibration error 0.038; 3,840 moments: AUC 0.995, calibration error 0.028; of
notes, performances of ASAP: 48 pairs, 16 right: AUC 1.000 of whole recordings, 1.000 of excerpts,
at 0.5 97.9% told right, calibration error 0.028; 1,920 moments: AUC 0.989, calibration error
0.038.
"""

from unisono.alignment.time.confidence import (
    AlignmentConfidence,
    MatchConfidence,
    MomentConfidence,
)

NOTES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-9.4289,
        fit=3.4672,
        crossing=15.5326,
        likeness=0.0,
        alike=2.2399,
        wandering=0.0,
        passed_over=2.0,
        leaps=0.3,
        length=0.0,
    ),
    moment=MomentConfidence(offset=-2.1063, near=4.7519, whole=0.9474),
)

PAGES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-4.6634,
        fit=0.0,
        crossing=0.0,
        likeness=0.0,
        alike=3.595,
        wandering=9.0447,
        passed_over=0.0,
        leaps=0.3,
        length=0.0,
    ),
    moment=MomentConfidence(offset=-3.2958, near=3.2673, whole=1.1558),
)
