"""GTZAN's genre collection: 1,000 clips of 30 s in ten genres, by the fault-filtered split.

Layout: ``genres/<genre>/<genre>.00000.wav`` (or ``.au``, as the first archive had, or the folder
``genres_original`` of a later copy) and beside it the lists ``train_filtered.txt``,
``valid_filtered.txt`` and ``test_filtered.txt``, also in a folder ``GTZAN_split``. The lists leave
out 70 faulty clips (repeated, distorted, mislabelled) and keep an artist on one side; Sturm, "The
GTZAN dataset", 2013, found the faults. ``mirdata`` has ``gtzan_genre``, but downloads an index for
it and knows no such split, so that this module's own reading is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.tables import media_of, one_of, read_lines

FACTS = SourceFacts(
    name="gtzan",
    title="GTZAN genre collection, fault-filtered",
    homepage=(
        "http://opihi.cs.uvic.ca/sound/genres.tar.gz, "
        "the lists at https://github.com/jongpillee/music_dataset_split"
    ),
    licence="not stated by the publisher",
    citation=(
        "G. Tzanetakis, P. Cook: Musical genre classification of audio signals, IEEE Transactions "
        "on Speech and Audio Processing 10(5), 2002; C. Kereliuk, B. L. Sturm, J. Larsen: Deep "
        "learning and music adversaries, IEEE Transactions on Multimedia 17(11), 2015 (the split)"
    ),
    revision="2002; lists of jongpillee/music_dataset_split at 07e855758f18",
    layout=(
        "genres/<genre>/<genre>.00000.wav or .au, and train_filtered.txt, valid_filtered.txt and "
        "test_filtered.txt beside it or in GTZAN_split"
    ),
    gives=("audio", "tags"),
    checksums={"genres.tar.gz": "md5:5b3d6dddb579ab49814ab86dba69e7c7"},
)

_LISTS = {"train": "train_filtered.txt", "valid": "valid_filtered.txt", "test": "test_filtered.txt"}
_WORDS = {"hiphop": "hip hop"}


@dataclass(frozen=True)
class Gtzan:
    """Clips of the lists; artists are not named, so ``work`` is the clip."""

    facts: SourceFacts = FACTS

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every clip of the lists whose file is there: train, valid, test, in the lists' order."""
        clips = one_of(root, self.facts, "genres", "genres_original")
        lists = {
            split: one_of(root, self.facts, name, f"GTZAN_split/{name}")
            for split, name in _LISTS.items()
        }
        return self._entries(clips, lists)

    def _entries(self, clips: Path, lists: dict[str, Path]) -> Iterator[Entry]:
        for split, path in lists.items():
            for line in read_lines(path):
                name = Path(line.strip())
                audio = media_of(clips / name) or media_of((clips / name).with_suffix(".au"))
                if not name.suffix or not audio:
                    continue
                genre = name.parent.name
                yield Entry(
                    identifier=name.stem,
                    work=name.stem,
                    split=split,
                    media={"audio": audio},
                    tags=(_WORDS.get(genre, genre),),
                )


SOURCE = Gtzan()
