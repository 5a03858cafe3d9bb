"""Brings colab_producer.ipynb into the form that is committed: `python3 notebooks/publish_notebook.py`.

The client's text goes into the cell tagged "client", so that the notebook is all that a runtime needs; outputs and
counts are removed. A test compares what is committed with what this writes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NOTEBOOK = HERE / "colab_producer.ipynb"
CLIENT = HERE / "gpu_metadata_client.py"

_HEAD = "%%writefile gpu_metadata_client.py\n"


def published(notebook: str, client: str) -> str:
    """The notebook's text with this client in it, and without what running it left."""
    parsed: dict[str, Any] = json.loads(notebook)
    for cell in parsed["cells"]:
        if cell["cell_type"] != "code":
            continue
        cell.update(execution_count=None, outputs=[])
        if "client" in cell["metadata"].get("tags", ()):
            cell["source"] = (_HEAD + client).rstrip("\n").splitlines(keepends=True)
    return json.dumps(parsed, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    NOTEBOOK.write_text(
        published(NOTEBOOK.read_text(encoding="utf-8"), CLIENT.read_text(encoding="utf-8")), encoding="utf-8"
    )
    print(f"{NOTEBOOK} holds the client as it is now.")
