import pytest

from unisono.alignment.searching.works import title_words, work_of


def same(one, other):
    return work_of(*one) == work_of(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Prélude, Op. 28 No. 4", "Prelude Op.28 no.4"),
        ("Clair de lune", "clair de Lune!"),
        ("Toccata and Fugue BWV 565", "Toccata and fugue, BWV565"),
    ],
)
def test_spelling_does_not_part_a_work(one, other):
    assert same(("/a/x.mp3", one, "Frédéric X", None), ("/b/y.mp3", other, "frederic x", "Z"))


@pytest.mark.parametrize(
    "title", ["Prelude", "Prelude in C", "II. Andante", "1. Allegro", "Sonata No. 1", "Track 01"]
)
def test_a_title_that_many_works_have_joins_nothing(title):
    assert not same(("/a/x.mp3", title, "Chopin", None), ("/b/y.mp3", title, "Chopin", None))


def test_numbers_part_works():
    one, other = "Prelude Op. 28 No. 4", "Prelude Op. 28 No. 7"
    assert not same(("/a/x.mp3", one, "Chopin", None), ("/b/y.mp3", other, "Chopin", None))


def test_composers_and_artists_part_works():
    title = "Ave Maria"
    assert not same(("/a/x.mp3", title, "Bach", None), ("/b/y.mp3", title, "Schubert", None))
    assert not same(("/a/x.mp3", title, None, None), ("/b/y.mp3", title, None, None))
    assert same(("/a/x.mp3", title, None, "Beyonce"), ("/b/y.mp3", title, None, "Beyoncé"))
    assert not same(("/a/x.mp3", title, None, "Bach"), ("/b/y.mp3", title, "Bach", None))


def test_without_words_a_folder_and_a_name_are_a_work():
    assert same(("/a/take.wav", "take", None, None), ("/a/take.mp3", "take", None, None))
    assert not same(("/a/take.wav", "take", None, None), ("/b/take.wav", "take", None, None))


def test_a_title_that_is_the_files_name_says_nothing():
    one, other = ("/a/Side_one.mp3", "Side one"), ("/b/Side_one.mp3", "Side one")
    assert not same((*one, None, "Band"), (*other, None, "Band"))


def test_other_scripts_have_words_too():
    assert title_words("Пиковая дама, соч. 68") == ["пиковая", "дама", "соч", "68"]
