"""Written by ``python -m unisono.eval.identification_calibration``; not meant to be edited."""

from unisono.alignment.identifying.confidence import Confidence

FITTED = Confidence(offset=-4.0, order=4.0, margin=4.0, votes=4.0, consistent=4.0, length=0.0)
