"""A mail server that takes everything: `python -m benchmarks.sink PORT LOG`.

The tests' server (tests/mail/servers.py) is made to misbehave, and reads a message line by line
in Python: with a PDF it needs 7 ms of a core for each, an eighth of what there is. This one only
takes, so that what is measured is the senders. It says what it can (PIPELINING), answers every
command, and writes a line for each message before it says that it has it.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TextIO

_END = b"\r\n.\r\n"
_HEADER = b"\r\nX-Cartera-Message: "
_HELLO = b"250-sink\r\n250-SIZE 33554432\r\n250-8BITMIME\r\n250 PIPELINING\r\n"


class Conversation(asyncio.Protocol):
    """One sender's."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._buffer = bytearray()
        self._is_data = False
        #: Up to here the end of a message was looked for.
        self._seen = 0
        self._to = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Take what came, and answer all of it at once."""
        self._buffer += data
        said = bytearray()
        while True:
            answer = self._message() if self._is_data else self._command()
            if answer is None:
                break
            said += answer
        if said:
            self._transport.write(bytes(said))
        if said.endswith(b"221 bye\r\n"):
            self._transport.close()

    def _command(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        verb = line[:4].upper()
        if verb == b"EHLO":
            return _HELLO
        if verb == b"RCPT":
            self._to = line.partition(b"<")[2].partition(b">")[0].decode()
        if verb == b"DATA":
            self._is_data, self._seen = True, 0
            return b"354 go on\r\n"
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n"

    def _message(self) -> bytes | None:
        end = self._buffer.find(_END, self._seen)
        if end < 0:
            self._seen = max(len(self._buffer) - len(_END), 0)
            return None
        at = self._buffer.find(_HEADER, 0, end) + len(_HEADER)
        name = bytes(self._buffer[at : self._buffer.find(b"\r", at)]).decode()
        self._log.write(f"{name} {self._to}\n")
        self._log.flush()
        del self._buffer[: end + len(_END)]
        self._is_data = False
        return b"250 2.0.0 taken\r\n"


async def _serve(port: int, log: Path) -> None:
    with log.open("a", encoding="utf-8") as out:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Conversation(out), "127.0.0.1", port)
        print("ready", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
