"""A real SMTP server on loopback that remembers the mails it was handed.

Belongs here: as much of the protocol as a client needs to hand over a mail. Keep out: what the mails mean.
"""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from liquidity_platform_tests.answering import answering


@dataclass
class Mailbox:
    """`got`: (recipients, mail) of each that was handed over."""

    port: int = 0
    got: list[tuple[list[str], EmailMessage]] = field(default_factory=list)


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mailbox that listens for the time of the block."""
    box = Mailbox()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            recipients: list[str] = []
            for line in self.rfile:
                verb = line.decode().strip()
                if verb.upper().startswith("RCPT TO:"):
                    recipients.append(verb[8:].split("<")[1].split(">")[0])
                if verb.upper() == "DATA":
                    self.say("354 go on")
                    box.got.append((recipients, self.mail()))
                    recipients = []
                self.say("221 bye" if verb.upper() == "QUIT" else "250 fine")

        def mail(self) -> EmailMessage:
            lines: list[bytes] = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            return message_from_bytes(b"".join(lines), policy=policy.default)  # type: ignore[return-value]

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with answering(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)) as box.port:
        yield box
