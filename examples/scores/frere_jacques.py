"""Frère Jacques, a round for three wind instruments."""

from notation import Part, Staff, Work


def melody(octave: int) -> list[str]:
    """The eight bars of the tune; ``octave`` is that of its first note."""
    low, high = octave, octave + 1
    lines = [
        f"4 f{low} g{low} a{low} f{low}",
        f"4 a{low} bb{low} 2 c{high}",
        f"8 c{high} d{high} c{high} bb{low} 4 a{low} f{low}",
        f"4 f{low} c{low} 2 f{low}",
    ]
    return [line for line in lines for _ in range(2)]


def entry(octave: int, silent_bars: int) -> str:
    """One voice of the round: rests, the tune, and its beginning again up to bar 12."""
    return " | ".join((["R"] * silent_bars + melody(octave) * 2)[:12])


WORK = Work(
    slug="frere-jacques",
    title="Frère Jacques",
    composer="Traditional, France",
    year="about 1780",
    key="F major",
    fifths=-1,
    metre=(4, 4),
    tempo=112,
    tempo_words="Allegretto",
    parts=(
        Part("Flute", 73, (Staff("treble", (entry(5, 0),)),), 0.9),
        Part("Clarinet", 71, (Staff("treble", (entry(4, 2),)),), 0.9),
        Part("Bassoon", 70, (Staff("bass", (entry(3, 4),)),), 1.0),
    ),
    dynamics={1: "mf"},
    tags=("round", "canon", "children", "happy", "woodwind", "folk"),
    note=(
        "A nursery song as a round, or canon, for flute, clarinet and bassoon in F major: the "
        "same tune enters in each instrument two bars after the one before, an octave lower. "
        "Playful and simple, four brisk beats in a bar, every short phrase sung twice."
    ),
    colours=("#74c69d", "#ffd166", "#ef476f"),
    phrase=2,
    rubato=0.02,
    lead_in_s=0.6,
)
