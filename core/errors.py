"""The failures that become data, and the ones that stop a start."""

from collections.abc import Sequence
from datetime import timedelta


class MonitorError(Exception):
    """An error this program raises on purpose; its text is meant to be read by a person."""


class SourceError(MonitorError):
    """A poll that failed: caught once, in the runner, where it becomes a `Poll` row.

    permanent: trying again without a change (of key, address or file) cannot help.
    retry_after: the source said when to come back; the runner sets `not_before` and the poll counts
    as deferred, not failed.
    """

    def __init__(
        self, message: str, permanent: bool = False, *, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.retry_after = retry_after


class ChannelError(MonitorError):
    """A message that did not leave: caught once, in the dispatcher, where it becomes the notice's error.

    permanent: trying again without a change cannot help: the message goes to the dead letters and the
    channel is disabled; of_message: only this message is meant, the channel itself is well; retry_after:
    the other side said when to come back.
    """

    def __init__(
        self,
        message: str,
        permanent: bool = False,
        *,
        of_message: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.of_message = of_message
        self.retry_after = retry_after


class AddressRefused(MonitorError):
    """An address that nothing is ever sent to; the text says which and why."""


class CursorMoved(MonitorError):
    """Another worker wrote this source first: this batch is not stored and its poll ends."""


class StorageError(MonitorError):
    """The database cannot be opened, read or owned; the text says what to do about it."""


class DatabaseOwned(StorageError):
    """Another process writes to this database: here it can only be read."""


class UsageError(MonitorError):
    """The command was called with words that do not fit; the text says which do."""


class ConfigurationError(MonitorError):
    """Everything wrong with a configuration, at once: where, what and the remedy."""

    def __init__(self, source: str, problems: Sequence[tuple[str, str]]) -> None:
        """source: the file's name; problems: (where, what and remedy), in the file's order."""
        self.source = source
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{source}: {count} problem{'' if count == 1 else 's'}"
        super().__init__("\n".join([head, *(f"  {where}: {what}" for where, what in problems)]))
