import numpy as np
import pytest
from fake_space import FakeSpace, write

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.searching.hubness import csls
from unisono.alignment.searching.local_scaling import surplus
from unisono.data.modality import Modality

COUNT = 25


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scaled")
    files = {f"r{i}_wav": f"a{i} b{i} c{i}" for i in range(COUNT)}
    files |= {f"s{i}_mid": f"a{i} b{i} d{i}" for i in range(COUNT)}
    files |= {"hub_mid": " ".join(f"a{i}" for i in range(COUNT)), "word_txt": "a1"}
    catalogue = Catalogue(folder / "c.lance", FakeSpace())
    catalogue.add(write(folder / "music", **files), workers=0)
    return catalogue


def test_the_order_is_that_of_csls(catalogue):
    held, space = catalogue.reader().held(), catalogue.space
    asking = held.vectors[held.spans[Modality.AUDIO]]
    answers = held.vectors[held.spans[Modality.MIDI]]
    scores = space.calibrate(asking @ answers.T, Modality.AUDIO, Modality.MIDI, "whole")
    scaled = scores - surplus(space, held, Modality.AUDIO, Modality.MIDI)
    expected = csls(scores, k=10)
    np.testing.assert_allclose(scaled - scaled[:, :1], (expected - expected[:, :1]) / 2, atol=1e-4)


def test_a_hub_is_lowered_and_the_mean_stays(catalogue):
    held, space = catalogue.reader().held(), catalogue.space
    taken = surplus(space, held, Modality.AUDIO, Modality.MIDI)
    span = held.spans[Modality.MIDI]
    hub = next(
        i for i in range(span.stop - span.start) if "hub" in held.details(span.start + i).path
    )
    assert int(np.argmax(taken)) == hub and taken[hub] > 0
    assert abs(float(taken.mean())) < 1e-4


def test_some_items_get_what_they_get_among_all(catalogue):
    held, space = catalogue.reader().held(), catalogue.space
    span = held.spans[Modality.MIDI]
    some = np.arange(span.start + 2, span.stop, 3)
    fresh = Catalogue(catalogue.where, space).reader().held()
    part = surplus(space, fresh, Modality.AUDIO, Modality.MIDI, some)
    whole = surplus(space, held, Modality.AUDIO, Modality.MIDI)
    np.testing.assert_allclose(part, whole[some - span.start], atol=1e-5)


def test_words_and_few_questions_take_nothing_off(catalogue):
    held, space = catalogue.reader().held(), catalogue.space
    assert surplus(space, held, Modality.TEXT, Modality.MIDI) is None
    assert surplus(space, held, Modality.SHEET, Modality.MIDI) is None
    assert surplus(space, held, Modality.AUDIO, Modality.TEXT) is None


def test_an_item_is_no_question_for_itself(catalogue):
    held, space = catalogue.reader().held(), catalogue.space
    span = held.spans[Modality.AUDIO]
    vectors = held.vectors[span]
    scores = space.calibrate(vectors @ vectors.T, Modality.AUDIO, Modality.AUDIO, "whole")
    np.fill_diagonal(scores, -np.inf)
    closest = np.sort(scores, axis=1)[:, -10:].mean(axis=1)
    taken = surplus(space, held, Modality.AUDIO, Modality.AUDIO)
    np.testing.assert_allclose(taken, (closest - closest.mean()) / 2, atol=1e-4)
