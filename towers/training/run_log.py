"""The log of a training run: what was seen at which step, one JSON object a line.

The training loop appends to ``RUN_DIR/log.jsonl``; a run that was killed and goes on appends to
the same file. Numbers that JSON does not know are written as "NaN", "Infinity" and "-Infinity".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    records: list[Record] = []
    reached: dict[str, int] = {}
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
            record = reader(facts)
        except KeyError as error:
            fault = f"the {facts['kind']} record has no {error.args[0]}"
            raise RunLogError(f"{file}, line {number}: {fault}") from error
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            fault = f"the {facts['kind']} record has a value of the wrong kind: {error}"
            raise RunLogError(f"{file}, line {number}: {fault}") from error
        if not isinstance(record, StartRecord):
            if record.step <= reached.get(record.stage, -1):
                records = [one for one in records if not _done_again(one, record)]
            reached[record.stage] = record.step
        records.append(record)
    if not records:
        raise RunLogError(f"{file}: the log has no records; the run ended before its first step")
    return RunLog(
        tuple(record for record in records if isinstance(record, StartRecord)),
        tuple(record for record in records if isinstance(record, StepRecord)),
        tuple(record for record in records if isinstance(record, ValidationRecord)),
        tuple(record for record in records if isinstance(record, EndRecord)),
        damaged,
    )


def _done_again(before: Record, record: Record) -> bool:
    """Whether a record of the same stage shows that the run went back to before ``before``."""
    if isinstance(before, StartRecord) or isinstance(record, StartRecord):
        return False
    if before.stage != record.stage:
        return False
    return before.step > record.step or (before.step == record.step and before.kind == record.kind)


def _log_file(path: Path | str) -> Path:
    path = Path(path)
    return path if path.suffix == ".jsonl" else path / LOG_NAME
