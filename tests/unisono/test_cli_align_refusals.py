"""What unisono align says to files that do not belong together."""

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "alignment"))

from test_alignment_bad_pairs import NOTES, RATE, SpaceOfWhatSounds, tune

from unisono.alignment.time import fitted_confidence
from unisono.cli import main
from unisono.data.readers.midi import write_midi
from unisono.data.readers.sheet import read_strip
from unisono.data.sound.additive import play_additive


class SpaceThatReadsPages(SpaceOfWhatSounds):
    """Looks for staves where it is shown a picture."""

    def encode_item(self, item, *, modality=None, hop_s=None, every_column=False):
        if item.suffix == ".png":
            read_strip(item)
        return super().encode_item(item, modality=modality, hop_s=hop_s)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Aligns files of a folder with a recording of one piece, its score and another's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fitted_confidence, "NOTES", NOTES)
    space = SpaceThatReadsPages()
    soundfile.write("take.wav", play_additive(tune(1), RATE), RATE)
    space.known[Path("take.wav")] = tune(1)
    write_midi(tune(1), Path("right.mid"))
    write_midi(tune(2), Path("other.mid"))

    def command(*words):
        code = main(["align", *words], load=lambda where: space)
        return code, *capsys.readouterr()

    return command


def test_another_piece_is_an_answer_and_nothing_is_written(run):
    code, out, err = run("take.wav", "other.mid", "-o", "times.csv")
    assert code == 1 and out == ""
    assert "take.wav does not seem to play other.mid (confidence 0." in err
    assert "--force aligns them anyway" in err and "Traceback" not in err
    assert not Path("times.csv").exists()


def test_what_is_forced_is_written(run):
    code, _, err = run("take.wav", "other.mid", "-o", "times.csv", "--force")
    assert code == 0 and "confidence 0." in err
    assert len(Path("times.csv").read_text().splitlines()) > 50


def test_the_right_piece_needs_no_force(run):
    assert run("take.wav", "right.mid")[0] == 0


def test_a_page_without_music_is_named(run):
    Image.fromarray(np.full((400, 300), 255, np.uint8)).save("blank.png")
    code, out, err = run("take.wav", "blank.png")
    assert code != 0 and out == ""
    assert "blank.png" in err and "shows no staves" in err and "Traceback" not in err
