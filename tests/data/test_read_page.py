"""Pages and covers: every way of storing a picture gives the same pixels."""

from __future__ import annotations

import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unisono.data.errors import ReadError
from unisono.data.readers import cover
from unisono.data.readers.cover import read_cover, read_image
from unisono.data.readers.page import count_pages, pdf_title, read_pages


def _page(height: int = 60, width: int = 80) -> np.ndarray:
    page = np.full((height, width), 255, np.uint8)
    page[20:24, 10:70] = 0
    page[30:34, 10:40] = 100
    return page


def _only(path: Path) -> np.ndarray:
    (page,) = read_pages(path)
    assert page.number == 1
    assert page.image.dtype == np.uint8
    return page.image


@pytest.mark.parametrize("ending", ["png", "tiff", "webp", "bmp", "gif"])
def test_gray_pages(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"page.{ending}"
    Image.fromarray(_page()).save(path, **({"lossless": True} if ending == "webp" else {}))
    assert np.array_equal(_only(path), _page())


def test_jpeg_page(tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    Image.fromarray(_page()).save(path, quality=95)
    assert np.abs(_only(path).astype(int) - _page()).mean() < 3


def test_one_bit_palette_and_sixteen_bit(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    black = np.where(_page() > 0, 255, 0).astype(np.uint8)
    Image.fromarray(black).convert("1").save(path)
    assert np.array_equal(_only(path), black)
    Image.fromarray(_page()).convert("RGB").quantize(8).save(path)
    assert np.abs(_only(path).astype(int) - _page()).max() <= 1
    Image.fromarray(_page().astype(np.uint16) * 257).save(path)
    assert np.array_equal(_only(path), _page())
    Image.fromarray(_page().astype(np.float32) / 255).save(tmp_path / "page.tiff")
    assert np.array_equal(_only(tmp_path / "page.tiff"), _page())


def test_transparent_paper_is_white(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    ink = np.zeros((40, 50, 4), np.uint8)
    ink[10:20, 10:20, 3] = 255
    Image.fromarray(ink).save(path)
    page = _only(path)
    assert page[0, 0] == 255
    assert page[15, 15] == 0
    assert read_image(path)[0, 0].tolist() == [255, 255, 255]


def test_orientation_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    Image.fromarray(_page()).save(path, exif=exif, quality=95)
    assert _only(path).shape == (80, 60)
    assert np.abs(_only(path).astype(int) - np.rot90(_page(), -1)).mean() < 3


def test_tiff_of_several_pages(tmp_path: Path) -> None:
    path = tmp_path / "score.tiff"
    pages = [Image.fromarray(np.full((10 + k, 20), 50 * k, np.uint8)) for k in range(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    read = read_pages(path)
    assert isinstance(read, types.GeneratorType)
    assert [(p.number, p.image.shape[0], int(p.image[0, 0])) for p in read] == [
        (1, 10, 0),
        (2, 11, 50),
        (3, 12, 100),
    ]
    assert count_pages(path) == 3


def test_frames_of_an_animation_are_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "moving.gif"
    frames = [Image.fromarray(np.full((10, 20), 60 * k, np.uint8)) for k in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert count_pages(path) == 1
    assert _only(path).max() == 0


def _write_pdf(path: Path, pages: int = 2) -> None:
    """A4 pages at 100 dpi with a black bar, further down on each page."""
    images = []
    for number in range(pages):
        pixels = np.full((1169, 827), 255, np.uint8)
        pixels[200 * (number + 1) : 200 * (number + 1) + 20, 100:700] = 0
        images.append(Image.fromarray(pixels))
    images[0].save(
        path,
        save_all=True,
        append_images=images[1:],
        resolution=100,
        title="Drei Stücke",
        author="A. Nonym",
    )


def test_pdf_pages(tmp_path: Path) -> None:
    path = tmp_path / "score.pdf"
    _write_pdf(path)
    assert count_pages(path) == 2
    first, second = read_pages(path)
    assert (first.number, second.number) == (1, 2)
    assert abs(first.image.shape[0] - 2338) <= 2
    assert abs(first.image.shape[1] - 1654) <= 2
    assert first.image[420, 800] < 40
    assert second.image[420, 800] > 215
    assert second.image[820, 800] < 40
    assert abs(next(iter(read_pages(path, dpi=100))).image.shape[0] - 1169) <= 1
    assert pdf_title(path) == ("Drei Stücke", "A. Nonym")


def test_a_pdf_is_drawn_smaller_rather_than_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "score.pdf"
    _write_pdf(path, pages=1)
    monkeypatch.setattr("unisono.data.readers.page.MAX_PIXELS", 100_000)
    assert 90_000 < _only(path).size < 110_000


def test_broken_and_foreign_files(tmp_path: Path) -> None:
    pdf = tmp_path / "broken.pdf"
    pdf.write_bytes(b"%PDF-1.7\nnothing more")
    text = tmp_path / "words.png"
    text.write_text("no picture")
    half = tmp_path / "half.png"
    noise = np.random.default_rng(0).integers(0, 255, (200, 200), np.uint8)
    Image.fromarray(noise).save(half)
    half.write_bytes(half.read_bytes()[:20_000])
    for path in (pdf, text, half, tmp_path / "missing.png", tmp_path):
        with pytest.raises(ReadError, match=path.name):
            list(read_pages(path))


def test_an_encrypted_pdf_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret.pdf"
    path.write_bytes(_ENCRYPTED)
    with pytest.raises(ReadError, match="is encrypted"):
        list(read_pages(path))


# A page under the standard handler, whose password no one knows.
_ENCRYPTED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n"
    b"4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<"
    + b"11" * 32
    + b">/U<"
    + b"22" * 32
    + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Size 5/Encrypt 4 0 R/ID[<00><00>]>>\n%%EOF\n"
)


def test_size_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cover, "MAX_PIXELS", 40_000)
    large = Image.fromarray(np.full((300, 200), 200, np.uint8))
    large.save(tmp_path / "large.png")
    large.save(tmp_path / "large.jpg")
    with pytest.raises(ReadError, match=r"large\.png: has more than .* megapixels"):
        list(read_pages(tmp_path / "large.png"))
    assert _only(tmp_path / "large.jpg").shape == (150, 100)


def test_cover_is_the_middle_square(tmp_path: Path) -> None:
    path = tmp_path / "cover.png"
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, 50:150] = (255, 128, 0)
    Image.fromarray(picture).save(path)
    got = read_cover(path, 32)
    assert got.shape == (3, 32, 32)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got.mean(axis=(1, 2)), [1, 128 / 255, 0], atol=1e-3)
    assert np.array_equal(read_image(path), picture)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "LA", "1"])
def test_cover_of_any_mode(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "cover.tiff"
    Image.new("RGB", (20, 20), (255, 255, 255)).convert(mode).save(path)
    got = read_cover(path, 8)
    assert got.shape == (3, 8, 8)
    assert got.min() > 0.99
    assert got.max() <= 1


def test_a_large_jpeg_cover_is_decoded_small_and_looks_the_same(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 2000).astype(np.uint8)
    Image.fromarray(np.repeat(ramp[None], 2000, axis=0)).save(tmp_path / "a.jpg", quality=95)
    Image.fromarray(np.repeat(ramp[None], 2000, axis=0)).save(tmp_path / "a.png")
    assert (
        np.abs(read_cover(tmp_path / "a.jpg", 64) - read_cover(tmp_path / "a.png", 64)).max() < 0.02
    )
