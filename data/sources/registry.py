"""The sources by name; a module is imported when its source is asked for."""

from __future__ import annotations

from importlib import import_module

from unisono.data.sources.entry import Source

_MODULES: dict[str, str] = {
    "asap": "asap",
    "asap_original": "asap_original",
    "captions": "captions",
    "chopin": "chopin",
    "covers": "covers",
    "damp": "damp",
    "damp_vsep": "damp_vsep",
    "discogs": "discogs",
    "fma": "fma",
    "genres": "genres",
    "gtzan": "gtzan",
    "lakh": "lakh",
    "lieder": "lieder",
    "lmd_matched": "lmd_matched",
    "maestro": "maestro",
    "magnatagatune": "magnatagatune",
    "midicaps": "midicaps",
    "million_playlists": "million_playlists",
    "msmd": "msmd",
    "msmd_original": "msmd_original",
    "mtg_jamendo": "mtg_jamendo",
    "mumu": "mumu",
    "musdb18": "musdb18",
    "musiccaps": "musiccaps",
    "nasap": "nasap",
    "playlists": "playlists",
    "pop909": "pop909",
    "quartets": "quartets",
    "recordings": "recordings",
    "scans": "scans",
    "song_describer": "song_describer",
    "violin": "violin",
}
"""Name on the command line -> module below ``unisono.data.sources`` that has ``SOURCE``."""


class UnknownSourceError(LookupError):
    """There is no source of that name; the message lists those that there are."""


def source_names() -> tuple[str, ...]:
    """Names of all sources, sorted."""
    return tuple(sorted(_MODULES))


def open_source(name: str) -> Source:
    """The source of a name; raises UnknownSourceError."""
    if name not in _MODULES:
        raise UnknownSourceError(f"no source '{name}'; there are {', '.join(source_names())}")
    source: Source = import_module(f"unisono.data.sources.{_MODULES[name]}").SOURCE
    return source
