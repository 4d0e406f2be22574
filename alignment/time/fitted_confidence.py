"""How sure alignments are. Written by
``python -m unisono.eval.alignment_calibration DATA --write``; not to be edited.

Fitted on the space unisono-default-6 (e23474e3867abe42006414e387e52985). Of notes, pieces left
out: 96 pairs, 32 right: AUC 1.000 of whole recordings, 0.887 of excerpts, at 0.5 95.8% told
right, calibration error 0.043; 3,840 moments: AUC 0.997, calibration error 0.010; of pages,
pieces left out: 96 pairs, 32 right: AUC 1.000 of whole recordings, 0.828 of excerpts, at 0.5
88.5% told right, calibration error 0.085; 3,840 moments: AUC 0.960, calibration error 0.087; of
notes, performances of ASAP: 48 pairs, 16 right: AUC 1.000 of whole recordings, 0.992 of excerpts,
at 0.5 97.9% told right, calibration error 0.071; 1,920 moments: AUC 0.985, calibration error
0.032.
"""

from unisono.alignment.time.confidence import (
    AlignmentConfidence,
    MatchConfidence,
    MomentConfidence,
)

NOTES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-3.4426,
        fit=0.0,
        crossing=7.6844,
        likeness=0.0,
        alike=1.3837,
        wandering=1.5381,
        passed_over=2.0,
        leaps=0.3,
        length=0.0,
    ),
    moment=MomentConfidence(offset=-4.3731, near=11.1526, whole=1.1155),
)

PAGES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-1.4765,
        fit=0.0,
        crossing=0.0,
        likeness=0.0,
        alike=2.0678,
        wandering=7.1968,
        passed_over=0.0,
        leaps=0.2615,
        length=0.0,
    ),
    moment=MomentConfidence(offset=-0.9962, near=0.0, whole=1.2798),
)
