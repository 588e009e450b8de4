"""A way to MongoDB that loses the answer to a command: the server did what it was told, and nobody hears of it.

In threads of its own: motor waits for its connections' ends where it is called.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import bson
from pymongo.uri_parser import parse_uri

_HEAD = struct.Struct("<iiii")
_FLAGS = 5
"""Four bytes of flags and the kind of the first section, which is the command."""


@dataclass(slots=True)
class Way:
    url: str
    server: tuple[str, int]
    lost: int = 0
    """Answers so far."""
    _wanted: list[tuple[str, Callable[[], Any]]] = field(default_factory=list)

    def lose(self, command: str, meanwhile: Callable[[], Any] = lambda: None) -> None:
        """The next answer to this command, and the connection with it. The server does not remember what it did, as one
        that was killed after it; `meanwhile` happens before the connection is cut."""
        self._wanted = [(command, meanwhile)]

    def serve(self, client: socket.socket) -> None:
        with closing(client), closing(socket.create_connection(self.server)) as server:
            losing: dict[int, Callable[[], Any]] = {}
            back = threading.Thread(target=self._back, args=(server, client, losing), daemon=True)
            back.start()
            for message in _messages(client):
                server.sendall(self._on_the_way(message, losing))
            _cut(server)
            back.join()

    def _on_the_way(self, message: bytes, losing: dict[int, Callable[[], Any]]) -> bytes:
        for command, meanwhile in self._wanted:
            if forgotten := _forgettable(message, command):
                self._wanted = []
                losing[_HEAD.unpack_from(message)[1]] = meanwhile
                return forgotten
        return message

    def _back(self, server: socket.socket, client: socket.socket, losing: dict[int, Callable[[], Any]]) -> None:
        for message in _messages(server):
            meanwhile = losing.get(_HEAD.unpack_from(message)[2])
            if meanwhile is not None:
                meanwhile()
                self.lost += 1
                break
            with suppress(OSError):
                client.sendall(message)
        _cut(client)


@contextmanager
def cutting(url: str) -> Iterator[Way]:
    host, port = parse_uri(url)["nodelist"][0]
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        way = Way(url.replace(f"{host}:{port}", f"127.0.0.1:{listener.getsockname()[1]}"), (host, port))

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=way.serve, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield way
        _cut(listener)


def _messages(connection: socket.socket) -> Iterator[bytes]:
    """Until it is closed at either end."""
    with suppress(OSError), connection.makefile("rb") as stream:
        while len(head := stream.read(_HEAD.size)) == _HEAD.size:
            yield head + stream.read(_HEAD.unpack(head)[0] - _HEAD.size)


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _forgettable(message: bytes, name: str) -> bytes | None:
    """The message without what a server remembers it by, if it has this command."""
    start = _HEAD.size + _FLAGS
    if message[start - 1] != 0:
        return None
    size = int.from_bytes(message[start : start + 4], "little")
    command = bson.decode(message[start : start + size])
    if next(iter(command)) != name:
        return None
    command.pop("txnNumber", None)
    changed = message[_HEAD.size : start] + bson.encode(command) + message[start + size :]
    return _HEAD.pack(_HEAD.size + len(changed), *_HEAD.unpack_from(message)[1:]) + changed
