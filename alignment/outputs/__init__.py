"""An alignment written down: tables, labels, MIDI, time maps and match files.

Every format is a file here with a pure function from an :class:`Alignment` and the facts of its
score (:func:`read_facts`) to text or bytes; ``formats.py`` names them all.
"""

from unisono.alignment.outputs.formats import FORMATS, OutputFormat, check_score, format_of
from unisono.alignment.outputs.output_error import OutputError
from unisono.alignment.outputs.score_facts import ScoreFacts, ScoreKind, read_facts
from unisono.alignment.outputs.uncertain import uncertain_spans

__all__ = [
    "FORMATS",
    "OutputError",
    "OutputFormat",
    "ScoreFacts",
    "ScoreKind",
    "check_score",
    "format_of",
    "read_facts",
    "uncertain_spans",
]
