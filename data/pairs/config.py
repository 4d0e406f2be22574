"""Where pairs come from, as a configuration says it; ``open_source`` makes the source.

Every kind of source is one dataclass here. Paths may begin with ``~``; relative ones are taken
from the folder in which the training is started.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid")
"""Settings that do not exist are errors."""

Positives = Literal["augmentation", "proximity", "association"]


@dataclass(frozen=True, config=STRICT)
class TableSource:
    """A folder of files with a table (CSV, TSV or parquet) that says what belongs together.

    columns: role -> column that holds a file's path relative to ``folder``, or, for text, the
        sentence itself (a column of ``text`` may hold several, divided by ``|``). The role says
        the modality, with a number or word behind it if need be (``audio``, ``audio_2``,
        ``text_de``); for any other role it stands before the column (``left: audio:file``).
        A row in which one of these columns is empty is left out.
    work: column of the work; each row is a work of its own without it.
    where: column -> value that a row must have to be taken (``split: train``).
    seconds: length of the excerpts of recordings and MIDI files; 0 for the first ``longest_s``
        seconds of each. Sheets are cut to as many columns as go with an excerpt, or with 0
        taken from their beginning. MusicXML is engraved when it is first drawn, which takes
        seconds for a long score; pages as PDF or pictures are quicker.
    augment: excerpts at a random place, changed as rooms and scanners change them, and one of
        the sentences at random. Without it excerpts are the middle and texts the first sentence,
        the same at every draw.
    aligned: recordings and MIDI files of a row share one clock, so that their excerpts begin at
        the same second and show the same moments.
    """

    folder: str
    table: str
    columns: dict[str, str]
    work: str = ""
    where: dict[str, str] = field(default_factory=dict)
    seconds: float = 10.0
    longest_s: float = 60.0
    augment: bool = False
    aligned: bool = False
    kind: Literal["table"] = "table"


@dataclass(frozen=True, config=STRICT)
class DatasetSource:
    """A set of Hugging Face ``datasets``: a folder that ``save_to_disk`` wrote, or a Hub id.

    columns: role -> column, the role as in a table; audio and image columns are decoded here,
        text ones taken as they are, also lists of sentences; a column of MIDI or MusicXML holds
        bytes or a path.
    split: of a set that has several; a folder with one set is taken whole.
    configuration: of a set on the Hub that has several.
    The rest is as in a table.
    """

    name: str
    columns: dict[str, str]
    split: str = "train"
    configuration: str = ""
    work: str = ""
    where: dict[str, str] = field(default_factory=dict)
    seconds: float = 10.0
    longest_s: float = 60.0
    augment: bool = False
    aligned: bool = False
    kind: Literal["dataset"] = "dataset"


@dataclass(frozen=True, config=STRICT)
class ExcerptsSource:
    """Excerpts of prepared pieces: sound mixed on the spot, strip, MIDI and captions.

    prepared: a folder of ``unisono data build``, with one folder a split, or a file of
        ``unisono data pack``, which is unpacked beside itself.
    banks: a folder of ``python -m unisono.data.prepare_banks``; ``builtin`` for those of the
        pack and of the built-in synthesiser, which are made below ``prepared`` at the first use.
    Roles: audio, sheet, midi (with anchors), text (of the sound), sheet_text (of the page).
    """

    prepared: str
    banks: str = "builtin"
    split: str = "train"
    items: int = 0
    """Items drawn are the same at every draw when this is more than 0: so many, kept fixed."""
    kind: Literal["excerpts"] = "excerpts"


@dataclass(frozen=True, config=STRICT)
class CachedSource:
    """Excerpts of kept renditions: slices at anchors, a hundred times as fast as mixing anew.

    built: a folder of ``unisono data build``, or a pack. Renditions are made in its ``cache`` at
    the first use, with ``banks`` as in ``excerpts``; they take 32 kB for a second of music each.
    augment: what rooms and scanners do to sound and ink and transcribers to MIDI, drawn anew
        every time.
    collections: name -> share, so that a small collection is heard as often as a large one; those
        that are not named are left out. Without it pieces count by the root of their notes.
    seconds, columns, anchors: of an excerpt's sound and strip, and the places at which its sides
        meet.
    places: so many excerpts of one piece may come in one batch, where its pair set takes them for
        hard negatives (``same_work: negatives`` and ``per_work``).
    Roles: audio, sheet, midi, all with anchors.
    """

    built: str
    banks: str = "builtin"
    split: str = "train"
    collections: dict[str, float] = field(default_factory=dict)
    renditions: int = 2
    seconds: float = 6.4
    columns: int = 256
    anchors: int = 4
    places: int = 1
    seed: int = 0
    augment: bool = True
    kind: Literal["cached"] = "cached"


@dataclass(frozen=True, config=STRICT)
class ClipsSource:
    """Real clips with words of their genre. Roles: audio, text."""

    folder: str
    split: str = "train"
    free_only: bool = True
    augment: bool = True
    kind: Literal["clips"] = "clips"


@dataclass(frozen=True, config=STRICT)
class CoversSource:
    """Pictures with music of their own. Roles: cover, audio, text."""

    folder: str
    split: str = "train"
    free_only: bool = True
    augment: bool = True
    kind: Literal["covers"] = "covers"


@dataclass(frozen=True, config=STRICT)
class CaptionsSource:
    """Two ways to say the same: aspects and caption of MusicCaps. Roles: left, right (text)."""

    folder: str
    first: int = 0
    last: int = 2500
    kind: Literal["captions"] = "captions"


@dataclass(frozen=True, config=STRICT)
class AloneSource:
    """One modality as a pair of itself, from any other source. Roles: left, right.

    positives: ``augmentation`` gives the same excerpt twice, each augmented in its own way
        (SimCLR, Chen et al. 2020; CLMR, Spijkervet and Burgoyne 2021; MULE, McCallum et al. 2022);
        ``proximity`` two excerpts of one item at most ``within_s`` apart (CPC, van den Oord et al.
        2018; McCallum 2019);
        ``association`` two items that share the value of ``by`` (artist, album, label, track or
        playlist: a column of the table; Ferraro et al. 2021; Alonso-Jimenez et al. 2022). The
        column may hold several values divided by ``|``: items that share any of them are a pair,
        but only those with the same first shared value are kept from being negatives.
    role: of the source whose cells are paired; rows with the same content are one item.
    within_s: on a sheet 40 columns count as a second.
    seconds: length of excerpts, instead of that of the source.
    The source's ``augment`` says whether excerpts of proximity and association are augmented and
    drawn anew every time; without it every item stays the same pair.
    """

    of: Annotated[TableSource | DatasetSource, Field(discriminator="kind")]
    role: str
    positives: Positives = "augmentation"
    by: str = ""
    within_s: float = 10.0
    seconds: float = 5.0
    kind: Literal["alone"] = "alone"


SourceConfig = Annotated[
    TableSource
    | DatasetSource
    | ExcerptsSource
    | CachedSource
    | ClipsSource
    | CoversSource
    | CaptionsSource
    | AloneSource,
    Field(discriminator="kind"),
]
