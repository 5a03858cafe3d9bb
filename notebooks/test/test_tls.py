"""https: whose certificate is trusted, and what is told of any other."""

from __future__ import annotations

import pathlib
import ssl
from typing import Callable

import pytest
from records import ids_of, record, records
from scripted_api import ScriptedApi

from gpu_metadata_client import ApiConnectionError, Client


def trusting(certificate: pathlib.Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def test_an_authority_of_ones_own_is_trusted_where_it_is_given(secure: ScriptedApi, certificate: pathlib.Path) -> None:
    with Client(f"https://localhost:{secure.port}", "gmk_x", ssl_context=trusting(certificate)) as client:
        assert client.send_many(records(300), progress=False).ids == ids_of(records(300))
    assert secure.connections == 1


def test_a_certificate_that_is_not_trusted_is_told_at_once_and_sees_no_key(secure: ScriptedApi) -> None:
    client = Client(f"https://localhost:{secure.port}", "gmk_x")
    for call in (client.check, lambda: client.send(record())):
        with pytest.raises(ApiConnectionError, match=r"certificate of localhost is not trusted: self.signed"):
            call()
    assert secure.requests == []


def test_a_certificate_of_another_name_is_told_at_once(secure: ScriptedApi, certificate: pathlib.Path) -> None:
    client = Client(f"https://127.0.0.1:{secure.port}", "gmk_x", ssl_context=trusting(certificate))
    with pytest.raises(ApiConnectionError, match=r"127\.0\.0\.1"):
        client.send(record())


def test_https_where_http_is_spoken_is_told_at_once(api: ScriptedApi) -> None:
    client = Client(f"https://127.0.0.1:{api.port}", "gmk_x")
    for call in (client.check, lambda: client.send(record())):
        with pytest.raises(ApiConnectionError, match="is it http:// in the place of https://"):
            call()


def test_http_where_https_is_spoken_is_told(secure: ScriptedApi) -> None:
    with pytest.raises(ApiConnectionError, match="is it https:// in the place of http://"):
        Client(f"http://127.0.0.1:{secure.port}", "gmk_x").check()


def test_a_context_for_tls_changes_nothing_of_plain_http(
    api: ScriptedApi, client_of: Callable[..., Client], certificate: pathlib.Path
) -> None:
    client_of(api, ssl_context=trusting(certificate)).send(record())
    assert len(api.requests) == 1
