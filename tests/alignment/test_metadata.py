import zipfile

import numpy as np
import pytest
import soundfile

from unisono.alignment.metadata import Metadata, read_metadata
from unisono.data.modality import Modality

SCORE = (
    "<score-partwise><work><work-title>Aria &amp; Air</work-title></work><identification>"
    '<creator type="lyricist">A. Poet</creator>\n<creator type="composer">J. S.\n Bach</creator>'
    "</identification></score-partwise>"
)


def test_musicxml_names_its_title_and_composer(tmp_path):
    (tmp_path / "x.musicxml").write_text(SCORE)
    found = read_metadata(tmp_path / "x.musicxml", Modality.SHEET)
    assert found == Metadata("Aria & Air", "J. S. Bach")


def test_compressed_musicxml_is_read_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.mxl", "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.writestr("score.xml", SCORE)
    assert read_metadata(tmp_path / "x.mxl", Modality.SHEET).composer == "J. S. Bach"


@pytest.mark.parametrize("kind", ["flac", "ogg"])
def test_audio_tags_are_read(tmp_path, kind):
    with soundfile.SoundFile(tmp_path / f"take.{kind}", "w", 16000, 1) as file:
        file.title = "Prelude"
        file.write(np.zeros(1600, np.float32))
    assert read_metadata(tmp_path / f"take.{kind}", Modality.AUDIO).title == "Prelude"


def test_without_tags_the_name_is_the_title(tmp_path):
    soundfile.write(tmp_path / "my_take.wav", np.zeros(1600, np.float32), 16000)
    assert read_metadata(tmp_path / "my_take.wav", Modality.AUDIO) == Metadata("my take")
    (tmp_path / "bad.mxl").write_bytes(b"PK\x03\x04 truncated")
    assert read_metadata(tmp_path / "bad.mxl", Modality.SHEET) == Metadata("bad")
