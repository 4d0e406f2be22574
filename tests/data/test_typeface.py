from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from unisono.data.scores.typeface import NoTypefaceError, font_folders, serif, serif_file

FOLDER = Path(__file__).parent
DRAW = f"""
import sys
sys.path.insert(0, {str(FOLDER)!r})
from short_scores import melody, score
from unisono.data.engraving import Layout, engrave
from unisono.data.errors import ReadError
try:
    xml = score([melody(4)], names=["Violin"])
    print("ink", int((engrave(xml, Layout(page_width=50), name="song.xml").pages[0] < 128).sum()))
except ReadError as error:
    print(error)
"""


def drawn(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", DRAW],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    )


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_the_best_known_font_is_taken_wherever_it_lies(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    put(one, "truetype/noto/NotoSerif-Regular.ttf", "DejaVuSans.ttf", "DejaVuSerif.txt")
    assert serif_file([one, other]) == one / "truetype/noto/NotoSerif-Regular.ttf"
    put(other, "deep/below/here/dejavuserif.TTF")
    assert serif_file([one, other]) == other / "deep/below/here/dejavuserif.TTF"


def test_no_known_font(tmp_path: Path) -> None:
    put(tmp_path, "Fancy.ttf")
    assert serif_file([tmp_path, tmp_path / "missing"]) is None
    assert serif_file([]) is None


def test_fonts_of_the_user_and_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_DIRS", "/a:/b")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    own = tmp_path / ".local/share/fonts"
    assert font_folders() == [own, Path("/a/fonts"), Path("/b/fonts"), tmp_path / ".fonts"]
    monkeypatch.delenv("XDG_DATA_DIRS")
    assert Path("/usr/share/fonts") in font_folders()


@pytest.mark.skipif(sys.platform != "linux", reason="fontconfig is Linux's")
@pytest.mark.skipif(serif_file(font_folders()) is None, reason="no known serif font is installed")
def test_words_are_drawn_without_a_complaint() -> None:
    done = drawn()
    assert done.stdout.startswith("ink ")
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have fonts")
def test_without_any_font_a_sentence_says_so(tmp_path: Path) -> None:
    done = drawn(
        HOME=str(tmp_path),
        XDG_DATA_HOME=str(tmp_path),
        XDG_DATA_DIRS=str(tmp_path),
        FONTCONFIG_FILE=str(tmp_path / "missing.conf"),
    )
    assert done.stdout == f"song.xml: {NoTypefaceError()}\n"
    assert "Traceback" not in done.stderr


def test_the_typeface_has_letters_of_many_languages() -> None:
    try:
        typeface = serif()
    except NoTypefaceError:
        pytest.skip("no font is installed")
    assert all(typeface.unicharToGlyph(ord(letter)) for letter in "Aßéőя")
