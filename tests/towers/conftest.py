import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "data"))


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an untrained space with small nets."""
    from tiny_space import CONFIG

    from unisono.towers.space import build

    folder = tmp_path_factory.mktemp("spaces") / "tiny"
    build(CONFIG, folder, seed=1)
    return folder


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> object:
    """One small piece as a recording, MIDI, MusicXML, a page, and a cover and a text beside it."""
    from tiny_space import write_files

    return write_files(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of made music in five modalities."""
    from miniature_sets import write_miniature

    return write_miniature(tmp_path_factory.mktemp("miniature"))
