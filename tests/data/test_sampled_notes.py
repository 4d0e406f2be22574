from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_pieces import LENGTH, sine_bank

from unisono.data.errors import ReadError
from unisono.data.prepare_banks import PROGRAMS, family_of, load_banks, main
from unisono.data.sound import fluidsynth, sampled_notes
from unisono.data.sound.fluidsynth_library import library_path
from unisono.data.sound.sampled_notes import (
    HIGHEST_PITCH,
    LOWEST_PITCH,
    SAMPLE_RATE,
    VELOCITIES,
    Bank,
    load_bank,
    make_bank,
    mix,
    render_bank,
    save_bank,
)

BANK = sine_bank()
SOUNDFONTS = sorted(Path("/usr/share/sounds/sf2").glob("TimGM6mb*.sf2"))


def play(*rows: tuple[float, float, int, float], seconds: float = 2.0, **how: float) -> np.ndarray:
    """(onset, offset, pitch, velocity) each."""
    out = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    onset, offset, pitch, velocity = (np.array(column) for column in zip(*rows, strict=True))
    mix(BANK, onset, offset, pitch.astype(np.int16), velocity.astype(float), out, **how)
    return out


def loudest_hertz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 16))
    return float(spectrum.argmax() * SAMPLE_RATE / (1 << 16))


def test_energy_is_where_the_notes_are() -> None:
    out = play((0.5, 0.7, 69, 100), (1.2, 1.5, 81, 100), release_s=0.05)
    assert not out[: SAMPLE_RATE // 2].any()
    assert not out[round(0.76 * SAMPLE_RATE) : round(1.2 * SAMPLE_RATE)].any()
    assert not out[round(1.56 * SAMPLE_RATE) :].any()
    for start, stop, frequency in ((0.5, 0.7, 440), (1.2, 1.5, 880)):
        part = out[round(start * SAMPLE_RATE) : round(stop * SAMPLE_RATE)]
        assert loudest_hertz(part) == pytest.approx(frequency, abs=4)


def test_notes_add_to_what_is_there() -> None:
    one, two = (0.0, 0.3, 60, 90), (0.1, 0.4, 67, 50)
    np.testing.assert_allclose(play(one, two), play(one) + play(two), atol=1e-6)


def test_louder_notes_sound_louder() -> None:
    peaks = [np.abs(play((0.0, 0.4, 69, velocity))).max() for velocity in (20, 45, 75, 105)]
    assert peaks == sorted(peaks)
    assert peaks[1] == pytest.approx(6_000 / 32_768, rel=0.02)
    assert peaks[3] == pytest.approx(12_000 / 32_768, rel=0.02)


def test_tuning() -> None:
    sharp = play((0.0, 0.4, 69, 100), cents=100.0)[: LENGTH * 3 // 4]
    assert loudest_hertz(sharp) == pytest.approx(440 * 2 ** (1 / 12), abs=3)


@pytest.mark.parametrize(
    ("pitch", "heard"), [(9, 21), (20, 32), (0, 24), (109, 97), (127, 103), (21, 21), (108, 108)]
)
def test_pitches_beyond_the_instrument_move_by_octaves(pitch: int, heard: int) -> None:
    assert LOWEST_PITCH <= heard <= HIGHEST_PITCH
    np.testing.assert_array_equal(play((0.0, 0.3, pitch, 90)), play((0.0, 0.3, heard, 90)))


def test_notes_over_the_edges_are_cut() -> None:
    whole = play((0.0, 0.4, 69, 90))
    early = play((-0.1, 0.3, 69, 90))
    shift = SAMPLE_RATE // 10
    np.testing.assert_allclose(early[: 2 * shift], whole[shift : 3 * shift], atol=1e-6)
    late = play((1.9, 2.5, 69, 90), (2.5, 3.0, 69, 90), (-3.0, -2.0, 69, 90))
    assert np.flatnonzero(late).min() >= round(1.9 * SAMPLE_RATE)


def test_a_bank_comes_back_from_disk(tmp_path: Path) -> None:
    bank = Bank("some-font-40", 40, BANK.samples[:, :, :100])
    path = save_bank(bank, tmp_path)
    assert path.name == "some-font-40.npy"
    again = load_bank(path)
    assert (again.name, again.program) == ("some-font-40", 40)
    np.testing.assert_array_equal(again.samples, bank.samples)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_every_program_has_one_word() -> None:
    programs = [program for group in PROGRAMS.values() for program in group]
    assert len(programs) == len(set(programs))
    assert (family_of(0), family_of(40), family_of(73)) == ("piano", "violin", "flute")
    with pytest.raises(KeyError):
        family_of(127)


def no_library() -> None:
    raise OSError("not found")


def test_a_missing_synthesiser_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fluidsynth, "library", no_library)
    with pytest.raises(ReadError, match="FluidSynth is not installed; install"):
        render_bank(Path("any.sf2"), 0)


@pytest.mark.skipif(
    library_path() is None or not SOUNDFONTS,
    reason="needs FluidSynth and the soundfont of Debian's timgm6mb-soundfont",
)
def test_a_rendered_instrument_is_in_tune(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampled_notes, "LOWEST_PITCH", 66)  # a few notes are soon rendered
    monkeypatch.setattr(sampled_notes, "HIGHEST_PITCH", 71)
    bank = render_bank(SOUNDFONTS[0], 73)
    assert bank.samples.dtype == np.int16
    assert bank.samples.shape[:2] == (6, len(VELOCITIES))
    soft, loud = bank.samples[69 - 66].astype(np.float32)
    assert loudest_hertz(loud[4_000:20_000]) == pytest.approx(440, abs=6)
    assert np.abs(loud).mean() > np.abs(soft).mean() > 10
    for note in render_bank(SOUNDFONTS[0], 0).samples[4:, 1].astype(np.float32):
        # a struck note begins where its samples begin, not a block of 4 ms later
        assert np.argmax(np.abs(note) > 0.1 * np.abs(note).max()) < 48


def test_a_note_that_outlasts_its_recording_fades_out() -> None:
    out = play((0.0, 1.5, 69, 105))
    end = LENGTH
    assert np.abs(out[end - 800 : end - 500]).max() > 0.3
    assert np.abs(out[end - 20 : end]).max() < 0.05
    assert not out[end:].any()


def test_banks_without_any_soundfont(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampled_notes, "LOWEST_PITCH", 69)
    monkeypatch.setattr(sampled_notes, "HIGHEST_PITCH", 70)
    assert main([str(tmp_path), "builtin", "--workers", "1"]) == 0
    banks = load_banks(tmp_path)
    assert set(banks) == set(PROGRAMS)
    for bank in (bank for group in banks.values() for bank in group):
        assert bank.samples.shape[:2] == (2, len(VELOCITIES))
        soft, loud = bank.samples[0].astype(float)
        assert np.abs(loud).max() > 2 * np.abs(soft).max() > 100
        assert np.abs(loud).max() < 32_000
    (loud,) = make_bank(19).samples[:1, 1].astype(float)
    assert loudest_hertz(loud[4_000:20_000]) == pytest.approx(440, abs=2)


def test_soundfonts_that_training_must_not_hear(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    font = tmp_path / "MuseScore_General.sf3"
    font.write_bytes(b"RIFF")
    assert main([str(tmp_path / "banks"), str(font)]) == 1
    assert "is kept for measuring" in capsys.readouterr().err
    assert main([str(tmp_path / "banks"), "builtin", "--piano-only", str(font)]) == 1
    assert not list((tmp_path / "banks").glob("*"))
    assert main([str(tmp_path / "banks"), "--measuring", str(font)]) == 1
    assert "kept for measuring" not in capsys.readouterr().err.splitlines()[-1]
