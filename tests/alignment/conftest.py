import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_space import FakeSpace


@pytest.fixture
def space():
    return FakeSpace()
