"""Parts of files that ask: a system cut from a page, a few seconds cut from a recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from unisono.data.places import Place, Region, TimeSpan


def middle_system(places: Sequence[Place | None]) -> Region | None:
    """Return the whole middle system of a page; None for a page with fewer than three."""
    regions = [place for place in places if isinstance(place, Region) and place.page == 1]
    systems = sorted({region.system for region in regions})
    if len(systems) < 3:
        return None
    system = systems[len(systems) // 2]
    own = [region for region in regions if region.system == system]
    return Region(
        1,
        system,
        min(region.x0 for region in own),
        max(region.x1 for region in own),
        min(region.y0 for region in own),
        max(region.y1 for region in own),
    )


def cut_region(page: Path, region: Region, scratch: Path) -> Path | None:
    """Write a part of a picture into a folder, with some paper around it; None for no picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(page) as image:
            margin = 0.3 * (region.y1 - region.y0)
            box = (
                max(0, round(region.x0 - margin)),
                max(0, round(region.y0 - margin)),
                min(image.width, round(region.x1 + margin)),
                min(image.height, round(region.y1 + margin)),
            )
            part = image.convert("L").crop(box)
    except (UnidentifiedImageError, OSError):
        return None
    path = scratch / "system.png"
    part.save(path)
    return path


def cut_seconds(recording: Path, seconds: float, scratch: Path) -> TimeSpan | None:
    """Write the middle of a recording to ``excerpt.wav`` in a folder, and return its span.

    None for a recording that is hardly longer than that, or in a container that soundfile
    cannot read.
    """
    import soundfile

    try:
        with soundfile.SoundFile(recording) as file:
            length_s = file.frames / file.samplerate
            if length_s < 1.5 * seconds:
                return None
            start_s = (length_s - seconds) / 2
            file.seek(round(start_s * file.samplerate))
            samples = file.read(round(seconds * file.samplerate), always_2d=True)
            soundfile.write(scratch / "excerpt.wav", samples, file.samplerate)
    except (soundfile.SoundFileError, OSError):
        return None
    return TimeSpan(start_s, start_s + seconds)
