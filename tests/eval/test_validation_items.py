from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import soundfile
from PIL import Image

from unisono.eval.validation_items import clip_items, picture_items


def write_clip(folder: Path, name: str) -> str:
    soundfile.write(folder / name, np.zeros(1600, np.float32), 16_000)
    return name


def encoded(space: Mock) -> set[str]:
    return {call.args[0].name for call in space.encode_item.call_args_list}


def test_pictures_of_the_test_split_are_left_alone(tmp_path: Path) -> None:
    rows = [
        {"file": f"{split}.png", "audio_file": f"{split}.wav", "split": split, "title": split}
        | {"licence": "CC0", "music_licence": "CC0"}
        for split in ("train", "valid", "test")
    ]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "covers.parquet")
    # a file of another split is not there at all: looking at it would raise
    Image.new("RGB", (20, 20)).save(tmp_path / "valid.png")
    write_clip(tmp_path, "valid.wav")
    space = Mock()
    (item,) = picture_items(space, tmp_path)
    assert item.picture.name == "valid.png"
    assert encoded(space) == {"valid.png", "valid.wav"}


def test_clips_of_the_test_split_are_left_alone(tmp_path: Path) -> None:
    kinds = [("valid", "metal"), ("valid", "reggae"), ("test", "metal")]
    rows = [
        {"file": f"{split}_{genre}.wav", "split": split, "genre": genre, "licence": "CC0"}
        for split, genre in kinds
    ]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "clips.parquet")
    write_clip(tmp_path, "valid_metal.wav")
    write_clip(tmp_path, "valid_reggae.wav")
    space = Mock()
    (item,) = clip_items(space, tmp_path)
    assert item.clip.genre == "metal"
    assert encoded(space) == {"valid_metal.wav"}
