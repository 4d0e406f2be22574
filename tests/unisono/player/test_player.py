"""The player in headless Chromium: a cursor that follows, clicks that jump."""

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "alignment" / "outputs"))

import known
from chromium import PROGRAM, Chromium

from unisono.report.player import read_view, write_player, write_video
from unisono.report.player.cursor import Track, shades
from unisono.report.player.frames import HEIGHT, WIDTH, Frames
from unisono.report.player.piano_roll import piano_roll
from unisono.report.player.sound import mp3_of

needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed")
SECONDS = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("player")
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(SECONDS * 8000) / 8000)
    soundfile.write(folder / "take.wav", tone, 8000)
    return folder


@pytest.fixture(scope="module")
def view(folder):
    """Measure 1 sounds from 2 s to 6 s, measure 2 to 10 s; 7 s to 9 s are uncertain."""
    alignment, facts = known.engraved(folder, low=[(7.0, 9.0)])
    return read_view(alignment, facts, folder / "take.wav")


@pytest.fixture(scope="module")
def page(folder, view):
    write_player(view, folder / "take.wav", folder / "take.html")
    return folder / "take.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory, page):
    if PROGRAM is None:
        pytest.skip("Chromium is not installed")
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        browser.open(page)
        yield browser


def seek(browser, seconds):
    browser.evaluate(
        "new Promise(done => { audio.addEventListener('seeked', () => requestAnimationFrame(done), "
        f"{{once: true}}); audio.currentTime = {seconds}; }})"
    )


def cursor_x(browser):
    return browser.evaluate("document.querySelector('.cursor').getBoundingClientRect().x")


def now(browser):
    return browser.evaluate("audio.currentTime")


def words(browser):
    return browser.evaluate("document.getElementById('where').textContent")


def test_the_cursor_moves_with_the_sound(browser):
    places = []
    for seconds in (2.5, 4.5, 6.5, 8.5):
        seek(browser, seconds)
        places.append(cursor_x(browser))
    assert places == sorted(places) and places[-1] > places[0] + 100
    assert words(browser) == "measure 2 uncertain"
    seek(browser, 3.0)
    assert words(browser) == "measure 1"


def test_the_cursor_moves_while_it_plays(browser):
    seek(browser, 2.5)
    before = cursor_x(browser)
    browser.evaluate("document.getElementById('play').click()")
    browser.evaluate("new Promise(done => setTimeout(done, 700))")
    browser.evaluate("audio.pause()")
    assert now(browser) > 2.6
    assert cursor_x(browser) > before


def test_a_click_on_a_bar_goes_to_where_it_sounds(browser, view):
    seek(browser, 0.5)
    second = view.measures[1]
    system = view.systems[second.system]
    box = browser.evaluate(
        "(box => [box.x, box.y, box.width, box.height])"
        "(document.querySelector('.page').getBoundingClientRect())"
    )
    x = box[0] + box[2] * (second.x0 + second.x1) / 2
    y = box[1] + box[3] * (system.y0 + system.y1) / 2
    browser.click(x, y)
    assert now(browser) == pytest.approx(6.0, abs=0.01)
    assert browser.evaluate("getComputedStyle(document.querySelector('.bar')).display") == "block"


def test_the_keyboard_goes_by_bars_and_plays(browser):
    seek(browser, 2.0)
    browser.press("ArrowRight")
    assert now(browser) == pytest.approx(6.0, abs=0.01)
    browser.press("ArrowLeft")
    assert now(browser) == pytest.approx(2.0, abs=0.01)
    browser.press(" ", " ")
    assert browser.evaluate("audio.paused") is False
    browser.press(" ", " ")
    assert browser.evaluate("audio.paused") is True


def test_the_table_says_when_each_measure_sounds_and_jumps(browser):
    rows = browser.evaluate("[...document.querySelectorAll('tbody tr')].map(row => row.innerText)")
    assert len(rows) == 2
    browser.evaluate("document.querySelectorAll('td button')[1].click()")
    assert now(browser) == pytest.approx(6.0, abs=0.01)


def test_uncertain_passages_are_shaded_where_they_are(browser, view):
    (shade,) = view.shades
    assert view.measures[1].x0 < shade.x0 < shade.x1 <= view.systems[0].x1 + 1e-6
    drawn = browser.evaluate("document.querySelector('.shade').getBoundingClientRect().width")
    assert drawn > 20


def test_the_screenshot_shows_the_cursor(browser, tmp_path):
    seek(browser, 3.0)
    browser.screenshot(tmp_path / "shot.png")
    pixels = np.asarray(Image.open(tmp_path / "shot.png").convert("RGB")).astype(int)
    blue = (abs(pixels - [0, 114, 178]).sum(axis=2) < 30).any(axis=0)
    at = cursor_x(browser)
    assert blue[int(at) : int(at) + 4].any()


def test_nothing_is_fetched_and_nothing_complains(browser, page):
    asked = [
        message["params"]["request"]["url"]
        for message in browser.messages
        if message.get("method") == "Network.requestWillBeSent"
    ]
    assert page.resolve().as_uri() in asked
    assert all(url.startswith(("data:", "blob:", page.resolve().as_uri())) for url in asked)
    bad = ("Log.entryAdded", "Runtime.exceptionThrown")
    assert [message for message in browser.messages if message.get("method") in bad] == []


@needs_chromium
def test_dark_and_small_screens_are_served(page, tmp_path):
    with Chromium(tmp_path / "profile", dark=True, size=(420, 800)) as browser:
        browser.open(page)
        assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(23, 22, 20)"
        )
        assert browser.evaluate("document.documentElement.scrollWidth") <= 420


@needs_chromium
def test_a_linked_recording_is_played_from_its_file(folder, view, tmp_path):
    write_player(view, folder / "take.wav", folder / "linked.html", link=True)
    assert (folder / "linked.html").stat().st_size < (folder / "take.html").stat().st_size
    with Chromium(tmp_path / "profile") as browser:
        browser.open(folder / "linked.html")
        assert browser.evaluate("audio.duration") == pytest.approx(SECONDS, abs=0.05)


def test_names_are_no_markup(folder, view):
    from dataclasses import replace

    from unisono.report.player.page import document

    text = document(replace(view, recording="</script><script>alert(1)</script>", score="<b>"))
    assert "<script>alert" not in text and "<b>" not in text


def test_sound_stays_where_it_is(tmp_path):
    """The MP3 of a click at 1 s has it there to within 5 ms."""
    click = np.zeros(2 * 44100, np.float32)
    click[44100:44200] = 0.9
    soundfile.write(tmp_path / "click.wav", click, 44100)
    (tmp_path / "click.mp3").write_bytes(mp3_of(tmp_path / "click.wav"))
    from unisono.data.readers.audio import read_audio

    found = read_audio(tmp_path / "click.mp3", 44100)
    assert np.argmax(np.abs(found)) / 44100 == pytest.approx(1.0, abs=0.005)


def test_a_midi_score_is_shown_as_a_piano_roll(tmp_path):
    alignment, facts = known.midi(tmp_path)
    view = read_view(alignment, facts, Path("take.wav"))
    assert [measure.number for measure in view.measures] == ["1", "2", "3"]
    edges = [(measure.x0, measure.x1) for measure in view.measures]
    assert all(x0 < x1 for x0, x1 in edges) and edges == sorted(edges)
    system, x = view.track.at(float(known.recording_s(2.0)))
    assert system == 0 and view.measures[1].x0 < x < view.measures[1].x1


def test_a_piano_roll_breaks_lines_between_measures():
    from unisono.data.notes import Notes

    onset = np.arange(0, 60, 0.5)
    same = np.full(len(onset), 60, np.int16)
    notes = Notes(onset, onset + 0.5, same, same, same * 0)
    measures = np.arange(0, 61, 5.0)
    roll = piano_roll(notes, measures, tuple(map(str, range(1, 13))))
    assert {line.start_s for line in roll.lines} <= set(measures)
    assert max(line.end_s - line.start_s for line in roll.lines) <= 12
    ink = roll.pages[0][int(roll.lines[0].y0) : int(roll.lines[0].y1)] < 100
    assert ink.any()


def test_pages_are_shown_as_they_are(tmp_path):
    Image.new("L", (400, 300), 255).save(tmp_path / "page.png")
    from unisono.alignment.outputs import ScoreFacts, ScoreKind

    facts = ScoreFacts(tmp_path / "page.png", ScoreKind.PAGES)
    view = read_view(known.alignment_of_pages(), facts, Path("take.wav"))
    assert len(view.pages) == 1 and len(view.systems) == 2 and view.measures == ()
    assert view.systems[0].y0 < 100 / 300 < 160 / 300 < view.systems[0].y1
    first, after = view.track.at(4.0), view.track.at(15.0)
    assert first[0] == 0 and after[0] == 1 and first[1] == pytest.approx(180 / 400)


def test_the_cursor_waits_at_the_end_of_a_line_and_never_runs_back():
    track = Track(np.array([0.0, 1.0, 2.0]), np.array([0, 0, 1]), np.array([0.1, 0.9, 0.1]))
    assert track.at(0.5) == (0, pytest.approx(0.5))
    assert track.at(1.9) == (0, pytest.approx(0.9))
    assert track.at(9.0) == (1, pytest.approx(0.1))
    assert [(s.system, s.x0, s.x1) for s in shades(track, [(0.0, 2.0)])] == [
        (0, 0.1, 0.9),
        (1, 0.1, pytest.approx(0.104)),
    ]


def test_frames_follow_the_cursor(view):
    frames = Frames(view)
    early, late = frames.at(2.5), frames.at(8.5)
    assert early.shape == (HEIGHT, WIDTH, 3) and early.dtype == np.uint8
    assert cursor_column(early) < cursor_column(late)


def cursor_column(frame):
    blue = (abs(frame[: HEIGHT - 60].astype(int) - [0, 114, 178]).sum(axis=2) < 30).sum(axis=0)
    return int(np.argmax(blue))


def test_the_video_lasts_as_long_as_the_sound(folder, view):
    import av

    soundfile.write(folder / "short.wav", np.zeros(2 * 8000), 8000)
    write_video(view, folder / "short.wav", folder / "take.mp4")
    with av.open(str(folder / "take.mp4")) as container:
        assert {stream.type for stream in container.streams} == {"video", "audio"}
        assert container.duration / 1e6 == pytest.approx(2.0, abs=0.2)
        first = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert first.shape == (HEIGHT, WIDTH, 3)


def test_an_encoder_that_is_missing_is_named(monkeypatch):
    from unisono.report.player import video

    monkeypatch.setattr(video, "_ENCODERS", ("no_such_encoder",))
    with pytest.raises(video.VideoError, match="no_such_encoder"):
        video.check_encoder()


def test_a_video_that_fails_leaves_no_file(folder, view):
    from unisono.data.errors import ReadError

    with pytest.raises(ReadError):
        write_video(view, folder / "missing.wav", folder / "failed.mp4")
    assert not (folder / "failed.mp4").exists()


def test_the_table_names_a_repeated_measure_as_such(tmp_path):
    from unisono.report.player.page import document

    text = document(read_view(*known.engraved(tmp_path, repeat=True), Path("take.wav")))
    names = [">measure 1<", ">measure 2<", ">measure 1, again<", ">measure 2, again<"]
    places = [text.index(name) for name in names]
    assert places == sorted(places)
