from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "harness"))

from tiny_scores import SpaceOfBars, click, write_pairs, write_scores

from unisono.data.readers.midi import read_midi
from unisono.data.sources.msmd import load_strip
from unisono.eval.validation import NOTATED, passage_pairs
from unisono.eval.validation_items import FINEST_HOP_S, ScoreItem


def test_passages_of_listed_places_answer_each_other(tmp_path: Path) -> None:
    root = write_scores(tmp_path)
    space, items, pairs = SpaceOfBars(), [], []
    for name in ("first", "second"):
        folder = root / "valid" / name
        strip, heads = load_strip(folder)
        notes = read_midi(folder / "score.mid").notes
        click(notes, Path(), tmp_path / "sound.wav")
        audio = space.encode_item(tmp_path / "sound.wav", hop_s=FINEST_HOP_S)
        midi = space.encode_notes(notes, hop_s=FINEST_HOP_S)
        sheet = space.encode_strip(strip, step=1)
        items.append(ScoreItem(name, audio, midi, sheet, Mock(), strip))
        for row in (0, 3, 4, 5, 6, 9):
            place = {key: heads[key][row].item() for key in ("system", "x")}
            onset = float(notes.onset_s[row])
            pairs.append({"piece": name, "onset_s": onset, "sel2000": row != 9, **place})
    pairs.append({**pairs[0], "piece": "another"})
    write_pairs(root / "pairs_valid.parquet", pairs)
    every = passage_pairs(root, items, every=True).vectors
    some = passage_pairs(root, items, every=False).vectors
    for modality in NOTATED:
        assert np.array_equal(every[modality], every[NOTATED[0]])
        assert (len(every[modality]), len(some[modality])) == (12, 10)
    assert len(np.unique(every[NOTATED[0]], axis=0)) == 12
