"""Why a recording is taken not to play a score, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unisono.alignment.time.alignment import Alignment

SHORT_S = 8.0
_MOSTLY = 0.5


def doubt_of(alignment: Alignment) -> str:
    """What speaks most against an alignment: a clause, without a full stop."""
    evidence = alignment.evidence
    if evidence is None:
        return "nothing is known of how well they fit"
    grounds = evidence.grounds
    if grounds.seconds < SHORT_S:
        return f"only {grounds.seconds:.0f} s of it could be lined up, too little to be sure"
    if grounds.passed_over > _MOSTLY:
        return f"{grounds.passed_over:.0%} of what sounds in it is not in the score"
    return "what sounds follows the score little better than it would follow any other"
