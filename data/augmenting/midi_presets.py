"""Notes as they come: from transcribers, sequencers and pianists."""

from __future__ import annotations

from functools import partial

from unisono.data.augmenting.compose import MidiRecipe, Step
from unisono.data.augmenting.human_timing import SET_BY_HAND, PianistNumbers
from unisono.data.augmenting.midi_notes import (
    ExtraNotes,
    MergedNotes,
    MissingNotes,
    OtherPace,
    OtherPrograms,
    Quantised,
    SplitNotes,
    Transposed,
)
from unisono.data.augmenting.midi_pianist import HumanPianist

TRANSCRIBER = MidiRecipe(
    (
        Step(MissingNotes.draw),
        Step(ExtraNotes.draw, 0.9),
        Step(SplitNotes.draw, 0.7),
        Step(MergedNotes.draw, 0.7),
    )
)
"""What a program hears in a recording: notes are missed, made up, split and joined."""

SEQUENCER = MidiRecipe(
    (
        Step(OtherPace.draw),
        Step(Quantised.draw, 0.8),
        Step(OtherPrograms.draw, 0.5),
        Step(Transposed.draw, 0.5),
    )
)
"""A file put together by hand: on the grid, in any key and for any instrument."""


def human_pianist(numbers: PianistNumbers = SET_BY_HAND) -> MidiRecipe:
    """A pianist at any pace who misses a note now and then.

    numbers: free ones by default; ``learned_numbers()`` makes what is trained with them
    non-commercial.
    """
    return MidiRecipe(
        (
            Step(OtherPace.draw),
            Step(partial(HumanPianist.draw, numbers=numbers)),
            Step(partial(MissingNotes.draw, share=(0.001, 0.02)), 0.5),
        )
    )


HUMAN_PIANIST = human_pianist()
"""The same with numbers set by hand."""
