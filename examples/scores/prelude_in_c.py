"""The first prelude of The Well-Tempered Clavier, its first eleven bars and a closing chord."""

from fractions import Fraction

from notation import Part, Staff, Work

CHORDS = """
c4 e4 g4 c5 e5 / c4 d4 a4 d5 f5 / b3 d4 g4 d5 f5 / c4 e4 g4 c5 e5 / c4 e4 a4 e5 a5 /
c4 d4 f#4 a4 d5 / b3 d4 g4 d5 g5 / b3 c4 e4 g4 c5 / a3 c4 e4 g4 c5 / d3 a3 d4 f#4 c5 /
g3 b3 d4 g4 b4
"""
BARS = [chord.split() for chord in CHORDS.split("/")]
RIGHT = " | ".join(
    [" ".join([f"8 r 16 {c} {d} {e} {c} {d} {e}"] * 2) for _, _, c, d, e in BARS] + ["1 d4+g4+b4"]
)
TENOR = " | ".join([" ".join([f"16 r 8. {b}~ 4 {b}"] * 2) for _, b, *_ in BARS] + ["1 g3+b3"])
BASS = " | ".join([f"2 {a} {a}" for a, *_ in BARS] + ["1 g2"])

WORK = Work(
    slug="prelude-in-c",
    title="Prelude in C",
    composer="Johann Sebastian Bach",
    year="1722",
    key="C major",
    fifths=0,
    metre=(4, 4),
    tempo=74,
    tempo_words="Moderato",
    parts=(Part("Piano", 0, (Staff("treble", (RIGHT,)), Staff("bass", (TENOR, BASS)))),),
    dynamics={1: "p", 5: "mp", 10: "p"},
    tags=("prelude", "calm", "piano", "baroque", "arpeggio"),
    note=(
        "A keyboard prelude in C major on the piano that is nothing but broken chords: one "
        "rising figure in sixteenth notes, twice in every bar, while the harmony changes slowly "
        "beneath. Serene, even and flowing, four beats in a bar at a moderate pace, without a "
        "melody in the usual sense."
    ),
    colours=("#caf0f8", "#00b4d8", "#03045e"),
    rubato=0.06,
    lead_in_s=1.0,
    pedal=Fraction(4),
)
