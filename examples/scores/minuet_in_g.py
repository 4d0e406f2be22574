"""Minuet in G, from the notebook for Anna Magdalena Bach."""

from notation import Part, Staff, Work

RIGHT = """
4 d5 8 g4 a4 b4 c5 | 4 d5 g4 g4 | e5 8 c5 d5 e5 f#5 | 4 g5 g4 g4 |
c5 8 d5 c5 b4 a4 | 4 b4 8 c5 b4 a4 g4 | 4 f#4 8 g4 a4 b4 g4 | 2. a4 |
4 d5 8 g4 a4 b4 c5 | 4 d5 g4 g4 | e5 8 c5 d5 e5 f#5 | 4 g5 g4 g4 |
c5 8 d5 c5 b4 a4 | 4 b4 8 c5 b4 a4 g4 | 4 a4 8 b4 a4 g4 f#4 | 2. g4
"""
LEFT = """
2 g3+b3+d4 4 a3 | 2. b3 | c4 | b3 | a3 | g3 | 4 d4 b3 g3 | d4 8 d3 c4 b3 a3 |
2 b3 4 a3 | g3 b3 g3 | 2. c4 | 4 b3 8 c4 b3 a3 g3 | 2 a3 4 f#3 | 2 g3 4 b3 | c4 d4 d3 | 2 g3 4 g2
"""

WORK = Work(
    slug="minuet-in-g",
    title="Minuet in G",
    composer="Christian Petzold",
    year="about 1725",
    key="G major",
    fifths=1,
    metre=(3, 4),
    tempo=122,
    tempo_words="Moderato",
    parts=(Part("Harpsichord", 6, (Staff("treble", (RIGHT,)), Staff("bass", (LEFT,)))),),
    dynamics={1: "mf"},
    tags=("minuet", "dance", "happy", "harpsichord", "baroque"),
    note=(
        "A small baroque court dance in G major, played on the harpsichord. A graceful tune of "
        "quarter and eighth notes over a light bass in two parts, three even beats in a bar, "
        "moderate and friendly. Two phrases of eight bars that begin alike."
    ),
    colours=("#d9c5a0", "#5b7553", "#8c2f39"),
    phrase=8,
    rubato=0.04,
    lead_in_s=0.5,
)
