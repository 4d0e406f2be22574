"""Front ends: what a tower is given of a side, where moments fall, and that padding is not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from small_runs import small_nets
from tiny_space import melody_notes, sound
from torch import Tensor

from unisono.data.augmenting.effect import TimeMap, scaled_time
from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.pairs.source import Side
from unisono.towers.training.config import View
from unisono.towers.training.front_ends import (
    FrontEnd,
    PictureFrontEnd,
    RollFrontEnd,
    SentenceFrontEnd,
    SpectrogramFrontEnd,
    StripFrontEnd,
    StripPictureFrontEnd,
    WaveformFrontEnd,
    text_front_end,
)
from unisono.towers.training.inputs import Inputs, join

RATE = 16_000
FRONT_ENDS: dict[Modality, FrontEnd] = {
    Modality.AUDIO: SpectrogramFrontEnd(),
    Modality.MIDI: RollFrontEnd(),
    Modality.SHEET: StripFrontEnd(),
}
BOTH: tuple[View, ...] = ("notes", "character")


def note(second: float) -> Notes:
    return Notes(
        np.array([second]),
        np.array([second + 0.05]),
        np.array([60], np.int16),
        np.array([80], np.int16),
        np.array([0], np.int16),
    )


def showing(modality: Modality, moment: float) -> Side:
    """Six seconds, or 240 columns, with something at one moment alone, and an anchor there."""
    anchors = np.array([moment], np.float32)
    if modality is Modality.AUDIO:
        click = np.zeros(6 * RATE, np.float32)
        first = round(moment * RATE)
        click[first : first + 8] = 1.0
        return Side(modality, click, anchors=anchors)
    if modality is Modality.MIDI:
        return Side(modality, note(moment), anchors=anchors, duration_s=6.0)
    ink = np.zeros((STRIP_HEIGHT, 240), np.float32)
    ink[60:70, round(moment)] = 1.0
    return Side(modality, ink, anchors=anchors)


@given(share=st.floats(0.05, 0.95), faster=st.floats(-0.4, 0.4), seed=st.integers(0, 99))
@examples(max_examples=25)
def test_sound_is_heard_at_its_pace(share: float, faster: float, seed: int) -> None:
    bends = np.random.default_rng(seed).uniform(0.7, 1.4, 6)
    old = np.arange(7.0)
    pace = TimeMap(old, np.concatenate([[0.0], np.cumsum(bends)]) * np.exp(faster))
    as_it_is = showing(Modality.AUDIO, 6 * share)
    moment, whole = float(pace(6 * share)), float(pace(6.0))
    side = replace(as_it_is, pace=pace, duration_s=whole, anchors=np.array([moment], np.float32))
    inputs = SpectrogramFrontEnd()([side])
    assert inputs.arrays.shape[-1] == -(-int(whole * 20) // 4) * 4
    shown = int(inputs.arrays[0, 0].sum(0).argmax())
    assert abs(shown / 20 - moment) <= 0.05 + 1e-3


def test_a_pace_that_changes_nothing_is_heard_as_none() -> None:
    waveform = np.random.default_rng(0).normal(0, 0.1, 3 * RATE).astype(np.float32)
    plain = Side(Modality.AUDIO, waveform)
    paced = replace(plain, pace=scaled_time(), duration_s=3.0)
    torch.testing.assert_close(
        SpectrogramFrontEnd()([plain]).arrays, SpectrogramFrontEnd()([paced]).arrays
    )


@pytest.mark.parametrize(("modality", "end"), [("audio", 5.8), ("midi", 5.8), ("sheet", 238)])
def test_anchors_fall_on_the_column_that_shows_the_moment(modality: str, end: float) -> None:
    @given(share=st.floats(0.02, 1))
    @examples(max_examples=25)
    def check(share: float) -> None:
        side = showing(Modality(modality), end * share)
        inputs = FRONT_ENDS[side.modality]([side])
        shown = int(inputs.arrays[0, 0].sum(0).argmax())
        stride = 4 if modality == "sheet" else 2
        assert inputs.anchors is not None
        column = int(inputs.anchors[0, 0])
        # the frame may be rounded to the other side of a border between columns
        assert column in {max(shown - 1, 0) // stride, shown // stride, (shown + 1) // stride}

    check()


def test_anchors_in_the_middle_of_columns_are_exact() -> None:
    for modality, rate, stride in (("audio", 20, 2), ("midi", 20, 2), ("sheet", 1, 4)):
        for column in (1, 7, 20):
            side = showing(Modality(modality), (stride * column + stride / 2 - 0.5) / rate)
            inputs = FRONT_ENDS[side.modality]([side])
            assert inputs.anchors is not None
            assert inputs.anchors.tolist() == [[column]]


def test_anchors_beyond_the_end_are_held_inside() -> None:
    side = Side(Modality.MIDI, note(0.5), anchors=np.array([-1, 99], np.float32), duration_s=6.4)
    inputs = RollFrontEnd()([side])
    assert inputs.anchors is not None
    assert inputs.anchors.tolist() == [[0, 63]]


def test_a_batch_in_which_one_has_no_anchors_has_none() -> None:
    anchored = showing(Modality.SHEET, 20)
    plain = Side(Modality.SHEET, np.zeros((STRIP_HEIGHT, 240), np.float32))
    assert StripFrontEnd()([anchored, plain]).anchors is None


def lasting(modality: Modality, length: float, seed: int) -> Side:
    if modality is Modality.AUDIO:
        samples = sound(melody_notes(length + 1.0, shift=seed))[: round(length * RATE)]
        return Side(modality, samples, anchors=np.array([0.4, length - 0.1], np.float32))
    if modality is Modality.MIDI:
        notes = melody_notes(length, shift=seed)
        return Side(modality, notes, anchors=np.array([0.4, length - 0.1], np.float32))
    width = round(40 * length)
    ink = np.random.default_rng(seed).random((STRIP_HEIGHT, width)).astype(np.float32)
    return Side(modality, ink, anchors=np.array([3, width - 2], np.float32))


@pytest.mark.parametrize("anchored", [False, True])
@pytest.mark.parametrize("modality", list(FRONT_ENDS))
def test_an_item_in_a_batch_of_longer_ones_is_as_it_is_alone(
    modality: Modality, anchored: bool
) -> None:
    nets = small_nets(modality).eval()
    torch.manual_seed(3)
    for name, buffer in nets.named_buffers():  # as after training, biases are not 0
        if "running_mean" in name:
            buffer.normal_()
    for name, parameter in nets.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter)
    sides = [lasting(modality, length, i) for i, length in enumerate((1.237, 3.3, 2.0, 2.11))]

    def vectors(chosen: list[Side]) -> Tensor:
        inputs = FRONT_ENDS[modality](chosen)
        if not anchored:
            inputs = Inputs(inputs.arrays, extra=inputs.extra, lengths=inputs.lengths)
        with torch.no_grad():
            return nets.embed(modality, inputs, BOTH)

    together = vectors(sides)
    for row, side in zip(together, sides, strict=True):
        torch.testing.assert_close(vectors([side])[0], row, atol=1e-5, rtol=0)
    assert (together[0] - together[1]).abs().max() > 1e-3  # a hundred times the tolerance


@given(st.lists(st.integers(1, 16_000), min_size=1, max_size=4))
@examples(max_examples=30)
def test_recordings_of_any_length_make_a_batch(lengths: list[int]) -> None:
    inputs = SpectrogramFrontEnd()([Side(Modality.AUDIO, np.ones(n, np.float32)) for n in lengths])
    columns = [-(-max(1, n // 800) // 2) for n in lengths]
    width = -(-max(columns) // 2) * 4
    assert inputs.arrays.shape == (len(lengths), 1, 112, width)
    if 2 * min(columns) == width:
        assert inputs.lengths is None
    else:
        assert inputs.lengths is not None
        assert inputs.lengths.tolist() == columns


def test_an_equaliser_is_of_its_own_item() -> None:
    waveform = sound(melody_notes(1.6))
    gain = np.linspace(0.5, 2, 112).astype(np.float32)
    plain, changed = (
        Side(Modality.AUDIO, waveform),
        Side(Modality.AUDIO, waveform, equaliser=gain),
    )
    arrays = SpectrogramFrontEnd()([plain, changed]).arrays
    torch.testing.assert_close(arrays[0], SpectrogramFrontEnd()([plain]).arrays[0])
    expected = torch.log1p(torch.expm1(arrays[0, 0]) * torch.from_numpy(gain)[:, None])
    torch.testing.assert_close(arrays[1, 0], expected, atol=1e-4, rtol=1e-3)


def test_pictures_of_another_size_are_scaled() -> None:
    picture = np.zeros((3, 128, 128), np.float32)
    picture[0, :64] = 1.0
    arrays = PictureFrontEnd(96)([Side(Modality.COVER, picture)]).arrays
    assert arrays.shape == (1, 3, 96, 96)
    assert float(arrays[0, 0, :47].min()) == 1.0
    assert float(arrays[0, 0, 49:].max()) == float(arrays[0, 1:].max()) == 0.0


def test_waveforms_for_foreign_towers_have_their_rate() -> None:
    sides = [Side(Modality.AUDIO, np.ones(n, np.float32)) for n in (16_000, 8_000)]
    arrays = WaveformFrontEnd(48_000)(sides).arrays
    assert arrays.shape == (2, 48_000)
    assert arrays.dtype == torch.float32
    assert float(arrays[0].mean()) == pytest.approx(1, abs=0.02)
    assert float(arrays[1, 24_500:].abs().max()) < 1e-3


def test_strips_for_foreign_towers_are_the_middle_black_on_white() -> None:
    ink = np.zeros((STRIP_HEIGHT, 300), np.float32)
    ink[:, 150] = 1.0
    short = np.ones((STRIP_HEIGHT, 10), np.float32)
    arrays = StripPictureFrontEnd(100)(
        [Side(Modality.SHEET, ink), Side(Modality.SHEET, short)]
    ).arrays
    assert arrays.shape == (2, 3, STRIP_HEIGHT, 100)
    assert float(arrays[0, :, :, 50].max()) == 0.0
    assert float(arrays[0].sum()) == 3 * STRIP_HEIGHT * 99
    assert float(arrays[1, :, :, :10].max()) == 0.0
    assert float(arrays[1, :, :, 10:].min()) == 1.0


def test_texts_are_embedded_or_handed_on() -> None:
    sides = [Side(Modality.TEXT, text) for text in ("slow piano", "loud drums", "slow piano")]
    vectors = SentenceFrontEnd()(sides)
    assert vectors.arrays.shape == (3, 384)
    assert torch.equal(vectors.arrays[0], vectors.arrays[2])
    assert not torch.equal(vectors.arrays[0], vectors.arrays[1])
    handed = text_front_end(sides)
    assert handed.texts == ("slow piano", "loud drums", "slow piano")
    assert len(handed) == 3


@pytest.mark.parametrize("front_end", [SpectrogramFrontEnd(), RollFrontEnd()])
def test_a_side_of_another_kind_is_told(front_end: FrontEnd) -> None:
    with pytest.raises(TypeError, match="a side of cover holds str"):
        front_end([Side(Modality.COVER, "words")])


def test_a_batch_joined_and_taken_apart_is_what_it_was() -> None:
    first = Inputs(torch.rand(2, 3, 8), anchors=torch.tensor([[1, 2], [3, 4]]), texts=("a", "b"))
    second = Inputs(torch.rand(3, 3, 8), texts=("c", "d", "e"))
    assert first.like(second)
    both = join([first, second])
    assert len(both) == 5
    assert torch.equal(both.part(2, 5).arrays, second.arrays)
    assert both.part(2, 5).texts == second.texts
    assert torch.equal(both.part(0, 2).arrays, first.arrays)
    assert both.anchors is not None
    assert first.anchors is not None
    assert torch.equal(both.anchors[:2], first.anchors)
    assert join([first]) is first
    assert not first.like(Inputs(torch.rand(2, 3, 9)))
    assert not first.like(Inputs(first.arrays, from_trunk=True))
