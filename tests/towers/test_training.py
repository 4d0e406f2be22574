"""Training in miniature: small nets, made pieces, sines for instruments."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_pieces import made_piece, sine_bank
from tiny_space import NETS

from unisono.data.corpus import load_pieces
from unisono.data.excerpts import ANCHORS, ExcerptSource
from unisono.data.prepare_banks import load_banks
from unisono.data.sampled_notes import save_bank
from unisono.data.sources.clips import CaptionedClip, PicturedClip
from unisono.towers import default_training as training
from unisono.towers.batches import Batch, BatchStream
from unisono.towers.cover import CoverTower
from unisono.towers.default_nets import DefaultNets
from unisono.towers.default_training import compute_losses, learning_rate_at, train
from unisono.towers.default_training_config import TrainingConfig
from unisono.towers.losses import symmetric_info_nce
from unisono.towers.sentences import SentenceCache
from unisono.towers.text import TextHead

CONFIG = TrainingConfig(excerpts=4, captions=3, clips=2, covers=2, learning_rate=1e-2)


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()  # a stream sets it for its process
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def stream() -> BatchStream:
    random = np.random.default_rng(0)
    source = ExcerptSource([made_piece(1), made_piece(2)], {"piano": [sine_bank()]})
    clips = [
        CaptionedClip(f"{genre}.wav", genre, noise(random), (genre, f"{genre} music"))
        for genre in ("rock", "jazz", "ambient")
    ]
    covers = [
        PicturedClip(name, np.full((3, 128, 128), tone, np.float32), noise(random), (name,))
        for name, tone in (("cave", 0.1), ("castle", 0.5), ("sky", 0.9))
    ]
    texts = [("slow, piano", "a slow piano piece"), ("loud, drums", "drums that are loud")]
    return BatchStream(source, clips, covers, texts, CONFIG, step=0)


def noise(random: np.random.Generator) -> np.ndarray:
    return (0.1 * random.standard_normal(20_000)).astype(np.float32)


def batches(stream: BatchStream, count: int) -> list[Batch]:
    drawn = iter(stream)
    return [next(drawn) for _ in range(count)]


def test_shapes_of_a_batch(stream: BatchStream) -> None:
    (batch,) = batches(stream, 1)
    assert batch.waveform.shape[0] == batch.gain.shape[0] == 4 + 2 + 2
    assert batch.strip.shape == (4, 128, 256)
    assert batch.roll.shape[0] == batch.families.shape[0] == 4
    assert batch.columns.shape == (3, 4, ANCHORS)
    assert (batch.columns >= 0).all()
    assert (batch.columns < 32).all()
    assert batch.usable.shape == (4, ANCHORS)
    assert batch.cover.shape[:2] == (2, 3)
    assert len(batch.sounding_captions) == len(batch.sheet_captions) == 3
    assert len(batch.clip_captions) == len(batch.cover_captions) == 2


def test_the_same_seed_the_same_batches(stream: BatchStream) -> None:
    first, second = batches(stream, 2), batches(stream, 2)
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one.waveform, other.waveform)
        assert torch.equal(one.strip, other.strip)
        assert one.sounding_captions == other.sounding_captions
    assert not torch.equal(first[0].waveform, first[1].waveform)


def test_anchors_point_at_what_is_there(stream: BatchStream) -> None:
    for batch in batches(stream, 2):
        for excerpt in range(4):
            for anchor in np.flatnonzero(batch.usable[excerpt]):
                column = int(batch.columns[2, excerpt, anchor]) * 4
                onsets = batch.roll[excerpt, 0, :, max(0, column - 4) : column + 8]
                sounding = batch.roll[excerpt, 1, :, max(0, column - 4) : column + 8]
                assert onsets.any() or sounding.any()


def test_the_loss_falls_and_every_net_learns(stream: BatchStream, tmp_path: Path) -> None:
    torch.manual_seed(0)
    (batch,) = batches(stream, 1)
    nets = DefaultNets(NETS).train()
    before = {name: value.clone() for name, value in nets.named_parameters()}
    sentences = SentenceCache(tmp_path / "sentences.npz")
    optimiser = torch.optim.AdamW(nets.parameters(), CONFIG.learning_rate)
    anchors = math.log(int(batch.usable.sum()))
    history = []
    for _ in range(25):
        losses = compute_losses(nets, batch, sentences, CONFIG)
        optimiser.zero_grad()
        losses.total.backward()
        optimiser.step()
        history.append(losses)
    for name in ("audio_sheet", "audio_midi", "sheet_midi"):
        first, last = (float(getattr(losses, name).detach()) for losses in (history[0], losses))
        assert first > 0.7 * anchors
        assert last < 0.3 * anchors
    assert float(losses.character.detach()) < 0.6 * float(history[0].character.detach())
    for net in ("audio", "sheet", "midi", "cover", "text", "log_scale"):
        moved = [n for n, v in nets.named_parameters() if n.startswith(net)]
        assert any(not torch.equal(dict(nets.named_parameters())[n], before[n]) for n in moved)


def test_one_command_goes_on_where_it_stopped(
    stream: BatchStream,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(training, "NetsConfig", lambda: NETS)
    monkeypatch.setattr(training, "DataLoader", lambda stream, **_: stream)

    def steps_within(minutes: float) -> dict[str, object]:
        train(stream, tmp_path, replace(CONFIG, minutes=minutes))
        return torch.load(tmp_path / "checkpoint.pt", weights_only=True)

    first = steps_within(1e-9)  # time for one step
    assert first["step"] == 1
    assert "going on" not in capsys.readouterr().out
    second = steps_within(float(first["spent"]) / 60 + 1e-9)  # type: ignore[arg-type]
    assert "going on from step 1" in capsys.readouterr().out
    assert second["step"] == 2
    assert second["spent"] > first["spent"]  # type: ignore[operator]
    assert set(second["nets"]) == set(first["nets"])  # type: ignore[call-overload]
    done = steps_within(float(second["spent"]) / 60)  # type: ignore[arg-type]
    assert done["step"] == 2
    for name, value in second["nets"].items():  # type: ignore[attr-defined]
        assert torch.equal(value, done["nets"][name])  # type: ignore[index]
    assert not list(tmp_path.glob("*.partial"))


def test_an_interrupted_run_keeps_its_steps(
    stream: BatchStream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two_then_stop(stream: BatchStream, **_: object) -> Iterator[Batch]:
        yield from batches(stream, 2)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "NetsConfig", lambda: NETS)
    monkeypatch.setattr(training, "DataLoader", two_then_stop)
    with pytest.raises(KeyboardInterrupt):
        train(stream, tmp_path, CONFIG)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 2


def test_learning_rate_rises_then_falls() -> None:
    rates = [learning_rate_at(progress, CONFIG) for progress in np.linspace(0, 1, 201)]
    peak = int(np.argmax(rates))
    assert peak == pytest.approx(200 * CONFIG.warm_up, abs=1)
    assert rates[peak] == pytest.approx(CONFIG.learning_rate, rel=0.01)
    assert rates[0] > 0
    assert (np.diff(rates[: peak + 1]) >= 0).all()
    assert (np.diff(rates[peak:]) <= 0).all()
    assert rates[-1] == pytest.approx(CONFIG.learning_rate / 100)
    assert learning_rate_at(1.7, CONFIG) == pytest.approx(rates[-1])


def test_temperatures_are_bounded() -> None:
    nets = DefaultNets(NETS)
    with torch.no_grad():
        nets.log_scale.copy_(torch.tensor([50.0, 0.0]))
    notes, character = nets.inverse_temperatures()
    assert notes.item() == pytest.approx(100, rel=1e-3)
    assert character.item() == pytest.approx(1)


def test_prepared_pieces_and_banks_are_found(tmp_path: Path) -> None:
    made_piece(1).save(tmp_path / "one.npz")
    made_piece(2, count=20).save(tmp_path / "too-short.npz")
    for program in (0, 1, 40):
        save_bank(sine_bank(program), tmp_path)
    (piece,) = load_pieces(tmp_path)
    assert piece.facts.identifier == "piece 1"
    banks = load_banks(tmp_path)
    assert {word: len(found) for word, found in banks.items()} == {"piano": 2, "violin": 1}


def test_sentences_are_remembered(tmp_path: Path) -> None:
    cache = SentenceCache(tmp_path / "sentences.npz")
    vectors = cache(["calm", "loud", "calm"])
    assert vectors.shape == (3, 384)
    assert torch.equal(vectors[0], vectors[2])
    cache.save()
    again = SentenceCache(tmp_path / "sentences.npz")
    again._model = None  # type: ignore[assignment]  # nothing is left to embed
    np.testing.assert_allclose(again(["loud", "calm"]), vectors[[1, 0]], atol=1e-3)


def test_a_cover_tower_learns_which_picture_belongs_to_which_text(tmp_path: Path) -> None:
    torch.manual_seed(0)
    words = ["red", "green", "blue", "yellow", "black", "white", "purple", "orange"]
    colours = [
        *[(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 0, 0)],
        *[(1, 1, 1), (0.6, 0, 0.8), (1, 0.5, 0)],
    ]
    texts = SentenceCache(tmp_path / "s.npz")([f"music as {word} as can be" for word in words])
    plain = torch.tensor(colours)[:, :, None, None].expand(-1, -1, 96, 96)
    cover, head = CoverTower(16, (8, 8, 16, 16)).train(), TextHead(16, 32)
    optimiser = torch.optim.AdamW([*cover.parameters(), *head.parameters()], 3e-3)
    for step in range(60):
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * (1 - step / 60)
        pictures = (plain + 0.05 * torch.randn(8, 3, 96, 96)).clamp(0, 1)
        loss = symmetric_info_nce(cover(pictures) @ head(texts).T, torch.tensor(10.0))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    cover.eval()
    with torch.inference_mode():
        pictures = (plain + 0.03 * torch.randn(8, 3, 96, 96)).clamp(0, 1)
        similarity = cover(pictures) @ head(texts).T
    assert (similarity.argmax(1) == torch.arange(8)).sum() >= 7
    assert (similarity.argmax(0) == torch.arange(8)).sum() >= 7
    assert float(loss.detach()) < 0.1 * math.log(8)
