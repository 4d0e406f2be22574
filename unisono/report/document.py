"""The whole report: one HTML file that needs nothing else."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from pathlib import Path

import unisono
from unisono.data.modality import Modality
from unisono.report.blocks import sign
from unisono.report.findings import Demonstration, Finding, Skipped
from unisono.report.map_drawing import draw_map
from unisono.report.marks import LABELS
from unisono.report.places import plural, plural_word
from unisono.report.sections import section
from unisono.report.sound_store import SoundStore

_POLICY = (
    "default-src 'none'; img-src data:; media-src blob:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)


def write_report(found: Demonstration, root: Path, path: Path) -> None:
    """Write the report; ``root`` is the folder that was shown, for short file names."""
    path.write_text(document(found, root), encoding="utf-8")


def document(found: Demonstration, root: Path) -> str:
    """Return the report as HTML without any outside resource."""
    sounds = SoundStore()
    sections = "".join(section(finding, sounds, root) for finding in found.findings)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>unisono: {escape(found.collection)}</title>"
        f"<style>{_asset('style.css')}</style></head><body>"
        f"{_header(found)}<main>{_board(found.findings)}{sections}{_map(found)}"
        f"{_quarantine(found, root)}</main>{_footer(found)}"
        f'<script type="application/json" id="sounds">{sounds.to_json()}</script>'
        f"<script>{_asset('script.js')}</script></body></html>\n"
    )


def _asset(name: str) -> str:
    return files("unisono.report").joinpath(name).read_text(encoding="utf-8")


def _header(found: Demonstration) -> str:
    counts = found.indexed.counts
    facts = [
        f"<li><b>{counts[modality]}</b>{plural_word(counts[modality], LABELS[modality])}</li>"
        for modality in Modality
        if counts[modality] and modality is not Modality.SHEET
    ]
    if counts[Modality.SHEET]:
        facts.insert(0, f"<li><b>{counts[Modality.SHEET]}</b>scores and pages</li>")
    if found.works:
        facts.insert(0, f"<li><b>{found.works}</b>{plural_word(found.works, 'work')}</li>")
    facts.append(f"<li><b>{found.indexed.seconds:.0f} s</b>to index them</li>")
    return (
        "<header><h1>One space for music in all its forms</h1>"
        f'<p class="lead">Recordings, sentences, covers, pages of notes and MIDI files of '
        f"<b>{escape(found.collection)}</b> became vectors in one space. Everything below was "
        "found by comparing these vectors, on this computer.</p>"
        f'<ul class="facts">{"".join(facts)}</ul>'
        "<noscript><p>The players and the moving line need JavaScript; the rest does not.</p>"
        "</noscript></header>"
    )


def _board(findings: tuple[Finding, ...]) -> str:
    entries = "".join(
        f'<li><a href="#{finding.name}">{_state(finding)}<span class="what">'
        f'{escape(finding.heading)}</span><span class="how">{escape(_outcome(finding))}</span>'
        "</a></li>"
        for finding in findings
    )
    return f'<ul class="board">{entries}</ul>'


def _state(finding: Finding) -> str:
    if isinstance(finding, Skipped):
        return '<span class="open" aria-label="left out">–</span>'  # noqa: RUF001
    return sign(finding.verdict.right)


def _outcome(finding: Finding) -> str:
    if isinstance(finding, Skipped):
        return f"Left out: {finding.reason}."
    return finding.verdict.sentence


def _map(found: Demonstration) -> str:
    if len(found.points) < 3:
        return ""
    return (
        '<section id="map"><h2>The space, laid flat</h2>'
        '<p class="asked">What lies close together is alike to unisono. Point at a mark to see '
        f"its work.</p>{draw_map(found.points, found.titles, found.explained)}</section>"
    )


def _quarantine(found: Demonstration, root: Path) -> str:
    quarantine = found.indexed.quarantine
    if not quarantine:
        return ""
    rows = "".join(
        f"<tr><td>{escape(str(path.relative_to(root) if path.is_relative_to(root) else path))}</td>"
        f"<td>{escape(reason)}</td></tr>"
        for path, reason in quarantine
    )
    return (
        f'<section id="quarantine"><h2>{plural(len(quarantine), "file")} left out</h2>'
        f'<div class="scroll"><table><thead><tr><th>file</th><th>reason</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _footer(found: Demonstration) -> str:
    return (
        f"<footer>unisono {escape(unisono.__version__)}, space {escape(found.space)}, fingerprint "
        f"{escape(found.fingerprint)}. A score counts standard deviations above unrelated pairs of "
        "the same two kinds.</footer>"
    )
