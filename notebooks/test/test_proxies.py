"""The way through a proxy, as the environment names it or the caller."""

from __future__ import annotations

import base64
import pathlib
import ssl
import traceback
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from records import ids_of, record, records
from scripted_api import ScriptedApi
from scripted_proxy import ScriptedProxy

from gpu_metadata_client import ApiConnectionError, Client, UnavailableError

#: A name of the certificate, which no resolver knows: only a proxy leads there.
HOST = "api.example"
PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def proxy(secure: ScriptedApi) -> Iterator[ScriptedProxy]:
    with ScriptedProxy(secure.port) as scripted:
        yield scripted


@pytest.fixture
def plain_proxy(api: ScriptedApi) -> Iterator[ScriptedProxy]:
    with ScriptedProxy(api.port) as scripted:
        yield scripted


@pytest.fixture
def client_through(certificate: pathlib.Path) -> Iterator[Callable[..., Client]]:
    """Makes clients of https://api.example."""
    context = ssl.create_default_context(cafile=str(certificate))
    clients: list[Client] = []

    def make(url: str = f"https://{HOST}", **settings: Any) -> Client:
        client = Client(url, "gmk_test", ssl_context=context, first_wait_s=0.005, deadline_s=10.0, **settings)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("form", ["http://{}", "{}", "HTTP://{}/"])
def test_https_goes_through_a_tunnel_of_the_proxy_that_the_environment_names(
    secure: ScriptedApi,
    proxy: ScriptedProxy,
    client_through: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    form: str,
) -> None:
    monkeypatch.setenv(variable, form.format(proxy.place))
    assert client_through().send_many(records(300), progress=False).ids == ids_of(records(300))
    assert proxy.heads == [f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n"]
    assert {request.headers["host"] for request in secure.requests} == {HOST}


def test_the_proxy_gets_its_password_and_the_api_does_not(
    secure: ScriptedApi, proxy: ScriptedProxy, client_through: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://us%40er:p@s/s%3A@{proxy.place}")
    client_through().send(record())
    basic = base64.b64encode(b"us@er:p@s/s:").decode()
    assert f"\r\nProxy-Authorization: Basic {basic}\r\n" in proxy.heads[0]
    assert "gmk_test" not in proxy.heads[0]
    assert "proxy-authorization" not in secure.requests[0].headers


def test_the_certificate_is_still_that_of_the_api(
    secure: ScriptedApi, proxy: ScriptedProxy, client_through: Callable[..., Client]
) -> None:
    client = client_through("https://other.example", proxy=f"http://{proxy.place}")
    for call in (client.check, lambda: client.send(record())):
        with pytest.raises(ApiConnectionError, match=r"certificate of other\.example is not trusted"):
            call()
    assert secure.requests == []


def test_plain_http_to_a_private_address_passes_a_proxy_of_this_machine(
    api: ScriptedApi, plain_proxy: ScriptedProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://user:word@{plain_proxy.place}")
    with Client("http://10.1.2.3/base", "gmk_test") as client:
        client.send(record())
        client.send(record(1))
    assert plain_proxy.heads[0].startswith("POST http://10.1.2.3:80/base/v1/metadata HTTP/1.1\r\n")
    assert "\r\nProxy-Authorization: Basic dXNlcjp3b3Jk\r\n" in plain_proxy.heads[0]
    assert [request.headers["host"] for request in api.requests] == ["10.1.2.3:80"] * 2


def test_plain_http_through_a_proxy_elsewhere_would_show_the_key_and_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    with pytest.raises(ApiConnectionError, match=r"proxy\.example:3128, which could read the key"):
        Client("http://10.1.2.3", "gmk_test")
    Client("http://10.1.2.3", "gmk_test", allow_http=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached_without_a_proxy_unless_the_caller_names_one(
    api: ScriptedApi, plain_proxy: ScriptedProxy, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{plain_proxy.place}")
    with Client(f"http://{host}:{api.port}", "gmk_test") as client:
        client.send(record())
    assert plain_proxy.heads == []
    with Client(f"http://{host}:{api.port}", "gmk_test", proxy=f"http://{plain_proxy.place}") as client:
        client.send(record())
    assert len(plain_proxy.heads) == 1


def first_place(monkeypatch: pytest.MonkeyPatch, client: Client) -> Any:
    """Where the client connects to."""
    places: list[Any] = []

    def refuse(address: Any, *_more: Any) -> Any:
        places.append(address)
        raise ConnectionRefusedError

    with monkeypatch.context() as patched, pytest.raises(ApiConnectionError):
        patched.setattr("socket.create_connection", refuse)
        client.check()
    return places[0]


@pytest.mark.parametrize(
    ("no_proxy", "url"),
    [
        ("*", f"https://{HOST}"),
        (HOST, f"https://{HOST}"),
        ("localhost, .example", f"https://{HOST}"),
        ("example", f"https://{HOST}"),
        (f"{HOST}:443", f"https://{HOST}"),
        (f"{HOST}:8443", f"https://{HOST}:8443"),
        ("10.1.2.3", "https://10.1.2.3"),
        ("192.168.0.0/16,10.0.0.0/8", "https://10.1.2.3"),
        ("fd00::/8", "https://[fd00::7]"),
        ("fd00::7", "https://[fd00::7]:8443"),
    ],
)
def test_hosts_of_no_proxy_are_reached_without_one(monkeypatch: pytest.MonkeyPatch, no_proxy: str, url: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert first_place(monkeypatch, Client(url)) == ("proxy.example", 3128)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert first_place(monkeypatch, Client(url))[0] in (HOST, "10.1.2.3", "fd00::7")


@pytest.mark.parametrize(
    ("variables", "settings", "place"),
    [
        ({"HTTP_PROXY": PROXY}, {}, (HOST, 443)),
        ({"NO_PROXY": "other.example,1.0.0.0/8,not/a/network", "HTTPS_PROXY": PROXY}, {}, ("proxy.example", 3128)),
        ({"HTTPS_PROXY": PROXY, "https_proxy": "http://lower.example:1"}, {}, ("lower.example", 1)),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://all.example"}, {}, ("proxy.example", 3128)),
        ({"HTTPS_PROXY": ""}, {}, (HOST, 443)),
        ({"HTTPS_PROXY": PROXY}, {"proxy": ""}, (HOST, 443)),
        ({"NO_PROXY": "*"}, {"proxy": "given.example"}, ("given.example", 80)),
        ({}, {"proxy": "http://[fd00::7]:3128"}, ("fd00::7", 3128)),
    ],
)
def test_which_proxy_it_is_follows_the_rules_of_other_programs(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], settings: dict[str, str], place: Any
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert first_place(monkeypatch, Client(f"https://{HOST}", **settings)) == place  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "text"),
    [(407, "wants a user and a password"), (403, "answered 403 and opened no tunnel to api.example")],
)
def test_a_proxy_that_says_no_is_told_at_once(
    secure: ScriptedApi, proxy: ScriptedProxy, client_through: Callable[..., Client], status: int, text: str
) -> None:
    client = client_through(proxy=f"http://user:secret@{proxy.place}")
    for call in (client.check, lambda: client.send(record())):
        proxy.script.append(status)
        with pytest.raises(ApiConnectionError, match=text) as told:
            call()
        assert "secret" not in "".join(traceback.format_exception(None, told.value, told.value.__traceback__))
    assert (len(proxy.heads), secure.requests) == (2, [])


def test_a_proxy_that_wants_a_password_for_plain_http_is_told_at_once(
    api: ScriptedApi, plain_proxy: ScriptedProxy
) -> None:
    plain_proxy.script.append(407)
    client = Client("http://10.1.2.3", proxy=f"http://{plain_proxy.place}")
    with client, pytest.raises(ApiConnectionError, match="wants a user and a password"):
        client.send(record())


def test_a_proxy_that_is_down_for_a_moment_is_asked_again(
    secure: ScriptedApi, proxy: ScriptedProxy, client_through: Callable[..., Client]
) -> None:
    proxy.script.extend([502, 503])
    client_through(proxy=f"http://{proxy.place}").send(record())
    assert (len(proxy.heads), len(secure.requests)) == (3, 1)


def test_a_proxy_that_is_not_there_is_told_by_its_place(client_through: Callable[..., Client]) -> None:
    with ScriptedProxy(1) as gone:
        place = gone.place
    client = client_through(proxy=f"http://user:secret@{place}")
    with pytest.raises(ApiConnectionError, match=f"The proxy {place} cannot be reached") as told:
        client.check()
    with pytest.raises(UnavailableError, match=f"The proxy {place} cannot be reached"):
        client.send(record(), deadline_s=0.05)
    assert "secret" not in str(told.value) + repr(client)


def test_a_proxy_that_speaks_something_else_is_told_by_its_place(api: ScriptedApi, secure: ScriptedApi) -> None:
    place = f"127.0.0.1:{secure.port}"
    with pytest.raises(ApiConnectionError, match=f"The proxy {place} opened no tunnel"):
        Client(f"https://{HOST}", proxy=f"http://{place}").check()


@pytest.mark.parametrize(
    "given",
    ["socks5://user:secret@proxy.example:1080", "https://user:secret@proxy.example", "http://user:secret@",
     "http://user:secret@proxy.example:99999", "http://user:secret@proxy.example:secret", "http://user:secret@a..b",
     "http://user:secret@[::1", "http://user:secret@a b", "user:secret@"],
)  # fmt: skip
def test_a_proxy_that_cannot_be_used_is_refused_without_showing_a_password(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", given)
    with pytest.raises(ApiConnectionError, match="it must look like") as told:
        Client(f"https://{HOST}")
    assert "secret" not in "".join(traceback.format_exception(None, told.value, None))
