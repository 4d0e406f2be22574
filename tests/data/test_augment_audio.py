from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from unisono.data.augment import (
    BITRATES,
    OLD_RECORDING,
    OTHER_TAKE,
    PHONE_RECORDING,
    RECORDING_OF_A_ROOM,
    WEB_FILE,
    AudioChain,
    AudioEffect,
    Band,
    Clipping,
    Codec,
    Equaliser,
    Gain,
    LeadIn,
    Level,
    Noise,
    PhoneBand,
    Pitch,
    Room,
    Speed,
    Tempo,
    TimeMap,
    scaled_time,
)

RATE = 16_000
CLICKS_S = np.array([0.4, 0.95, 1.6, 2.2])
SECONDS = 2.8
WITHIN_S = 0.004

Waveform = npt.NDArray[np.float32]


def clicks() -> Waveform:
    """Short bursts that survive a telephone, at known times."""
    sound = np.zeros(int(SECONDS * RATE), np.float32)
    time = np.arange(int(0.03 * RATE)) / RATE
    burst = np.exp(-time / 0.004) * (
        np.sin(2 * np.pi * 1000 * time) + np.cos(2 * np.pi * 1900 * time)
    )
    for second in CLICKS_S:
        first = round(second * RATE)
        sound[first : first + len(burst)] += (0.4 * burst).astype(np.float32)
    return sound


def tone(hertz: float = 600.0, seconds: float = 2.0, rate: int = RATE) -> Waveform:
    time = np.arange(int(seconds * rate)) / rate
    return (0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def onset_near(sound: Waveform, second: float) -> float:
    """Second of the steepest rise of energy within 60 ms of ``second``."""
    first = max(0, round((second - 0.06) * RATE))
    energy = np.convolve(sound[first : round((second + 0.06) * RATE)] ** 2, np.ones(32), "full")
    rise = energy[32:] - energy[:-32]
    return (first + int(rise.argmax()) + 1) / RATE


def strongest(sound: Waveform, rate: int = RATE) -> float:
    """Hertz of the highest line of the spectrum, finer than its bins."""
    middle = sound[len(sound) // 4 : -len(sound) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 17))
    return float(spectrum.argmax()) * rate / (1 << 17)


EFFECTS: dict[str, AudioEffect] = {
    "gain": Gain(-7.0),
    "level": Level(-25.0),
    "soft clipping": Clipping(9.0, "soft"),
    "hard clipping": Clipping(9.0, "hard"),
    "white": Noise("white", 15.0, 1),
    "pink": Noise("pink", 15.0, 1),
    "brown": Noise("brown", 10.0, 1),
    "hum": Noise("hum", 10.0, 1),
    "crackle": Noise("crackle", 20.0, 1),
    "crowd": Noise("crowd", 15.0, 1),
    "equaliser": Equaliser(
        (Band("low shelf", 200, 9), Band("peak", 1400, -9, 1.5), Band("high shelf", 5000, -9))
    ),
    "phone": PhoneBand(),
    "dry room": Room((5.0, 4.0, 2.5), 0.3, -6.0, 3),
    "hall": Room((28.0, 18.0, 11.0), 2.2, 0.0, 4),
    "mp3": Codec("mp3", 64),
    "mp3, 320": Codec("mp3", 320),
    "opus": Codec("opus", 48),
    "opus, 320": Codec("opus", 320),
    "aac": Codec("aac", 64),
    "aac, 320": Codec("aac", 320),
    "faster": Speed(1.06),
    "slower": Speed(0.9),
    "quick": Tempo(1.25),
    "slow": Tempo(0.8),
    "up": Pitch(2.0),
    "down": Pitch(-3.5),
    "silence before": LeadIn("silence", 0.75, 0.0, 5),
    "room tone before": LeadIn("room tone", 0.333, 40.0, 5),
    "applause before": LeadIn("applause", 1.5, 6.0, 5),
    "chain": AudioChain((LeadIn("silence", 0.5, 0.0, 5), Speed(1.05), Tempo(0.9), Pitch(1.0))),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_clicks_lie_where_the_effect_says(name: str) -> None:
    effect, before = EFFECTS[name], clicks()
    heard = effect.apply(before, RATE)
    assert heard.dtype == np.float32
    assert np.isfinite(heard).all()
    np.testing.assert_array_equal(before, clicks())
    end = float(effect.time_map(SECONDS))
    assert len(heard) == pytest.approx(end * RATE, abs=3)
    found = [onset_near(heard, second) for second in effect.time_map(CLICKS_S)]
    np.testing.assert_allclose(found, effect.time_map(CLICKS_S), atol=WITHIN_S)


@pytest.mark.parametrize("name", EFFECTS)
def test_tones_are_as_high_as_the_effect_says(name: str) -> None:
    effect = EFFECTS[name]
    heard = effect.apply(tone(), RATE)[-int(1.4 * RATE) :]
    semitones = 12 * np.log2(strongest(heard) / 600)
    assert semitones == pytest.approx(effect.semitones, abs=0.03)


@pytest.mark.parametrize("name", EFFECTS)
def test_the_same_effect_changes_the_same_way(name: str) -> None:
    first, second = (EFFECTS[name].apply(clicks(), RATE) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", EFFECTS)
@pytest.mark.parametrize("samples", [0, 1, 700])
def test_silence_and_next_to_nothing(name: str, samples: int) -> None:
    effect = EFFECTS[name]
    heard = effect.apply(np.zeros(samples, np.float32), RATE)
    assert np.isfinite(heard).all()
    if not isinstance(effect, AudioChain):
        assert len(heard) == pytest.approx(float(effect.time_map(samples / RATE)) * RATE, abs=3)


@dataclass(frozen=True)
class Drawn:
    draw: Callable[[np.random.Generator], AudioEffect]
    name: str


DRAWS = [
    Drawn(kind.draw, kind.__name__)
    for kind in (Gain, Level, Clipping, Noise, Equaliser, PhoneBand, Room, Codec, Speed, Tempo)
] + [Drawn(Pitch.draw, "Pitch"), Drawn(LeadIn.draw, "LeadIn")]
PRESETS = [
    Drawn(recipe.draw, name)
    for name, recipe in {
        "room": RECORDING_OF_A_ROOM,
        "phone": PHONE_RECORDING,
        "old": OLD_RECORDING,
        "web": WEB_FILE,
        "take": OTHER_TAKE,
    }.items()
]


@pytest.mark.parametrize("drawn", DRAWS + PRESETS, ids=lambda drawn: drawn.name)
def test_a_generator_draws_the_same_again_and_others_else(drawn: Drawn) -> None:
    same = [drawn.draw(np.random.default_rng(3)) for _ in range(2)]
    assert same[0] == same[1]
    random = np.random.default_rng(3)
    assert len({repr(drawn.draw(random)) for _ in range(12)}) > 6
    assert isinstance(same[0], AudioEffect)


@pytest.mark.parametrize("drawn", PRESETS, ids=lambda drawn: drawn.name)
@pytest.mark.parametrize("seed", range(3))
def test_presets_move_what_they_say(drawn: Drawn, seed: int) -> None:
    chain = drawn.draw(np.random.default_rng(seed))
    heard = chain.apply(tone(seconds=3.0), RATE)
    end = float(chain.time_map(3.0))
    assert len(heard) == pytest.approx(end * RATE, abs=4)
    semitones = 12 * np.log2(strongest(heard[-int(1.8 * RATE) :]) / 600)
    assert semitones == pytest.approx(chain.semitones, abs=0.05)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("kind", ["mp3", "opus", "aac"])
def test_codecs_keep_time_to_the_sample_at_any_rate(kind: str, rate: int) -> None:
    random = np.random.default_rng(0)
    sound = np.convolve(random.standard_normal(rate), np.ones(8) / 8, "same").astype(np.float32)
    sound *= 0.2
    heard = Codec(kind, 128).apply(sound, rate)  # type: ignore[arg-type]
    assert len(heard) == len(sound)
    spectrum = np.fft.rfft(sound, 2 * rate).conj() * np.fft.rfft(heard, 2 * rate)
    lag = int(np.fft.irfft(spectrum).argmax())
    assert lag == 0
    assert np.corrcoef(sound, heard)[0, 1] > 0.9


def test_fewer_bits_do_more_harm() -> None:
    random = np.random.default_rng(0)
    sound = (0.1 * random.standard_normal(44_100)).astype(np.float32)
    for kind in ("mp3", "opus", "aac"):
        errors = [
            float(np.std(Codec(kind, rate).apply(sound, 44_100) - sound))  # type: ignore[arg-type]
            for rate in (32, 128, 320)
        ]
        assert errors[0] > 1.3 * errors[2]
        assert errors[0] >= errors[1] >= errors[2]


def test_codecs_know_their_bit_rates() -> None:
    with pytest.raises(ValueError, match="kbit_s is 33"):
        Codec("mp3", 33)
    random = np.random.default_rng(0)
    drawn = {Codec.draw(random, kbit_s=(32, 64)).kbit_s for _ in range(60)}
    assert drawn == {rate for rate in BITRATES if rate <= 64}
    with pytest.raises(ValueError, match="no bit rate"):
        Codec.draw(random, kbit_s=(33, 39))


@pytest.mark.parametrize("decay_s", [0.4, 1.5])
def test_a_room_decays_as_fast_as_it_says(decay_s: float) -> None:
    response = Room((9.0, 6.0, 3.5), decay_s, 0.0, 1).response(RATE).astype(np.float64)
    energy = np.cumsum(response[::-1] ** 2)[::-1]
    fall = 10 * np.log10(energy / energy[0] + 1e-12)
    first, last = np.searchsorted(-fall, [8.0, 28.0])
    assert 60 * (last - first) / 20 / RATE == pytest.approx(decay_s, rel=0.25)


def test_the_direct_sound_of_a_room_comes_first_and_whole() -> None:
    response = Room((9.0, 6.0, 3.5), 0.8, -10.0, 1).response(RATE)
    assert response[0] == pytest.approx(1.0)
    assert np.sum(response[1:].astype(np.float64) ** 2) == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize("kind", ["white", "pink", "brown", "hum", "crackle", "crowd"])
def test_noise_is_as_loud_as_it_says(kind: str) -> None:
    sound = tone()
    noise = Noise(kind, 20.0, 3).apply(sound, RATE) - sound  # type: ignore[arg-type]
    assert 20 * np.log10(noise.std() / sound.std()) == pytest.approx(-20, abs=0.3)


@pytest.mark.parametrize(("kind", "per_octave"), [("white", 0.0), ("pink", -3.0), ("brown", -6.0)])
def test_noise_has_its_colour(kind: str, per_octave: float) -> None:
    quiet = np.full(8 * RATE, 1e-6, np.float32)
    noise = Noise(kind, 0.0, 3).apply(quiet, RATE)  # type: ignore[arg-type]
    power = np.abs(np.fft.rfft(noise)) ** 2
    hertz = np.fft.rfftfreq(len(noise), 1 / RATE)
    low = power[(hertz > 200) & (hertz < 400)].mean()
    high = power[(hertz > 3200) & (hertz < 6400)].mean()
    assert 10 * np.log10(high / low) / 4 == pytest.approx(per_octave, abs=0.3)


@pytest.mark.parametrize(
    ("band", "hertz", "gain_db"),
    [
        (Band("peak", 1000, 8, 1.0), 1000, 8),
        (Band("peak", 1000, 8, 3.0), 100, 0),
        (Band("low shelf", 500, -10), 60, -10),
        (Band("low shelf", 500, -10), 6000, 0),
        (Band("high shelf", 1000, 6), 7000, 6),
        (Band("high shelf", 1000, 6), 60, 0),
    ],
)
def test_an_equaliser_raises_what_it_says(band: Band, hertz: float, gain_db: float) -> None:
    sound = tone(hertz)
    heard = Equaliser((band,)).apply(sound, RATE)
    middle = slice(RATE // 2, -RATE // 2)
    assert 20 * np.log10(heard[middle].std() / sound[middle].std()) == pytest.approx(
        gain_db, abs=0.4
    )


def test_a_telephone_lets_only_its_band_through() -> None:
    def passed(hertz: float) -> float:
        sound = tone(hertz)
        heard = PhoneBand(companding=False).apply(sound, RATE)
        return float(20 * np.log10(heard[4000:-4000].std() / sound[4000:-4000].std()))

    assert passed(1000) == pytest.approx(0, abs=0.2)
    assert passed(60) < -40
    assert passed(6500) < -30


def test_hard_clipping_flattens_and_keeps_the_peak() -> None:
    sound = tone(440)
    heard = Clipping(12.0, "hard").apply(sound, RATE)
    assert np.abs(heard).max() == pytest.approx(np.abs(sound).max(), rel=1e-5)
    assert (np.abs(heard) > 0.999 * np.abs(heard).max()).mean() > 0.7


def test_time_maps_compose_and_turn_back() -> None:
    bent = TimeMap(np.array([0.0, 1.0, 3.0]), np.array([0.5, 2.0, 2.5]))
    both = bent.then(scaled_time(2.0, shift_s=-1.0))
    seconds = np.array([-1.0, 0.0, 0.3, 1.0, 2.0, 5.0])
    np.testing.assert_allclose(both(seconds), 2 * bent(seconds) - 1)
    np.testing.assert_allclose(both.back(both(seconds)), seconds)
    np.testing.assert_allclose(scaled_time(0.5).then(bent)(seconds), bent(0.5 * seconds))
    with pytest.raises(ValueError, match="increase"):
        TimeMap(np.array([0.0, 0.0]), np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match="two knots"):
        TimeMap(np.zeros(1), np.zeros(1))
