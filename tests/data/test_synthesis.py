from __future__ import annotations

import ctypes.util
import wave
from pathlib import Path

import numpy as np
import pytest
from made_pieces import sine_bank

from unisono.data.errors import ReadError
from unisono.data.notes import DRUMS, Notes
from unisono.data.readers.midi import read_midi, write_midi
from unisono.data.sound import batch, fluidsynth, soundfonts
from unisono.data.sound.fluidsynth import BLOCK
from unisono.data.sound.parts import play_in_parts, seams
from unisono.data.sound.rendering import PEAK, TAIL_S
from unisono.data.sound.soundfonts import find_soundfont, installed, is_for_measuring
from unisono.data.sound.time_map import TimeMap
from unisono.data.sound.voices import voice_of
from unisono.data.synthesis import (
    Job,
    Outcome,
    Performance,
    Rendering,
    main,
    synthesise,
    synthesise_files,
)

RATE = 16_000
SOUNDFONT = next((font.name for font in installed() if font.name == "timgm6mb"), None)
needs_soundfont = pytest.mark.skipif(
    ctypes.util.find_library("fluidsynth") is None or SOUNDFONT is None,
    reason="needs FluidSynth and Debian's timgm6mb-soundfont",
)
VOICES = ["builtin", pytest.param("timgm6mb", marks=needs_soundfont)]


def notes_of(*rows: tuple[float, float, int, int, int]) -> Notes:
    """(onset, offset, pitch, velocity, program) each."""
    onset, offset, *others = (np.array(column) for column in zip(*rows, strict=True))
    pitch, velocity, program = (column.astype(np.int16) for column in others)
    return Notes(onset.astype(float), offset.astype(float), pitch, velocity, program)


def onset_near(rendering: Rendering, second: float) -> float:
    """When the sound around ``second`` first reaches a tenth of its peak."""
    start = int((second - 0.05) * rendering.sample_rate)
    near = np.abs(rendering.waveform[start : start + rendering.sample_rate // 4])
    return (start + int(np.argmax(near > 0.1 * near.max()))) / rendering.sample_rate


def hertz_of(rendering: Rendering, start_s: float, stop_s: float) -> float:
    """The strongest frequency, by a parabola through the logarithm of three bins."""
    rate = rendering.sample_rate
    part = rendering.waveform[int(start_s * rate) : int(stop_s * rate)]
    size = 1 << 19
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), size))
    top = int(spectrum.argmax())
    low, middle, high = np.log(spectrum[top - 1 : top + 2])
    return float((top + (low - high) / (2 * (low - 2 * middle + high))) * rate / size)


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_notes_sound_when_they_are_said_to(voice: str, rate: int) -> None:
    struck = notes_of((0.3137, 0.5, 76, 110, DRUMS), (1.271, 1.6, 84, 110, 13), (2, 2.3, 72, 99, 0))
    rendering = synthesise(struck, voice, sample_rate=rate)
    np.testing.assert_allclose(rendering.notes.onset_s, struck.onset_s, atol=1.1e-3)
    for second in rendering.notes.onset_s:
        assert onset_near(rendering, second) == pytest.approx(second, abs=5e-3)
    before = rendering.waveform[: int(0.312 * rate)]
    assert np.abs(before).max() < 1e-4


@pytest.mark.parametrize("voice", VOICES)
def test_tuning_is_within_two_cents(voice: str) -> None:
    found = {}
    for a4_hz in (430.0, 440.0, 446.0):
        note = notes_of((0.0, 3.0, 69, 100, 73))
        rendering = synthesise(note, voice, Performance(a4_hz=a4_hz), sample_rate=RATE)
        found[a4_hz] = hertz_of(rendering, 0.5, 2.8)
    for a4_hz in (430.0, 446.0):  # soundfonts are not all in tune themselves
        cents = 1200 * np.log2(found[a4_hz] / found[440.0] * 440.0 / a4_hz)
        assert abs(cents) < 1
    if voice == "builtin":
        assert abs(1200 * np.log2(found[440.0] / 440.0)) < 1


@pytest.mark.parametrize("voice", VOICES)
def test_rows_stay_rows_whatever_the_order(voice: str) -> None:
    rows = notes_of((1.0, 1.2, 84, 110, 13), (0.2, 0.4, 76, 110, 13), (0.6, 0.8, 72, 110, 13))
    rendering = synthesise(rows, voice, Performance(spread_s=0.02, seed=3), sample_rate=RATE)
    assert rendering.notes.pitch.tolist() == [84, 76, 72]
    np.testing.assert_allclose(rendering.notes.onset_s, rows.onset_s, atol=0.1)
    assert np.abs(rendering.notes.onset_s - rows.onset_s).max() > 0.003
    for second in rendering.notes.onset_s:
        assert onset_near(rendering, second) == pytest.approx(second, abs=5e-3)


@pytest.mark.parametrize("voice", VOICES)
def test_a_tempo_curve_moves_the_sound(voice: str) -> None:
    curve = TimeMap(((0.0, 0.5), (1.0, 1.0), (2.0, 3.0)))
    struck = notes_of(*[(at, at + 0.1, 80, 100, 13) for at in (0.0, 0.5, 1.0, 1.5, 2.0)])
    rendering = synthesise(struck, voice, Performance(tempo=curve), sample_rate=RATE)
    expected = [0.5, 0.75, 1.0, 2.0, 3.0]
    np.testing.assert_allclose(rendering.notes.onset_s, expected, atol=1.1e-3)
    for second in expected:
        assert onset_near(rendering, second) == pytest.approx(second, abs=6e-3)


@pytest.mark.parametrize("voice", VOICES)
def test_level_length_and_repetition(voice: str) -> None:
    chord = notes_of(*[(0.1, 1.0, pitch, 127, 19) for pitch in range(40, 90)])
    rendering = synthesise(chord, voice, sample_rate=RATE)
    assert np.abs(rendering.waveform).max() == pytest.approx(PEAK, abs=1e-3)
    assert rendering.duration_s == pytest.approx(1.0 + TAIL_S, abs=2e-3)
    assert rendering.waveform.dtype == np.float32
    again = synthesise(chord, voice, sample_rate=RATE)
    np.testing.assert_array_equal(rendering.waveform, again.waveform)


@pytest.mark.parametrize("voice", VOICES)
def test_no_clicks_where_a_note_ends(voice: str) -> None:
    rendering = synthesise(notes_of((0.0, 1.0, 57, 100, 73)), voice, sample_rate=44_100)
    bend = np.abs(np.diff(rendering.waveform, 2))
    at_end = bend[int(0.99 * 44_100) : int(1.5 * 44_100)].max()
    assert at_end <= 1.5 * bend[int(0.5 * 44_100) : int(0.95 * 44_100)].max()
    assert bend[int(1.6 * 44_100) :].max() < 0.1 * bend.max()


@pytest.mark.parametrize("voice", VOICES)
def test_one_pitch_twice_at_once(voice: str) -> None:
    long, short = (0.0, 2.0, 60, 100, 19), (0.5, 0.7, 60, 100, 19)
    both = synthesise(notes_of(long, short), voice, sample_rate=RATE)
    after = np.abs(both.waveform[int(1.4 * RATE) : int(1.9 * RATE)]).max()
    during = np.abs(both.waveform[int(0.1 * RATE) : int(0.4 * RATE)]).max()
    assert after == pytest.approx(during, rel=0.3)  # the short one's end leaves the long one alone
    assert np.abs(both.waveform[int(3.0 * RATE) :]).max() < 0.01


@pytest.mark.parametrize("voice", VOICES)
def test_more_programs_than_midi_channels(voice: str) -> None:
    rows = [(0.4 * i, 0.4 * i + 0.3, 60, 100, i) for i in range(40)]
    rows.append((16.2, 16.3, 38, 110, DRUMS))
    rendering = synthesise(notes_of(*rows), voice, sample_rate=RATE)
    for second in rendering.notes.onset_s:
        part = rendering.waveform[int(second * RATE) : int((second + 0.3) * RATE)]
        assert np.abs(part).max() > 0.01


@pytest.mark.parametrize("voice", VOICES)
def test_notes_without_length_sound(voice: str) -> None:
    rendering = synthesise(notes_of((0.2, 0.2, 60, 90, 0), (0.2, 0.2, 60, 90, 0)), voice)
    assert (rendering.notes.offset_s > rendering.notes.onset_s).all()
    assert np.abs(rendering.waveform).max() == pytest.approx(PEAK, abs=1e-3)


@pytest.mark.parametrize("voice", VOICES)
def test_a_long_piece_in_parts_is_the_same(voice: str) -> None:
    random = np.random.default_rng(0)
    onset = np.sort(np.rint(random.uniform(0, 70, 150) * 44_100 / BLOCK)) * BLOCK / 44_100
    rows = [(t, t + random.uniform(0.1, 4), int(random.integers(40, 80)), 90, 0) for t in onset]
    rows += [(t, t + 0.2, 38, 100, DRUMS) for t in onset[::9]]
    notes = notes_of(*rows)
    assert len(seams(notes, 3)) == 3
    player = voice_of(voice)
    step = player.step(44_100)
    whole, parts = (
        play_in_parts(lambda part: player.play(part, 44_100, 0.0), notes, 44_100, step, threads)
        for threads in (1, 3)
    )
    different = np.abs(whole - parts) > 2e-5
    if voice != "builtin":  # the ramp of FluidSynth's first block may differ
        for start in np.rint(notes.onset_s * 44_100 / BLOCK).astype(int) * BLOCK:
            different[start : start + BLOCK] = False
    assert not different.any()


def test_louder_is_louder_and_brighter() -> None:
    rows = notes_of((0.0, 0.5, 60, 30, 56), (2.0, 2.5, 60, 120, 56))
    sound = synthesise(rows, "builtin", sample_rate=RATE).waveform
    soft, loud = sound[: RATE // 2], sound[2 * RATE : 2 * RATE + RATE // 2]
    assert np.abs(loud).max() > 4 * np.abs(soft).max()

    def brightness(part: np.ndarray) -> float:
        spectrum = np.abs(np.fft.rfft(part))
        return float((spectrum * np.arange(len(spectrum))).sum() / spectrum.sum())

    assert brightness(loud) > 1.1 * brightness(soft)


def test_built_in_instruments_differ() -> None:
    shapes = []
    for program in (0, 6, 11, 19, 24, 33, 40, 52, 56, 71, 73, 81):
        rendering = synthesise(notes_of((0.0, 1.0, 60, 90, program)), "builtin", sample_rate=RATE)
        sound = rendering.waveform[: RATE + RATE // 2].astype(float)
        spectrum = np.abs(np.fft.rfft(sound[: RATE // 2]))[:4000].reshape(40, -1).sum(axis=1)
        energy = np.sqrt((sound.reshape(24, -1) ** 2).mean(axis=1))
        shapes.append(np.concatenate([spectrum / np.linalg.norm(spectrum), energy]))
    likeness = np.corrcoef(shapes) - np.eye(len(shapes))
    assert likeness.max() < 0.999
    assert np.isfinite(shapes).all()


def test_every_built_in_program_and_drum_sounds() -> None:
    rows = [(0.5 * p, 0.5 * p + 0.3, 60, 100, p) for p in range(128)]
    rows += [(64 + 0.5 * key, 64.2 + 0.5 * key, key, 100, DRUMS) for key in range(27, 88)]
    rendering = synthesise(notes_of(*rows), "builtin", sample_rate=8_000)
    for second in rendering.notes.onset_s:
        part = rendering.waveform[int(second * 8_000) : int((second + 0.3) * 8_000)]
        assert 0.004 < np.abs(part).max() <= PEAK + 1e-3


def test_banks_play_their_family_and_name_what_they_lack() -> None:
    bank = sine_bank(40)
    rendering = synthesise(notes_of((0.5, 0.9, 69, 100, 42)), bank, sample_rate=RATE)
    assert hertz_of(rendering, 0.52, 0.85) == pytest.approx(440, abs=2)
    assert not rendering.waveform[: RATE // 2].any()
    with pytest.raises(ValueError, match=r"no bank plays program 73 \(flutes\).*strings"):
        synthesise(notes_of((0.0, 1.0, 60, 90, 73)), [bank])
    drums = synthesise(notes_of((0.2, 0.3, 38, 110, DRUMS)), (bank,), sample_rate=44_100)
    assert onset_near(drums, 0.2) == pytest.approx(0.2, abs=5e-3)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([(-0.1, 1, 60, 90, 0)], "not negative"),
        ([(float("nan"), 1, 60, 90, 0)], "finite"),
        ([(0, float("inf"), 60, 90, 0)], "finite"),
        ([(0, 1, 128, 90, 0)], "pitches"),
        ([(0, 1, 60, 90, 128)], "programs"),
        ([(0, 5 * 3600, 60, 90, 0)], "5.0 hours"),
    ],
)
def test_notes_that_cannot_be_played(rows: list, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        synthesise(notes_of(*rows), "builtin")


def test_no_notes_and_odd_rates() -> None:
    nothing = notes_of((0, 1, 60, 90, 0))
    nothing = Notes(*(getattr(nothing, name)[:0] for name in Notes.__dataclass_fields__))
    with pytest.raises(ValueError, match="no notes"):
        synthesise(nothing, "builtin")
    with pytest.raises(ValueError, match="sample rate"):
        synthesise(notes_of((0, 1, 60, 90, 0)), "builtin", sample_rate=500)


def test_soundfonts_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfonts, "FOLDERS", (tmp_path,))
    with pytest.raises(ReadError, match=r"TimGM6mb\.sf2.*apt install timgm6mb-soundfont"):
        find_soundfont("timgm6mb")
    with pytest.raises(ReadError, match="there is no such soundfont"):
        synthesise(notes_of((0, 1, 60, 90, 0)), "nowhere.sf2")
    (tmp_path / "TimGM6mb.sf2").write_bytes(b"")
    assert find_soundfont("timgm6mb") == tmp_path / "TimGM6mb.sf2"
    assert [font.name for font in installed()] == ["timgm6mb"]


def test_soundfonts_for_measuring_are_known_under_other_names(tmp_path: Path) -> None:
    link = tmp_path / "default.sf3"
    link.symlink_to(tmp_path / "MuseScore_General_Full.sf3")
    assert is_for_measuring(link)
    assert is_for_measuring(Path("MS-musescore-general.sf2"))
    assert not is_for_measuring(Path("FluidR3_GM.sf2"))


def no_library() -> None:
    raise OSError("not found")


def test_a_missing_synthesiser_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fluidsynth, "library", no_library)
    (tmp_path / "any.sf2").write_bytes(b"RIFF")
    with pytest.raises(ReadError, match="FluidSynth is not installed; install"):
        synthesise(notes_of((0, 1, 60, 90, 0)), tmp_path / "any.sf2")


@needs_soundfont
@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is not a soundfont"),
        (b"RIFF\x10\x00\x00\x00WAVE" + bytes(20), "is not a soundfont"),
        (b"RIFF\xff\x00\x00\x00sfbkLIST", "is cut off: 16 of 263 bytes"),
        (b"RIFF\x24\x00\x00\x00sfbkLIST" + bytes(32), "cannot read this soundfont"),
    ],
)
def test_files_that_are_no_soundfonts(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "some.sf2").write_bytes(content)
    with pytest.raises(ReadError, match=rf"some\.sf2: .*{fault}"):
        synthesise(notes_of((0, 1, 60, 90, 0)), tmp_path / "some.sf2")


@needs_soundfont
def test_events_lie_on_blocks() -> None:
    rendering = synthesise(notes_of((0.12345, 0.4, 60, 90, 0)), "timgm6mb", sample_rate=44_100)
    samples = rendering.notes.onset_s[0] * 44_100
    assert samples / BLOCK == pytest.approx(round(samples / BLOCK), abs=1e-6)


def test_files_in_worker_processes(tmp_path: Path) -> None:
    played = notes_of((0.25, 0.75, 60, 90, 0), (0.75, 1.25, 64, 90, 0))
    for name in ("one", "two"):
        write_midi(played, tmp_path / f"{name}.mid")
    (tmp_path / "bad.mid").write_bytes(b"nothing")
    jobs = [
        Job(tmp_path / f"{name}.mid", tmp_path / f"{name}.wav", sample_rate=RATE)
        for name in ("one", "bad", "two")
    ]
    jobs.append(Job(tmp_path / "one.mid", tmp_path / "one.mp3"))
    told: list[Outcome] = []
    outcomes = synthesise_files(jobs, 2, told.append)
    assert [outcome.job for outcome in outcomes] == jobs
    assert len(told) == 4
    assert [bool(outcome.failure) for outcome in outcomes] == [False, True, False, True]
    assert outcomes[1].failure == f"{tmp_path / 'bad.mid'}: is not a MIDI file; export it again"
    assert ".wav, .flac or .ogg" in outcomes[3].failure
    notes = outcomes[0].notes
    assert notes is not None
    np.testing.assert_allclose(notes.onset_s, [0.25, 0.75], atol=1e-3)
    with wave.open(str(tmp_path / "one.wav")) as file:
        assert file.getnframes() == round(outcomes[0].duration_s * RATE)
    assert not list(tmp_path.glob(".*"))


def test_a_dead_worker_is_the_fault_of_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_midi(notes_of((0.0, 0.2, 60, 90, 0)), tmp_path / "good.mid")
    jobs = [Job(tmp_path / f"{n}.mid", tmp_path / f"{n}.wav") for n in ("good", "deadly")]
    monkeypatch.setattr(batch, "play_file", dying_play_file)
    good, deadly = synthesise_files(jobs, 2)
    assert not good.failure
    assert deadly.failure == f"{tmp_path / 'deadly.mid'}: the synthesiser broke down on it"


def dying_play_file(job: Job, threads: int = 1) -> Outcome:
    import os

    if job.midi.stem == "deadly":
        os._exit(11)
    return Outcome(job)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_written_formats_come_back(tmp_path: Path, suffix: str) -> None:
    import soundfile

    rendering = synthesise(notes_of((0.0, 1.0, 69, 100, 19)), "builtin", sample_rate=RATE)
    path = tmp_path / "folder" / f"take.{suffix}"
    batch.write_audio(rendering.waveform, RATE, path)
    samples, rate = soundfile.read(path)
    assert (rate, len(samples)) == (RATE, len(rendering.waveform))
    assert np.abs(samples - rendering.waveform).max() < (0.1 if suffix == "ogg" else 1e-4)


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "piece.mid"
    write_midi(notes_of((0.0, 0.5, 60, 90, 0), (0.5, 1.0, 64, 90, 0)), source)
    out = tmp_path / "out"
    arguments = [str(out), str(source), "--rate", "16000", "--format", "wav", "--workers", "1"]
    assert main([*arguments, "--vary", "4"]) == 0
    assert "1 recordings" in capsys.readouterr().out
    lines = (out / "piece.csv").read_text().splitlines()
    assert lines[0] == "onset_s,offset_s,pitch,velocity,program"
    assert len(lines) == 3
    performance = Performance.draw(np.random.default_rng([4, 0]))
    played = performance.play(read_midi(source).notes)
    assert float(lines[2].split(",")[0]) == pytest.approx(played.onset_s[1], abs=1e-3)
    assert main([*arguments, "--voice", "nowhere.sf2"]) == 1
    assert "piece.mid: nowhere.sf2: there is no such soundfont" in capsys.readouterr().err
    assert main([str(out), str(source), str(source)]) == 1
