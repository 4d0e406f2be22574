"""Morning Mood from Peer Gynt, for flute, oboe and piano."""

from fractions import Fraction

from notation import Part, Staff, Work


def melody(notes: str) -> list[str]:
    """The four bars of the theme on its notes 5, 3, 2, 1 and 6 of the scale."""
    five, three, two, one, six = notes.split()
    return [
        f"8 {five} {three} {two} {one} {two} {three}",
        f"8 {five} {three} {two} {one} 16 {two} {three} {two} {three}",
        f"8 {five} {three} {five} {six} {three} {six}",
        f"8 {five} {three} {two} 4. {one}",
    ]


HIGH = melody("b5 g#5 f#5 e5 c#6")
LOW = melody("b4 g#4 f#4 e4 c#5")
FAR = melody("d#6 b#5 a#5 g#5 e#6")
REST = ["R"] * 4
FLUTE = " | ".join(HIGH + REST + FAR + HIGH)
OBOE = " | ".join(REST + LOW + REST + LOW)

E_RIGHT = ["4. e4+g#4+b4~ e4+g#4+b4"] * 2 + ["4. e4+g#4+b4 e4+g#4+c#5", "4. e4+g#4+b4~ e4+g#4+b4"]
E_LOW_RIGHT = ["4. g#3+b3~ g#3+b3"] * 2 + ["4. g#3+b3 g#3+c#4", "4. g#3+b3~ g#3+b3"]
FAR_RIGHT = [
    *["4. d#4+g#4+b#4~ d#4+g#4+b#4"] * 2,
    *["4. d#4+g#4+b#4 e#4+g#4+b#4", "4. d#4+g#4+b#4~ d#4+g#4+b#4"],
]
E_WAVES = ["8 e2 b2 e3 g#3 e3 b2"] * 2 + ["8 e2 b2 e3 c#2 g#2 c#3", "4. e2+b2 e2+b2+e3"]
E_LEFT = ["4. e3+b3~ e3+b3"] * 2 + ["4. e3+b3 c#3+g#3", "4. e3+b3~ e3+b3"]
E_LOW_LEFT = ["4. e2+b2~ e2+b2"] * 2 + ["4. e2+b2 c#2+g#2", "4. e2+b2~ e2+b2"]
FAR_LEFT = ["4. g#2+d#3~ g#2+d#3"] * 2 + ["4. g#2+d#3 e#2+b#2", "4. g#2+d#3~ g#2+d#3"]
RIGHT = " | ".join(E_RIGHT + E_LOW_RIGHT + FAR_RIGHT + E_RIGHT)
LEFT = " | ".join(E_LEFT + E_LOW_LEFT + FAR_LEFT + E_WAVES)

WORK = Work(
    slug="morning-mood",
    title="Morning Mood",
    composer="Edvard Grieg",
    year="1875",
    key="E major",
    fifths=4,
    metre=(6, 8),
    tempo=81,
    tempo_words="Allegretto pastorale",
    parts=(
        Part("Flute", 73, (Staff("treble", (FLUTE,)),), 1.0),
        Part("Oboe", 68, (Staff("treble", (OBOE,)),), 0.85),
        Part("Piano", 0, (Staff("treble", (RIGHT,)), Staff("bass", (LEFT,))), 0.6),
    ),
    dynamics={1: "p", 9: "mp", 13: "f"},
    tags=("pastoral", "calm", "flute", "oboe", "romantic", "nature"),
    note=(
        "Sunrise music from a play: a flute and an oboe pass a swaying pentatonic tune between "
        "them over held chords of the piano, in E major. Peaceful and open, six gentle eighth "
        "notes in a bar; a brighter turn to G sharp major before both winds join in full light."
    ),
    colours=("#ffd6a5", "#ff9b54", "#577590"),
    rubato=0.07,
    lead_in_s=1.3,
    pedal=Fraction(3, 2),
)
