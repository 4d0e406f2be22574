from pathlib import Path

import numpy as np
import pytest
from fake_space import DIMENSION, SUFFIXES, FakeSpace, write
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.alignment.catalogue import Catalogue, CatalogueError
from unisono.alignment.searching.moments import best_line
from unisono.alignment.searching.question import question
from unisono.alignment.searching.scoring import best_by_chance
from unisono.alignment.searching.search import Limits, Options, ask, search
from unisono.alignment.store.vector_index import build_index
from unisono.data.errors import ReadError
from unisono.data.places import Region, TimeSpan

LONG = "p q r s t u v w x y z p2 q2 r2 s2 t2 u2"


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    write(
        folder,
        fugue_wav=f"{LONG} a b c d e f g h {LONG}",
        fugue_mid="a b c d - e f g h i",
        waltz_wav="k l m n o k l m n o k l m n",
        page_png="p q r s\na b c d\nw x y z",
        calm_txt="calm piano",
        loud_txt="loud brass",
        cover_jpg="blue calm",
    )
    return folder


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory, music):
    catalogue = Catalogue(tmp_path_factory.mktemp("c") / "music.lance", FakeSpace())
    catalogue.add(music)
    return catalogue


def names(hits):
    return [hit.path.rsplit("/", 1)[1] for hit in hits]


def test_a_text_finds_what_it_names(catalogue):
    hits = catalogue.search("calm piano", k=3)
    assert names(hits)[:2] == ["calm.txt", "cover.jpg"]
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].score == pytest.approx(np.sqrt(DIMENSION), rel=1e-3)
    assert hits[0].title == "calm piano" and hits[0].moment is None


def test_a_text_points_at_the_best_passage(catalogue):
    hit = catalogue.search("m", want="audio", k=1)[0]
    assert names([hit]) == ["waltz.wav"]
    assert hit.moment in [TimeSpan(t, t + 1.0) for t in (2.0, 7.0, 12.0)]
    page = catalogue.search("c", want="sheet")[0]
    assert (page.moment.page, page.moment.system, page.moment.x0) == (1, 2, 80.0)


def test_an_excerpt_is_found_at_its_time(catalogue, tmp_path):
    excerpt = write(tmp_path, excerpt_wav="b c d e f") / "excerpt.wav"
    first, second = catalogue.search(excerpt, want=["audio", "midi"], k=2)
    assert {names([first])[0], names([second])[0]} == {"fugue.wav", "fugue.mid"}
    moments = {hit.modality: hit.moment for hit in (first, second)}
    assert moments["audio"] == TimeSpan(18.0, 23.0)
    assert (moments["midi"].start_s, moments["midi"].end_s) == (1.0, 7.0)


def test_a_page_finds_its_recording_and_the_time(catalogue, music):
    hit = catalogue.search(music / "page.png", want="audio", k=1)[0]
    assert names([hit]) == ["fugue.wav"]


def test_a_recording_finds_its_system(catalogue, tmp_path):
    query = write(tmp_path, part_wav="a b c d") / "part.wav"
    hit = catalogue.search(query, want="sheet", k=1)[0]
    assert isinstance(hit.moment, Region)
    assert (hit.moment.page, hit.moment.system, hit.moment.x0, hit.moment.x1) == (1, 2, 0, 160)


def test_the_file_that_asks_is_no_answer(catalogue, music):
    assert "waltz.wav" not in names(catalogue.search(music / "waltz.wav"))
    assert names(catalogue.search(music / "waltz.wav", itself=True))[0] == "waltz.wav"


def test_want_where_and_k_narrow_the_answers(catalogue):
    assert {hit.modality for hit in catalogue.search("calm", want=["text", "cover"])} == {
        "text",
        "cover",
    }
    assert names(catalogue.search("calm", where="duration_s > 20")) == ["fugue.wav"]
    assert len(catalogue.search("calm", k=2)) == 2
    assert catalogue.search("calm", where="title = 'nothing'") == []
    with pytest.raises(CatalogueError, match="colour"):
        catalogue.search("calm", where="colour = 'red'")


def test_every_modality_asks_and_every_modality_answers(catalogue, music):
    for name in ("fugue.wav", "fugue.mid", "page.png", "calm.txt", "cover.jpg"):
        hits = catalogue.search(music / name, itself=True)
        assert names(hits)[0] == name
        assert {hit.modality for hit in hits} == {"audio", "midi", "sheet", "text", "cover"}
        assert all(np.isfinite(hit.score) for hit in hits)
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)


def test_a_silent_query_still_answers(catalogue, tmp_path):
    silent = write(tmp_path, silent_wav="- - - -") / "silent.wav"
    assert len(catalogue.search(silent)) == 7


def test_an_unreadable_query_is_a_read_error(catalogue, tmp_path):
    with pytest.raises(ReadError):
        catalogue.search(tmp_path / "none.wav")


def test_search_sees_what_was_added_since(tmp_path, space):
    catalogue = Catalogue(tmp_path / "c.lance", space)
    catalogue.add(write(tmp_path / "one", one_txt="calm"))
    assert len(catalogue.search("loud")) == 1
    catalogue.add(write(tmp_path / "two", two_txt="loud"))
    assert names(catalogue.search("loud")) == ["two.txt", "one.txt"]


def test_the_best_of_many_is_discounted_as_much_as_chance_gives():
    draws = np.random.default_rng(0).standard_normal((20_000, 50)).max(axis=1).mean()
    assert best_by_chance(50) == pytest.approx(draws, abs=0.03)
    assert best_by_chance(1) == pytest.approx(0.0, abs=1e-12)


def test_several_things_are_asked_for_together(catalogue, tmp_path):
    excerpt = write(tmp_path, excerpt_wav="k l m") / "excerpt.wav"
    hits = catalogue.search([excerpt, "calm"], k=3)
    assert set(names(hits)) == {"waltz.wav", "calm.txt", "cover.jpg"}
    waltz = next(hit for hit in hits if hit.modality == "audio")
    assert isinstance(waltz.moment, TimeSpan)


def test_scores_of_questions_keep_their_unit(catalogue):
    once = {hit.path: hit.score for hit in catalogue.search("calm")}
    other = {hit.path: hit.score for hit in catalogue.search("piano")}
    both = {hit.path: hit.score for hit in catalogue.search(["calm", "piano"])}
    for path, score in both.items():
        assert score == pytest.approx((once[path] + other[path]) / np.sqrt(2), abs=1e-4)
    with_more = {hit.path: hit.score for hit in catalogue.search("calm", more=["piano"])}
    for path, score in with_more.items():
        expected = (once[path] + 0.75 * other[path]) / np.sqrt(1 + 0.75**2)
        assert score == pytest.approx(expected, abs=1e-4)


def test_more_like_this_and_less_like_that(catalogue, music):
    assert set(names(catalogue.search("calm", k=2))) == {"calm.txt", "cover.jpg"}
    assert names(catalogue.search("calm", less=["piano"], k=1)) == ["cover.jpg"]
    assert names(catalogue.search("calm", more=["blue"], k=1)) == ["cover.jpg"]
    assert names(catalogue.search([], more=[music / "fugue.mid"], k=1)) == ["fugue.wav"]
    unlike = names(catalogue.search([], more=["calm"], less=[music / "cover.jpg"]))
    assert unlike[0] == "calm.txt" and "cover.jpg" not in unlike
    with pytest.raises(ValueError, match="less alone"):
        catalogue.search([], less=["calm"])


def test_several_catalogues_answer_in_one_list(catalogue, tmp_path, space):
    other = Catalogue(tmp_path / "other.lance", space)
    other.add(write(tmp_path / "m", soft_txt="calm soft", same_txt="calm piano"))
    hits = ask([catalogue, other], "calm", k=4)
    assert {"calm.txt", "cover.jpg", "soft.txt"} == set(names(hits[:3]))
    # The same content in both is one answer.
    assert "same.txt" not in names(ask([catalogue, other], "calm", k=99))
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_work_answers_once_in_each_modality(tmp_path, space):
    music = write(tmp_path, take_wav="a b c", take_mid="a b c d", other_wav="a b x")
    (tmp_path / "take.mp3").write_text("a b c e")
    space_of_mp3 = dict(SUFFIXES) | {".mp3": SUFFIXES[".wav"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fake_space.SUFFIXES", space_of_mp3)
        catalogue = Catalogue(tmp_path / "c.lance", space)
        catalogue.add(music)
        once = catalogue.search("a", k=9)
        every = catalogue.search("a", k=9, all_versions=True)
    assert sorted(names(every)) == ["other.wav", "take.mid", "take.mp3", "take.wav"]
    assert len(once) == 3 and {"other.wav", "take.mid"} < set(names(once))


def test_a_condition_that_does_not_work_names_the_columns(catalogue):
    with pytest.raises(CatalogueError, match=r"no column Bach .*'Bach'.*columns: .*composer"):
        catalogue.search("calm", where="composer = Bach")
    with pytest.raises(CatalogueError, match=r"expected.*columns: .*year"):
        catalogue.search("calm", where="year <")
    with pytest.raises(CatalogueError, match="columns: "):
        catalogue.search("calm", where="year = 'then'")


WORDS = [f"w{i}" for i in range(60)]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Three hundred recordings of thirteen words: enough for an index on both tables."""
    folder = tmp_path_factory.mktemp("many")
    random = np.random.default_rng(0)
    texts = {f"f{i}_wav": " ".join(random.choice(WORDS, 12)) + f" only{i}" for i in range(300)}
    catalogue = Catalogue(folder / "c.lance", FakeSpace())
    catalogue.add(write(folder / "music", **texts), workers=0)
    return catalogue


def searched(catalogue, query, limits, **options):
    terms = question(catalogue.space, [query], hop_s=1.0)
    return search([catalogue], terms, Options(limits=limits, k=3, **options))


@pytest.mark.parametrize("indexed", [False, True])
def test_a_large_catalogue_finds_the_same_through_a_shortlist(many, tmp_path, indexed):
    if indexed:
        for table in (many.reader().items, many.reader().stored):
            facts = build_index(table, smallest=256)
            assert facts.recall > 0.8 and facts.vectors >= 256
    small = Limits(exact_items=10, exact_passages=10, shortlist=8, distinctive=4)
    for i in (3, 141, 288):
        path = next(p for p in many.known().values() if p.endswith(f"/f{i}.wav"))
        content = Path(path).read_text().split()
        query = write(tmp_path, cut_wav=" ".join(content[7:])) / "cut.wav"
        exact, short = searched(many, query, Limits()), searched(many, query, small)
        assert names(exact)[0] == names(short)[0] == f"f{i}.wav"
        assert short[0].score == pytest.approx(exact[0].score)
        assert short[0].moment == exact[0].moment
        text = " ".join(content)
        assert names(searched(many, text, small))[0] == f"f{i}.wav"
        assert searched(many, query, small, where="title = 'nothing'") == []


def test_an_emptied_catalogue_answers_nothing(tmp_path, space):
    music = write(tmp_path / "m", take_wav="a b c")
    catalogue = Catalogue(tmp_path / "c.lance", space)
    catalogue.add(music)
    catalogue.remove(list(catalogue.known()))
    assert catalogue.search("a") == catalogue.search(music / "take.wav") == []


def test_few_vectors_get_no_index(catalogue):
    assert [(fact.table, fact.recall) for fact in catalogue.build_index()] == [
        ("items", None),
        ("passages", None),
    ]
    assert catalogue.index_advice() is None


@settings(max_examples=40)
@given(st.integers(2, 10), st.integers(0, 30), st.integers(1, 4), st.integers(0, 10**6))
def test_a_straight_line_is_found_wherever_it_lies(length, start, pace, seed):
    n = 40 + start + pace * length
    similarity = np.random.default_rng(seed).uniform(0, 0.1, (length, n)).astype(np.float32)
    steps = pace * np.arange(length)
    similarity[np.arange(length), start + steps] = 1.0
    first, last = best_line(similarity, np.arange(length), same_pace=pace == 1)
    slack = 0 if pace == 1 else 1 + 0.1 * steps[-1]
    assert abs(first - start) <= slack
    assert abs(last - start - steps[-1]) <= slack


def test_a_query_longer_than_the_item_covers_it():
    similarity = np.zeros((10, 4), np.float32)
    assert best_line(similarity, np.arange(10), same_pace=True) == (0, 3)
