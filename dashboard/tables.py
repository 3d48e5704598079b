"""Tables for people: values that sort, texts in the reader's language, headings that are words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.formats import NOTHING
from dashboard.viewer import Viewer
from dashboard.words import Look, verbatim

R = TypeVar("R")
ROW_HEIGHT = 32
LONG = 20


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column. label: its heading, translated; value: what it sorts by; config: how it is drawn.

    show: the value as text; without it the value is drawn as it is.
    """

    label: str
    value: Callable[[R], object]
    config: ColumnConfig
    show: Callable[[object], str] | None = None


def words(
    label: str,
    value: Callable[[R], object],
    *,
    width: int | None = None,
    pinned: bool = False,
    help: str | None = None,
) -> Column[R]:
    """A column of words."""
    config = st.column_config.TextColumn(label, width=width, pinned=pinned or None, help=help)
    return Column(label, lambda row: value(row) or NOTHING, config)


def number(
    label: str,
    value: Callable[[R], float | None],
    show: Callable[[float | None], str],
    *,
    width: int | None = None,
    help: str | None = None,
) -> Column[R]:
    """A column of numbers, shares, durations or sizes, drawn as `show` writes them."""
    config = st.column_config.NumberColumn(label, width=width, alignment="right", help=help)
    return Column(label, value, config, lambda raw: show(_number(raw)))


def instant(
    viewer: Viewer,
    label: str,
    value: Callable[[R], datetime | None],
    *,
    ago: bool = False,
    width: int | None = None,
    help: str | None = None,
) -> Column[R]:
    """A column of instants in the viewer's zone; ago: drawn as a distance from now."""
    config = st.column_config.DatetimeColumn(label, width=width, help=help)

    def show(raw: object) -> str:
        at = instant_of(raw)
        return viewer.ago(at) if ago else viewer.instant(at, seconds=True)

    return Column(label, value, config, show)


def instant_of(raw: object) -> datetime | None:
    """A value of such a column as the instant that it is."""
    return raw.to_pydatetime() if isinstance(raw, pd.Timestamp) else None


def states(
    viewer: Viewer,
    label: str,
    value: Callable[[R], Sequence[Look]],
    looks: Iterable[Look],
    *,
    width: int | None = None,
) -> Column[R]:
    """A column of chips: each state's mark and word on its colour, dark enough for white letters."""
    known = list({chip(viewer, look): look for look in looks}.items())
    config = st.column_config.MultiselectColumn(
        label,
        width=width,
        options=[word for word, _ in known],
        color=[look.light for _, look in known],
    )
    return Column(label, lambda row: [chip(viewer, look) for look in value(row)], config)


def chip(viewer: Viewer, look: Look) -> str:
    """A state in a table."""
    return f"{look.mark} {viewer.text(look.word)}".rstrip()


def button(
    label: str,
    value: Callable[[R], str],
    *,
    key: str,
    width: int | None = None,
    pinned: bool = False,
    help: str | None = None,
) -> Column[R]:
    """A column of names that can be clicked; the click is in the session's state under `key`."""
    config = st.column_config.ButtonColumn(
        label, type="tertiary", alignment="left", width=width, pinned=pinned or None, key=key, help=help
    )
    return Column(label, value, config)  # type: ignore[arg-type]


def share(
    label: str, value: Callable[[R], float | None], *, width: int | None = None, help: str | None = None
) -> Column[R]:
    """A column of bars for ratios in [0, 1]."""
    config = st.column_config.ProgressColumn(
        label, width=width, help=help, format="%d %%", min_value=0, max_value=100
    )

    def percent(row: R) -> float | None:
        ratio = value(row)
        return None if ratio is None else float(round(ratio * 100))

    return Column(label, percent, config)


def frame(columns: Sequence[Column[R]], rows: Iterable[R]) -> pd.DataFrame:
    """The values of a table, a column for each heading."""
    listed = list(rows)
    return pd.DataFrame({column.label: _series([column.value(row) for row in listed]) for column in columns})


def draw(
    viewer: Viewer,
    key: str,
    columns: Sequence[Column[R]],
    rows: Iterable[R],
    *,
    alt: str,
    height: int | str = "content",
    opens: str | None = None,
) -> int | None:
    """Put a table on the page; alt: what it is, for those who do not see it.

    opens: the key of its column of names, with which a click on any other word of the row is one on its name, and
    so is its box on the left, which the keyboard reaches from every cell by Shift+Space.
    Returns which row was opened, as `rows` count them.
    """
    drawn = columns if opens is None else opening(columns, opens)
    data = frame(drawn, rows)
    boxes: dict[str, Any] = {"on_select": partial(_take_box, key), "selection_mode": "single-row"}
    with st.container(key=f"{'opens' if opens else 'reads'}-{key}", gap=None):
        st.dataframe(
            _styled(drawn, data),
            hide_index=True,
            row_height=ROW_HEIGHT,
            height=height,  # type: ignore[arg-type]
            placeholder=NOTHING,
            column_config={column.label: column.config for column in drawn},
            key=key,
            alt=alt,
            **(boxes if opens else {}),
        )
        if opens:
            st.caption(viewer.text("Shift + Space opens the row"))
    row = None if opens is None else _clicked(key, opens, drawn)
    return row if row is not None and row < len(data) else None


def _clicked(key: str, opens: str, drawn: Sequence[Column[R]]) -> int | None:
    """Which row was opened, by a click on one of its words or by its box."""
    # Not by choosing cells: the keyboard chooses one by coming to it, and would open what it passes.
    clicks = (st.session_state.get(one) for one in (opens, *(_word_key(opens, c.label) for c in drawn)))
    clicked = (int(click["row"]) for click in clicks if click is not None)
    ticked: int | None = st.session_state.pop(_box_key(key), None)
    return next(clicked, ticked)


def _take_box(key: str) -> None:
    """Note whose box was ticked, and take the tick away: it opens a row once, and again when ticked again."""
    rows = st.session_state[key]["selection"]["rows"]
    if rows:
        st.session_state[_box_key(key)] = rows[0]
        st.session_state[key] = {"selection": {"rows": []}}


def _box_key(key: str) -> str:
    return f"{key}-ticked"


def opening(columns: Sequence[Column[R]], opens: str) -> list[Column[R]]:
    """The columns, those of words made such that can be clicked too."""
    return [_clickable(column, opens) if _is_words(column) else column for column in columns]


def _clickable(column: Column[R], opens: str) -> Column[R]:
    config: Any = column.config
    key = _word_key(opens, column.label)
    made = st.column_config.ButtonColumn(
        column.label, type="tertiary", alignment="left", width=config["width"], help=config["help"], key=key
    )
    return replace(column, config=made)  # type: ignore[arg-type]


def _is_words(column: Column[R]) -> bool:
    config: Any = column.config
    return isinstance(config, Mapping) and (config.get("type_config") or {}).get("type") == "text"


def _word_key(opens: str, label: str) -> str:
    return f"{opens}-{label}"


def height_of(rows: int) -> int:
    """The height in pixels of a table that shows so many rows."""
    return (rows + 1) * ROW_HEIGHT + 2


def tall(rows: int) -> int | str:
    """All rows of a short table at once; a long one scrolls within the height of LONG rows."""
    return "content" if rows <= LONG else height_of(LONG)


def facts(key: str, pairs: Mapping[str, str]) -> None:
    """A few named facts as a plain two-column table; each is shown as it is, whatever signs it holds."""
    # `st.table` reads Markdown: a schedule of `* * * * *` would become a list, an address a link.
    named = {"": [verbatim(name) for name in pairs], " ": [verbatim(value) for value in pairs.values()]}
    with st.container(key=f"facts-{key}"):
        st.table(
            pd.DataFrame(named),
            border="horizontal",
            hide_index=True,
            hide_header=True,
        )


def _styled(columns: Sequence[Column[R]], data: pd.DataFrame) -> object:
    shown = {column.label: column.show for column in columns if column.show}
    return data.style.format(dict[Any, Any](shown)) if shown and len(data) else data


def _series(values: list[object]) -> pd.Series:
    if any(isinstance(value, datetime) for value in values) or all(value is None for value in values):
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object), utc=True))
    return pd.Series(values)


def _number(raw: object) -> float | None:
    return float(raw) if isinstance(raw, int | float) and not pd.isna(raw) else None
