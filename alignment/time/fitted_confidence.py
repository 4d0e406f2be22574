"""How sure alignments are. Written by
``python -m unisono.eval.alignment_calibration DATA --write``; not to be edited.

Fitted on the space unisono-default-5 (bb4296318b274e6e524369ca21cdba4f). Of notes, pieces left
out: 96 pairs, 32 right: AUC 1.000 of whole recordings, 0.885 of excerpts, at 0.5 95.8% told
right, calibration error 0.042; 3,840 moments: AUC 0.996, calibration error 0.009; of pages,
pieces left out: 96 pairs, 32 right: AUC 1.000 of whole recordings, 0.791 of excerpts, at 0.5
86.5% told right, calibration error 0.124; 3,840 moments: AUC 0.986, calibration error 0.045; of
notes, performances of ASAP: 48 pairs, 16 right: AUC 1.000 of whole recordings, 1.000 of excerpts,
at 0.5 97.9% told right, calibration error 0.058; 1,920 moments: AUC 0.985, calibration error
0.038.
"""

from unisono.alignment.time.confidence import (
    AlignmentConfidence,
    MatchConfidence,
    MomentConfidence,
)

NOTES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-3.1964,
        fit=0.48,
        crossing=9.9099,
        likeness=0.0,
        alike=1.2862,
        wandering=2.1139,
        passed_over=2.0,
        leaps=0.3,
        length=0.0,
    ),
    moment=MomentConfidence(offset=-4.1194, near=10.148, whole=1.1407),
)

PAGES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-2.1319,
        fit=0.0,
        crossing=0.0,
        likeness=0.0,
        alike=1.89,
        wandering=4.1844,
        passed_over=0.0,
        leaps=0.1896,
        length=0.0,
    ),
    moment=MomentConfidence(offset=-3.6855, near=2.9526, whole=1.6729),
)
