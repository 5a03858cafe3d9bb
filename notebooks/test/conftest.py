"""What every test here starts from."""

from __future__ import annotations

import pathlib
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
