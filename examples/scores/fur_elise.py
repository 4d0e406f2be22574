"""Für Elise, the opening."""

from fractions import Fraction

from notation import Part, Staff, Work

RIGHT = """
16 e5 d#5 |
e5 d#5 e5 b4 d5 c5 | 8 a4 16 r c4 e4 a4 | 8 b4 16 r e4 g#4 b4 | 8 c5 16 r e4 e5 d#5 |
e5 d#5 e5 b4 d5 c5 | 8 a4 16 r c4 e4 a4 | 8 b4 16 r e4 c5 b4 | 8 a4 16 r b4 c5 d5 |
8. e5 16 g4 f5 e5 | 8. d5 16 f4 e5 d5 | 8. c5 16 e4 d5 c5 | 8 b4 16 r e4 e5 r |
r e5 e6 r r d#5 | e5 r r d#5 e5 d#5 |
e5 d#5 e5 b4 d5 c5 | 8 a4 16 r c4 e4 a4 | 8 b4 16 r e4 g#4 b4 | 8 c5 16 r e4 e5 d#5 |
e5 d#5 e5 b4 d5 c5 | 8 a4 16 r c4 e4 a4 | 8 b4 16 r e4 c5 b4 | 4 a4
"""
LEFT = """
R |
R | 16 a2 e3 a3 r 8 r | 16 e2 e3 g#3 r 8 r | 16 a2 e3 a3 r 8 r |
R | 16 a2 e3 a3 r 8 r | 16 e2 e3 g#3 r 8 r | 16 a2 e3 a3 r 8 r |
16 c3 g3 c4 r 8 r | 16 g2 g3 b3 r 8 r | 16 a2 e3 a3 r 8 r | 16 e2 e3 r r @treble r e4 |
e5 r r d#5 e5 r | r d#5 e5 r 8 r |
R | 16 @bass a2 e3 a3 r 8 r | 16 e2 e3 g#3 r 8 r | 16 a2 e3 a3 r 8 r |
R | 16 a2 e3 a3 r 8 r | 16 e2 e3 g#3 r 8 r | 16 a2 e3 8 a3
"""

WORK = Work(
    slug="fur-elise",
    title="Für Elise",
    composer="Ludwig van Beethoven",
    year="1810",
    key="A minor",
    fifths=0,
    metre=(3, 8),
    tempo=68,
    tempo_words="Poco moto",
    pickup=Fraction(1, 2),
    parts=(Part("Piano", 0, (Staff("treble", (RIGHT,)), Staff("bass", (LEFT,)))),),
    dynamics={0: "pp", 9: "mp", 15: "pp"},
    tags=("piano", "sad", "romantic", "calm", "minor"),
    note=(
        "The opening of a short album leaf for solo piano in A minor. A wavering semitone at the "
        "top leads into soft broken chords shared by both hands; the mood is wistful and intimate. "
        "Three quick beats in a bar, gently moving, with a middle strain that climbs to C major "
        "before the first idea comes back."
    ),
    colours=("#23395b", "#8ea8c3", "#f1e3d3"),
    rubato=0.11,
    lead_in_s=1.4,
    pedal=Fraction(3, 2),
)
