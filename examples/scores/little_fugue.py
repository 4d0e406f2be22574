"""The subject of the "little" fugue in G minor, with the first two further entries."""

from notation import Part, Staff, Work

SUBJECT = """
4 g4 d5 4. bb4 8 a4 | g4 bb4 a4 g4 f#4 a4 4 d4 | 8 g4 d4 a4 d4 bb4 16 a4 g4 8 a4 d4 |
g4 16 d4 g4 8 a4 16 d4 a4 8 bb4 16 a4 g4 a4 d4 d5 c5 |
bb4 a4 g4 bb4 a4 g4 f#4 a4 g4 d4 g4 a4 bb4 c5 d5 e5 |
"""
UPPER = (
    SUBJECT
    + """
f5 e5 d5 f5 e5 d5 c#5 e5 8 d5 16 e5 f5 8 a5 g5 | f5 a5 g5 f5 e5 g5 16 e5 f5 e5 c#5 |
4 d5 c#5 8 d5 f5 e5 c#5 | f5 d5 c#5 e5 d5 f5 4 c#5 | d5 8 e5 c#5 4 d5 c5 |
bb4 a4 4. d5 8 c5 | 4 bb4 c5 a4 c5 | bb4 c5 d5 c5 | 8 bb4 d5 c5 a4 d5 bb4 a4 f#4 |
g4 bb4 c5 a4 2 b4
"""
)
LOWER = """
R | R | R | R | R |
4 d4 a4 4. f4 8 e4 | d4 f4 e4 d4 c#4 e4 4 a3 | 8 d4 a3 e4 a3 f4 16 e4 d4 8 e4 a3 |
d4 16 a3 d4 8 e4 16 a3 e4 8 f4 16 e4 d4 e4 a3 a4 g4 | f4 e4 d4 f4 e4 d4 c#4 e4 4 d4 f#4 |
g4 f#4 4. g4 8 f#4 | 4 g4 f#4 d4 f#4 | g4 f#4 g4 f#4 | g4 f#4 g4 d4 | d4 f#4 2 d4
"""
PEDAL = """
R | R | R | R | R | R | R | R | R | R |
4 g2 d3 4. bb2 8 a2 | g2 bb2 a2 g2 f#2 a2 4 d2 | 8 g2 d2 a2 d2 bb2 16 a2 g2 8 a2 d2 |
g2 16 d2 g2 8 a2 16 d2 a2 8 bb2 16 a2 g2 a2 d2 d3 c3 | bb2 a2 g2 bb2 a2 g2 f#2 a2 2 g2
"""

WORK = Work(
    slug="little-fugue",
    title="Fugue in G minor, the 'little'",
    composer="Johann Sebastian Bach",
    year="about 1707",
    key="G minor",
    fifths=-2,
    metre=(4, 4),
    tempo=86,
    tempo_words="Moderato",
    parts=(
        Part(
            "Organ",
            19,
            (Staff("treble", (UPPER,)), Staff("treble", (LOWER,)), Staff("bass", (PEDAL,))),
        ),
    ),
    dynamics={1: "mf", 11: "f"},
    tags=("fugue", "organ", "baroque", "serious", "minor", "counterpoint"),
    note=(
        "A fugue for organ in G minor: one voice alone states a long subject that starts with "
        "three calm notes and gathers speed, a second voice answers it a fourth lower, and the "
        "pedals bring it in the bass. Stern and busy, four beats in a bar at a moderate pace. "
        "The subject is Bach's; the lines against it are filled in simply."
    ),
    colours=("#1d1b26", "#6d597a", "#e2b45c"),
    phrase=5,
    rubato=0.03,
    lead_in_s=1.9,
)
