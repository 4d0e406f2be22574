"""The sections of the page: one for each kind of finding."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.report import alignment_drawing
from unisono.report.alignment_drawing import draw_alignment
from unisono.report.blocks import moment_button, page_block, player, sign, verdict_block
from unisono.report.findings import Answer, Finding, Follow, LinedUp, Question, Skipped, Tagging
from unisono.report.pictures import picture_of
from unisono.report.places import spoken_place
from unisono.report.sound_store import SoundStore


def section(finding: Finding, sounds: SoundStore, root: Path) -> str:
    """Return one finding as a section element."""
    if isinstance(finding, Question):
        body = _question(finding, sounds, root)
    elif isinstance(finding, Tagging):
        body = _tagging(finding, sounds)
    elif isinstance(finding, LinedUp):
        body = _lined_up(finding, sounds)
    else:
        body = f'<p class="asked">Left out: {escape(finding.reason)}.</p>'
    asked = "" if isinstance(finding, Skipped) else f'<p class="asked">{escape(finding.asked)}</p>'
    return f'<section id="{finding.name}"><h2>{escape(finding.heading)}</h2>{asked}{body}</section>'


def _question(found: Question, sounds: SoundStore, root: Path) -> str:
    rows = "".join(_row(answer, found.name, sounds, root) for answer in found.answers)
    table = (
        '<div class="scroll"><table><thead><tr><th>rank</th><th class="score">score</th>'
        f"<th>answer</th><th>place</th><th></th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
    answers = f"{table}{_first_answer(found, sounds)}"
    verdict = verdict_block(found.verdict, found.summary)
    if isinstance(found.query, str):
        return f"{answers}{verdict}"
    asker = _asker(found, found.query, sounds)
    return f'<div class="split"><div>{asker}</div><div>{answers}</div></div>{verdict}'


def _row(answer: Answer, name: str, sounds: SoundStore, root: Path) -> str:
    place = escape(spoken_place(answer.moment))
    if answer.modality is Modality.AUDIO and isinstance(answer.moment, TimeSpan):
        place = moment_button(sounds, f"{name}-answer", answer.path, answer.title, answer.moment)
    right = "" if answer.right is None else sign(answer.right)
    first = ' class="first"' if answer.rank == 1 else ""
    return (
        f'<tr{first}><td class="number">{answer.rank}</td>'
        f'<td class="number score">{answer.score:.2f}</td>'
        f"<td>{escape(answer.title)}"
        f'<span class="file">{escape(_short(answer.path, root))}</span></td>'
        f"<td>{place}</td><td>{right}</td></tr>"
    )


def _asker(found: Question, path: Path, sounds: SoundStore) -> str:
    if found.modality is Modality.SHEET:
        region = found.part if isinstance(found.part, Region) else None
        caption = f"{found.title}: the marked system asks" if region else found.title
        return page_block(path, region, caption)
    span = found.part if isinstance(found.part, TimeSpan) else None
    block = player(sounds, f"{found.name}-asks", path, found.title, span)
    if span:
        block += moment_button(sounds, f"{found.name}-asks", path, found.title, span)
    return block


def _first_answer(found: Question, sounds: SoundStore) -> str:
    if not found.answers:
        return ""
    first = found.answers[0]
    if first.modality is Modality.AUDIO:
        moment = first.moment if isinstance(first.moment, TimeSpan) else None
        return player(sounds, f"{found.name}-answer", first.path, first.title, moment)
    if first.modality is Modality.SHEET:
        region = first.moment if isinstance(first.moment, Region) else None
        return page_block(first.path, region, f"{first.title}: the place that was found")
    return ""


def _tagging(found: Tagging, sounds: SoundStore) -> str:
    cards = []
    for i, recording in enumerate(found.recordings):
        bars = "".join(
            f'<li class="{"belongs" if row.belongs else ""}"><span>{escape(row.tag)} '
            f"{'' if row.belongs is None else sign(row.belongs)}</span>"
            f'<span class="value">{row.probability:.0%}</span>'
            f'<span class="bar"><i style="width:{100 * row.probability:.1f}%"></i></span></li>'
            for row in recording.rows
        )
        sound = player(sounds, f"{found.name}-{i}", recording.path, recording.path.name)
        cards.append(
            f'<div><h3>{escape(recording.title)}</h3>{sound}<ul class="bars">{bars}</ul></div>'
        )
    return f'<div class="cards">{"".join(cards)}</div>{verdict_block(found.verdict)}'


def _lined_up(found: LinedUp, sounds: SoundStore) -> str:
    truth = '<span class="key dashed"></span>as played' if found.truth_score_s is not None else ""
    key = f'<figcaption><span class="key"></span>found{truth}</figcaption>'
    page = ""
    if found.follow:
        page = page_block(
            found.follow.page, None, "The line follows the sound on the page", head=True
        )
    plot = f"<figure>{draw_alignment(found)}{key}</figure>"
    return (
        f"<div data-alignment='{escape(_scales(found), quote=True)}'>"
        f"{player(sounds, found.name, found.recording, found.title)}"
        f'<p class="playing where">&nbsp;</p>'
        f'<div class="split even"><div>{plot}</div><div>{page}</div></div></div>'
        f"{verdict_block(found.verdict)}"
    )


def _scales(found: LinedUp) -> str:
    """What the page's script needs to move the dot and the line."""
    ends = alignment_drawing.ends_of(found)
    scales: dict[str, object] = {
        "t": [round(float(at), 2) for at in found.recording_s],
        "px": [round(alignment_drawing.x_of(float(at), ends[0]), 1) for at in found.recording_s],
        "py": [round(alignment_drawing.y_of(float(at), ends[1]), 1) for at in found.score_s],
        "measure": list(found.measures),
        "follow": _follow(found.follow) if found.follow else None,
    }
    return json.dumps(scales)


def _follow(follow: Follow) -> dict[str, list[float]] | None:
    picture = picture_of(follow.page)
    if picture is None:
        return None
    percent = 100 / picture.height
    return {
        "t": [round(float(at), 2) for at in follow.recording_s],
        "left": [round(100 * float(x) / picture.width, 2) for x in follow.x],
        "top": [round(percent * float(y), 2) for y in follow.y0],
        "height": [
            round(percent * float(y1 - y0), 2) for y0, y1 in zip(follow.y0, follow.y1, strict=True)
        ],
    }


def _short(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
