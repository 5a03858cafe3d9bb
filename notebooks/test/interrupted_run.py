"""A run as a notebook has it, to be interrupted and killed by test_interrupt.py: URL, journal, log of what it computed.

Ctrl-C begins the cell again, with the client and the journal that are there.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sys
from collections.abc import Iterator
from typing import Any

from records import record

from gpu_metadata_client import Client, Journal, event_id

RECORDS = 300
SENT_AGAIN = 3
#: Whether the next Ctrl-C falls into the run: what lies between two runs is the test's own.
armed = False


def interrupt(*_: object) -> None:
    global armed
    if armed:
        armed = False
        raise KeyboardInterrupt


def computed(journal: Journal, log: pathlib.Path) -> Iterator[dict[str, Any]]:
    yield from journal.pending()
    for number in range(RECORDS):
        if event_id("test", f"{number}.jpg", str(number).encode()) in journal:
            continue
        with log.open("a") as lines:
            lines.write(f"{number}\n")
        yield record(number)


def refuse_repeats(client: Client, path: str) -> None:
    """Ends this program where a batch is about to leave with a record that the journal's file says is acknowledged."""
    compress = client._compress

    def checked(body: bytes) -> tuple[bytes, dict[str, str]]:
        lines = [line for line in pathlib.Path(path).read_bytes().splitlines() if line.startswith(b'{"acknowledged"')]
        acknowledged = {json.loads(line)["acknowledged"]["event_id"] for line in lines if line.endswith(b"}}")}
        if acknowledged.intersection(json.loads(line)["eventId"] for line in body.splitlines()):
            os._exit(SENT_AGAIN)
        return compress(body)

    client._compress = checked


def known(journal: Journal) -> tuple[set[str], set[str]]:
    return set(journal.acknowledged), {one["eventId"] for one in journal.pending()}


def main(url: str, path: str, log: str) -> None:
    global armed
    signal.signal(signal.SIGINT, interrupt)
    journal = Journal(path)
    client = Client(url, "gmk_test", journal=journal, first_wait_s=0.005, batch_records=10)
    refuse_repeats(client, path)
    record()  # numpy loads a part of itself for it, and a Ctrl-C in there may be lost
    print("ready", flush=True)
    while len(journal.acknowledged) < RECORDS:
        try:
            armed = True
            client.send_many(computed(journal, pathlib.Path(log)), progress=False)
            armed = False
        except KeyboardInterrupt:
            assert known(journal) == known(Journal(path)), "the journal knows something else than its file says"
            print("interrupted", flush=True)


try:
    main(*sys.argv[1:])
finally:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
