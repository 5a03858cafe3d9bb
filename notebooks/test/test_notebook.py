from __future__ import annotations

import json
import sys
from typing import Any

import pytest

import publish_notebook

TEXT = publish_notebook.NOTEBOOK.read_text(encoding="utf-8")
CLIENT = publish_notebook.CLIENT.read_text(encoding="utf-8")


def cells(text: str) -> list[dict[str, Any]]:
    parsed: list[dict[str, Any]] = json.loads(text)["cells"]
    return parsed


def test_what_is_committed_holds_the_client_as_it_is_and_no_outputs() -> None:
    assert publish_notebook.published(TEXT, CLIENT) == TEXT, "run: python3 notebooks/publish_notebook.py"


def test_the_client_is_written_byte_for_byte() -> None:
    (cell,) = [cell for cell in cells(TEXT) if "client" in cell["metadata"].get("tags", ())]
    magic, _, written = "".join(cell["source"]).partition("\n")
    assert magic == "%%writefile gpu_metadata_client.py"
    assert written == CLIENT.rstrip("\n")


def test_outputs_and_counts_are_removed() -> None:
    used = json.loads(TEXT)
    for cell in used["cells"]:
        if cell["cell_type"] == "code":
            cell.update(execution_count=7, outputs=[{"output_type": "stream", "name": "stdout", "text": "gmk_secret"}])
    assert publish_notebook.published(json.dumps(used), CLIENT) == TEXT


def test_a_badge_leads_to_the_repository_and_takes_the_place_of_an_older_one() -> None:
    first = publish_notebook.published(TEXT, CLIENT, publish_notebook.badge("one/first", "main"))
    second = publish_notebook.published(first, CLIENT, publish_notebook.badge("two/second", "next"))
    title = "".join(cells(second)[0]["source"])
    assert title.count("Open in Colab") == 1
    assert "/github/two/second/blob/next/notebooks/colab_producer.ipynb)\n\n# Embeddings" in title


@pytest.mark.parametrize("repository", ["", "owner", "https://example.com/owner/name", "owner/name/more"])
def test_a_repository_that_is_none_is_refused(repository: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["publish_notebook.py", f"--repository={repository}"])
    with pytest.raises(SystemExit):
        publish_notebook.main()
    assert publish_notebook.NOTEBOOK.read_text(encoding="utf-8") == TEXT
