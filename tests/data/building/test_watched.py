"""Jobs in watched processes: what comes back, and what does not."""

from __future__ import annotations

import os

import pytest

from unisono.data.building.watched import Job, Limits, run_watched


def chatter() -> int:
    """As a native library prints: past Python."""
    os.write(1, b"chatter on the output\n")
    os.write(2, b"chatter on the errors\n")
    return 7


def test_what_a_library_prints_stays_out_of_the_output(capfd: pytest.CaptureFixture[str]) -> None:
    [outcome] = run_watched([Job("one", chatter)], 1, Limits(60.0))
    assert (outcome.result, outcome.reason) == (7, "")
    said = capfd.readouterr()
    assert said.out == said.err == ""


def test_a_long_answer_arrives_whole() -> None:
    [outcome] = run_watched([Job("long", lambda: "x" * 1_000_000)], 1, Limits(60.0))
    assert outcome.result == "x" * 1_000_000


def test_every_job_is_told_of() -> None:
    jobs = [Job(str(n), lambda n=n: 1 // (n % 3)) for n in range(7)]  # type: ignore[misc]
    outcomes = {one.name: one for one in run_watched(jobs, 3, Limits(60.0))}
    assert sorted(outcomes) == [str(n) for n in range(7)]
    assert {name for name, one in outcomes.items() if one.reason} == {"0", "3", "6"}
    assert "ZeroDivisionError" in outcomes["3"].reason
