"""Whatever is given to the public functions: they take it, or raise a ClientError. The caller's own errors stay so."""

from __future__ import annotations

import contextlib
import decimal
import inspect
import itertools
import pathlib
import re
import socket
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timezone, tzinfo
from typing import Any, Callable, NamedTuple

import numpy as np
import pytest
from records import GPU, record
from scripted_api import ScriptedApi, says

from gpu_metadata_client import (
    Client,
    ClientError,
    Journal,
    JournalError,
    Receipt,
    event_id,
    gpu_info,
    new_record,
    pack,
    unpack,
)

#: Some of its functions have no types in the numpy of Python 3.9.
MASKED: Any = np.ma


class NoOffset(tzinfo):
    """One that knows nothing."""

    def utcoffset(self, _time: Any) -> None:
        return None

    def dst(self, _time: Any) -> None:
        return None

    def tzname(self, _time: Any) -> None:
        return None


def strange() -> list[Any]:
    """Made anew each time: iterators end."""
    return [
        None, True, -1, 0, 10**400, 0.5, float("nan"), float("inf"), 1j, decimal.Decimal("NaN"), "", "text",
        "\x00", "\ud800", "caf\udce9", "a\r\nb", "x" * 300, b"bytes", bytearray(b"x"), memoryview(b"xy")[::2], [], [1],
        [[1], [2, 3]], [None], ["\ud800"], {}, {"a": 1}, {1: 2}, {"data": 1}, {("a",): 1}, set(), frozenset({1}), (),
        object(), type, len, ..., NotImplemented, range(3), iter([]), (one for one in [1]), date(2026, 1, 1),
        datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=NoOffset()), datetime.max.replace(tzinfo=timezone.utc),
        uuid.UUID(int=1), pathlib.Path("x"), np.array([]), np.array([1.0, np.nan]), np.array([object()]),
        np.array("text"), MASKED.masked, MASKED.array([1.0], mask=[True]), np.float32("nan"), np.int64(-1),
        np.datetime64("2026-01-01"), np.zeros((2, 2)), np.zeros(2, dtype=[("a", "f4")]), Receipt("e", "t", 0, "0", "a"),
        Receipt(1, 2, "3", 4.5, None),  # type: ignore[arg-type]
    ]  # fmt: skip


class Place(NamedTuple):
    """What calls are made with."""

    api: ScriptedApi
    folder: pathlib.Path

    def client(self, **settings: Any) -> Client:
        return Client(**{"url": self.api.url, "api_key": "gmk_x", "deadline_s": 0.3, "first_wait_s": 0.001, **settings})

    def journal(self) -> Journal:
        return Journal(self.folder / "run.journal")


def of_client(call: Callable[[Client, Any], Any]) -> Callable[[Place, Any], Any]:
    def called(place: Place, given: Any) -> Any:
        with place.client() as client:
            return call(client, given)

    return called


def of_journal(call: Callable[[Journal, Any], Any]) -> Callable[[Place, Any], Any]:
    def called(place: Place, given: Any) -> Any:
        with place.journal() as journal:
            return call(journal, given)

    return called


def of_setting(name: str) -> Callable[[Place, Any], Any]:
    def called(place: Place, given: Any) -> Any:
        with place.client(**{name: given}) as client:
            return client.send(record())

    return called


def of_new_record(name: str) -> Callable[[Place, Any], Any]:
    arguments = {"model": "m", "embedding": [1.0], "gpu": GPU, "data": b"d", "name": "n"}

    def called(place: Place, given: Any) -> Any:
        with place.client() as client:
            return client.send(new_record(**{**arguments, name: given}))

    return called


SETTINGS = [name for name in inspect.signature(Client.__init__).parameters if name not in ("self", "deadline_s")]
#: Each argument of each public function, as a function of what is given for it.
CALLS: dict[str, Callable[[Place, Any], Any]] = {
    "event_id model": lambda _, given: event_id(given, "s", b""),
    "event_id source": lambda _, given: event_id("m", given, b""),
    "event_id data": lambda _, given: event_id("m", "s", given),
    "pack": lambda _, given: pack(given),
    "unpack": lambda _, given: unpack(given),
    "unpack data": lambda _, given: unpack({"data": given}),
    "gpu_info": lambda _, given: gpu_info(given),
    **{f"new_record {name}": of_new_record(name) for name in inspect.signature(new_record).parameters},
    **{f"Client {name}": of_setting(name) for name in SETTINGS},
    "Client deadline_s": lambda place, given: place.client(deadline_s=given).close(),
    "send": of_client(lambda client, given: client.send(given)),
    "send eventId": of_client(lambda client, given: client.send({**record(), "eventId": given})),
    "send embedding": of_client(lambda client, given: client.send({**record(), "embedding": given})),
    "send field": of_client(lambda client, given: client.send({**record(), "field": [given]})),
    "send deadline_s": of_client(lambda client, given: client.send(record(), deadline_s=given)),
    "send_many": of_client(lambda client, given: client.send_many(given, progress=False)),
    "send_many record": of_client(lambda client, given: client.send_many([given], progress=False)),
    "send_many total": of_client(lambda client, given: client.send_many([record()], total=given)),
    "send_many deadline_s": of_client(lambda client, given: client.send_many([record()], deadline_s=given)),
    "stored": of_client(lambda client, given: client.stored(given)),
    "stored id": of_client(lambda client, given: client.stored([given])),
    "stored deadline_s": of_client(lambda client, given: client.stored(["a"], deadline_s=given)),
    "wait_stored": of_client(lambda client, given: client.wait_stored(given, deadline_s=0.0, progress=False)),
    "wait_stored deadline_s": of_client(lambda client, given: client.wait_stored(["a"], deadline_s=given)),
    "find": of_client(lambda client, given: list(client.find(model=given))),
    "search": of_client(lambda client, given: client.search(given)),
    "search k": of_client(lambda client, given: client.search([1.0], given)),
    "search where": of_client(lambda client, given: client.search([1.0], where=given)),
    "Journal": lambda _, given: Journal(given).close(),
    "Journal contains": of_journal(lambda journal, given: given in journal),
    "Journal receipt": of_journal(lambda journal, given: journal.receipt(given)),
    "Journal note_computed": of_journal(lambda journal, given: journal.note_computed(given)),
    "Journal note_computed record": of_journal(lambda journal, given: journal.note_computed([given])),
    "Journal note_acknowledged": of_journal(lambda journal, given: journal.note_acknowledged(given)),
    "Journal note_acknowledged receipt": of_journal(lambda journal, given: journal.note_acknowledged([given])),
}


@pytest.fixture
def place(api: ScriptedApi, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Where no name but this machine's leads anywhere, and files that a test makes go away with it."""
    look_up = socket.getaddrinfo

    def look_up_here(host: Any, *more: Any, **named: Any) -> Any:
        if isinstance(host, str) and re.fullmatch(r"[a-z0-9.-]+", host) and host not in ("127.0.0.1", "localhost"):
            raise socket.gaierror(socket.EAI_NONAME, "no such host")
        return look_up(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    monkeypatch.chdir(tmp_path)
    return Place(api, tmp_path)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("name", CALLS)
def test_whatever_is_given_is_taken_or_refused_with_an_error_of_this_module(place: Place, name: str) -> None:
    for given in strange():
        with contextlib.suppress(ClientError):
            CALLS[name](place, given)


@pytest.mark.parametrize(
    "answer",
    [
        {"topic": "t", "partition": 1e999, "offset": "0", "acceptedAt": "a"},
        {"topic": "t", "partition": [], "offset": "0", "acceptedAt": "a"},
        {"results": [{"index": [], "status": 202}, {"index": {}, "status": None}, {"index": 0, "status": 1e999}]},
        {"results": [{"index": 0, "status": 202, "partition": 1e999, "topic": 1, "offset": 1, "acceptedAt": 1}]},
        {"results": [{"index": 0, "status": 503, "retryAfter": "9" * 5000}]},
        {"results": [{"index": True, "status": True, "errors": [{"pointer": None}]}]},
        {"items": [1, {"score": None}], "nextCursor": {"a": [1]}},
        {"producer": None, "acceptedAt": None},
        {"producer": {"keyId": []}, "acceptedAt": ""},
    ],
)
def test_whatever_is_answered_is_taken_or_refused_with_an_error_of_this_module(place: Place, answer: Any) -> None:
    with place.journal() as journal, place.client(journal=journal) as client:
        for call in (
            lambda: client.send(record()),
            lambda: client.send_many([record(1)], progress=False),
            lambda: client.stored(["a"]),
            lambda: client.wait_stored([record()["eventId"]], deadline_s=0.0, progress=False),
            lambda: list(itertools.islice(client.find(), 3)),
            lambda: client.search([1.0]),
            client.check,
        ):
            place.api.then(*[says(200, answer)] * 3)
            with contextlib.suppress(ClientError):
                call()
            place.api.script.clear()


@pytest.mark.parametrize("error", [KeyError("of the caller"), TypeError("of the caller"), StopAsyncIteration()])
def test_an_iterator_of_the_caller_keeps_its_own_error(
    api: ScriptedApi, client_of: Callable[..., Client], journal: Journal, error: Exception
) -> None:
    def failing(first: Any) -> Iterator[Any]:
        yield first
        raise error

    client = client_of(api)
    calls: list[Callable[[], Any]] = [
        lambda: client.send_many(failing(record()), progress=False),
        lambda: client.stored(failing("a")),
        lambda: client.wait_stored(failing("a"), progress=False),
        lambda: journal.note_computed(failing(record())),
        lambda: journal.note_acknowledged(failing(Receipt("e", "t", 0, "0", "a"))),
    ]
    for call in calls:
        with pytest.raises(type(error)) as raised:
            call()
        assert raised.value is error


#: For callers whose types nobody checks.
UNTYPED_CLIENT: Any = Client
UNTYPED_EVENT_ID: Any = event_id
UNTYPED_RECORD: Any = new_record


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: UNTYPED_CLIENT("https://a.example", deadline_s="soon"), "deadline_s must be a number of seconds"),
        (lambda: UNTYPED_CLIENT("https://a.example", timeout_s=float("nan")), "timeout_s must be 0 seconds or more"),
        (lambda: UNTYPED_CLIENT("https://a.example", batch_records=2.5), "batch_records must be a whole number"),
        (lambda: UNTYPED_CLIENT("https://a.example", journal="run.journal"), "journal must be of the class Journal"),
        (lambda: UNTYPED_CLIENT(b"https://u:secret@a.example"), "url must be text, not bytes"),
        (lambda: UNTYPED_CLIENT("https://a.example", b"gmk_secret"), "api_key must be text, not bytes"),
        (lambda: UNTYPED_CLIENT("https://a.example").stored("one-id"), "ids must be several"),
        (lambda: UNTYPED_EVENT_ID("m", "s", "text"), "data must be bytes"),
        (lambda: UNTYPED_RECORD("m", [1.0], None, data=b"", name="n"), "gpu and attributes must be mappings"),
        (lambda: UNTYPED_RECORD("m", [1.0], GPU, data=b"", name="n", tags="colab"), "/tags must be several texts"),
    ],
)
def test_an_argument_of_no_use_is_named(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(ClientError, match=text) as told:
        call()
    assert "secret" not in str(told.value)


def test_a_journal_that_was_closed_or_changed_is_told_as_that(journal: Journal) -> None:
    journal.note_computed([record()])
    journal.path.write_bytes(b"")
    with pytest.raises(JournalError, match="was changed by another program"):
        list(journal.pending())
    journal.close()
    for call in (
        lambda: journal.note_computed([record(1)]),
        lambda: journal.note_acknowledged([Receipt("e", "t", 0, "0", "a")]),
        lambda: list(journal.pending()),
    ):
        with pytest.raises(JournalError, match="was closed"):
            call()
