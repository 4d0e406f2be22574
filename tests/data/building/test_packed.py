from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_pieces import made_piece, sine_bank

from unisono.data.building.packed_banks import packed_bank, unpack_banks, unpacked_bank
from unisono.data.building.packed_ink import pack_ink, unpack_ink
from unisono.data.building.packed_piece import packed_piece, unpacked_piece
from unisono.data.corpus import Piece
from unisono.data.errors import ReadError
from unisono.data.sound.sampled_notes import LOWEST_PITCH, SAMPLE_RATE


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 4), st.integers(0, 9))
def test_ink_comes_back_to_the_nearest_shade(width: int, bits: int, seed: int) -> None:
    ink = np.random.default_rng(seed).integers(0, 256, (128, width)).astype(np.uint8)
    again = unpack_ink(pack_ink(ink, bits), bits, 128, width)
    shades = np.rint(np.linspace(0, 255, 2**bits))
    nearest = np.abs(ink[..., None] - shades).min(-1)
    np.testing.assert_allclose(np.abs(again.astype(int) - ink), nearest, atol=0.51)
    assert set(np.unique(again)) <= set(shades)


def test_shades_of_two_bits() -> None:
    ink = np.resize(np.array([0, 40, 60, 120, 140, 200, 220, 255], np.uint8), (8, 8)).T.copy()
    again = unpack_ink(pack_ink(ink, 2), 2, 8, 8)
    assert again[:, 0].tolist() == [0, 0, 85, 85, 170, 170, 255, 255]


@pytest.mark.parametrize("bits", [0, 5])
def test_other_numbers_of_bits_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="cannot be packed"):
        pack_ink(np.zeros((8, 8), np.uint8), bits)


def test_a_piece_comes_back() -> None:
    piece = made_piece(3)
    again = unpacked_piece(packed_piece(piece, 4))
    assert again.facts == piece.facts
    np.testing.assert_array_equal(again.pitch, piece.pitch)
    np.testing.assert_array_equal(again.staff, piece.staff)
    np.testing.assert_allclose(again.onset_s, piece.onset_s, atol=0.0006)
    np.testing.assert_allclose(again.offset_s, piece.offset_s, atol=0.0011)
    np.testing.assert_allclose(again.x, piece.x, atol=0.04)
    assert np.abs(again.ink.astype(int) - piece.ink).max() <= 9
    for name in ("ink", "onset_s", "offset_s", "pitch", "staff", "x"):
        assert getattr(again, name).dtype == getattr(piece, name).dtype


@pytest.mark.parametrize("cut", [0, 10, 40, 200, -1])
def test_a_damaged_piece_is_told(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "one.piece"
    path.write_bytes(packed_piece(made_piece(3), 2)[:cut])
    with pytest.raises(ReadError, match=r"one\.piece: is no piece of a pack"):
        Piece.load(path)


def test_a_reduced_bank_plays_every_pitch(tmp_path: Path) -> None:
    bank = sine_bank(40)
    path = tmp_path / "sine-40.bank"
    path.write_bytes(packed_bank(bank))
    assert path.stat().st_size < bank.samples.nbytes / 5
    again = unpacked_bank(path.read_bytes())
    assert (again.name, again.program) == ("sine-40", 40)
    assert again.samples.shape[:2] == bank.samples.shape[:2]
    for pitch in (33, 60, 61, 62, 90):
        sound = again.samples[pitch - LOWEST_PITCH, 1, :4000].astype(float)
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 16))
        found = np.argmax(spectrum) * SAMPLE_RATE / (1 << 16)
        assert 12 * np.log2(found / (440 * 2 ** ((pitch - 69) / 12))) == pytest.approx(0, abs=0.1)
    loud, soft = (np.abs(again.samples[40, layer].astype(float)).max() for layer in (1, 0))
    assert soft / loud == pytest.approx(0.5, abs=0.02)
    unpack_banks(tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "sine-40.npy"), again.samples)


def test_a_damaged_bank_is_told(tmp_path: Path) -> None:
    (tmp_path / "sine-40.bank").write_bytes(packed_bank(sine_bank())[:-9])
    with pytest.raises(ReadError, match="is no reduced bank"):
        unpack_banks(tmp_path)
