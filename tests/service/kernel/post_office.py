"""A mail server for tests: one thread, plain SMTP, it keeps what arrives."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class PostOffice(socketserver.TCPServer):
    """Keep letters; refuse `gone@…` for good and `busy@…` for now."""

    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Counter)
        self.letters: list[EmailMessage] = []
        self.is_busy = True

    @property
    def url(self) -> str:
        """Return the address for QUORUM_MAIL_URL."""
        return f"smtp://127.0.0.1:{self.server_address[1]}?from=Quorum%20%3Cpost%40q.example%3E"


@contextmanager
def opened() -> Iterator[PostOffice]:
    """Serve until the block ends."""
    with PostOffice() as office:
        thread = threading.Thread(target=office.serve_forever, args=(0.01,))
        thread.start()
        yield office
        office.shutdown()
        thread.join()


class _Counter(socketserver.StreamRequestHandler):
    """Talk just enough SMTP (RFC 5321) for Python's own client."""

    server: PostOffice

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("DATA"):
                self._say("354 go on")
                self._keep()
                self._say("250 kept")
            elif verb.startswith("RCPT"):
                self._say(self._recipient(line))
            else:
                self._say("221 bye" if verb == "QUIT" else "250 fine")

    def _recipient(self, line: str) -> str:
        if "gone@" in line:
            return "550 nobody here"
        return "450 later" if "busy@" in line and self.server.is_busy else "250 fine"

    def _keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
