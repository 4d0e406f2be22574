"""Read files of any kind as indexing does, without a space, and say what came of each.

    python read_any.py FILE ...

A process of its own, so that its memory can be measured and a decoder's crash is seen.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
import traceback
from pathlib import Path

from unisono.data.errors import ReadError
from unisono.data.modality import Modality


def read_any(path: Path) -> Modality:
    """Read a file by what it holds, and its names; raises ReadError."""
    from unisono.data.readers.audio import read_blocks
    from unisono.data.readers.cover import read_cover
    from unisono.data.readers.detect import detect_without_looking
    from unisono.data.readers.metadata import read_metadata
    from unisono.data.readers.midi import read_midi
    from unisono.data.readers.sheet import NoStavesError, read_strip
    from unisono.data.readers.text import read_text

    modality = detect_without_looking(path)
    if modality is Modality.AUDIO:
        for _ in read_blocks(path):
            pass
    elif modality is Modality.MIDI:
        read_midi(path)
    elif modality is Modality.TEXT:
        read_text(path)
    else:
        try:
            read_strip(path)
        except NoStavesError:
            if modality is Modality.SHEET:
                raise
            read_cover(path, 96)
            modality = Modality.COVER
    read_metadata(path, modality or Modality.SHEET)
    return modality or Modality.SHEET


def peak_mib() -> float:
    """The most memory that this process had resident."""
    try:
        # Of this program alone; ru_maxrss begins with that of the process that started it.
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main(paths: list[str]) -> None:
    """Print {"base_mib", "peak_mib", "files": {path: {"said", "kind", "seconds", "peak_mib"}}}."""
    for library in ("av", "cv2", "pypdfium2", "soundfile", "soxr", "verovio"):
        importlib.import_module(library)
    base, files = peak_mib(), {}
    for path in paths:
        start = time.perf_counter()
        print(ascii(path), file=sys.stderr, flush=True)  # where a crash happened
        said = kind = None
        try:
            kind = str(read_any(Path(path)))
        except ReadError as error:
            said = error.reason
        except Exception:
            said = traceback.format_exc()
        seconds = round(time.perf_counter() - start, 2)
        peak = round(peak_mib() - base)
        files[path] = {"said": said, "kind": kind, "seconds": seconds, "peak_mib": peak}
    print(json.dumps({"base_mib": base, "peak_mib": peak_mib(), "files": files}))


if __name__ == "__main__":
    main(sys.argv[1:])
