"""What indexing says of every kind of bad input, and how long it takes for all of it.

    python -m benchmarks.bad_input [--bundle FOLDER]

The set of the tests is made in a temporary folder beside one sound recording, and indexed by the
command line in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path

from benchmarks.bundle import bundle_folder
from benchmarks.timing import progress
from unisono.cli.table import printable, table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "data"))

from bad_files import make_bad_files
from bad_recordings import tone

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Make the set, index it, print the table; 1 where something is not as it should be."""
    parser = ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bundle", type=Path, help="another bundle than the default one")
    arguments = parser.parse_args()
    with bundle_folder(arguments.bundle) as bundle, tempfile.TemporaryDirectory() as outer:
        folder = Path(outer) / "set"
        progress("making the files")
        made = make_bad_files(folder)
        tone(folder / "sound.wav")
        progress("indexing them")
        start = time.perf_counter()
        command = [sys.executable, "-m", "unisono", "index", str(folder), "--json"]
        command += ["--bundle", str(bundle), "--catalogue", str(Path(outer) / "c.lance")]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        taken = time.perf_counter() - start
    if not done.stdout:
        print(done.stderr)
        return 1
    report = json.loads(done.stdout)
    said = {Path(one["path"]).name: one["reason"] for one in report["quarantine"]}
    names = {printable(bad.name): bad for bad in made}
    rows = [(name, said.get(name, "(used)")) for name in names]
    print(table(("file", "what is said of it"), rows))
    wrong = [name for name, bad in names.items() if not as_expected(bad.said, said.get(name))]
    wrong += sorted(set(said) - set(names))
    counts = f"{report['indexed']} indexed, {len(said)} not usable, exit code {done.returncode}"
    verdict = f"not as it should be: {', '.join(wrong)}" if wrong else "all as it should be"
    print(f"\n{len(made)} files and a sound one: {counts}, {taken:.0f} s; {verdict}")
    return 1 if wrong or done.returncode or "Traceback" in done.stderr else 0


def as_expected(expected: str, said: str | None) -> bool:
    """Whether what is said is what should be; nothing is said of a file that is used."""
    return said is None if not expected else said is not None and expected in said


if __name__ == "__main__":
    sys.exit(main())
