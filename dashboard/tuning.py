"""Thresholds as a person types them: read leniently, checked strictly; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.i18n import N_, Message
from core.units import Comparison, Threshold, Unit
from health.registry import indicators
from health.rule import Rule

_STARTS = re.compile(r"^\s*(>=|<=|>|<|≥|≤)?\s*(.*?)\s*$", re.DOTALL)
_SIGNS = {"≥": ">=", "≤": "<="}
_EXAMPLE = {Unit.RATIO: "5%", Unit.SECONDS: "10m", Unit.COUNT: "3", Unit.FACTOR: "14.4"}
_WORDS = (
    ("ч", "h"),
    ("мин", "m"),
    ("м", "m"),
    ("сек", "s"),
    ("с", "s"),
    ("дн", "d"),
    ("д", "d"),
    ("нед", "w"),
)


class TuningError(ValueError):
    """What was typed is no threshold; problem: why and what to write, for a person."""

    def __init__(self, problem: Message) -> None:
        super().__init__(problem.text)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Wanted:
    """The three thresholds as the configuration writes them; "" = none."""

    warning: str = ""
    critical: str = ""
    resolve: str = ""


def wanted_of(rule: Rule) -> Wanted:
    """Those of a rule."""
    return Wanted(
        *(str(one) if one is not None else "" for one in (rule.warning, rule.critical, rule.resolve))
    )


def unit_of(rule: Rule) -> Unit:
    """What the rule's reading is measured in."""
    return indicators()[rule.indicator].unit


def read(rule: Rule, warning: str, critical: str, resolve: str) -> Wanted:
    """What a person typed, as the configuration would write it. Raises TuningError.

    A missing sign is the rule's own, of `resolve` the opposite one; a decimal comma is a point.
    """
    own = (rule.critical or rule.warning or Threshold(Comparison.ABOVE, 0.0, unit_of(rule))).comparison
    found = [
        _one(text, sign, unit_of(rule))
        for text, sign in ((warning, own), (critical, own), (resolve, _opposite(own)))
    ]
    _consistent(*found)
    return Wanted(*(str(one) if one is not None else "" for one in found))


def tuned(rule: Rule, wanted: Wanted) -> Rule:
    """The rule with these thresholds."""
    unit = unit_of(rule)
    warning, critical, resolve = (
        Threshold.parse(text, unit) if text else None
        for text in (wanted.warning, wanted.critical, wanted.resolve)
    )
    return replace(rule, warning=warning, critical=critical, resolve=resolve)


def _one(text: str, sign: Comparison, unit: Unit) -> Threshold | None:
    found = _STARTS.match(text.replace("\u00a0", " "))
    if found is None or not found[2]:
        return None
    number = found[2].replace(",", ".").replace("−", "-").lower()
    if unit is Unit.RATIO:
        number = number.replace(" ", "")
        number = number if number.endswith("%") else f"{number}%"
    if unit is Unit.SECONDS:
        number = _duration(number)
    try:
        return Threshold.parse(f"{_SIGNS.get(found[1] or '', found[1] or sign)} {number}", unit)
    except ValueError:
        problem = N_("“{text}” is no threshold here: write a number such as {example}, with > or < before it")
        raise TuningError(Message(problem, {"text": text.strip(), "example": _EXAMPLE[unit]})) from None


def _duration(text: str) -> str:
    for word, letter in _WORDS:
        text = re.sub(rf"(?<=[\d ]){word}\.?(?![а-яё])", letter, text)
    return text


def _opposite(sign: Comparison) -> Comparison:
    return {
        Comparison.ABOVE: Comparison.AT_MOST,
        Comparison.AT_LEAST: Comparison.BELOW,
        Comparison.BELOW: Comparison.AT_LEAST,
        Comparison.AT_MOST: Comparison.ABOVE,
    }[sign]


def _consistent(warning: Threshold | None, critical: Threshold | None, resolve: Threshold | None) -> None:
    mildest = warning or critical
    if mildest is None:
        raise TuningError(Message(N_("Write a warning or a critical threshold: a rule needs one of them")))
    if warning is not None and critical is not None:
        if warning.rises is not critical.rises:
            raise TuningError(Message(N_("Warning and critical must look the same way, both > or both <")))
        if (critical.value < warning.value) if warning.rises else (critical.value > warning.value):
            raise TuningError(Message(N_("Critical must not be milder than warning")))
    if resolve is None:
        return
    if resolve.rises is mildest.rises:
        raise TuningError(Message(N_("“Resolved from” must look the other way than the thresholds")))
    if (resolve.value > mildest.value) if mildest.rises else (resolve.value < mildest.value):
        raise TuningError(Message(N_("“Resolved from” must lie on the good side of the thresholds")))
