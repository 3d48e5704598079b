"""A letter as plain text: the body of mails and of what Apprise sends (pure)."""

from __future__ import annotations

from alerts.letter import Letter, Row, Tone

MARKS = {Tone.CRITICAL: "🔴", Tone.WARNING: "🟠", Tone.OVER: "🟢", Tone.NEUTRAL: "⚪"}
"""One coloured sign at the beginning, so that a list of messages is read at a glance."""


def marked(letter: Letter) -> str:
    """The headline with its sign."""
    return f"{MARKS[letter.tone]} {letter.headline}"


def line(row: Row) -> str:
    """`Since: 24 Nov 2026, 17:05`."""
    return f"{row.label}: {row.text}" if row.label else row.text


def body(letter: Letter) -> str:
    """Everything under the headline."""
    parts = []
    if letter.alerts:
        parts.append("\n".join(f"• {line(row)}" for row in letter.alerts))
    if letter.rows:
        parts.append("\n".join(line(row) for row in letter.rows))
    parts.append("\n".join(f"{link.label}: {link.url}" for link in letter.links))
    return "\n\n".join(parts)


def plain_text(letter: Letter) -> str:
    """The whole letter."""
    return f"{marked(letter)}\n\n{body(letter)}\n\n-- \n{letter.footer}\n"
