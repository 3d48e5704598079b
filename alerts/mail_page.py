"""A letter as the HTML of a mail: tables and inline styles only, no picture, nothing loaded (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from alerts.letter import Letter, Link, Row, Tone

_COLOURS = {
    Tone.CRITICAL: "#c62828",
    Tone.WARNING: "#b45f06",
    Tone.OVER: "#1b7f43",
    Tone.NEUTRAL: "#5b6b80",
}
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_STYLE = "<style>@media (max-width:480px){.f{display:block!important;width:auto!important}}</style>"
"""On a telephone a row's label stands over its text, where the mail program can do that."""

_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light"><title>{title}</title>{style}</head>
<body style="margin:0;padding:0;background:#f4f5f7">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f4f5f7"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;background:#ffffff;border:1px solid #d9dee5;border-top:4px solid {colour};border-radius:6px;{font};font-size:14px;line-height:1.5;color:#1c2733">
<tr><td style="padding:20px 24px 4px"><h1 style="margin:0;font-size:18px;line-height:1.35;font-weight:600;color:{colour};overflow-wrap:anywhere">{title}</h1></td></tr>
{parts}
<tr><td style="padding:16px 24px 20px;border-top:1px solid #e6e9ee;font-size:12px;color:#5b6b80">{footer}</td></tr>
</table>
</td></tr></table>
</body>
</html>
"""


def page(letter: Letter) -> str:
    """The whole page; every text is escaped."""
    return _PAGE.format(
        language=escape(letter.language),
        title=escape(letter.headline),
        style=_STYLE,
        colour=_COLOURS[letter.tone],
        font=_FONT,
        parts="\n".join(_parts(letter)),
        footer=escape(letter.footer),
    )


def _parts(letter: Letter) -> Iterator[str]:
    if letter.alerts:
        yield _cell("".join(_alert(row) for row in letter.alerts))
    if letter.rows:
        rows = "".join(_row(row) for row in letter.rows)
        yield _cell(f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0">{rows}</table>')
    first, *others = letter.links
    yield _cell(_button(first) + "".join(_other(link) for link in others), bottom=20)


def _cell(content: str, bottom: int = 4) -> str:
    return f'<tr><td style="padding:12px 24px {bottom}px">{content}</td></tr>'


def _alert(row: Row) -> str:
    label = f"<strong>{escape(row.label)}</strong> · " if row.label else ""
    style = "margin:0 0 8px;padding:0 0 0 12px;border-left:3px solid #d9dee5;overflow-wrap:anywhere"
    return f'<p style="{style}">{label}{escape(row.text)}</p>'


def _row(row: Row) -> str:
    text = f'style="padding:4px 0;vertical-align:top;overflow-wrap:anywhere">{escape(row.text)}</td>'
    if not row.label:
        return f'<tr><td colspan="2" {text}</tr>'
    label = f'<td class="f" width="150" style="padding:4px 16px 0 0;vertical-align:top;color:#5b6b80">{escape(row.label)}</td>'
    return f'<tr>{label}<td class="f" {text}</tr>'


def _button(link: Link) -> str:
    style = "display:inline-block;padding:8px 16px;background:#1d4ed8;color:#ffffff;text-decoration:none;border-radius:6px;font-weight:600"
    return f'<a href="{escape(link.url)}" style="{style}">{escape(link.label)}</a>'


def _other(link: Link) -> str:
    return f'<a href="{escape(link.url)}" style="display:inline-block;margin:8px 0 0 16px;color:#1d4ed8">{escape(link.label)}</a>'
