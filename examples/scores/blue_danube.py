"""The first waltz of The Blue Danube, for piano."""

from fractions import Fraction

from notation import Part, Staff, Work

RIGHT = """
4 d4 |
d4 f#4 a4 | 2 a4 4 f#5+a5 | f#5+a5 r d5+f#5 | d5+f#5 r d4 |
d4 f#4 a4 | 2 a4 4 g5+a5 | g5+a5 r e5+g5 | e5+g5 r c#4 |
c#4 e4 b4 | 2 b4 4 g5+b5 | g5+b5 r e5+g5 | e5+g5 r c#4 |
c#4 e4 b4 | 2 b4 4 g5+b5 | g5+b5 r d5+f#5 | d5+f#5 r d4 |
d4 f#4 a4 | 2 d5 4 a5+d6 | a5+d6 r f#5+a5 | f#5+a5 r d4 |
d4 f#4 a4 | 2 d5 4 b5+d6 | b5+d6 r g5+b5 | g5+b5 r e4 |
e4 g4 b4 | 2. b4 | 4 b4 g#4 a4 | 2. f#5 |
2 d5 4 f#4 | 2 f#4 4 e4 | 2 b4 4 a4 | d4 r
"""
D = "4 d3 f#3+a3 f#3+a3"
A7 = "4 a2 e3+g3 e3+g3"
G = "4 g2 d3+b3 d3+b3"
EM = "4 e2 g3+b3 g3+b3"
LEFT = " | ".join(
    ["R"]
    + [D] * 5
    + [A7] * 10
    + [D] * 6
    + [G, G, G, EM, EM, "4 a2 e3+g3 e3+g3", "4 a2 f#3+a3 f#3+a3", D, A7, A7, "4 d3 d2"]
)

WORK = Work(
    slug="blue-danube",
    title="The Blue Danube",
    composer="Johann Strauss II",
    year="1866",
    key="D major",
    fifths=2,
    metre=(3, 4),
    tempo=172,
    tempo_words="Tempo di valse",
    pickup=Fraction(1),
    parts=(Part("Piano", 0, (Staff("treble", (RIGHT,)), Staff("bass", (LEFT,)))),),
    dynamics={0: "p", 9: "mp", 17: "mf", 25: "f"},
    tags=("waltz", "dance", "happy", "piano", "romantic"),
    note=(
        "The famous Viennese waltz in D major in a version for piano. A rising chord is answered "
        "by light echoes high up, over the bass note and two chords of every waltz. Three swift "
        "beats in a bar, elegant and cheerful; thirty-two bars that swell to the end."
    ),
    colours=("#1b6ca8", "#7fc8f8", "#f9f9f9"),
    phrase=8,
    rubato=0.09,
    lead_in_s=0.7,
    pedal=Fraction(3),
)
