import pytest
from fake_space import write

from unisono.alignment.tags import class_vectors, tag
from unisono.data.errors import ReadError


@pytest.fixture
def take(tmp_path):
    return write(tmp_path, take_wav="fugue fugue organ organ fugue") / "take.wav"


def test_the_fitting_tag_comes_first(space, take):
    tags = tag(space, take, ["waltz", "organ", "march", "fugue"], templates=["{}"])
    assert [word for word, _ in tags[:2]] == ["fugue", "organ"]
    probabilities = [probability for _, probability in tags]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 <= probability <= 1 for probability in probabilities)


def test_every_tag_is_judged_by_itself(space, take):
    alone = dict(tag(space, take, ["organ"]))
    among = dict(tag(space, take, ["organ", "fugue", "waltz"]))
    assert alone["organ"] == pytest.approx(among["organ"])


def test_class_vectors_are_means_of_unit_length(space):
    vectors = class_vectors(space, ["a", "b{0}"], ["{}", "x {} y"])
    assert vectors.shape == (2, space.dimension)
    assert (vectors**2).sum(axis=1) == pytest.approx([1, 1])


def test_no_tags_and_templates_without_a_place_are_refused(space, take):
    with pytest.raises(ValueError, match="at least one"):
        tag(space, take, [])
    with pytest.raises(ValueError, match="where the tag goes"):
        tag(space, take, ["a"], templates=["music"])


def test_an_unreadable_item_is_a_read_error(space, tmp_path):
    with pytest.raises(ReadError):
        tag(space, tmp_path / "none.wav", ["a"])
