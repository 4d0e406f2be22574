import numpy as np
import pytest
from fake_space import DIMENSION, FakeSpace, write

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.searching.evidence import evidence
from unisono.alignment.searching.question import question
from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    music = write(folder, take_wav="x y a b c d z", page_png="p q r\na b c d", calm_txt="calm")
    catalogue = Catalogue(folder / "c.lance", FakeSpace())
    catalogue.add(music, workers=0)
    return catalogue


def of(catalogue, source, modality):
    query = question(catalogue.space, [source], hop_s=1.0).pointing.query
    [hit] = catalogue.search(source, want=modality)
    stored = catalogue.passages([hit.id]).get(hit.id)
    return evidence(catalogue.space, query, Modality(modality), stored)


def test_each_second_meets_its_part_of_the_system(catalogue, tmp_path):
    excerpt = write(tmp_path, part_wav="a b c d") / "part.wav"
    found = of(catalogue, excerpt, "sheet")
    assert (found.first, found.last) == (3, 6)
    met = found.meetings()
    assert [meeting.asked for meeting in met] == [TimeSpan(t, t + 1.0) for t in range(4)]
    assert [meeting.found for meeting in met] == [
        Region(1, 2, 40.0 * i, 40.0 * (i + 1), 200.0, 250.0) for i in range(4)
    ]
    for meeting in met:
        assert meeting.score == pytest.approx(np.sqrt(DIMENSION), rel=1e-2)
        assert meeting.score == found.agreement[meeting.row, meeting.column]


def test_a_text_meets_one_passage(catalogue):
    found = of(catalogue, "c", "audio")
    assert found.agreement.shape == (1, 7)
    [meeting] = found.meetings()
    assert meeting.asked is None and meeting.found == TimeSpan(4.0, 5.0)


def test_what_has_no_places_gives_no_evidence(catalogue):
    assert of(catalogue, "calm", "text") is None
