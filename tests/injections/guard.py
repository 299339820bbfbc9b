"""Runs the command line and writes down everything that it opens, starts or connects to.

``python guard.py RECORD ARGUMENT…`` runs ``qa ARGUMENT…``; each line of RECORD is a JSON list, an event's name and
its arguments. The events are Python's own audit events, which no Python code can switch off.
"""

from __future__ import annotations

import json
import os
import sys

_WATCHED = frozenset(
    {
        *("open", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.fork"),
        *("os.forkpty", "pty.spawn", "webbrowser.open", "urllib.Request", "http.client.connect", "ftplib.connect"),
        *("smtplib.connect", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"),
    }
)


def main() -> int:
    """Watch from before the program is imported."""
    record = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event in _WATCHED:
            line = json.dumps(
                [event, *(argument if isinstance(argument, int) else str(argument) for argument in arguments)]
            )
            os.write(record, line.encode() + b"\n")

    sys.addaudithook(watch)
    from qa.cli import main as qa

    return qa(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
