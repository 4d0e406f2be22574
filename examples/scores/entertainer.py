"""The Entertainer, the first strain."""

from fractions import Fraction

from notation import Part, Staff, Work

HOOK = "16 e4 8 c5 16 e4 8 c5 16 e4 c5~"
TURN = "4 c5~ 16 c5 e4+c5 f4+d5 f#4+d#5"
ANSWER = "16 g4+e5 e4+c5 f4+d5 8 g4+e5 16 d4+b4 8 f4+d5"
RUN = "16 g4+e5 e4+c5 f4+d5 8 g4+e5 16 e4+c5 f4+d5 e4+c5"
RUN_2 = "16 a4+e5 a4+c5 a4+d5 8 a4+e5 16 ab4+c5 ab4+d5 ab4+c5"
RIGHT = " | ".join(
    [
        *["16 d4 d#4", HOOK, TURN, ANSWER, "4 e4+c5 8 r 16 d4 d#4"],
        *[HOOK, "4 c5~ 8 c5 16 a4 g4", "16 f#4 a4 c5 8 e5 16 d5 c5 a4", "4 b4+d5 8 r 16 d4 d#4"],
        *[HOOK, TURN, ANSWER, "4 e4+c5 8 r 16 c5 d5"],
        *[RUN, RUN_2, ANSWER, "4 e4+c5 8 c5+e5+g5+c6"],
    ]
)
HOOK_BASS = "8 c3 e3+g3 bb2 e3+g3"
TURN_BASS = "8 a2 f3+a3 g2 e3+g3"
ANSWER_BASS = "8 g2 e3+g3 g2 f3+b3"
LEFT = " | ".join(
    [
        *["R", HOOK_BASS, TURN_BASS, ANSWER_BASS, "8 c3 g2 c3 r"],
        *[HOOK_BASS, TURN_BASS, "8 d3 f#3+c4 a2 f#3+c4", "8 g2 f3+b3 g2 r"],
        *[HOOK_BASS, TURN_BASS, ANSWER_BASS, "8 c3 g2 c3 r"],
        *["8 c3 e3+g3 bb2 e3+g3", "8 a2 f3+a3 ab2 f3+ab3", ANSWER_BASS, "8 c3 g2 c2"],
    ]
)

WORK = Work(
    slug="entertainer",
    title="The Entertainer",
    composer="Scott Joplin",
    year="1902",
    key="C major",
    fifths=0,
    metre=(2, 4),
    tempo=82,
    tempo_words="Not fast",
    pickup=Fraction(1, 2),
    parts=(Part("Piano", 0, (Staff("treble", (RIGHT,)), Staff("bass", (LEFT,)))),),
    dynamics={0: "mf", 5: "mp", 9: "mf", 13: "f"},
    tags=("ragtime", "happy", "piano", "syncopated", "jazz"),
    note=(
        "A ragtime two-step for piano in C major. The right hand's jaunty syncopated tune dances "
        "across a striding left hand of bass notes and chords. Bright, witty and busy with "
        "sixteenth notes, two beats in a bar, sixteen bars in four phrases."
    ),
    colours=("#ffb703", "#fb5607", "#3a0ca3"),
    rubato=0.025,
    lead_in_s=0.4,
)
