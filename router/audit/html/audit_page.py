"""An audit as one page of HTML that needs nothing else, and prints on two sheets.

Invariant: every text is escaped; the style is that of the product's other pages.
"""

from collections.abc import Iterable
from html import escape
from math import exp
from pathlib import Path

import router.policy.replay.report.html_page as product_page
from router.audit.audit_report import HONEST_CHANGES, HOW_TO_DISCERN, AuditReport
from router.audit.html.audit_words import (
    TITLES,
    accounts_words,
    billed_rows,
    declared_words,
    seen,
    stopped,
    verdict,
    wealth_words,
)
from router.audit.html.wealth_plot import wealth_plot
from router.money import usd

_STYLE = Path(product_page.__file__).with_name("page.css")
_OWN = Path(__file__).with_name("audit.css")
_TONES = {"another_model": "worse", "nothing_found": "better", "inconclusive": ""}


def audit_page(report: AuditReport) -> str:
    """The whole document."""
    style = "".join(path.read_text(encoding="utf-8") for path in (_STYLE, _OWN))
    plot = wealth_plot(report.wealth, report.alpha)
    sections = (
        _section("The wealth over calls", plot, "It begins at 1. Were both the same model, it would reach the line in "
                 f"at most {report.alpha:.0%} of audits, at whatever call one looks."),
        _section("Which substitute", _substitutes(report), "Were it this model: the share of its answers, with an "
                 "interval that holds at every look."),
        _section("What else could explain it", _honest(report), "An audit shows that answers differ, not why."),
        _section("Looked at for nothing", _findings(report), "Hints, and no proof."),
        _section("What was billed for which name", _billed(report), "The audited answers by the model that each says "
                 "it is from, at the price of the model that was asked for and at the list price of the one named."),
        _section("What was planned", _plan(report), "For nine of ten audits."),
        _section("To check it", _check(report), ""),
    )  # fmt: skip
    title = f"Audit of {report.model} at {report.endpoint}"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><style>{style}</style></head>\n<body><main>\n'
        f"{_head(report)}\n{_tiles(report)}\n{''.join(sections)}{_foot(report)}</main></body></html>\n"
    )


def _head(report: AuditReport) -> str:
    declared = declared_words(report)
    more = f'<p class="warning">{escape(declared)}</p>' if declared else ""
    return (
        f'<header><p class="kind">Audit of <b>{escape(report.model)}</b> at {escape(report.endpoint)}</p>'
        f'<h1 class="{_TONES[report.end]}">{TITLES[report.end]}</h1><p>{escape(verdict(report))}</p>{more}</header>'
    )


def _tiles(report: AuditReport) -> str:
    spent = f"{usd(report.spent)} USD" if report.priced else "no price known"
    best = next((row for row in report.substitutes if row.name == report.nearest), None)
    share = "not known" if best is None or best.share is None else f"{best.share:.0%}"
    spread = "" if best is None else f"{best.low:.1%} to {best.high:.1%}"
    nearest = "no enrolled substitute is nearest" if best is None else f"of {best.name}, were it the substitute"
    tiles = (
        ("Wealth", wealth_words(report), "the most it was, and what decides", ""),
        ("Rounds", f"{report.rounds:,}", f"{report.failed} failed; {stopped(report)}", ""),
        ("Share", share, nearest, spread),
        _last_tile(report, spent),
    )
    return f'<section class="figures">{"".join(_tile(*tile) for tile in tiles)}</section>'


def _last_tile(report: AuditReport, spent: str) -> tuple[str, str, str, str]:
    """What would have been seen, or where something was, what it cost."""
    if report.end == "another_model":
        return "Cost", spent, "of both sides, by usage", ""
    return "Would have been seen", "–" if report.seen is None else f"{report.seen:.1%}", "a share, with 90 %", spent


def _tile(name: str, figure: str, note: str, more: str) -> str:
    last = f'<p class="spread">{escape(more)}</p>' if more else ""
    return f'<div class="tile"><h2>{name}</h2><p class="figure">{escape(figure)}</p><p>{escape(note)}</p>{last}</div>'


def _section(title: str, body: str, note: str) -> str:
    return f'<section><h2>{title}</h2><p class="note">{escape(note)}</p>{body}</section>\n' if body else ""


def _substitutes(report: AuditReport) -> str:
    rows = [
        (
            escape(row.name),
            f"{exp(min(690.0, row.log_wealth)):,.3g}",
            "–" if row.share is None else f"{row.share:.1%}",
            f"{row.low:.1%} to {row.high:.1%}" if row.low <= row.high else "none fits: it changed, or is a third model",
            str(row.rounds),
        )
        for row in sorted(report.substitutes, key=lambda row: -row.log_wealth)
    ]
    return _table(("model", "wealth", "share", "interval", "rounds"), rows, "tnnnn") if rows else ""


def _honest(report: AuditReport) -> str:
    if report.end != "another_model":
        return ""
    items = "".join(f"<li>{escape(change)}</li>" for change in HONEST_CHANGES)
    return f"<ul>{items}</ul><p>{escape(HOW_TO_DISCERN)}</p>"


def _findings(report: AuditReport) -> str:
    rows = [(escape(row.check), row.weight, escape(row.sentence)) for row in report.findings]
    return _table(("", "", ""), rows, "ttt") if rows else ""


def _billed(report: AuditReport) -> str:
    rows = [(escape(row[0]), *row[1:]) for row in billed_rows(report)]
    heads = ("name", "answers", "tokens in / out", "as asked for", "as named", "as it says")
    return _table(heads, rows, "tnnnnn") if rows else ""


def _plan(report: AuditReport) -> str:
    if report.plan is None:
        return ""
    rows = [
        (
            f"{row.share:.0%}",
            f"{row.calls:,}",
            "–" if row.cost is None else f"{usd(row.cost.quantize(report.spent + 1))} USD",
            "yes" if row.within else "no",
        )
        for row in report.plan.shares
    ]
    return _table(("share", "calls", "cost", "within calls and budget"), rows, "nnnt")


def _check(report: AuditReport) -> str:
    where = f"<p>Transcript: <code>{escape(report.transcript)}</code></p>" if report.transcript else ""
    clear = "" if report.end == "another_model" else seen(report)
    command = f"fungible audit verify {report.transcript or 'TRANSCRIPT'} --key '{report.key}'"
    return (
        f"<p>{escape(clear)} {escape(accounts_words(report))}</p>{where}<p>Offline: <code>{escape(command)}</code></p>"
    )


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]], kinds: str) -> str:
    head = "".join(f'<th class="{kind}">{name}</th>' for name, kind in zip(heads, kinds, strict=True))
    body = "".join(
        f"<tr>{''.join(f'<td class={kind!r}>{cell}</td>' for cell, kind in zip(row, kinds, strict=True))}</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _foot(report: AuditReport) -> str:
    words = (
        f"Compared with {report.reference}, {report.references} answer(s) to each, same prompts, same parameters, "
        f"order drawn, {report.begun} to {report.ended}. {report.prompts} prompts. Valid where both were asked "
        "alike and answers do not depend on each other."
    )
    return f"<footer><p>{escape(words)}</p></footer>"
