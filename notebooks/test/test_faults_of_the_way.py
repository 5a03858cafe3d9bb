"""What stands between a notebook and the API: tunnels, proxies, other programs, wrong addresses."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any, Callable

import pytest
from records import record
from scripted_api import (
    Behaviour,
    ScriptedApi,
    answers,
    closes,
    hangs,
    page,
    resets,
    says,
    stops_halfway,
)

from gpu_metadata_client import ApiConnectionError, Client, Journal, UnavailableError

ClientOf = Callable[..., Client]
OK = says(200, {"status": "ok"})
NGROK = {
    "ERR_NGROK_3200": "no tunnel runs",
    "ERR_NGROK_8012": "the API behind it does not",
    "ERR_NGROK_9999": "ngrok.com/docs/errors",
}


def complaint(client: Client) -> str:
    with pytest.raises(ApiConnectionError) as told:
        client.check()
    return str(told.value)


def free_port() -> int:
    with contextlib.closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def test_a_good_connection_is_told_in_a_sentence_and_no_record_is_sent(api: ScriptedApi, client_of: ClientOf) -> None:
    assert client_of(api).check() == f"Connected to {api.url}: records can be sent and read back."
    assert [request.body for request in api.requests if request.method == "POST"] == [b"{}"]


@pytest.mark.parametrize(("status", "text"), [(501, "not set up to read back"), (403, "may not read back")])
def test_what_cannot_be_read_back_is_told_beforehand(
    api: ScriptedApi, client_of: ClientOf, status: int, text: str
) -> None:
    api.then(OK, OK, answers(422), answers(status))
    assert text in client_of(api).check()


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (answers(401, "unauthorized"), "does not know this key"),
        (answers(403, "insufficient_scope"), "lacks the scope ingest"),
        (answers(403, "address_not_allowed"), "ALLOWED_CIDRS"),
        (answers(429, "too_many_failures"), "429 too_many_failures: as told"),
        (answers(503, "overloaded"), "503 overloaded"),
        (answers(404, "not_found"), "404 not_found"),
    ],
)
def test_a_key_that_may_not_send_is_told_by_its_reason(
    api: ScriptedApi, client_of: ClientOf, answer: Behaviour, text: str
) -> None:
    api.then(OK, OK, answer)
    assert text in complaint(client_of(api))


def test_a_missing_key_is_told_as_that(api: ScriptedApi) -> None:
    api.then(OK, OK, answers(401, "unauthorized"))
    with Client(api.url) as client:
        assert "none was given" in complaint(client)


def test_an_api_without_kafka_is_told_as_that(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(OK, answers(503, "not_ready"))
    assert "cannot reach Kafka" in complaint(client_of(api))


@pytest.mark.parametrize("code", NGROK)
def test_pages_of_ngrok_are_told_by_their_reason_and_pass(api: ScriptedApi, client_of: ClientOf, code: str) -> None:
    error = page(404, ngrok_error_code=code)
    api.then(error)
    assert NGROK[code] in complaint(client_of(api))
    api.then(error, error)
    assert client_of(api).send(record()).offset == "0"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (page(200, "<html>You are about to visit … ngrok"), "ngrok showed a page"),
        (page(200), "another program is there"),
        (page(404), "another program is there"),
        (page(302, Location="https://elsewhere.example/"), "https://elsewhere.example/"),
        (says(308, {}, Location="https://elsewhere.example/"), "https://elsewhere.example/"),
        (says(200, "", Content_Type="text/plain"), "text/plain"),
    ],
)
def test_what_another_program_answers_is_never_taken_for_the_apis_answer(
    api: ScriptedApi, client_of: ClientOf, journal: Journal, answer: Behaviour, text: str
) -> None:
    api.then(answer)
    assert text in complaint(client_of(api))
    api.then(answer)
    with pytest.raises(ApiConnectionError, match=r"\w"):
        client_of(api, journal=journal).send(record())
    assert journal.acknowledged == []


@pytest.mark.parametrize(
    "body", [{"status": "error", "errors": ["x"]}, {"errors": {"a": 1}}, {"errors": None}, [1], "text", None]
)
def test_json_of_another_program_is_no_receipt_and_breaks_nothing(
    api: ScriptedApi, client_of: ClientOf, body: Any
) -> None:
    api.then(says(200, body))
    with pytest.raises(ApiConnectionError, match="no receipt"):
        client_of(api).send(record())
    api.then(says(404, body))
    assert "404" in complaint(client_of(api))
    api.then(says(200, body), says(200, body))
    assert list(client_of(api).find()) == client_of(api).search([1.0]) == []


@pytest.mark.parametrize(
    "fault",
    [page(500), page(502), page(503), page(504), page(522), page(530), page(429), resets, closes, stops_halfway],
)
def test_a_fault_of_the_way_passes_and_the_record_arrives(
    api: ScriptedApi, client_of: ClientOf, fault: Behaviour
) -> None:
    api.then(fault, fault)
    assert client_of(api).send(record()).event_id == record()["eventId"]
    assert len(api.requests) == 3


def test_a_way_that_stays_broken_is_told_at_the_deadline(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(*[resets] * 1000)
    with pytest.raises(UnavailableError, match=r"The connection to .* broke"):
        client_of(api).send(record(), deadline_s=0.1)


def test_an_answer_that_does_not_come_is_told(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(hangs)
    assert "did not answer in time" in complaint(client_of(api, timeout_s=0.1))


def test_a_refusal_before_the_end_of_the_body_is_heard() -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:

        def refuse() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                body = b'{"code":"unauthorized"}'
                head = "HTTP/1.1 401 x\r\nContent-Type: application/json\r\nConnection: close\r\n"
                connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                connection.shutdown(socket.SHUT_WR)
                # As servers do that close in good order: what still comes is read for a while.
                while connection.recv(1 << 20):
                    pass

        threading.Thread(target=refuse, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ApiConnectionError, match="does not know this key"):
            Client(url, "gmk_x", compression="none", deadline_s=1.0).send_many(
                [record(number, dimension=8192) for number in range(90)], progress=False
            )


def test_a_port_where_nothing_listens_is_told() -> None:
    assert "Nothing listens" in complaint(Client(f"http://127.0.0.1:{free_port()}"))


def test_a_name_that_is_not_there_is_told() -> None:
    assert "There is no host nowhere.invalid" in complaint(Client("https://nowhere.invalid"))


def test_something_that_speaks_no_http_is_told() -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"220 mail.example ESMTP\r\n")
                connection.recv(10_000)

        threading.Thread(target=greet, daemon=True).start()
        assert "does not speak HTTP" in complaint(Client(f"http://127.0.0.1:{server.getsockname()[1]}"))
