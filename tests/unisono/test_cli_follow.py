"""``unisono follow`` and ``unisono align --order`` through ``main``."""

import io
import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from unisono.cli import main
from unisono.data.notes import Notes
from unisono.data.readers.midi import write_midi
from unisono.data.sound.additive import play_additive

RATE = 16_000


def melody():
    onset_s = np.arange(64) * 0.25
    pitch = np.random.default_rng(5).integers(50, 80, 64).astype(np.int16)
    velocity, program = np.full(64, 80, np.int16), np.zeros(64, np.int16)
    return Notes(onset_s, onset_s + 0.25, pitch, velocity, program)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    write_midi(melody(), folder / "score.mid")
    soundfile.write(folder / "take.wav", play_additive(melody(), RATE), RATE)
    (folder / "page.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "note.txt").write_text("no sound")
    return folder


@pytest.fixture
def run(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)

    def command(*words):
        code = main([*words], load=lambda where: pytest.fail("no bundle is needed"))
        return code, *capsys.readouterr()

    return command


def test_a_line_of_json_comes_every_tenth_of_a_second(run):
    code, out, _ = run("follow", "score.mid", "--file", "take.wav", "--patience", "0", "--json")
    places = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert list(places[0]) == [
        "recording_s", "bar", "measure", "beat", "score_s", "page", "system", "x", "y",
        "confidence",
    ]  # fmt: skip
    assert np.diff([place["recording_s"] for place in places]) == pytest.approx(0.1)
    at = places[110]
    assert at["recording_s"] == pytest.approx(11.05)
    assert at["score_s"] == pytest.approx(11.05, abs=0.3)
    assert (at["bar"], at["measure"], at["page"]) == (6, "6", None)


def test_without_json_bars_are_said_once_each(run):
    code, out, _ = run("follow", "score.mid", "--file", "take.wav", "--patience", "0")
    assert code == 0
    bars = [line.split("bar ")[1].split()[0] for line in out.splitlines() if "bar" in line]
    assert bars == [str(bar) for bar in range(1, 9)]


def test_raw_samples_come_through_a_pipe(run, monkeypatch):
    data = (play_additive(melody(), RATE)[: 6 * RATE] * 32767).astype("<i2").tobytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    code, out, _ = run("follow", "score.mid", "--file", "-", "--rate", "16000", "--json")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["score_s"] == pytest.approx(5.75, abs=0.3)


def test_ctrl_c_ends_it_well(run, monkeypatch):
    from unisono.data.readers import live_audio

    def stopped(*_, **__):
        yield play_additive(melody(), RATE)[: 3 * RATE]
        raise KeyboardInterrupt

    monkeypatch.setattr(live_audio, "microphone", stopped)
    code, out, err = run("follow", "score.mid", "--json")
    assert code == 0
    assert len(out.splitlines()) > 20
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("follow", "no.mid", "--file", "take.wav"), "no such file"),
        (("follow", "score.mid", "--file", "no.wav"), "no such file"),
        (("follow", "score.mid", "--file", "note.txt", "--patience", "0"), "WAV"),
        (("follow", "page.png", "--file", "take.wav"), "MIDI or MusicXML"),
        (("follow", "score.mid", "--file", "-", "--channels", "99"), "channels"),
        (("follow", "score.mid", "--file", "take.wav", "--patience", "-1"), "--patience"),
        (("align", "take.wav", "score.mid", "--order", "3-1"), "--order: '3-1'"),
        (("align", "take.wav", "score.mid", "--order", "a"), "no run of bars"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line(run, words, why):
    code, _, err = run(*words)
    assert code == 2
    assert why in err
    assert len(err.strip().splitlines()) == 1


def test_without_its_package_the_microphone_is_refused(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    code, _, err = run("follow", "score.mid")
    assert code == 2
    assert "pip install sounddevice" in err
