"""The source that a configuration describes, opened."""

from __future__ import annotations

from unisono.data.pairs.alone import open_alone
from unisono.data.pairs.cached import open_cached
from unisono.data.pairs.captions import open_captions
from unisono.data.pairs.clips import open_clips
from unisono.data.pairs.config import (
    AloneSource,
    CachedSource,
    CaptionsSource,
    ClipsSource,
    CoversSource,
    DatasetSource,
    ExcerptsSource,
    SourceConfig,
    TableSource,
)
from unisono.data.pairs.covers import open_covers
from unisono.data.pairs.datasets_source import open_dataset_source
from unisono.data.pairs.excerpts import open_excerpts
from unisono.data.pairs.source import PairSource
from unisono.data.pairs.table import open_table_source


def open_source(config: SourceConfig) -> PairSource:
    """Open a source of pairs; raises SourceError in one sentence where that cannot be done."""
    match config:
        case TableSource():
            return open_table_source(config)
        case DatasetSource():
            return open_dataset_source(config)
        case ExcerptsSource():
            return open_excerpts(config)
        case CachedSource():
            return open_cached(config)
        case ClipsSource():
            return open_clips(config)
        case CoversSource():
            return open_covers(config)
        case CaptionsSource():
            return open_captions(config)
        case AloneSource():
            return open_alone(config)
