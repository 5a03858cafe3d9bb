"""The address and the key that a client is given, and where they never show."""

from __future__ import annotations

import traceback
from typing import Callable

import pytest
from records import record
from scripted_api import ScriptedApi, answers, page, resets, says

from gpu_metadata_client import ApiConnectionError, Client, InvalidRecordError, Journal

ClientOf = Callable[..., Client]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://a.example", "https://a.example"),
        ("a.example", "https://a.example"),
        ("HTTPS://a.example/", "https://a.example"),
        (" https://a.example/v1/metadata/batch ", "https://a.example"),
        ("https://a.example/v1/metadata?x=1#y", "https://a.example"),
        ("https://a.example/gpu/metadata", "https://a.example/gpu"),
        ("https://a.example/console", "https://a.example"),
        ("https://a.example/ü x", "https://a.example/%C3%BC%20x"),
        ("https://a.example/@b://c", "https://a.example/@b://c"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000/metadata", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("10.0.0.7", "http://10.0.0.7"),
        ("http://api.ns.svc", "http://api.ns.svc"),
        ("8.8.8.8", "https://8.8.8.8"),
        ("https://user:secret@a.example", "https://a.example"),
    ],
)
def test_an_address_is_understood_as_people_paste_it(given: str, url: str) -> None:
    assert Client(given).url == url


@pytest.mark.parametrize(
    "given",
    ["", " ", "https://", "ftp://u:secret@a.example", "https://[::1", "https://u:secret@a:99999", "https://a b.example",
     "https://a..example", "http://u:secret@a.example", "http://8.8.8.8"],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_refused_without_showing_a_password(given: str) -> None:
    with pytest.raises(ApiConnectionError) as told:
        Client(given)
    assert "secret" not in "".join(traceback.format_exception(None, told.value, None))


def test_plain_http_goes_where_the_caller_allows_it() -> None:
    assert Client("http://a.example", "gmk_x", allow_http=True).url == "http://a.example"


@pytest.mark.parametrize("key", ["gmk_ secret", "gmk_secret\nx: y", "gmk_sécret", "gmk_secret\x00"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(api: ScriptedApi, key: str) -> None:
    with pytest.raises(ApiConnectionError) as told:
        Client(api.url, key)
    assert "cret" not in str(told.value)


def test_the_key_is_in_no_repr_no_exception_and_no_journal(
    api: ScriptedApi, client_of: ClientOf, journal: Journal
) -> None:
    client = client_of(api, journal=journal)
    told = [repr(client), repr(journal)]
    for behaviour in (answers(401, "unauthorized"), answers(422), page(200), says(202, {}), resets):
        api.then(*[behaviour] * 50)
        try:
            client.send(record(), deadline_s=0.02)
        except Exception as error:
            told.append("".join(traceback.format_exception(None, error, error.__traceback__)))
        api.script.clear()
    with pytest.raises(InvalidRecordError):
        client.send(record(embedding=[]))
    client.send(record())
    assert len(told) == 7
    assert "gmk_test" not in "".join(told) + journal.path.read_text()
