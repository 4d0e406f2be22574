"""The tasks that there are: one for each file of ``eval/tasks``."""

from __future__ import annotations

import pkgutil
from difflib import get_close_matches
from importlib import import_module

from unisono.eval import tasks
from unisono.eval.harness.task import EvalError, Task, TaskFacts


def task_names() -> list[str]:
    """Names of all tasks, in order."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(tasks.__path__))


def open_task(name: str) -> Task:
    """A task by its name; raises EvalError that names the nearest one where there is none."""
    names = task_names()
    if name not in names:
        close = get_close_matches(name, names, n=1)
        advice = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
        raise EvalError(f"there is no task {name}; {advice}")
    module = import_module(f"unisono.eval.tasks.{name.replace('-', '_')}")
    facts: TaskFacts = module.FACTS
    return Task(facts, module.run)
