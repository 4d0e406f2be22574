"""How sure identifications are. Written by
``python -m unisono.eval.identification_calibration DATA --write``; not to be edited.

Fitted on the space unisono-default-4 (cea38e670a1595735117c5638db4c90b) with 39 valid pieces and
5,004 answers. Of answers of pieces left out: 5,004, 804 of them right; AUC right or wrong 0.985,
Brier score 0.021, calibration error 0.006.
"""

from unisono.alignment.identifying.confidence import Confidence

FITTED = Confidence(
    offset=-9.6409,
    order=2.4043,
    margin=2.8732,
    votes=10.9103,
    consistent=2.7788,
    length=0.4565,
)
