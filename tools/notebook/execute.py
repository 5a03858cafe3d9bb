#!/usr/bin/env python3
"""Runs a notebook from top to bottom without a browser and writes it down with its outputs.

    execute.py NOTEBOOK OUTPUT [--parameter NAME=JSON ...]

Parameters follow the cell tagged "parameters", as papermill has it. The working folder is the current one. Standard
error tells the kernel's process and each cell; the exit code is 0 when all cells ran, 1 when one failed (its text is
shown), 3 when the kernel died.

Needs nbclient and ipykernel (Debian: python3-nbclient python3-ipykernel).
"""

import argparse
import json
import sys
import time
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

CELL_TIMEOUT_S = 600


def say(message: str) -> None:
    """Writes a line of progress; standard output stays free."""
    print(message, file=sys.stderr, flush=True)


def with_parameters(notebook: Any, parameters: "dict[str, Any]") -> None:
    """Puts assignments behind the cell that holds the defaults."""
    at = next(at for at, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    text = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    notebook.cells.insert(at + 1, nbformat.v4.new_code_cell(text))


def parameter(text: str) -> "tuple[str, Any]":
    """NAME=JSON as its two parts."""
    name, _, value = text.partition("=")
    return name, json.loads(value)


def main() -> int:
    """Reads the arguments, runs the notebook, writes it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("notebook")
    parser.add_argument("output")
    parser.add_argument("--parameter", type=parameter, action="append", default=[], metavar="NAME=JSON")
    arguments = parser.parse_args()
    notebook = nbformat.read(arguments.notebook, as_version=4)
    with_parameters(notebook, dict(arguments.parameter))
    client = NotebookClient(notebook, timeout=CELL_TIMEOUT_S, kernel_name="python3")
    try:
        with client.setup_kernel():
            say(f"kernel {client.km.provisioner.pid}")
            for index, cell in enumerate(notebook.cells):
                started = time.perf_counter()
                client.execute_cell(cell, index)
                say(f"cell {index} {cell.get('id', '')} {time.perf_counter() - started:.1f} s")
    except CellExecutionError as error:
        say(str(error))
        return 1
    except DeadKernelError:
        say("the kernel died")
        return 3
    finally:
        nbformat.write(notebook, arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
