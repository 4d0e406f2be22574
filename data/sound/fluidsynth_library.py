"""The few functions of libfluidsynth (LGPL-2.1, FluidSynth 2) that are called here."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache
from pathlib import Path

_PLACES = ("/opt/homebrew/lib/libfluidsynth.dylib", "/usr/local/lib/libfluidsynth.dylib")
_POINTER, _INT = ctypes.c_void_p, ctypes.c_int

_FUNCTIONS: dict[str, tuple[object, tuple[object, ...]]] = {
    "fluid_set_log_function": (_POINTER, (_INT, _POINTER, _POINTER)),
    "new_fluid_settings": (_POINTER, ()),
    "delete_fluid_settings": (None, (_POINTER,)),
    "fluid_settings_setint": (_INT, (_POINTER, ctypes.c_char_p, _INT)),
    "fluid_settings_setnum": (_INT, (_POINTER, ctypes.c_char_p, ctypes.c_double)),
    "new_fluid_synth": (_POINTER, (_POINTER,)),
    "delete_fluid_synth": (None, (_POINTER,)),
    "fluid_synth_sfload": (_INT, (_POINTER, ctypes.c_char_p, _INT)),
    "fluid_synth_set_channel_type": (_INT, (_POINTER, _INT, _INT)),
    "fluid_synth_program_select": (_INT, (_POINTER, _INT, _INT, _INT, _INT)),
    "fluid_synth_set_gen": (_INT, (_POINTER, _INT, _INT, ctypes.c_float)),
    "fluid_synth_noteon": (_INT, (_POINTER, _INT, _INT, _INT)),
    "fluid_synth_noteoff": (_INT, (_POINTER, _INT, _INT)),
    "fluid_synth_get_active_voice_count": (_INT, (_POINTER,)),
    "fluid_synth_write_float": (_INT, (_POINTER, _INT, _POINTER, _INT, _INT, _POINTER, _INT, _INT)),
}


def library_path() -> str | None:
    """Where the library is, or None."""
    found = ctypes.util.find_library("fluidsynth")
    return found or next((place for place in _PLACES if Path(place).exists()), None)


@cache
def library() -> ctypes.CDLL:
    """The library, told to be silent; raises OSError where it is not installed."""
    path = library_path()
    if path is None:
        raise OSError("libfluidsynth was not found")
    loaded = ctypes.CDLL(path)
    if not hasattr(loaded, "fluid_synth_get_active_voice_count"):
        raise OSError(f"{path} is no libfluidsynth")
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    for level in range(5):
        loaded.fluid_set_log_function(level, None, None)
    return loaded
