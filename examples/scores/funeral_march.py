"""The funeral march from the second piano sonata, its main theme."""

from notation import Part, Staff, Work

TOLL = "4 f4+bb4 8. f4+bb4 16 f4+bb4 2 f4+bb4"
FALL = "8. bb4+db5 16 gb4+c5 8. gb4+c5 16 f4+bb4 8. f4+bb4 16 gb4+a4 4 f4+bb4"
TOLL_DB = "4 ab4+db5 8. ab4+db5 16 ab4+db5 2 ab4+db5"
FALL_DB = "8. db5+f5 16 ab4+eb5 8. ab4+eb5 16 ab4+db5 8. ab4+db5 16 gb4+c5 4 f4+db5"
RIGHT = " | ".join([TOLL, FALL, TOLL, FALL, TOLL_DB, FALL_DB, TOLL, FALL, TOLL, "1 f4+bb4"])
BELLS = "4 bb1+f2 gb2+bb2+db3 bb1+f2 gb2+bb2+db3"
BELLS_DB = "4 db2+ab2 f2+ab2+db3 db2+ab2 f2+ab2+db3"
LEFT = " | ".join([BELLS] * 4 + [BELLS_DB] * 2 + [BELLS] * 3 + ["1 bb1+f2+bb2"])

WORK = Work(
    slug="funeral-march",
    title="Funeral March",
    composer="Frédéric Chopin",
    year="1839",
    key="B flat minor",
    fifths=-5,
    metre=(4, 4),
    tempo=62,
    tempo_words="Lento",
    parts=(Part("Piano", 0, (Staff("treble", (RIGHT,)), Staff("bass", (LEFT,)))),),
    dynamics={1: "p", 5: "f", 7: "mp", 9: "pp"},
    tags=("march", "sad", "piano", "slow", "dark", "romantic", "minor"),
    note=(
        "The march of mourning from a piano sonata in B flat minor, reduced to its main theme. "
        "Heavy bell-like chords swing low in the left hand under a dotted tune that hardly moves. "
        "Very slow and dark, four beats in a bar; the middle bars rise to D flat major and the "
        "end fades away."
    ),
    colours=("#0b0b0f", "#3c3c46", "#a4161a"),
    phrase=2,
    rubato=0.05,
    lead_in_s=1.2,
)
