"""Which performances of ASAP alignments are measured on.

DEVELOPMENT: those on which the settings of ``alignment/time`` were chosen. VALID and TEST: of all
titles but theirs, one performance of each, aligned, with MusicXML and shorter than 300 s, in the
order of the SHA-256 of its path: the first 12, and the next 24.
"""

from __future__ import annotations

DEVELOPMENT = (
    "Bach/Fugue/bwv_876/SirajA01M.mid",
    "Bach/Prelude/bwv_854/LuA01M.mid",
    "Beethoven/Piano_Sonatas/22-2/KOLESO04M.mid",
    "Beethoven/Piano_Sonatas/8-2/Na06.mid",
    "Chopin/Etudes_op_25/2/Karpeyev02.mid",
    "Haydn/Keyboard_Sonatas/32-1_no_repeat/Goldberg01.mid",
    "Liszt/Transcendental_Etudes/5/Huang16M.mid",
    "Rachmaninoff/Preludes_op_32/5/KorchinskayaKogan03.mid",
    "Schubert/Moment_musical_no_3/Tetzloff09M.mid",
    "Schumann/Kreisleriana/7/JohannsonP08.mid",
)

VALID = (
    "Bach/Fugue/bwv_858/Zhang01M.mid",
    "Bach/Prelude/bwv_848/Denisova06M.mid",
    "Bach/Prelude/bwv_863/LeeN01M.mid",
    "Bach/Prelude/bwv_875/CaoJ01M.mid",
    "Bach/Prelude/bwv_883/LuM01M.mid",
    "Bach/Prelude/bwv_893/Kleisen04M.mid",
    "Beethoven/Piano_Sonatas/26-2/HONG05M.mid",
    "Beethoven/Piano_Sonatas/7-4/Larionova04M.mid",
    "Liszt/Annees_de_pelerinage_2/1_Gondoliera/LeungM12M.mid",
    "Liszt/Gran_Etudes_de_Paganini/6_Theme_and_Variations/WangA07M.mid",
    "Schubert/Impromptu_op.90_D.899/2/FaB06M.mid",
    "Schumann/Kreisleriana/1_no_first_repeat/JohannsonP02M.mid",
)

TEST = (
    "Bach/Fugue/bwv_865/Teo01M.mid",
    "Bach/Fugue/bwv_874/WongWY01M.mid",
    "Bach/Fugue/bwv_875/Ahfat01M.mid",
    "Bach/Fugue/bwv_880/WangA04M.mid",
    "Bach/Prelude/bwv_888/ZhaoK01M.mid",
    "Bach/Prelude/bwv_891/BLINOV04M.mid",
    "Beethoven/Piano_Sonatas/1-1/KimG01.mid",
    "Beethoven/Piano_Sonatas/16-1/Khmara05M.mid",
    "Beethoven/Piano_Sonatas/18-4/ChenGuang06M.mid",
    "Beethoven/Piano_Sonatas/24-1_no_2_repeat/Cui06M.mid",
    "Beethoven/Piano_Sonatas/30-1/TanakaM06M.mid",
    "Beethoven/Piano_Sonatas/31-2/ADIG05M.mid",
    "Beethoven/Piano_Sonatas/5-1/Colafelice02M.mid",
    "Beethoven/Piano_Sonatas/7-3/LeeS04.mid",
    "Chopin/Berceuse_op_57/MiyashitaM06M.mid",
    "Chopin/Etudes_op_10/1/LiYZ02M.mid",
    "Chopin/Etudes_op_10/5/LiA03M.mid",
    "Chopin/Etudes_op_25/5/OUSSET02.mid",
    "Chopin/Etudes_op_25/8/MORET03.mid",
    "Chopin/Sonata_2/1st_no_repeat/Knoll10.mid",
    "Chopin/Sonata_3/4th/HuangSW06M.mid",
    "Liszt/Concert_Etude_S145/2/Tario06M.mid",
    "Schumann/Kreisleriana/6/Yarden09.mid",
    "Schumann/Toccata/DupreeF13M.mid",
)

PERFORMANCES = {"development": DEVELOPMENT, "valid": VALID, "test": TEST}
