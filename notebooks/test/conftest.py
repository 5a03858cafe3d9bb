"""What every test here starts from."""

from __future__ import annotations

import pathlib
import ssl
import subprocess
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from scripted_api import ScriptedApi

from gpu_metadata_client import Client, Journal


@pytest.fixture
def api() -> Iterator[ScriptedApi]:
    """An API that does what the test tells it."""
    with ScriptedApi() as scripted:
        yield scripted


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> Iterator[Journal]:
    """A new journal."""
    with Journal(tmp_path / "run.journal") as new:
        yield new


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """One of localhost and api.example that nobody trusts; its key lies beside it."""
    folder = tmp_path_factory.mktemp("tls")
    names = "subjectAltName=DNS:localhost,DNS:api.example"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=localhost", "-addext", names, "-days", "2", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem"


@pytest.fixture
def secure(certificate: pathlib.Path) -> Iterator[ScriptedApi]:
    """An API that speaks TLS with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    with ScriptedApi(context=context) as scripted:
        yield scripted


@pytest.fixture
def client_of() -> Iterator[Callable[..., Client]]:
    """Makes clients that wait for hardly anything."""
    clients: list[Client] = []

    def make(api: ScriptedApi, **settings: Any) -> Client:
        client = Client(api.url, "gmk_test", **{"first_wait_s": 0.005, "deadline_s": 10.0, **settings})
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()
