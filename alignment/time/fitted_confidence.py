"""How sure alignments are. Written by
``python -m unisono.eval.alignment_calibration DATA --write``; not to be edited.

Set by hand, before a first fit.
"""

from unisono.alignment.time.confidence import (
    AlignmentConfidence,
    MatchConfidence,
    MomentConfidence,
)

NOTES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-3.0,
        fit=12.0,
        crossing=4.0,
        likeness=4.0,
        alike=0.0,
        wandering=2.0,
        passed_over=2.0,
        leaps=0.3,
        length=0.2,
    ),
    moment=MomentConfidence(offset=-3.0, near=6.0, whole=0.8),
)

PAGES = AlignmentConfidence(
    match=MatchConfidence(
        offset=-2.0,
        fit=0.0,
        crossing=0.0,
        likeness=12.0,
        alike=0.5,
        wandering=1.0,
        passed_over=2.0,
        leaps=0.3,
        length=0.2,
    ),
    moment=MomentConfidence(offset=-3.0, near=6.0, whole=0.8),
)
