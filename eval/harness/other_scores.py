"""MIDI files that a right one has to be told from."""

from __future__ import annotations

from unisono.alignment.indexing.encoding_files import HOP_S
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.eval.harness.identification import StoredWork
from unisono.eval.harness.pair_lists import spread_evenly
from unisono.eval.harness.task import EvalError, EvalSettings, Progress
from unisono.towers.space import Space

OTHERS = 300
_ENDINGS = (".mid", ".midi")


def other_works(space: Space, settings: EvalSettings, progress: Progress) -> list[StoredWork]:
    """Up to ``OTHERS`` MIDI files below the folder of --others, spaced evenly over their names.

    What cannot be read is left out. Raises EvalError without a folder, or without files in it.
    """
    if settings.others is None:
        raise EvalError("this task needs --others, a folder of MIDI files of other works")
    files = sorted(path for path in settings.others.rglob("*") if path.suffix.lower() in _ENDINGS)
    if not files:
        raise EvalError(f"{settings.others}: no MIDI file in this folder or below it")
    chosen = [files[row] for row in spread_evenly(len(files), OTHERS).tolist()]
    works = []
    for number, path in enumerate(progress(chosen, "other")):
        try:
            encoding = space.encode_item(path, modality=Modality.MIDI, hop_s=HOP_S)
        except ReadError:
            continue
        works.append(StoredWork(f"other {number} {path.parent.name} {path.stem}", encoding))
    return works
