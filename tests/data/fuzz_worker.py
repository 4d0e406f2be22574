"""A process that reads files when told to, so that a decoder's crash is seen and costs no more.

Each line on standard input is a JSON list [reader, path]; the answer is one line: "" when the
reader returned or raised ReadError, else the traceback as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import Any

from unisono.data.errors import ReadError
from unisono.data.modality import Modality

LONGEST_S = 60.0


def read(reader: str, path: Path) -> None:
    """Let one reader read a file."""
    from unisono.data.readers.audio import read_blocks
    from unisono.data.readers.cover import read_cover, read_image
    from unisono.data.readers.detect import detect
    from unisono.data.readers.metadata import read_metadata
    from unisono.data.readers.page import count_pages, pdf_title, read_pages
    from unisono.data.readers.recording import open_recording
    from unisono.data.readers.sheet import read_strip

    if reader == "audio":
        assert all(block.ndim == 1 for block in read_blocks(path))
    elif reader == "recording":
        recording = open_recording(path)
        recording.read(max(0.0, recording.duration_s - 1), 0.5)
    elif reader == "page":
        assert all(page.image.ndim == 2 for page in read_pages(path, dpi=50))
        count_pages(path)
    elif reader == "pdf":
        pdf_title(path)
    elif reader == "cover":
        assert read_cover(path, 16).shape == (3, 16, 16)
        read_image(path)
    elif reader == "score":
        read_strip(path)
    elif reader == "detect":
        detect(path)
    else:
        assert read_metadata(path, Modality(reader.split()[1])).title


class Worker:
    """The process, started again where a file has ended it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "fuzzed"
        self._process: Any = None

    def fault(self, reader: str, data: bytes) -> str:
        """What is wrong with a reader on these bytes; "" for nothing."""
        self._path.write_bytes(data)
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        process = self._process
        process.stdin.write(json.dumps([reader, str(self._path)]).encode() + b"\n")
        process.stdin.flush()
        late = threading.Timer(LONGEST_S, process.kill)
        late.start()
        answer = process.stdout.readline()
        late.cancel()
        if answer:
            return str(json.loads(answer))
        self._process = None
        return f"the process ended with {process.wait()}"

    def close(self) -> None:
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait(LONGEST_S)
            self._process.stdout.close()


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    silent = open(os.devnull, "w")  # noqa: SIM115
    os.dup2(silent.fileno(), 1)
    os.dup2(silent.fileno(), 2)  # decoders complain there of what they are given
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for line in sys.stdin:
            reader, path = json.loads(line)
            fault = ""
            try:
                read(reader, Path(path))
            except ReadError as error:
                assert "\n" not in error.reason
            except Exception:
                fault = traceback.format_exc()
            print(json.dumps(fault), file=answers, flush=True)


if __name__ == "__main__":
    main()
