"""The log of a training run: what was seen at which step, one JSON object a line.

The training loop appends to ``RUN_DIR/log.jsonl``; a run that was killed and goes on appends to
the same file. Numbers that JSON does not know are written as "NaN", "Infinity" and "-Infinity".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from unisono.towers.training.run_records import (
    MOST_SHARED_NAMED,
    EndRecord,
    Record,
    SetSigns,
    SetValidation,
    StartRecord,
    StepRecord,
    ValidationRecord,
)

__all__ = [
    "LOG_NAME",
    "MOST_SHARED_NAMED",
    "EndRecord",
    "Record",
    "RunLog",
    "RunLogError",
    "SetSigns",
    "SetValidation",
    "StartRecord",
    "StepRecord",
    "ValidationRecord",
    "append",
    "read",
]

LOG_NAME = "log.jsonl"


class RunLogError(ValueError):
    """There is no log to read, or it is not one; the message says which, why and what to do."""


_Stepped = TypeVar("_Stepped", StepRecord, ValidationRecord)
_READERS: Mapping[str, Callable[[Mapping[str, Any]], Record]] = {
    one.kind: one.from_json for one in (StartRecord, StepRecord, ValidationRecord, EndRecord)
}


@dataclass(frozen=True)
class RunLog:
    """A run's records by kind, each in the order of the run.

    Steps that were done again after going back to a checkpoint are there once, as last done.
    damaged_lines: lines that could not be read, as a run that was killed leaves them.
    """

    starts: tuple[StartRecord, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    validations: tuple[ValidationRecord, ...] = ()
    ends: tuple[EndRecord, ...] = ()
    damaged_lines: int = 0

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of the stages, in the order of the run."""
        records: tuple[Record, ...] = (*self.starts, *self.steps, *self.validations)
        return tuple(dict.fromkeys(record.stage for record in records))

    def stage(self, name: str) -> RunLog:
        """The records of one stage."""
        return RunLog(
            tuple(record for record in self.starts if record.stage == name),
            tuple(record for record in self.steps if record.stage == name),
            tuple(record for record in self.validations if record.stage == name),
            tuple(record for record in self.ends if record.stage == name),
        )


def append(path: Path | str, record: Record) -> None:
    """Add a record to the log of a run; ``path`` is the run's folder or the log itself."""
    file = _log_file(path)
    line = json.dumps(record.to_json(), ensure_ascii=False, allow_nan=False)
    with file.open("ab+") as log:
        if log.seek(0, 2) > 0:
            log.seek(-1, 2)
            # A run that was killed may have left half a line.
            if log.read(1) != b"\n":
                log.write(b"\n")
        log.write(line.encode() + b"\n")


def read(path: Path | str) -> RunLog:
    """Read the log of a run; ``path`` is the run's folder or the log itself.

    Half-written lines are counted and left out, as are kinds and keys that are not known.
    Raises RunLogError where there is no log, or none of its lines is a record.
    """
    file = _log_file(path)
    if not file.is_file():
        there = "there is no such folder" if not file.parent.is_dir() else f"it has no {LOG_NAME}"
        raise RunLogError(f"{path}: {there}; give the folder that a training run writes to")
    records, damaged = _parsed(file)
    if not records:
        raise RunLogError(f"{file}: the log has no records; the run ended before its first step")
    starts: list[StartRecord] = []
    steps: list[StepRecord] = []
    validations: list[ValidationRecord] = []
    ends: list[EndRecord] = []
    for record in records:
        if isinstance(record, StartRecord):
            starts.append(record)
        elif isinstance(record, StepRecord):
            _go_back(steps, record)
            steps.append(record)
        elif isinstance(record, ValidationRecord):
            _go_back(validations, record)
            validations.append(record)
        if ends and ends[-1].stage == record.stage:
            # The stage went on after all.
            ends.pop()
        if isinstance(record, EndRecord):
            ends.append(record)
    return RunLog(tuple(starts), tuple(steps), tuple(validations), tuple(ends), damaged)


def _parsed(file: Path) -> tuple[list[Record], int]:
    """The records of a log in the order of its lines, and how many lines are damaged."""
    records: list[Record] = []
    damaged = 0
    for number, line in enumerate(file.read_text("utf-8", errors="replace").split("\n"), 1):
        if not line.strip():
            continue
        try:
            facts = json.loads(line)
        except ValueError:
            damaged += 1
            continue
        if not isinstance(facts, Mapping) or "kind" not in facts:
            raise RunLogError(f"{file}, line {number}: not a record of a training run")
        reader = _READERS.get(str(facts["kind"]))
        if reader is None:
            continue
        try:
            records.append(reader(facts))
        except KeyError as error:
            fault = f"the {facts['kind']} record has no {error.args[0]}"
            raise RunLogError(f"{file}, line {number}: {fault}") from error
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            fault = f"the {facts['kind']} record has a value of the wrong kind: {error}"
            raise RunLogError(f"{file}, line {number}: {fault}") from error
    return records, damaged


def _go_back(records: list[_Stepped], record: _Stepped) -> None:
    """Drop what a run that went back to a checkpoint, or began again, does once more."""
    last = records[-1] if records else record
    if last.stage == record.stage and last.step < record.step:
        return
    first = next((i for i, one in enumerate(records) if one.stage == record.stage), len(records))
    while len(records) > first:
        last = records[-1]
        if last.stage == record.stage and last.step < record.step:
            return
        records.pop()


def _log_file(path: Path | str) -> Path:
    path = Path(path)
    return path if path.suffix == ".jsonl" else path / LOG_NAME
