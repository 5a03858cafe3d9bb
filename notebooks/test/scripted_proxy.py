"""A small HTTP proxy: it tunnels and forwards whatever it is asked for to one address, unless a test says otherwise."""

from __future__ import annotations

import collections
import contextlib
import socket
import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class ScriptedProxy:
    """Leads to the port `upstream` of this machine; `script` are the statuses of the next requests in its place."""

    upstream: int
    script: collections.deque[int] = field(default_factory=collections.deque)
    #: The head of each request that came to the proxy itself.
    heads: list[str] = field(default_factory=list)

    def __enter__(self) -> ScriptedProxy:
        proxy = self

        class Bound(_Handler):
            proxied = proxy

        self._server = _Server(("127.0.0.1", 0), Bound)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def place(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self._server.server_address[1]}"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


class _Handler(socketserver.BaseRequestHandler):
    proxied: ScriptedProxy

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.request.recv(1)
        self.proxied.heads.append(head.decode("ascii"))
        if self.proxied.script:
            self.request.sendall(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % self.proxied.script.popleft())
            return
        with socket.create_connection(("127.0.0.1", self.proxied.upstream)) as upstream:
            if head.startswith(b"CONNECT "):
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                upstream.sendall(head)
            back = threading.Thread(target=_pass_on, args=(upstream, self.request), daemon=True)
            back.start()
            _pass_on(self.request, upstream)
            back.join()


def _pass_on(from_: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := from_.recv(65536):
            to.sendall(piece)
        to.shutdown(socket.SHUT_WR)
