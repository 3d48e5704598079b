"""Which status each word of a system means."""

from __future__ import annotations

from collections.abc import Mapping

from collectors.problems import Problems
from collectors.unmapped import unmapped
from collectors.values import as_text, same_word
from core.records import RunStatus

_OWN_WORDS = {status.value: status for status in RunStatus}


class StatusWords:
    """Whose word means which status, as `same_word` compares them; without a map our own words mean themselves."""

    __slots__ = ("_by_word",)

    def __init__(self, status_map: Mapping[str, str]) -> None:
        """Raises ValueError for a target that is no status of ours."""
        self._by_word: dict[object, RunStatus] = {}
        for word, status in (status_map or _OWN_WORDS).items():
            if status not in _OWN_WORDS:
                raise ValueError(f"got {status!r} for {word!r}; use one of {', '.join(_OWN_WORDS)}")
            self._by_word[same_word(word)] = _OWN_WORDS[status]
        # Most words come as written in the map: looked up before anything is folded.
        self._by_word.update({word: _OWN_WORDS[status] for word, status in status_map.items()})

    @property
    def exact(self) -> Mapping[object, RunStatus]:
        """The words as written in the map, and as compared: most are found here."""
        return self._by_word

    def read(self, word: object, problems: Problems) -> RunStatus:
        """The status; `unknown`, with a problem, for a word that nobody mapped."""
        if isinstance(word, str):
            known = self._by_word.get(word)
            if known is not None:
                return known
        text = (as_text(word) or "").strip()
        known = self._by_word.get(same_word(text))
        if known is None:
            problems.add("unmapped_status", *unmapped(word, text))
            return RunStatus.UNKNOWN
        return known
