"""A real SFTP server on loopback that serves a folder, for reading only."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko

USER, PASSWORD = "monitor", "s3cret-pass"


class _Door(paramiko.ServerInterface):  # type: ignore[misc]
    def check_auth_password(self, username: str, password: str) -> int:
        known = (username, password) == (USER, PASSWORD)
        return int(paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED)

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)


class _Folder(paramiko.SFTPServerInterface):  # type: ignore[misc]
    """root: what `/` is."""

    def __init__(self, server: paramiko.ServerInterface, root: Path) -> None:
        super().__init__(server)
        self._root = root

    def _real(self, path: str) -> Path:
        return self._root / path.lstrip("/")

    def list_folder(self, path: str) -> Any:
        try:
            found = sorted(self._real(path).iterdir())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return [paramiko.SFTPAttributes.from_stat(one.stat(), one.name) for one in found]

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._real(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: object) -> Any:
        if flags & (os.O_WRONLY | os.O_RDWR):
            return paramiko.SFTP_PERMISSION_DENIED
        try:
            file = self._real(path).open("rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = file
        return handle


@dataclass
class Server:
    """port: where it listens; fingerprint: of its key; logins: connections that began so far."""

    root: Path
    port: int
    fingerprint: str
    transports: list[paramiko.Transport] = field(default_factory=list)

    @property
    def logins(self) -> int:
        """How many connections were made."""
        return len(self.transports)

    def hang_up(self) -> None:
        """Break all connections off."""
        for one in self.transports:
            one.close()

    def options(self, **more: object) -> dict[str, object]:
        """What a source's `storage` says."""
        return {"username": USER, "password": PASSWORD, **more}

    def address(self, path: str) -> str:
        """What a source's `path` says."""
        return f"sftp://127.0.0.1:{self.port}/{path}"


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """A server of this folder, while it runs."""
    key = paramiko.ECDSAKey.generate()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(root, listener.getsockname()[1], key.fingerprint)
        threading.Thread(target=_accept, args=(listener, server, key), daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
    server.hang_up()


def _accept(listener: socket.socket, server: Server, key: paramiko.PKey) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        transport = paramiko.Transport(connection)
        transport.add_server_key(key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Folder, server.root)
        server.transports.append(transport)
        try:
            # Returns at once where it is given an event, so that a client that leaves does not end the server.
            transport.start_server(threading.Event(), _Door())
        except (paramiko.SSHException, EOFError):
            transport.close()
