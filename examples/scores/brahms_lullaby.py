"""Brahms's lullaby, for violin and piano."""

from fractions import Fraction

from notation import Part, Staff, Work

VIOLIN = """
8 g4 g4 |
4. bb4 8 g4 4 g4 | bb4 r 8 g4 bb4 | 4 eb5 4. d5 8 c5 | 4 c5 bb4 8 f4 g4 |
4 ab4 f4 8 f4 g4 | 4 ab4 r 8 f4 ab4 | d5 c5 4 bb4 d5 | 2 eb5 8 eb4 eb4 |
2 eb5 8 c5 ab4 | 2 bb4 8 g4 eb4 | 4 ab4 bb4 c5 | 2 bb4 8 eb4 eb4 |
2 eb5 8 c5 ab4 | 2 bb4 8 g4 eb4 | 4 ab4 8. g4 16 f4 4 f4 | 2 eb4
"""
EB = "8 r 4 g3+bb3+eb4 g3+bb3+eb4 8 g3+bb3+eb4"
BB7 = "8 r 4 ab3+bb3+d4 ab3+bb3+d4 8 ab3+bb3+d4"
AB = "8 r 4 ab3+c4+eb4 ab3+c4+eb4 8 ab3+c4+eb4"
BARS = [EB, EB, EB, BB7, BB7, BB7, BB7, EB, AB, EB, BB7, EB, AB, EB, BB7]
BASS = {EB: "4 eb2 bb2 eb3", BB7: "4 bb1 f2 bb2", AB: "4 ab1 eb2 ab2"}
RIGHT = " | ".join(["R", *BARS, "2 g3+bb3+eb4"])
LEFT = " | ".join(["R", *(BASS[bar] for bar in BARS), "2 eb2+eb3"])

WORK = Work(
    slug="brahms-lullaby",
    title="Lullaby",
    composer="Johannes Brahms",
    year="1868",
    key="E flat major",
    fifths=-3,
    metre=(3, 4),
    tempo=76,
    tempo_words="Zart bewegt",
    pickup=Fraction(1),
    parts=(
        Part("Violin", 40, (Staff("treble", (VIOLIN,)),), 1.0),
        Part("Piano", 0, (Staff("treble", (RIGHT,)), Staff("bass", (LEFT,))), 0.6),
    ),
    dynamics={0: "p", 9: "mp", 13: "p"},
    tags=("lullaby", "calm", "tender", "violin", "piano", "romantic"),
    note=(
        "A cradle song in E flat major for violin with piano. The violin sings a tender, rocking "
        "melody while the piano's chords fall softly behind the beat. Slow and warm, three beats "
        "in a bar, two strains of eight bars; music to fall asleep to."
    ),
    colours=("#3d405b", "#f4d6a0", "#81b29a"),
    rubato=0.08,
    lead_in_s=1.6,
    pedal=Fraction(3),
)
