"""How sure identifications are. Written by
``python -m unisono.eval.identification_calibration DATA --write``; not to be edited.

Fitted on the space unisono-default-6 (e23474e3867abe42006414e387e52985) with 39 valid pieces and
5,004 answers. Of answers of pieces left out: 5,004, 815 of them right; AUC right or wrong 0.986,
Brier score 0.018, calibration error 0.010.
"""

from unisono.alignment.identifying.confidence import Confidence

FITTED = Confidence(
    offset=-10.181,
    order=2.7864,
    margin=2.3543,
    votes=7.8809,
    consistent=2.8279,
    length=0.5139,
)
