"""Ode to Joy, for string quartet."""

from notation import Part, Staff, Work

VIOLIN_1 = """
4 f#5 f#5 g5 a5 | a5 g5 f#5 e5 | d5 d5 e5 f#5 | 4. f#5 8 e5 2 e5 |
4 f#5 f#5 g5 a5 | a5 g5 f#5 e5 | d5 d5 e5 f#5 | 4. e5 8 d5 2 d5 |
4 e5 e5 f#5 d5 | e5 8 f#5 g5 4 f#5 d5 | e5 8 f#5 g5 4 f#5 e5 | d5 e5 a4 f#5~ |
f#5 f#5 g5 a5 | a5 g5 f#5 e5 | d5 d5 e5 f#5 | 4. e5 8 d5 2 d5
"""
VIOLIN_2 = """
4 d5 d5 e5 f#5 | f#5 e5 d5 c#5 | a4 a4 c#5 d5 | 4. d5 8 c#5 2 c#5 |
4 d5 d5 e5 f#5 | f#5 e5 d5 c#5 | a4 a4 c#5 d5 | 4. c#5 8 a4 2 a4 |
4 c#5 c#5 d5 a4 | c#5 8 d5 e5 4 d5 a4 | c#5 8 d5 e5 4 d5 c#5 | b4 b4 c#5 d5~ |
d5 d5 e5 f#5 | f#5 e5 d5 c#5 | a4 a4 c#5 d5 | 4. c#5 8 a4 2 a4
"""
VIOLA = """
4 a4 a4 a4 a4 | % | f#4 f#4 g4 a4 | 4. a4 8 a4 2 a4 |
4 a4 a4 a4 a4 | % | f#4 f#4 g4 a4 | 4. g4 8 f#4 2 f#4 |
4 a4 a4 a4 f#4 | % | a4 a4 a4 a4 | f#4 g#4 e4 a4~ |
a4 a4 a4 a4 | a4 a4 a4 a4 | f#4 f#4 g4 a4 | 4. g4 8 f#4 2 f#4
"""
CELLO = """
4 d3 d3 c#3 d3 | d3 a2 d3 a2 | d3 d3 a2 d3 | 4. a2 8 a2 2 a2 |
4 d3 d3 c#3 d3 | d3 a2 d3 a2 | d3 d3 a2 d3 | 4. a2 8 d3 2 d3 |
4 a2 a2 d3 d3 | % | a2 a2 d3 a2 | b2 e3 a2 d3~ |
d3 d3 c#3 d3 | d3 a2 d3 a2 | d3 d3 a2 d3 | 4. a2 8 d3 2 d3
"""

WORK = Work(
    slug="ode-to-joy",
    title="Ode to Joy",
    composer="Ludwig van Beethoven",
    year="1824",
    key="D major",
    fifths=2,
    metre=(4, 4),
    tempo=120,
    tempo_words="Allegro assai",
    parts=(
        Part("Violin I", 40, (Staff("treble", (VIOLIN_1,)),), 1.0),
        Part("Violin II", 40, (Staff("treble", (VIOLIN_2,)),), 0.75),
        Part("Viola", 41, (Staff("alto", (VIOLA,)),), 0.75),
        Part("Cello", 42, (Staff("bass", (CELLO,)),), 0.85),
    ),
    dynamics={1: "mf", 9: "mp", 13: "f"},
    tags=("happy", "strings", "hymn", "solemn"),
    note=(
        "The tune of joy from the last movement of the ninth symphony, set for string quartet: "
        "two violins, viola and cello. A bright, confident melody in D major that moves by step, "
        "in steady quarter notes at a lively walking pace, four beats in a bar. Four phrases of "
        "four bars, the third one different from the others."
    ),
    colours=("#f6c445", "#e8743b", "#7a1f3d"),
    rubato=0.035,
    lead_in_s=0.8,
)
