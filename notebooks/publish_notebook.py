"""Brings colab_producer.ipynb into the form that is committed.

    python3 notebooks/publish_notebook.py [--repository OWNER/NAME] [--branch main]

The client's text goes into the cell tagged "client", so that the notebook is all that a runtime needs; outputs and
counts are removed. With --repository the first cell gets the badge that opens it in Colab from that place on GitHub,
else it keeps the one it has. A test compares what is committed with what this writes.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any, Optional

HERE = Path(__file__).parent
NOTEBOOK = HERE / "colab_producer.ipynb"
CLIENT = HERE / "gpu_metadata_client.py"

_HEAD = "%%writefile gpu_metadata_client.py\n"
_COLAB = "https://colab.research.google.com"
_BADGE = re.compile(r"\[!\[Open in Colab\].*\n\n")


def badge(repository: str, branch: str) -> str:
    """Markdown that opens the notebook in Colab from GitHub; `repository` is OWNER/NAME."""
    place = f"{_COLAB}/github/{repository}/blob/{branch}/notebooks/{NOTEBOOK.name}"
    return f"[![Open in Colab]({_COLAB}/assets/colab-badge.svg)]({place})"


def published(notebook: str, client: str, new_badge: Optional[str] = None) -> str:
    """The notebook's text with this client in it, and without what running it left."""
    parsed: dict[str, Any] = json.loads(notebook)
    for cell in parsed["cells"]:
        if cell["cell_type"] == "code":
            cell.update(execution_count=None, outputs=[])
            if "client" in cell["metadata"].get("tags", ()):
                cell["source"] = (_HEAD + client).rstrip("\n").splitlines(keepends=True)
    if new_badge is not None:
        title = parsed["cells"][0]
        text = _BADGE.sub("", "".join(title["source"]))
        title["source"] = f"{new_badge}\n\n{text}".splitlines(keepends=True)
    return json.dumps(parsed, indent=1, ensure_ascii=False) + "\n"


def _repository(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", text):
        raise argparse.ArgumentTypeError(f"must be OWNER/NAME as on GitHub, not {text!r}")
    return text


def main() -> None:
    """Reads the arguments and rewrites the notebook."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repository", type=_repository, metavar="OWNER/NAME", help="where on GitHub the badge leads")
    parser.add_argument("--branch", default="main", help="of that repository (main)")
    arguments = parser.parse_args()
    new_badge = badge(arguments.repository, arguments.branch) if arguments.repository else None
    text = published(NOTEBOOK.read_text(encoding="utf-8"), CLIENT.read_text(encoding="utf-8"), new_badge)
    NOTEBOOK.write_text(text, encoding="utf-8")
    print(f"{NOTEBOOK} holds the client as it is now.")
    if new_badge is not None:
        print(f"The badge, for pages elsewhere:\n{new_badge}")


if __name__ == "__main__":
    main()
