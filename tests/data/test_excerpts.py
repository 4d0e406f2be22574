from __future__ import annotations

import re

import numpy as np
import pytest
from made_pieces import made_piece, sine_bank
from short_scores import melody, score

from unisono.data.corpus import PieceFacts, piece_from_engraving
from unisono.data.engraving import Layout, engrave
from unisono.data.excerpts import ANCHORS, EXCERPT_S, STRIP_WIDTH, Excerpt, ExcerptSource
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.sound.sampled_notes import SAMPLE_RATE


@pytest.fixture(scope="module")
def source() -> ExcerptSource:
    return ExcerptSource([made_piece(1), made_piece(2)], {"piano": [sine_bank()]})


def draw(source: ExcerptSource, seed: int) -> Excerpt:
    return source.draw(np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(12))
def test_shapes_and_anchors_inside(source: ExcerptSource, seed: int) -> None:
    excerpt = draw(source, seed)
    assert excerpt.waveform.shape == (int(EXCERPT_S * SAMPLE_RATE),)
    assert excerpt.strip.shape == (STRIP_HEIGHT, STRIP_WIDTH)
    assert excerpt.waveform.dtype == excerpt.strip.dtype == np.float32
    assert np.abs(excerpt.waveform).max() > 0.005
    assert excerpt.strip.max() > 0.3
    for anchors, end in (
        (excerpt.audio_s, EXCERPT_S),
        (excerpt.midi_s, EXCERPT_S),
        (excerpt.strip_x, STRIP_WIDTH),
    ):
        assert anchors.shape == (ANCHORS,)
        assert (anchors >= 0).all()
        assert (anchors < end).all()
    assert excerpt.usable[0]
    assert excerpt.sounding_caption
    assert excerpt.sheet_caption
    assert excerpt.work in ("made piece 1", "made piece 2")


@pytest.mark.parametrize("seed", range(6))
def test_anchors_are_onsets_of_the_notes(source: ExcerptSource, seed: int) -> None:
    excerpt = draw(source, seed)
    anchors = excerpt.midi_s[excerpt.usable]
    nearest = np.abs(anchors[:, None] - excerpt.notes.onset_s[None]).min(axis=1)
    # onsets are blurred by some 20 ms, and a tenth of the notes may be left out
    assert np.median(nearest) < 0.1
    assert len(np.unique(anchors)) == len(anchors)
    # the same order in sound, in MIDI and on the strip
    order = np.argsort(anchors)
    for other in (excerpt.audio_s, excerpt.strip_x):
        assert (np.diff(other[excerpt.usable][order]) > 0).all()


def test_anchors_fall_on_notes_of_the_strip(source: ExcerptSource) -> None:
    piece = made_piece(7)
    alone = ExcerptSource([piece], {"piano": [sine_bank()]})
    heads = (piece.ink > 200).any(axis=0)
    assert heads[piece.x.astype(int)].all()
    hits = []
    for seed in range(8):
        excerpt = draw(alone, seed)
        # a zoom by up to a fifth moves the outer ones
        for x in excerpt.strip_x[excerpt.usable & (np.abs(excerpt.strip_x - 128) < 30)]:
            column = excerpt.strip[:, max(0, round(float(x)) - 6) : round(float(x)) + 7]
            hits.append(column.max() > 0.5 * excerpt.strip.max())
    assert len(hits) > 5
    assert np.mean(hits) > 0.9


def test_the_same_generator_the_same_excerpt(source: ExcerptSource) -> None:
    first, second, other = (draw(source, seed) for seed in (3, 3, 4))
    for name in ("waveform", "strip", "audio_s", "midi_s", "strip_x", "usable"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert (first.sounding_caption, first.sheet_caption) == (
        second.sounding_caption,
        second.sheet_caption,
    )
    np.testing.assert_array_equal(first.notes.onset_s, second.notes.onset_s)
    assert (first.waveform != other.waveform).any()


def test_a_piece_of_one_note(source: ExcerptSource) -> None:
    excerpt = draw(ExcerptSource([made_piece(1, count=1)], {"piano": [sine_bank()]}), 0)
    assert excerpt.usable.tolist() == [True, False, False, False]
    assert len(set(excerpt.strip_x.tolist())) == 1
    assert len(excerpt.notes) == 1


def test_captions_state_the_metre_the_pulse_and_the_mark_of_a_score() -> None:
    xml = score([melody(20)]).replace("<words/>", "<words>Allegro molto</words>")
    facts = PieceFacts("made", "one", "Etude", "Bach", "CC0", ("piano",))
    piece = piece_from_engraving(engrave(xml, Layout(staff_space_px=6.0, text=False)), facts)
    assert (piece.facts.metre, piece.facts.tempo_mark) == ("4/4", "Allegro molto")
    source = ExcerptSource([piece], {"piano": [sine_bank()]})
    sounding, sheet, paces = "", "", set[int]()
    for seed in range(150):
        excerpt = source.draw_from(0, np.random.default_rng(seed), sound=False, strip=False)
        sounding, sheet = sounding + excerpt.sounding_caption, sheet + excerpt.sheet_caption
        stated = re.search(r"(\d+) (?:bpm|beats per minute)", excerpt.sounding_caption)
        paces |= {int(stated[1])} if stated else set()
    assert "llegro molto" in sheet
    assert "llegro molto" not in sounding  # the excerpt is played at another tempo
    assert "4/4" in sounding
    assert "3/4" not in sounding + sheet
    assert len(paces) > 5  # one an excerpt, near the 120 of the score
    assert 50 < min(paces) < 120 < max(paces) < 250
