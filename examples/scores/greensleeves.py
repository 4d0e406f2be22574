"""Greensleeves, for flute and guitar."""

from fractions import Fraction

from notation import Part, Staff, Work

FLUTE = """
8 e5 |
4 g5 8 a5 8. b5 16 c#6 8 b5 | 4 a5 8 f#5 8. d5 16 e5 8 f#5 |
4 g5 8 e5 8. e5 16 d#5 8 e5 | 4 f#5 8 d#5 4 b4 8 e5 |
4 g5 8 a5 8. b5 16 c#6 8 b5 | 4 a5 8 f#5 8. d5 16 e5 8 f#5 |
8. g5 16 f#5 8 e5 8. d#5 16 c#5 8 d#5 | 4. e5 e5 |
d6 8. d6 16 c#6 8 b5 | 4 a5 8 f#5 8. d5 16 e5 8 f#5 |
4 g5 8 e5 8. e5 16 d#5 8 e5 | 4 f#5 8 d#5 4. b4 |
d6 8. d6 16 c#6 8 b5 | 4 a5 8 f#5 8. d5 16 e5 8 f#5 |
8. g5 16 f#5 8 e5 8. d#5 16 c#5 8 d#5 | 4. e5 4 e5
"""
EM = "8 e3 g3 b3 e4 b3 g3"
D = "8 d3 f#3 a3 d4 a3 f#3"
C = "8 c3 e3 g3 c4 g3 e3"
B = "8 b2 d#3 f#3 b3 f#3 d#3"
G = "8 g2 b2 d3 g3 d3 b2"
CADENCE = "8 e3 g3 b3 b2 d#3 f#3"
GUITAR = " | ".join(
    ["R", EM, D, C, B, EM, D, CADENCE, EM, G, D, C, B, G, D, CADENCE, "8 e3 g3 b3 4 e3+b3+e4"]
)

WORK = Work(
    slug="greensleeves",
    title="Greensleeves",
    composer="Traditional, England",
    year="about 1580",
    key="E minor",
    fifths=1,
    metre=(6, 8),
    tempo=81,
    tempo_words="Andante",
    pickup=Fraction(1, 2),
    parts=(
        Part("Flute", 73, (Staff("treble", (FLUTE,)),), 0.9),
        Part("Guitar", 24, (Staff("treble8", (GUITAR,)),), 1.0),
    ),
    dynamics={0: "mp", 9: "mf"},
    tags=("folk", "sad", "flute", "guitar", "renaissance", "minor"),
    note=(
        "An old English song in E minor, a flute over broken chords of a guitar. Melancholy and "
        "tender, with a lilting, dotted six-eight swing at an easy pace. A verse of eight bars, "
        "then a refrain that starts high in G major and sinks back to the minor."
    ),
    colours=("#2d6a4f", "#95d5b2", "#d8a47f"),
    rubato=0.07,
    lead_in_s=1.1,
)
