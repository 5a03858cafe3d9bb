"""The hardware as torch tells it. No torch is here: stand-ins have the shapes of its releases."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from gpu_metadata_client import gpu_info

NOTHING = {
    "deviceName": "cpu",
    "totalMemoryBytes": None,
    "allocatedMemoryBytes": None,
    "computeCapability": None,
    "cudaVersion": None,
    "torchVersion": None,
}


def torch_of(**parts: Any) -> SimpleNamespace:
    """A torch without any device but what is given."""

    def device(name: Any) -> SimpleNamespace:
        text = f"cuda:{name}" if isinstance(name, int) else str(getattr(name, "name", name))
        kind, _, index = text.partition(":")
        return SimpleNamespace(type=kind, index=int(index) if index else None, name=text)

    absent = SimpleNamespace(is_available=lambda: False)
    base = {"__version__": "2.6.0+cu124", "cuda": absent, "backends": SimpleNamespace(mps=absent), "device": device}
    return SimpleNamespace(**{**base, "version": SimpleNamespace(cuda=None), **parts})


def cuda_torch() -> SimpleNamespace:
    cards = [("Tesla T4", 15_843_721_216, 7, 5, 1024), ("NVIDIA H200", 150_000_000_000, 9, 0, 2048)]

    def properties(at: int) -> SimpleNamespace:
        name, total, major, minor, _ = cards[at]
        return SimpleNamespace(name=name, total_memory=total, major=major, minor=minor)

    cuda = SimpleNamespace(
        is_available=lambda: True,
        current_device=lambda: 0,
        get_device_properties=properties,
        memory_allocated=lambda at: cards[at][4],
    )
    return torch_of(cuda=cuda, version=SimpleNamespace(cuda="12.4"))


def install(monkeypatch: pytest.MonkeyPatch, **modules: Any) -> None:
    for name in ("torch", "torch_xla", "torch_xla.core.xla_model"):
        monkeypatch.setitem(sys.modules, name, modules.get(name.replace(".", "_")))
    for name in ("PJRT_DEVICE", "TPU_NAME", "TPU_ACCELERATOR_TYPE"):
        monkeypatch.delenv(name, raising=False)


def test_without_torch_it_is_a_cpu_and_nothing_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    assert gpu_info() == NOTHING


def test_torch_on_a_cpu_tells_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=torch_of())
    assert gpu_info() == {**NOTHING, "torchVersion": "2.6.0+cu124"}


def test_an_old_torch_without_mps_is_a_cpu_too(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=torch_of(backends=SimpleNamespace()))
    assert gpu_info()["deviceName"] == "cpu"


def test_cuda_tells_everything_of_the_current_device(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=cuda_torch())
    assert gpu_info() == {
        "deviceName": "Tesla T4",
        "totalMemoryBytes": 15_843_721_216,
        "allocatedMemoryBytes": 1024,
        "computeCapability": "7.5",
        "cudaVersion": "12.4",
        "torchVersion": "2.6.0+cu124",
    }


@pytest.mark.parametrize("device", ["cuda:1", 1, SimpleNamespace(type="cuda", name="cuda:1")])
def test_a_device_that_is_named_is_the_one_described(monkeypatch: pytest.MonkeyPatch, device: Any) -> None:
    install(monkeypatch, torch=cuda_torch())
    assert (gpu_info(device)["deviceName"], gpu_info(device)["computeCapability"]) == ("NVIDIA H200", "9.0")


def test_a_cpu_that_is_asked_for_beside_a_card_is_described_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=cuda_torch())
    assert gpu_info("cpu")["deviceName"] == "cpu"


def mps_torch(**memory: Any) -> SimpleNamespace:
    there = SimpleNamespace(is_available=lambda: True)
    return torch_of(backends=SimpleNamespace(mps=there), mps=SimpleNamespace(**memory))


@pytest.mark.parametrize(("allocated", "total"), [(5, 10), (11, None)])
def test_mps_tells_memory_and_no_total_that_is_exceeded(
    monkeypatch: pytest.MonkeyPatch, allocated: int, total: Any
) -> None:
    memory = {"recommended_max_memory": lambda: 10, "current_allocated_memory": lambda: allocated}
    install(monkeypatch, torch=mps_torch(**memory))
    info = gpu_info()
    assert info["deviceName"] == "Apple MPS"
    assert (info["totalMemoryBytes"], info["allocatedMemoryBytes"]) == (total, allocated)


def test_an_old_mps_tells_its_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=mps_torch())
    assert gpu_info() == {**NOTHING, "deviceName": "Apple MPS", "torchVersion": "2.6.0+cu124"}


def test_a_tpu_tells_its_kind_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = {"bytes_limit": 16_000_000_000, "bytes_used": 7}
    model = SimpleNamespace(xla_device=lambda: "xla:0", get_memory_info=lambda _device: memory)
    install(monkeypatch, torch=torch_of(), torch_xla=SimpleNamespace(), torch_xla_core_xla_model=model)
    monkeypatch.setenv("PJRT_DEVICE", "TPU")
    monkeypatch.setenv("TPU_ACCELERATOR_TYPE", "v5litepod-1")
    info = gpu_info()
    assert info["deviceName"] == "TPU v5litepod-1"
    assert (info["totalMemoryBytes"], info["allocatedMemoryBytes"]) == (16_000_000_000, 7)


def test_a_tpu_whose_runtime_tells_nothing_has_a_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=torch_of(), torch_xla=SimpleNamespace(), torch_xla_core_xla_model=SimpleNamespace())
    monkeypatch.setenv("TPU_NAME", "local")
    assert gpu_info() == {**NOTHING, "deviceName": "TPU", "torchVersion": "2.6.0+cu124"}
