"""A space of small random nets, and small files of every modality."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unisono.data.notes import Notes
from unisono.towers.bundle import NetsConfig, SpaceConfig

NETS = NetsConfig(
    notes_dimension=12,
    character_dimension=8,
    notes_widths=(4, 4, 8),
    midi_notes_widths=(4, 4, 8),
    notes_features=16,
    notes_dilations=(1, 2),
    widths=(4, 4, 8, 8),
    midi_widths=(4, 4, 8, 8),
    features=16,
    cover_widths=(4, 4, 8, 8),
    text_hidden=16,
)
CONFIG = SpaceConfig(name="tiny", nets=NETS)

MELODY = (60, 64, 67, 72, 71, 69, 65, 62, 59, 55, 57, 61, 66, 70, 73, 58)


@dataclass(frozen=True)
class Files:
    """One file of each kind; two recordings and MIDI files more, of other notes and lengths."""

    audio: Path
    midi: Path
    score: Path
    page: Path
    cover: Path
    text: Path
    more_audio: tuple[Path, Path]
    more_midi: tuple[Path, Path]
    other_score: Path
    other_cover: Path


def melody_notes(seconds: float, *, shift: int = 0, step_s: float = 0.5) -> Notes:
    """A melody in notes of ``step_s``, the last one to the end."""
    count = max(1, int(seconds / step_s))
    onset = np.arange(count) * step_s
    pitch = np.array([MELODY[(i + i // 16) % 16] + shift for i in range(count)], np.int16)
    return Notes(
        onset_s=onset,
        offset_s=np.append(onset[1:], seconds),
        pitch=pitch,
        velocity=np.full(count, 80, np.int16),
        program=np.zeros(count, np.int16),
    )


def sound(notes: Notes, rate: int = 16_000, lead_s: float = 0.0) -> np.ndarray:
    """Decaying tones of three partials, (samples,) float32."""
    out = np.zeros(round((lead_s + notes.duration_s) * rate), np.float32)
    for onset, offset, pitch in zip(notes.onset_s, notes.offset_s, notes.pitch, strict=True):
        first, last = round((lead_s + onset) * rate), round((lead_s + offset) * rate)
        time = np.arange(last - first) / rate
        frequency = 440.0 * 2 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * frequency * k * time) / k for k in (1, 2, 3))
        fade = np.minimum(1.0, time / 0.01) * np.minimum(1.0, (time[-1] - time) / 0.01)
        out[first:last] += (0.2 * tone * fade * np.exp(-2 * time)).astype(np.float32)
    return out


def write_sound(path: Path, samples: np.ndarray, rate: int = 16_000) -> Path:
    import soundfile

    soundfile.write(path, samples, rate)
    return path


def write_files(folder: Path) -> Files:
    from PIL import Image
    from short_scores import melody, score

    from unisono.data.engraving import Layout, engrave
    from unisono.data.readers.midi import write_midi

    def audio(name: str, seconds: float, shift: int) -> Path:
        return write_sound(folder / name, sound(melody_notes(seconds, shift=shift)))

    def midi(name: str, seconds: float, shift: int) -> Path:
        write_midi(melody_notes(seconds, shift=shift), folder / name)
        return folder / name

    xml = score([melody(24), melody(24, 5)])
    (folder / "score.musicxml").write_text(xml)
    (folder / "other.musicxml").write_text(score([melody(6, 3)]))
    page = engrave(xml, Layout(staff_space_px=9.0, page_width=90, page_height=120)).pages[0]
    Image.fromarray(page).save(folder / "page.png")
    random = np.random.default_rng(3)
    for name in ("cover.png", "other.png"):
        blocks = random.integers(0, 255, (5, 5, 3)).astype(np.uint8)
        Image.fromarray(blocks).resize((300, 300), Image.Resampling.BICUBIC).save(folder / name)
    (folder / "note.txt").write_text("a calm melody for piano\n")
    return Files(
        audio=audio("take.wav", 12.3, 0),
        midi=midi("take.mid", 12.3, 0),
        score=folder / "score.musicxml",
        page=folder / "page.png",
        cover=folder / "cover.png",
        text=folder / "note.txt",
        more_audio=(audio("second.wav", 3.1, 2), audio("third.wav", 31.0, 5)),
        more_midi=(midi("second.mid", 3.1, 2), midi("third.mid", 70.0, 5)),
        other_score=folder / "other.musicxml",
        other_cover=folder / "other.png",
    )
