"""Whether the answers of the demonstration are right, in a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.report.collection import PAGE_FILE, Collection, Piece, Work
from unisono.report.findings import Answer, Verdict
from unisono.report.places import spoken_place

SLACK_S = 1.0
"""A place this near to the right one is still right: its passages are seconds long."""
UNKNOWN = "Whether that is right only you can tell: nothing here says which files belong together."
ORDINALS = ("first", "second", "third", "fourth", "fifth")
NOUNS = {
    Modality.AUDIO: "recording",
    Modality.MIDI: "MIDI file",
    Modality.SHEET: "page",
    Modality.TEXT: "text",
    Modality.COVER: "cover",
}


def verdict_on_first(
    answers: Sequence[Answer], asking: Piece, wanted: Modality, collection: Collection
) -> Verdict:
    """Judge the first answer; undecided where the collection does not say what belongs together."""
    if not collection.truth_known:
        return Verdict(None, UNKNOWN)
    if answers and answers[0].right:
        return Verdict(True, f"Right: the {NOUNS[wanted]} of {asking.title} comes first.")
    first = answers[0].title if answers else "nothing"
    return Verdict(False, f"Wrong: {first} comes first; {place_of_right(answers)}")


def moment_verdict(verdict: Verdict, answer: Answer, work: Work, asked: Region) -> Verdict:
    """Also judge the time that was found for a system of the page."""
    number = work.system_of(asked)
    if number is None or not isinstance(answer.moment, TimeSpan):
        return verdict
    truth = work.systems[number - 1].played
    middle = (answer.moment.start_s + answer.moment.end_s) / 2
    where = f"played at {spoken_place(truth)}, found at {spoken_place(answer.moment)}"
    found = truth.start_s - SLACK_S <= middle <= truth.end_s + SLACK_S
    return _with_place(verdict, found, "time", where)


def system_verdict(verdict: Verdict, answer: Answer, work: Work, asked: TimeSpan) -> Verdict:
    """Also judge the place on the page that was found for some seconds of the recording."""
    if not isinstance(answer.moment, Region) or answer.path.name != PAGE_FILE:
        return verdict
    truth = [
        number
        for number, system in enumerate(work.systems, start=1)
        if system.played.start_s < asked.end_s - SLACK_S
        and system.played.end_s > asked.start_s + SLACK_S
    ]
    found = work.system_of(answer.moment)
    if not truth or found is None:
        return verdict
    stands = f"system {truth[0]}" + (f" to {truth[-1]}" if len(truth) > 1 else "")
    where = f"it stands on {stands}, found on system {found}"
    return _with_place(verdict, found in truth, "place", where)


def place_of_right(answers: Sequence[Answer]) -> str:
    """The end of a sentence: where a right answer comes, if at all."""
    for answer in answers:
        if answer.right:
            return f"a right answer comes {ORDINALS[answer.rank - 1]}."
    return f"no right answer is among the first {len(answers)}."


def _with_place(verdict: Verdict, right: bool, word: str, where: str) -> Verdict:
    """Join the verdict on the item, which is right, with that on the place in it."""
    if right:
        return Verdict(True, f"{verdict.sentence} The {word} is right too: {where}.")
    sentence = verdict.sentence.replace("Right", "Half right", 1)
    return Verdict(False, f"{sentence} The {word} is wrong: {where}.")
