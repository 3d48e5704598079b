"""The error of a server whose key is none of those that are told; apart from paramiko, so that it is known without it."""


class OtherServer(Exception):
    """The server's key is none of those that are told. seen: its fingerprint."""

    def __init__(self, seen: str) -> None:
        super().__init__(seen)
        self.seen = seen
