"""A small HTTP server that answers as a test tells it, and as the API would where nothing is told."""

from __future__ import annotations

import collections
import gzip
import http.server
import json
import socket
import ssl
import struct
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

import msgpack
import zstandard

#: Answers one request by itself, or not at all.
Behaviour = Callable[["Handler"], None]


@dataclass
class Request:
    """What came in, with its body expanded."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def records(self) -> list[dict[str, Any]]:
        """The records in it."""
        if self.headers.get("content-type") == "application/msgpack":
            return [msgpack.unpackb(self.body)]
        return [json.loads(line) for line in self.body.splitlines()]

    def ids(self) -> list[str]:
        """The eventIds of its records."""
        return [record["eventId"] for record in self.records()]


@dataclass
class ScriptedApi:
    """Answers the next requests with `script`, and what comes after that as an API that has everything."""

    script: collections.deque[Behaviour] = field(default_factory=collections.deque)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    context: Optional[ssl.SSLContext] = None

    def __enter__(self) -> ScriptedApi:
        api = self

        class Bound(Handler):
            script = api

        self._server = Server(("127.0.0.1", 0), Bound)
        if self.context is not None:
            self._server.socket = self.context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.released.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'http' if self.context is None else 'https'}://127.0.0.1:{self.port}"

    def then(self, *behaviours: Behaviour) -> None:
        """What the next requests get."""
        self.script.extend(behaviours)

    def ids(self) -> list[list[str]]:
        """The eventIds of each request that carried records."""
        return [request.ids() for request in self.requests if request.method == "POST"]


class Server(http.server.ThreadingHTTPServer):
    """Threads that hang are released at the end."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.released = threading.Event()

    def handle_error(self, *_args: object) -> None:
        """A client that left is no news."""


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    script: ScriptedApi
    request_read: Request
    server: Server

    def setup(self) -> None:
        """Counts it."""
        super().setup()
        self.script.connections += 1

    def log_message(self, *_args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        """Takes a request."""
        self._take()

    def do_POST(self) -> None:
        """Takes a request."""
        self._take()

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        encoding = headers.get("content-encoding")
        if encoding == "gzip":
            body = gzip.decompress(body)
        elif encoding == "zstd":
            body = zstandard.ZstdDecompressor().decompress(body)
        self.request_read = Request(self.command, self.path, headers, body)
        self.script.requests.append(self.request_read)
        behave = self.script.script.popleft() if self.script.script else as_the_api
        behave(self)

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def receipt(event_id: str, index: int = 0) -> dict[str, Any]:
    """A receipt as the API writes it."""
    place = {"topic": "gpu-metadata", "partition": 0, "offset": str(index)}
    return {"eventId": event_id, **place, "acceptedAt": "2026-11-21T05:39:39.000Z"}


def result(event_id: str, index: int, status: int, **more: Any) -> dict[str, Any]:
    """The result of one record of a batch."""
    if status == 202:
        return {"index": index, "status": 202, **receipt(event_id, index)}
    return {"index": index, "status": status, "code": "scripted", "detail": "as told", **more}


def as_the_api(handler: Handler) -> None:
    """What an API answers that is well."""
    request = handler.request_read
    if request.method == "POST" and request.path.endswith("/batch"):
        return results(*[202] * len(request.ids()))(handler)
    if request.method == "POST":
        if request.body == b"{}":
            return answers(422, code="invalid_metadata")(handler)
        return says(202, receipt(request.ids()[0]))(handler)
    return says(200, {"status": "ok"})(handler)


def says(status: int, body: Any, **headers: str) -> Behaviour:
    """JSON; of the headers' names `_` is a hyphen."""
    named = {"Content-Type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
    return lambda handler: handler.answer(status, json.dumps(body).encode(), named)


def answers(status: int, code: str = "scripted", errors: Any = None, **headers: str) -> Behaviour:
    """A problem as the API writes it."""
    body = {"status": status, "code": code, "detail": "as told", **({} if errors is None else {"errors": errors})}
    return says(status, body, **{"Content_Type": "application/problem+json", **headers})


def results(*statuses: Any) -> Behaviour:
    """A batch's results: a status, or a dict of what is in the result; fewer than records where there are fewer."""

    def behave(handler: Handler) -> None:
        told = []
        for index, (event_id, status) in enumerate(zip(handler.request_read.ids(), statuses)):
            more = status if isinstance(status, dict) else {"status": status}
            told.append(result(event_id, index, **more))
        says(202 if all(one == 202 for one in statuses) else 207, {"results": told})(handler)

    return behave


def unless_it_carries(event_id: str, refusal: Behaviour) -> Behaviour:
    """The refusal for each request with this record, and all is well without it."""
    return lambda handler: (refusal if event_id in handler.request_read.ids() else as_the_api)(handler)


def page(status: int, text: str = "<html>hello</html>", **headers: str) -> Behaviour:
    """A page for people."""
    named = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return lambda handler: handler.answer(status, text.encode(), named)


def hangs(handler: Handler) -> None:
    """Answers never."""
    handler.server.released.wait(30)
    handler.close_connection = True


def resets(handler: Handler) -> None:
    """The connection ends with a reset."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    closes(handler)


def closes(handler: Handler) -> None:
    """The connection ends in the place of an answer."""
    handler.connection.close()
    handler.close_connection = True


def stops_halfway(handler: Handler) -> None:
    """Half an answer."""
    handler.answer(202, b'{"results": [', {"Content-Type": "application/json", "Content-Length": "1000"})
    handler.close_connection = True


def closes_after(behaviour: Behaviour) -> Behaviour:
    """An answer, and then the connection ends although nothing announced it."""

    def behave(handler: Handler) -> None:
        behaviour(handler)
        handler.close_connection = True

    return behave
