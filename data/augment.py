"""Augmentation of recordings, MIDI, pages and covers, each of which says where places go.

    random = numpy.random.default_rng(7)
    chain = PHONE_RECORDING.draw(random)                # effects with their parameters
    heard = chain.apply(waveform, sample_rate)          # pure: the same every time
    chain.time_map(seconds), chain.semitones            # where sounds lie now, and how high

    change = HUMAN_PIANIST.draw(random).apply(Music.of(read_midi(path)))
    change.music.notes, change.rows, change.time_map    # which old note each new one is, and when

    chain = SCANNED_COVER.draw(random)
    chain.apply(picture), chain.places(size).points([[x, y]])

    chain = photograph(random, staff_space)             # a page of notes, by a telephone
    seen, places = chain.apply(page, random)            # places of the page in the picture
    places.boxes([[x0, y0, x1, y1]])

Pages have their effects in ``augmenting/page*.py``. Their strengths are drawn beforehand, their
grains and strokes as they are applied. ``learned_numbers`` (a pianist learned from ASAP) is for
non-commercial use and never taken by default.
"""

from __future__ import annotations

from unisono.data.augmenting.audio_level import Clipping, Gain, Level
from unisono.data.augmenting.audio_noise import Noise
from unisono.data.augmenting.audio_presets import (
    OLD_RECORDING,
    OTHER_TAKE,
    PHONE_RECORDING,
    RECORDING_OF_A_ROOM,
    WEB_FILE,
)
from unisono.data.augmenting.audio_time import LeadIn, Pitch, Speed, Tempo
from unisono.data.augmenting.audio_tone import Band, Equaliser, PhoneBand
from unisono.data.augmenting.codec import BITRATES, Codec
from unisono.data.augmenting.compose import (
    AudioChain,
    AudioRecipe,
    CoverChain,
    CoverRecipe,
    MidiChain,
    MidiRecipe,
    Step,
)
from unisono.data.augmenting.cover import (
    Blur,
    Colour,
    CoverEffect,
    Crop,
    Jpeg,
    Mirror,
    PrintAndScan,
    Thumbnail,
)
from unisono.data.augmenting.cover_presets import COVER_FOR_TRAINING, SCANNED_COVER, WEB_COVER
from unisono.data.augmenting.effect import AudioEffect, TimeMap, scaled_time
from unisono.data.augmenting.human_timing import SET_BY_HAND, PianistNumbers, learned_numbers
from unisono.data.augmenting.midi import NEW, MidiChange, MidiEffect, Music
from unisono.data.augmenting.midi_notes import (
    ExtraNotes,
    MergedNotes,
    MissingNotes,
    OtherPace,
    OtherPrograms,
    Quantised,
    SplitNotes,
    Transposed,
)
from unisono.data.augmenting.midi_pianist import HumanPianist
from unisono.data.augmenting.midi_presets import (
    HUMAN_PIANIST,
    SEQUENCER,
    TRANSCRIBER,
    human_pianist,
)
from unisono.data.augmenting.page import (
    PageAugmentation,
    PageEffect,
    draw_page_augmentation,
    photograph,
    scan,
)
from unisono.data.augmenting.places import PlaceMap
from unisono.data.augmenting.rooms import Room

__all__ = [
    "BITRATES",
    "COVER_FOR_TRAINING",
    "HUMAN_PIANIST",
    "NEW",
    "OLD_RECORDING",
    "OTHER_TAKE",
    "PHONE_RECORDING",
    "RECORDING_OF_A_ROOM",
    "SCANNED_COVER",
    "SEQUENCER",
    "SET_BY_HAND",
    "TRANSCRIBER",
    "WEB_COVER",
    "WEB_FILE",
    "AudioChain",
    "AudioEffect",
    "AudioRecipe",
    "Band",
    "Blur",
    "Clipping",
    "Codec",
    "Colour",
    "CoverChain",
    "CoverEffect",
    "CoverRecipe",
    "Crop",
    "Equaliser",
    "ExtraNotes",
    "Gain",
    "HumanPianist",
    "Jpeg",
    "LeadIn",
    "Level",
    "MergedNotes",
    "MidiChain",
    "MidiChange",
    "MidiEffect",
    "MidiRecipe",
    "Mirror",
    "MissingNotes",
    "Music",
    "Noise",
    "OtherPace",
    "OtherPrograms",
    "PageAugmentation",
    "PageEffect",
    "PhoneBand",
    "PianistNumbers",
    "Pitch",
    "PlaceMap",
    "PrintAndScan",
    "Quantised",
    "Room",
    "Speed",
    "SplitNotes",
    "Step",
    "Tempo",
    "Thumbnail",
    "TimeMap",
    "Transposed",
    "draw_page_augmentation",
    "human_pianist",
    "learned_numbers",
    "photograph",
    "scaled_time",
    "scan",
]
