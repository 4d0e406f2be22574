"""How sure identifications are. Written by
``python -m unisono.eval.identification_calibration DATA --write``; not to be edited.

Fitted on the space unisono-default-5 (bb4296318b274e6e524369ca21cdba4f) with 39 valid pieces and
5,004 answers. Of answers of pieces left out: 5,004, 808 of them right; AUC right or wrong 0.983,
Brier score 0.023, calibration error 0.009.
"""

from unisono.alignment.identifying.confidence import Confidence

FITTED = Confidence(
    offset=-9.0636,
    order=2.3749,
    margin=2.7682,
    votes=9.8022,
    consistent=3.1172,
    length=0.3003,
)
