"""The few style rules that the configuration's themes cannot say."""

from __future__ import annotations

import streamlit as st

# Only what a theme's settings cannot say. How the keyboard opens a row is always there to be heard, and seen while
# the keyboard is in the table. A panel is white on the off-white page; its two colours are
# those of `secondaryBackgroundColor` in .streamlit/config.toml.
_PANEL_LIGHT, _PANEL_DARK = "#ffffff", "#131c2e"
# Streamlit writes white on the primary colour, which in the dark theme is too light for it.
_ON_PRIMARY_LIGHT, _ON_PRIMARY_DARK = "#ffffff", "#0b1120"
_RULES = """
<style>
[data-testid="stMainBlockContainer"] {{ padding-inline: 1.5rem; }}
a[href]:focus-visible, button[data-testid="stBaseButton-elementToolbar"]:focus-visible {{ outline: 2px solid currentColor; outline-offset: 1px; }}
.st-key-heading h1 {{ padding-block: .25rem; }}
[data-testid="stHeading"] h2 {{ padding: 0 0 .4rem; font-weight: 600; }}
[data-testid="stHeading"] h2 .stMarkdownColoredText {{ font-weight: 400; }}
.st-key-verdict p {{ font-size: 1.15rem; font-weight: 600; line-height: 1.45; }}
.st-key-counts [data-testid="stButtonGroup"] button {{ min-height: 2.6rem; padding-inline: 1rem; }}
.st-key-counts [data-testid="stButtonGroup"] button p {{ font-size: 1rem; }}
[class*="st-key-panel-"] {{ background: {panel}; }}
[class*="st-key-facts-"] td:last-child, [class*="st-key-facts-"] td:last-child * {{ white-space: normal; overflow-wrap: anywhere; max-width: none; }}
[class*="st-key-facts-"] td:first-child, [class*="st-key-facts-"] td:first-child * {{ white-space: nowrap; }}
[class*="st-key-facts-"] td:first-child {{ width: 1%; }}
button[kind="primary"]:enabled, button[kind="primary"]:enabled p, button[kind="primary"]:enabled [data-testid="stIconMaterial"] {{ color: {on_primary}; }}
[class*="st-key-opens-"] > :last-child {{ position: sticky; bottom: 2.5rem; height: 0; z-index: 9; }}
[class*="st-key-opens-"] > :last-child [data-testid="stCaptionContainer"] {{ width: max-content; height: max-content; margin: .25rem 0 0; padding: .15rem .6rem; opacity: 1; border: 1px solid rgba(128, 140, 160, .5); border-radius: 6px; background: {panel}; white-space: nowrap; }}
[class*="st-key-opens-"] > :last-child p {{ margin: 0; }}
[class*="st-key-opens-"]:not(:focus-within) > :last-child {{ width: 1px; overflow: hidden; clip-path: inset(50%); }}
[data-testid="stDialog"] h2 {{ font-size: 1rem; }}
.st-key-changes [data-testid="stPageLink"] a {{ padding: 0 .25rem 0 0; min-height: 1.5rem; }}
.st-key-changes [data-testid="stPageLink"] a p {{ white-space: normal; text-decoration: underline; text-underline-offset: 2px; text-decoration-thickness: 1px; }}
.st-key-changes [data-testid="stPageLink"] a > span:first-child:not(:only-child) {{ display: none; }}
[class*="st-key-line-"] {{ border-top: 1px solid rgba(128, 140, 160, .22); padding-block: .45rem; }}
[class*="st-key-group-"] [data-testid="stPageLink"] a {{ padding: .35rem .25rem .35rem 0; min-height: 0; }}
[class*="st-key-group-"] [data-testid="stPageLink"] a p {{ white-space: normal; overflow-wrap: anywhere; text-decoration: underline; text-underline-offset: 2px; text-decoration-thickness: 1px; }}
.st-key-choices [data-testid="stPageLink"] a {{ background: transparent; padding: .25rem .25rem .25rem 0; min-height: 0; }}
.st-key-choices [data-testid="stPageLink"] a > span:first-child:not(:only-child) {{ display: none; }}
.st-key-choices [data-testid="stPageLink"] a p {{ white-space: normal; }}
.st-key-choices [data-testid="stPageLink"] a strong {{ text-decoration: underline; text-underline-offset: 2px; text-decoration-thickness: 1px; }}
[class*="st-key-line-row-"] > :first-child {{ flex: 1 1 0 !important; min-width: 17rem; }}
[data-testid="stPopoverBody"] {{ min-width: 18rem; }}
.st-key-panel-people a {{ display: inline-block; max-width: 100%; overflow-wrap: anywhere; }}
[class*="st-key-line-first-"] p {{ margin: 0; }}
[class*="st-key-line-first-"] [data-testid="stHorizontalBlock"] {{ row-gap: 0; }}
[class*="st-key-line-first-"] [data-testid="stMarkdownContainer"] {{ margin-bottom: 0; }}
[class*="st-key-line-first-"] [data-testid="stPageLink"] a > span:first-child:not(:only-child) {{ display: none; }}
[class*="st-key-line-first-"] [data-testid="stPageLink"] a {{ padding: 0 .25rem 0 0; min-height: 0; }}
[class*="st-key-line-first-"] [data-testid="stPageLink"] a p {{ white-space: normal; overflow-wrap: anywhere; font-weight: 600; text-decoration: underline; text-underline-offset: 2px; text-decoration-thickness: 1px; }}
@media (max-width: 640px) {{
  .st-key-state {{ flex-wrap: wrap; gap: .25rem .5rem; }}
  .st-key-state > .st-key-verdict, .st-key-state > :has(> .st-key-verdict) {{ flex: 1 1 100% !important; order: 2; }}
  .st-key-state > :last-child {{ order: 3; }}
  .st-key-verdict-row {{ flex-direction: column; align-items: flex-start; gap: .25rem; }}
  .st-key-verdict-row > * {{ flex: none !important; min-height: 0; }}
  [data-testid="stMainBlockContainer"] {{ padding-inline: .75rem; }}
  .st-key-counts [data-testid="stButtonGroup"] button {{ padding-inline: .6rem; }}
  [class*="st-key-acts-"] button {{ padding-inline: .6rem; }}
  [data-testid="stTabs"] [role="tablist"] {{ flex-wrap: wrap; row-gap: .25rem; overflow: visible; }}
  [class*="st-key-acts-"] button span:has(> [data-testid="stIconMaterial"]) {{ display: none; }}
}}
</style>
"""


def apply(dark: bool) -> None:
    """Put the rules on the page."""
    panel, on_primary = (_PANEL_DARK, _ON_PRIMARY_DARK) if dark else (_PANEL_LIGHT, _ON_PRIMARY_LIGHT)
    st.html(_RULES.format(panel=panel, on_primary=on_primary))
