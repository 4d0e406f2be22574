"""How sure identifications are. Written by
``python -m unisono.eval.identification_calibration DATA --write``; not to be edited.

Fitted on the space unisono-default-2 with 39 valid pieces and songs, of which 18 asked (seconds
of recordings among pages and among MIDI files, photographed pages among MIDI files): 318 answers.
This first fit took a part of what the command asks with: run it for the whole. Of answers of
pieces left out: 318, 52 of them right; AUC right or wrong 0.975, Brier score 0.028, calibration
error 0.017.
"""

from unisono.alignment.identifying.confidence import Confidence

FITTED = Confidence(
    offset=-13.1983,
    order=5.2053,
    margin=3.7503,
    votes=9.3502,
    consistent=0.0,
    length=1.2964,
)
