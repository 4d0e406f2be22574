"""The sounds of a page: each is stored once, however many players and buttons use it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from unisono.data.places import TimeSpan
from unisono.report.sounds import LONGEST_S, Sound, sound_of


class SoundStore:
    """Collects sounds while a page is written, and gives each a name."""

    def __init__(self) -> None:
        self._names: dict[tuple[Path, int], str | None] = {}
        self._sounds: dict[str, Sound] = {}

    def name_of(self, path: Path, around: TimeSpan | None = None) -> str | None:
        """Return the name of a recording's sound, or None where there is nothing to play."""
        start = int(around.start_s) if around and around.end_s > LONGEST_S else 0
        key = (path, start)
        if key not in self._names:
            sound = sound_of(path, around)
            name = f"s{len(self._sounds)}" if sound else None
            self._names[key] = name
            if sound and name:
                self._sounds[name] = sound
        return self._names[key]

    def start_s(self, name: str) -> float:
        """The second of the recording at which a sound begins."""
        return self._sounds[name].start_s

    def whole(self, name: str) -> bool:
        """Tell whether a sound is the whole recording."""
        return self._sounds[name].whole

    def to_json(self) -> str:
        """Return {name: {"start": seconds, "mp3": base64}}, safe inside a script element."""
        return json.dumps(
            {
                name: {"start": sound.start_s, "mp3": base64.b64encode(sound.mp3).decode("ascii")}
                for name, sound in self._sounds.items()
            }
        )
