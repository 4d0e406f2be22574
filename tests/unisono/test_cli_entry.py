"""The entry point itself: help, version, what is imported, closed pipes."""

import subprocess
import sys

import pytest

from unisono import __version__
from unisono.cli import main
from unisono.cli.entry import COMMANDS, build_parser

HEAVY = ("numpy", "torch", "lancedb", "pyarrow", "numba", "tqdm", "unisono.towers")


def unisono(*words, **options):
    return subprocess.run(
        [sys.executable, "-m", "unisono", *words],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_version_and_help():
    assert unisono("--version").stdout == f"unisono {__version__}\n"
    shown = unisono("--help")
    assert shown.returncode == 0
    for command in COMMANDS:
        assert command.name in shown.stdout and command.summary in shown.stdout


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_explains_itself_with_examples(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert f"unisono {command} " in shown.split("examples:")[1]
    assert "--json" in shown


@pytest.mark.parametrize("words", [["--help"], ["search", "--help"], ["index", "--help"]])
def test_help_imports_nothing_heavy(words):
    code = (
        "import sys\nfrom unisono.cli import main\n"
        f"try: main({words!r})\nexcept SystemExit: pass\n"
        f"sys.exit(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.stderr.strip() == ""


def test_the_text_of_a_search_never_needs_torch(tmp_path):
    code = (
        "import sys\nimport unisono.alignment.searching.search, unisono.alignment.catalogue\n"
        "sys.exit(' '.join(n for n in ('torch', 'numba', 'scipy') if n in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.stderr.strip() == ""


def test_no_command_and_wrong_options_are_usage_errors():
    assert unisono().returncode == 2
    wrong = unisono("search", "x", "-k", "0")
    assert wrong.returncode == 2 and "less than 1" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_a_closed_pipe_is_no_error():
    code = "from unisono.cli import main; import sys; sys.exit(main(['probe'], load=None))"
    many = (
        "import sys, types\nfrom unisono.cli import entry\n"
        "module = types.ModuleType('unisono.cli.probe')\n"
        "module.configure = lambda parser: None\n"
        "module.run = lambda arguments, load: [print('row') for _ in range(100000)] and 0\n"
        "sys.modules['unisono.cli.probe'] = module\n"
        "entry.COMMANDS = (entry.Command('probe', ''),)\n"
    )
    ended = subprocess.run(
        [
            "bash",
            "-c",
            '"$0" -c "$1" | head -n 1; exit ${PIPESTATUS[0]}',
            sys.executable,
            many + code,
        ],
        capture_output=True,
        text=True,
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("row\n", "", 141)


def test_only_the_command_that_is_asked_for_is_set_up():
    parser = build_parser(["tag"])
    arguments = parser.parse_args(["tag", "x.mid", "--tags", "a"])
    assert arguments.run.__module__ == "unisono.cli.tag"
