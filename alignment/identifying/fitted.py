"""How sure identifications are. Written by
``python -m unisono.eval.identification_calibration DATA --write``; not to be edited.

Fitted on the space unisono-default-3 (c23bfa4d32d4b142d6d44de3d00621a8) with 39 valid pieces and
5,004 answers. Of answers of pieces left out: 5,004, 809 of them right; AUC right or wrong 0.980,
Brier score 0.026, calibration error 0.011.
"""

from unisono.alignment.identifying.confidence import Confidence

FITTED = Confidence(
    offset=-9.3163,
    order=2.862,
    margin=3.3438,
    votes=9.6888,
    consistent=2.0836,
    length=0.488,
)
