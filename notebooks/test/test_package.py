"""The client as a package: what pip makes of the folder where it fetches it from a repository."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys
import sysconfig
from typing import Any

import pytest

import gpu_metadata_client

NOTEBOOKS = pathlib.Path(gpu_metadata_client.__file__).parent
TELL = """
import importlib.metadata, json, gpu_metadata_client as client
told = importlib.metadata.distribution("gpu-metadata-client")
print(json.dumps({
    "file": client.__file__,
    "version": [client.__version__, told.version],
    "summary": told.metadata["Summary"],
    "python": told.metadata["Requires-Python"],
    "requires": told.requires,
    "modules": [str(file) for file in told.files if file.suffix == ".py"],
}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[pathlib.Path, dict[str, Any]]:
    """A new environment where pip installed it, and what it tells there."""
    folder = tmp_path_factory.mktemp("package")
    repository, environment = folder / "repository", folder / "environment"
    shutil.copytree(NOTEBOOKS, repository / "notebooks", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for arguments in (["init"], ["add", "."], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-m", "all"]):
        subprocess.run(["git", *arguments], cwd=repository, check=True, capture_output=True)
    python = environment / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    # It sees numpy, pip and what builds the package, which are pinned here: nothing is fetched.
    libraries = pathlib.Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    (libraries / "tools.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    place = f"git+file://{repository}#subdirectory=notebooks"
    command = [str(python), "-I", "-m", "pip", "install", "--quiet", "--no-index", "--no-build-isolation", place]
    subprocess.run(command, cwd=folder, check=True)
    told = subprocess.run([python, "-I", "-c", TELL], cwd=folder, check=True, capture_output=True, text=True)
    return environment, json.loads(told.stdout)


def test_pip_installs_it_from_a_folder_of_a_repository(installed: tuple[pathlib.Path, dict[str, Any]]) -> None:
    environment, told = installed
    assert environment in pathlib.Path(told["file"]).parents
    assert told["modules"] == ["gpu_metadata_client.py"]


def test_its_version_is_written_once_and_told_by_both(installed: tuple[pathlib.Path, dict[str, Any]]) -> None:
    version = gpu_metadata_client.__version__
    assert installed[1]["version"] == [version, version]
    assert version not in (NOTEBOOKS / "pyproject.toml").read_text(encoding="utf-8")


def test_it_says_what_it_is_and_needs(installed: tuple[pathlib.Path, dict[str, Any]]) -> None:
    told = installed[1]
    assert (told["python"], told["requires"][0]) == (">=3.9", "numpy")
    assert str(gpu_metadata_client.__doc__).startswith(told["summary"])
