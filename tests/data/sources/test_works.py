"""Keys of works: versions in different collections meet, different works do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.data.sources.works import composer_key, work_key


@pytest.mark.parametrize(
    ("key", "versions"),
    [
        (
            "bach bwv846",
            [
                ("BachJS", "BWV846 wtk1-fugue1"),
                ("Bach", "Fugue_bwv_846"),
                ("Johann Sebastian Bach", "Prelude and Fugue in C Major, WTC I, BWV 846"),
                ("Bach, Johann Sebastian", "Praeludium (BWV 846)"),
            ],
        ),
        ("bach bwv1006", [("BachJS", "BWV1006a bwv-1006a_5"), ("Bach", "BWV1006")]),
        ("bach bwvanh115", [("BachJS", "BWVAnh115 anna-magdalena-05")]),
        ("bach jc op5", [("Johann Christian Bach", "Six Sonatas, Op. 5")]),
        (
            "beethoven op10",
            [
                ("BeethovenLv", "O10 LVB_Sonate_10no1_1"),
                ("Beethoven", "Piano_Sonatas_6-1"),
                ("Ludwig van Beethoven", "Piano Sonata no. 7 in D major, Op. 10 No. 3, mvt 1"),
                ("Ludwig van Beethoven", "Sonata No. 5 in C Minor"),
            ],
        ),
        ("beethoven woo55", [("BeethovenLv", "WoO55 prelude_WoO55")]),
        ("beethoven op24", [("Beethoven", "Violin Sonata No. 5, Op. 24")]),
        (
            "chopin op10",
            [("ChopinFF", "O10 chp-10-05-a4"), ("Chopin", "Etudes_op_10_1")],
        ),
        ("chopin op23", [("Chopin", "Ballades_1"), ("Frédéric Chopin", "Ballade No. 1, Op. 23")]),
        (
            "chopin op28 no9",
            [("ChopinFF", "O28 Chop-28-9"), ("Frédéric Chopin", "Preludes, Op. 28, No. 9")],
        ),
        ("haydn hobxvi32", [("Haydn", "Keyboard_Sonatas_32-1"), ("HaydnFJ", "HOB-XVI-32 i")]),
        ("haydn hobiii19", [("Haydn, Joseph", "Quartet, Hob.III19, Op.9 No.1")]),
        (
            "mozart k331",
            [("MozartWA", "KV331 KV331_1_2_var1"), ("Mozart, Wolfgang Amadeus", "Sonata, K. 331")],
        ),
        ("scarlatti k341", [("Domenico Scarlatti", "Sonata L. 140, K. 341")]),
        (
            "schubert d899",
            [
                ("SchubertF", "D899 SchubertF-D899-3-Impromptu"),
                ("Schubert", "Impromptu_op.90_D.899_1"),
                ("Franz Schubert", "Impromptu, Op. 90 No. 3"),
            ],
        ),
        ("schumann op68", [("SchumannR", "O68 schumann-op68-01-melodie")]),
        ("schumann c op13", [("Clara Schumann", "Sechs Lieder, Op. 13")]),
        ("liszt s172", [("LisztF", "S.172 liszt-consolation-no1")]),
        (
            "rachmaninoff op23",
            [("Rachmaninoff", "Preludes_op_23_4"), ("Sergei Rachmaninov", "Prelude, Op. 23 No. 9")],
        ),
        (
            "ravel jeux d eau",
            [("Maurice Ravel", "Jeux d'eau"), ("Ravel", "Jeux d\u2019eau (1901)")],
        ),
        ("busoni", [("Ferruccio Busoni", "")]),
    ],
)
def test_versions_of_a_work_have_one_key(key: str, versions: list[tuple[str, str]]) -> None:
    assert {work_key(composer, title) for composer, title in versions} == {key}


def test_different_works_have_different_keys() -> None:
    pieces = [
        ("Bach", "BWV 846"),
        ("Bach", "BWV 847"),
        ("Johann Christian Bach", "Op. 5"),
        ("Chopin", "Op. 5"),
        ("Chopin", "Op. 25"),
        ("Chopin", "Prelude Op. 28 No. 1"),
        ("Chopin", "Prelude Op. 28 No. 11"),
        ("Robert Schumann", "Op. 13"),
        ("Clara Schumann", "Op. 13"),
        ("Satie", "Gymnopedie 1"),
        ("Satie", "Gymnopedie 3"),
    ]
    assert len({work_key(*piece) for piece in pieces}) == len(pieces)


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (("Burgmüller", "BurgmullerJFF", "Friedrich Burgmüller"), "burgmuller"),
        (("Mendelssohn-BartholdyF", "Felix Mendelssohn"), "mendelssohn"),
        (("Rimsky-KorsakovN", "Nikolai Rimsky-Korsakov"), "rimsky korsakov"),
        (("Johann Sebastian Bach / Ferruccio Busoni", "BachJS"), "bach"),
    ],
)
def test_composers_by_surname(names: tuple[str, ...], key: str) -> None:
    assert {composer_key(name) for name in names} == {key}


@given(st.text(max_size=40), st.text(max_size=60))
def test_any_name_gives_a_key_that_holds_still(composer: str, title: str) -> None:
    key = work_key(composer, title)
    assert key == work_key(composer, title) == key.strip()
