"""Composers by the name that people use, when they lived, and the era that goes by them."""

from __future__ import annotations

import re
import unicodedata

_LIFE = {
    "Albeniz": (1860, 1909),
    "Albinoni": (1671, 1751),
    "Bach": (1685, 1750),
    "Balakirev": (1837, 1910),
    "Bartok": (1881, 1945),
    "Beach": (1867, 1944),
    "Beethoven": (1770, 1827),
    "Berlioz": (1803, 1869),
    "Bizet": (1838, 1875),
    "Boccherini": (1743, 1805),
    "Borodin": (1833, 1887),
    "Brahms": (1833, 1897),
    "Bruckner": (1824, 1896),
    "Burgmuller": (1806, 1874),
    "Buxtehude": (1637, 1707),
    "Byrd": (1540, 1623),
    "Chaminade": (1857, 1944),
    "Chopin": (1810, 1849),
    "Clementi": (1752, 1832),
    "Corelli": (1653, 1713),
    "Couperin": (1668, 1733),
    "Czerny": (1791, 1857),
    "Debussy": (1862, 1918),
    "Diabelli": (1781, 1858),
    "Dowland": (1563, 1626),
    "Dvorak": (1841, 1904),
    "Elgar": (1857, 1934),
    "Faure": (1845, 1924),
    "Field": (1782, 1837),
    "Franck": (1822, 1890),
    "Gershwin": (1898, 1937),
    "Giuliani": (1781, 1829),
    "Glinka": (1804, 1857),
    "Gluck": (1714, 1787),
    "Gounod": (1818, 1893),
    "Granados": (1867, 1916),
    "Grieg": (1843, 1907),
    "Handel": (1685, 1759),
    "Haydn": (1732, 1809),
    "Hensel": (1805, 1847),
    "Holst": (1874, 1934),
    "Joplin": (1868, 1917),
    "Kuhlau": (1786, 1832),
    "Liszt": (1811, 1886),
    "Mahler": (1860, 1911),
    "Mendelssohn": (1809, 1847),
    "Monteverdi": (1567, 1643),
    "Mozart": (1756, 1791),
    "Mussorgsky": (1839, 1881),
    "Pachelbel": (1653, 1706),
    "Paganini": (1782, 1840),
    "Pergolesi": (1710, 1736),
    "Prokofiev": (1891, 1953),
    "Purcell": (1659, 1695),
    "Rachmaninoff": (1873, 1943),
    "Rameau": (1683, 1764),
    "Ravel": (1875, 1937),
    "Reger": (1873, 1916),
    "Rossini": (1792, 1868),
    "Saint-Saens": (1835, 1921),
    "Satie": (1866, 1925),
    "Scarlatti": (1685, 1757),
    "Schonberg": (1874, 1951),
    "Schubert": (1797, 1828),
    "Schumann": (1810, 1856),
    "Scriabin": (1872, 1915),
    "Sibelius": (1865, 1957),
    "Smetana": (1824, 1884),
    "Soler": (1729, 1783),
    "Sor": (1778, 1839),
    "Strauss": (1864, 1949),
    "Tallis": (1505, 1585),
    "Tarrega": (1852, 1909),
    "Tchaikovsky": (1840, 1893),
    "Telemann": (1681, 1767),
    "Verdi": (1813, 1901),
    "Vivaldi": (1678, 1741),
    "Wagner": (1813, 1883),
    "Weber": (1786, 1826),
    "Wolf": (1860, 1903),
}
_NAMESAKES = {
    "Bach": "|J ?S|Johann Sebastian",
    "Mozart": "|W ?A|Wolfgang.*",
    "Strauss": "R|Richard.*",
}
_AFTER_NAMES = ("I", "II", "III", "Jr", "Jr.", "Sr", "Sr.")
_NAMELESS = ("Anonymous", "Traditional", "Unknown", "Various", "Anon.", "Trad.")
_ERAS = ((1600, "Renaissance"), (1750, "Baroque"), (1820, "Classical"), (1900, "Romantic"))
_GROWN_UP = 30
"""A composer's work is taken to be of the year at which half of the years from 30 on are over."""


def surname(composer: str) -> str:
    """The name people say: the last word, without initials run on to it, or the last before a
    comma, as libraries write ("Schubert, Franz"); "" for the nameless."""
    words = [word for word in composer.partition(",")[0].split() if word not in _AFTER_NAMES]
    if words and words[0] in _NAMELESS:
        return ""
    last = words[-1] if words else ""
    trimmed = last.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return trimmed if len(trimmed) > 2 and trimmed not in _NAMELESS else ""


def lived(composer: str) -> tuple[int, int] | None:
    """Years of birth and death of a composer who is well known by the surname, else None.

    Of those who share a surname and not an era, only the one who is meant by it alone.
    """
    last = surname(composer)
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    if plain in _NAMESAKES and not re.fullmatch(_NAMESAKES[plain], _given(composer, last)):
        return None
    return _LIFE.get(plain)


def _given(composer: str, last: str) -> str:
    """Given names or initials: what is left without the surname, commas and full stops."""
    return " ".join(re.sub(r"[,.]", " ", composer.replace(last, " ", 1)).split())


def era_of(born: int | None, died: int | None) -> str:
    """Renaissance, Baroque, Classical, Romantic or 20th century, as handbooks draw the lines.

    Said by the middle of a grown-up life, and only where it is at least five years from a line
    (1600, 1750, 1820, 1900): nobody agrees where Beethoven belongs. "" where the years are not
    known.
    """
    if born is None or died is None or died - born < _GROWN_UP:
        return ""
    middle = (born + _GROWN_UP + died) / 2
    if any(abs(middle - line) < 5 for line, _ in _ERAS):
        return ""
    return next((era for line, era in _ERAS if middle < line), "20th century")
