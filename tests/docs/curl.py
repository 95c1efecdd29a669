"""The documents' curl commands, sent to the application without a socket.

The shell itself reads the command, so that a reader's quoting and ours are the same; a function in curl's place
writes down its arguments. Only the options that the documents use are known here.
"""

from __future__ import annotations

import base64
import os
import subprocess
from argparse import ArgumentParser
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

BASE_URL = "http://127.0.0.1:8000"
_WRITES_DOWN = "curl() { printf '%s\\0' \"$@\"; }\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What one curl command asks for."""

    url: str
    method: str | None
    headers: tuple[tuple[str, str], ...]
    data: str | None
    user: str | None

    def send(self, client: FlaskClient) -> TestResponse:
        """Send it as curl would."""
        assert self.url.startswith(BASE_URL), f"{self.url} is not the service of the documents"
        address = urlsplit(self.url)
        headers = list(self.headers)
        if self.user:
            headers.append(("Authorization", f"Basic {base64.b64encode(self.user.encode()).decode()}"))
        if self.data is not None and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        return client.open(
            address.path,
            query_string=address.query,
            method=self.method or ("GET" if self.data is None else "POST"),
            headers=headers,
            data=None if self.data is None else self.data.encode(),
        )


def read_command(block: str, variables: Mapping[str, str]) -> Command:
    """Let the shell read a block that is one curl command."""
    done = subprocess.run(  # noqa: S602  the block is ours, and quoting is the shell's to read
        _WRITES_DOWN + block,
        shell=True,
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **variables},
    )
    given = _PARSER.parse_args(done.stdout.split("\0")[:-1])
    headers = (line.partition(":") for line in given.header)
    return Command(
        url=given.url,
        method=given.method,
        headers=tuple((name.strip(), value.strip()) for name, _, value in headers),
        data="&".join(given.data) if given.data else None,
        user=given.user,
    )


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="curl", exit_on_error=False)
    parser.add_argument("url")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="header", action="append", default=[])
    parser.add_argument("-d", dest="data", action="append", default=[])
    parser.add_argument("-u", dest="user")
    return parser


_PARSER = _parser()
