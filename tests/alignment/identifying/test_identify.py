"""Whole identifications in a space whose vectors are known: a second, or a note of a page, a word.

Sixteen works of forty seconds share one small vocabulary, so that every word occurs in many of
them, and only the order tells them apart.
"""

import numpy as np
import pytest
from fake_space import FakeSpace, write

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.identifying.asked import asked_of
from unisono.alignment.identifying.confidence import Confidence
from unisono.alignment.identifying.identify import (
    identify,
    identify_encoding,
    identify_passages,
)
from unisono.alignment.store.catalogue_error import CatalogueError
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan

CONFIDENCE = Confidence(offset=-6, order=3, margin=3, votes=1, consistent=2, length=0)
"""Of these tests: the fitted one belongs to real music."""
WORKS, SECONDS = 16, 40


def words_of(work: int) -> list[str]:
    random = np.random.default_rng(work)
    return [f"w{number}" for number in random.integers(60, size=SECONDS)]


def line(words):
    return " ".join(words)


def page_of(work: int) -> str:
    words = words_of(work)
    return "\n".join(line(words[first : first + 10]) for first in range(0, SECONDS, 10))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    folder = tmp_path_factory.mktemp("identifying")
    files = {f"work{work}_mid": line(words_of(work)) for work in range(WORKS)}
    write(folder / "music", calm_txt="calm", blue_jpg="blue", **files)
    catalogue = Catalogue(folder / "c.lance", FakeSpace())
    catalogue.add(folder / "music", workers=0)
    return catalogue


@pytest.fixture
def ask(catalogue, tmp_path):
    def asked(content, ending="wav", **options):
        path = write(tmp_path, **{f"query_{ending}": content}) / f"query.{ending}"
        return identify([catalogue], path, confidence=CONFIDENCE, **options)

    return asked


def test_a_few_seconds_find_their_work_and_their_place(ask):
    found = ask(line(words_of(7)[12:24]), k=WORKS)
    assert found.best.path.endswith("work7.mid") and found.best.rank == 1
    assert found.best.probability > 0.9 and found.none < 0.1
    assert found.best.place.span == TimeSpan(12.0, 24.0)
    assert found.best.asked.span == TimeSpan(0.0, 12.0)
    assert [answer.rank for answer in found.answers] == list(range(1, found.works + 1))
    assert sum(answer.probability for answer in found.answers) + found.none == pytest.approx(1)
    assert found.passages == WORKS * SECONDS


def test_what_comes_before_the_music_and_after_it_is_left_out(ask):
    found = ask(line([*"abcdef", *words_of(3)[20:30], *"klmn"]))
    assert found.best.path.endswith("work3.mid")
    assert found.best.place.span.start_s == pytest.approx(20, abs=2)
    assert found.best.place.span.end_s == pytest.approx(30, abs=1)
    assert found.best.asked.span.start_s == pytest.approx(6, abs=2)
    assert found.best.asked.span.end_s == pytest.approx(16, abs=1)


@pytest.mark.parametrize("slower", [1.5, 0.75])
def test_another_tempo_is_no_hindrance(ask, slower):
    words = words_of(5)[8:32]
    played = [words[int(second / slower)] for second in range(int(24 * slower))]
    found = ask(line(played))
    assert found.best.path.endswith("work5.mid")
    assert found.best.place.span.start_s == pytest.approx(8, abs=1)
    assert found.best.place.span.end_s == pytest.approx(32, abs=1)


def test_a_page_finds_its_music_from_beginning_to_end(ask):
    found = ask(page_of(11), "png")
    assert found.modality is Modality.SHEET and found.best.path.endswith("work11.mid")
    assert found.best.place.span == TimeSpan(0.0, 40.0)
    first, last = found.best.asked.first, found.best.asked.last
    assert isinstance(first, Region) and (first.system, last.system) == (1, 4)
    assert found.best.asked.pages == (1,)


def test_music_from_nowhere_is_none_of_these(ask):
    for seed in (100, 101, 102):
        random = np.random.default_rng(seed)
        words = [f"w{number}" for number in random.integers(60, size=15)]
        found = ask(line(words))
        assert found.best is None and found.none > 0.5
    assert ask("never heard this before").best is None


def test_the_same_words_in_another_order_are_another_work(ask):
    words = words_of(2)[5:25]
    straight, backwards = ask(line(words)), ask(line(words[::-1]))
    assert straight.best.path.endswith("work2.mid")
    assert backwards.best is None


def test_a_second_alone_is_not_enough_to_be_sure(ask, catalogue):
    word = words_of(4)[9]
    owners = [f"work{work}.mid" for work in range(WORKS) if word in words_of(work)]
    assert len(owners) > 1
    found = ask(word)
    assert found.answers[0].path.rpartition("/")[2] in owners
    assert found.best is None


def test_seconds_of_a_recording_may_be_asked_with_alone(ask):
    both = line([*words_of(1)[:15], *words_of(9)[20:35]])
    assert ask(both, end_s=15).best.path.endswith("work1.mid")
    found = ask(both, start_s=15)
    assert found.best.path.endswith("work9.mid")
    assert found.best.asked.span == TimeSpan(15.0, 30.0)
    with pytest.raises(ReadError, match="nothing from 99 to 120 s; it is 30 s long"):
        ask(both, start_s=99, end_s=120)
    with pytest.raises(ReadError, match="pages have no seconds"):
        ask(page_of(1), "png", start_s=3)


def test_versions_of_a_work_vote_together_and_rank_once(tmp_path):
    words = [f"u{number}" for number in range(20)]
    music = write(
        tmp_path / "m",
        take_wav=line(words),
        take_mid=line(words) + " ",
        take_png=line(words[:10]) + "\n" + line(words[10:]),
    )
    write(music, other_mid=line(f"v{number}" for number in range(20)))
    catalogue = Catalogue(tmp_path / "c.lance", FakeSpace())
    catalogue.add(music, workers=0)
    query = write(tmp_path, part_wav=line(words[4:14])) / "part.wav"
    found = identify([catalogue], query, confidence=CONFIDENCE)
    assert found.works == 2 and found.best.probability > 0.9
    [answer] = identify([catalogue], query, want=["sheet"], confidence=CONFIDENCE).answers
    assert answer.modality is Modality.SHEET
    assert (answer.place.first.x0, answer.place.last.x1) == (160.0, 160.0)


def test_several_catalogues_are_one_pool(catalogue, tmp_path):
    more = write(tmp_path / "m", rare_mid="p q r s t u v", copy_mid=line(words_of(6)))
    second = Catalogue(tmp_path / "d.lance", FakeSpace())
    second.add(more, workers=0)
    query = write(tmp_path, part_wav="q r s t u") / "part.wav"
    found = identify([catalogue, second], query, confidence=CONFIDENCE)
    assert found.best.path.endswith("rare.mid") and found.best.catalogue == second.where
    # The same content in both is one work under whatever name: it is no rival of itself.
    query = write(tmp_path, part_wav=line(words_of(6)[5:20])) / "part.wav"
    assert identify([catalogue, second], query, confidence=CONFIDENCE).best is not None


def test_the_very_file_answers_unless_it_may_not(catalogue):
    path = next(path for path in catalogue.known().values() if path.endswith("work8.mid"))
    assert identify([catalogue], path, confidence=CONFIDENCE).best.path == path
    alone = identify([catalogue], path, itself=False, confidence=CONFIDENCE)
    assert path not in [answer.path for answer in alone.answers]
    assert alone.best is None


@pytest.mark.parametrize(
    ("content", "ending", "said"),
    [
        ("calm music", "txt", "this is a text.*give a recording, a page of music or a MIDI file"),
        ("blue", "jpg", "this is a cover"),
        ("- - - -", "wav", "nothing sounds in it"),
        ("broken", "wav", "damaged"),
    ],
)
def test_what_cannot_be_identified_is_told(ask, content, ending, said):
    with pytest.raises(ReadError, match=said):
        ask(content, ending)


def test_a_catalogue_without_passages_is_told(catalogue, tmp_path):
    query = write(tmp_path, part_wav="a b") / "part.wav"
    with pytest.raises(CatalogueError, match="there is no catalogue"):
        identify([Catalogue(tmp_path / "none.lance", FakeSpace())], query)
    words = Catalogue(tmp_path / "words.lance", FakeSpace())
    words.add(write(tmp_path / "w", calm_txt="calm"), workers=0)
    with pytest.raises(CatalogueError, match=r"no passage of .*unisono index FOLDER"):
        identify([words], query)
    with pytest.raises(CatalogueError, match="no passage of sheet there"):
        identify([catalogue], query, want=["sheet"])
    with pytest.raises(ValueError, match="a text has no passages"):
        identify([catalogue], query, want=["text"])


def test_an_encoding_with_silence_alone_is_refused(catalogue, tmp_path):
    encoding = FakeSpace().encode_item(write(tmp_path, still_wav="- -") / "still.wav")
    with pytest.raises(ValueError, match="without passages"):
        identify_encoding([catalogue], encoding)


def test_long_queries_are_asked_with_a_hundred_passages(catalogue, tmp_path):
    path = write(tmp_path, long_wav=line(words_of(13))) / "long.wav"
    asked = asked_of(FakeSpace().encode_item(path, hop_s=0.1))
    assert len(asked) == 100 and asked.positions[-1] == pytest.approx(39.95)
    found = identify_passages([catalogue], asked, confidence=CONFIDENCE)
    assert found.best.path.endswith("work13.mid")


def test_evidence_shows_where_seconds_met(ask):
    best = ask(line(words_of(7)[12:24])).best
    assert best.evidence.agreement.shape == (24, SECONDS)
    [run] = best.evidence.runs
    assert run[0].tolist() == [0, 12] and run[-1].tolist() == [23, 23]
    for met in best.evidence.meetings():
        assert met.found == TimeSpan(12.0 + met.row // 2, 13.0 + met.row // 2)
        assert met.score > 3
