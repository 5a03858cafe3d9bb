"""The hardware as torch tells it. No torch is here: stand-ins have the shapes of its releases.

- CUDA and ROCm: `_CudaDeviceProperties` in torch/csrc/cuda/Module.cpp; `gcnArchName` came with pytorch/pytorch#107477.
- XPU: torch/xpu/__init__.py and `_XpuDeviceProperties` in torch/csrc/xpu/Module.cpp; `memory_allocated` came with
  pytorch/pytorch#129919.
- MPS: torch/backends/mps/__init__.py, whose `get_name` is new, and torch/mps/__init__.py, whose documentation has
  `driver_allocated_memory` since torch 2.0, and not yet `recommended_max_memory`, which that of 2.5 has.
- TPU: `get_memory_info` in torch_xla/core/xla_model.py, whose bytes came with pytorch/xla#7086 (before: #5968),
  `device_type` in torch_xla/runtime.py, and the variables in torch_xla/_internal/tpu.py.
"""

from __future__ import annotations

import pathlib
import sys
from types import SimpleNamespace
from typing import Any, Optional

import pytest

import gpu_metadata_client
from gpu_metadata_client import ClientError, InvalidRecordError, gpu_info

NOTHING = {
    "deviceName": "cpu",
    "backend": "cpu",
    "totalMemoryBytes": None,
    "allocatedMemoryBytes": None,
    "computeCapability": None,
    "cudaVersion": None,
    "hipVersion": None,
    "driverVersion": None,
    "torchVersion": None,
}
TORCH = {**NOTHING, "torchVersion": "2.6.0+cu124"}
KINDS = ("cpu", "cuda", "xpu", "mps", "xla", "hpu", "meta")
TPU_VARIABLES = ("PJRT_DEVICE", "TPU_NAME", "TPU_ACCELERATOR_TYPE", "COLAB_TPU_ADDR", "COLAB_TPU_1VM")


class Device:
    """torch.device, of which a number is the accelerator that is there."""

    accelerator = "cuda"

    def __init__(self, given: Any) -> None:
        text = f"{self.accelerator}:{given}" if isinstance(given, int) else str(given)
        self.type, _, index = text.partition(":")
        self.index = int(index) if index else None
        if self.type not in KINDS:
            raise RuntimeError(f"Expected one of {', '.join(KINDS)} device type at start of device string: {text}")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"


def torch_of(**parts: Any) -> SimpleNamespace:
    """A torch without any device but what is given."""
    absent = SimpleNamespace(is_available=lambda: False)
    base = {"__version__": "2.6.0+cu124", "cuda": absent, "backends": SimpleNamespace(mps=absent), "device": Device}
    return SimpleNamespace(**{**base, "version": SimpleNamespace(cuda=None, hip=None), **parts})


def cuda_torch(*cards: Any, **version: Any) -> SimpleNamespace:
    """A torch with cards: (properties, allocated bytes) each."""
    cuda = SimpleNamespace(
        is_available=lambda: True,
        current_device=lambda: 0,
        get_device_properties=lambda at: SimpleNamespace(**cards[at][0]),
        memory_allocated=lambda at: cards[at][1],
    )
    return torch_of(cuda=cuda, version=SimpleNamespace(**version))


T4 = {"name": "Tesla T4", "total_memory": 15_843_721_216, "major": 7, "minor": 5}
H200 = {"name": "NVIDIA H200", "total_memory": 150_000_000_000, "major": 9, "minor": 0}
MI210 = {"name": "", "gcnArchName": "gfx90a:sramecc+:xnack-", "total_memory": 68_702_699_520, "major": 9, "minor": 0}
NVIDIA = cuda_torch((T4, 1024), (H200, 2048), cuda="12.4", hip=None)


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    for name in TPU_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(gpu_metadata_client, "_KERNEL_MODULES", tmp_path)
    install(monkeypatch)


def install(monkeypatch: pytest.MonkeyPatch, **modules: Any) -> None:
    for name in ("torch", "torch_xla", "torch_xla.core.xla_model"):
        monkeypatch.setitem(sys.modules, name, modules.get(name.replace(".", "_")))


def driver(folder: pathlib.Path, module: str, version: str) -> None:
    """What Linux tells at /sys/module of a driver with a version of its own."""
    (folder / module).mkdir()
    (folder / module / "version").write_text(f"{version}\n")


def test_without_torch_it_is_a_cpu_and_nothing_is_made_up() -> None:
    assert gpu_info() == NOTHING


def test_torch_on_a_cpu_tells_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=torch_of())
    assert gpu_info() == TORCH


def test_an_old_torch_without_mps_xpu_and_hip_is_a_cpu_too(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=torch_of(backends=SimpleNamespace(), version=SimpleNamespace(cuda=None)))
    assert gpu_info() == TORCH


def test_cuda_tells_everything_of_the_current_device(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    install(monkeypatch, torch=NVIDIA)
    driver(tmp_path, "nvidia", "550.54.15")
    assert gpu_info() == {
        **TORCH,
        "deviceName": "Tesla T4",
        "backend": "cuda",
        "totalMemoryBytes": 15_843_721_216,
        "allocatedMemoryBytes": 1024,
        "computeCapability": "7.5",
        "cudaVersion": "12.4",
        "driverVersion": "550.54.15",
    }


@pytest.mark.parametrize("device", ["cuda:1", 1, Device("cuda:1")])
def test_a_device_that_is_named_is_the_one_described(monkeypatch: pytest.MonkeyPatch, device: Any) -> None:
    install(monkeypatch, torch=NVIDIA)
    assert (gpu_info(device)["deviceName"], gpu_info(device)["computeCapability"]) == ("NVIDIA H200", "9.0")


def test_a_cpu_that_is_asked_for_beside_a_card_is_described_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=NVIDIA)
    assert gpu_info("cpu") == TORCH


def test_managed_memory_beyond_the_cards_own_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=cuda_torch((T4, 20_000_000_000), cuda="12.4", hip=None))
    assert gpu_info()["allocatedMemoryBytes"] == 20_000_000_000


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        ({**MI210, "name": "AMD Instinct MI210"}, "AMD Instinct MI210"),
        (MI210, "gfx90a:sramecc+:xnack-"),
        ({**MI210, "name": "  "}, "gfx90a:sramecc+:xnack-"),
        ({name: value for name, value in MI210.items() if name != "gcnArchName"}, "AMD GPU"),
    ],
)
def test_rocm_has_a_hip_version_and_a_name_in_every_release(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, properties: dict[str, Any], name: str
) -> None:
    install(monkeypatch, torch=cuda_torch((properties, 512), cuda=None, hip="6.2.41133-dd7f95766"))
    driver(tmp_path, "amdgpu", "6.8.5")
    assert gpu_info() == {
        **TORCH,
        "deviceName": name,
        "backend": "rocm",
        "totalMemoryBytes": 68_702_699_520,
        "allocatedMemoryBytes": 512,
        "hipVersion": "6.2.41133-dd7f95766",
        "driverVersion": "6.8.5",
    }


def xpu_torch(**functions: Any) -> SimpleNamespace:
    properties = SimpleNamespace(
        name="Intel(R) Data Center GPU Max 1550",
        platform_name="Intel(R) oneAPI Unified Runtime over Level-Zero",
        driver_version="1.3.29735",
        total_memory=68_719_476_736,
    )
    xpu = {
        "is_available": lambda: True,
        "current_device": lambda: 0,
        "get_device_properties": lambda at: {0: properties}[at],
    }
    return torch_of(xpu=SimpleNamespace(**xpu, **functions))


@pytest.mark.parametrize("device", [None, "xpu", "xpu:0", 0])
def test_an_intel_gpu_tells_its_driver_and_memory(monkeypatch: pytest.MonkeyPatch, device: Any) -> None:
    monkeypatch.setattr(Device, "accelerator", "xpu")
    install(monkeypatch, torch=xpu_torch(memory_allocated=lambda at: {0: 4096}[at]))
    assert gpu_info(device) == {
        **TORCH,
        "deviceName": "Intel(R) Data Center GPU Max 1550",
        "backend": "xpu",
        "totalMemoryBytes": 68_719_476_736,
        "allocatedMemoryBytes": 4096,
        "driverVersion": "1.3.29735",
    }


def test_an_intel_gpu_of_an_early_torch_tells_no_allocated_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=xpu_torch())
    assert (gpu_info()["backend"], gpu_info()["allocatedMemoryBytes"]) == ("xpu", None)


def mps_torch(memory: Optional[dict[str, int]] = None, **names: Any) -> SimpleNamespace:
    there = SimpleNamespace(is_available=lambda: True, **names)
    told = {name: lambda value=value: value for name, value in (memory or {}).items()}
    return torch_of(backends=SimpleNamespace(mps=there), mps=SimpleNamespace(**told))


@pytest.mark.parametrize("allocated", [5, 11])
def test_mps_tells_the_drivers_memory_which_may_exceed_what_is_recommended(
    monkeypatch: pytest.MonkeyPatch, allocated: int
) -> None:
    memory = {"recommended_max_memory": 10, "driver_allocated_memory": allocated, "current_allocated_memory": 1}
    install(monkeypatch, torch=mps_torch(memory, get_name=lambda: "Apple M3 Max"))
    mps = {"deviceName": "Apple M3 Max", "backend": "mps", "totalMemoryBytes": 10, "allocatedMemoryBytes": allocated}
    assert gpu_info() == {**TORCH, **mps}


@pytest.mark.parametrize(
    ("memory", "allocated"),
    [({}, None), ({"current_allocated_memory": 1, "driver_allocated_memory": 7}, 7)],
)
def test_an_old_mps_tells_what_it_has(monkeypatch: pytest.MonkeyPatch, memory: dict[str, int], allocated: Any) -> None:
    install(monkeypatch, torch=mps_torch(memory))
    mps = {"deviceName": "Apple MPS", "backend": "mps", "allocatedMemoryBytes": allocated}
    assert gpu_info() == {**TORCH, **mps}


def test_an_mps_of_torch_1_12_has_no_module_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = mps_torch()
    del torch.mps
    install(monkeypatch, torch=torch)
    assert gpu_info() == {**TORCH, "deviceName": "Apple MPS", "backend": "mps"}


def xla_model(memory: Any = None) -> dict[str, Any]:
    """torch and torch_xla, which raises where the runtime does not tell the memory."""

    def get_memory_info(device: Any) -> Any:
        if memory is None:
            raise RuntimeError("GetMemoryInfo not implemented")
        return {"xla:0": memory}[str(device)]

    model = SimpleNamespace(xla_device=lambda: Device("xla:0"), get_memory_info=get_memory_info)
    return {"torch": torch_of(), "torch_xla": SimpleNamespace(), "torch_xla_core_xla_model": model}


@pytest.mark.parametrize("device", [None, "tpu", Device("xla:0")])
@pytest.mark.parametrize("variables", [{"PJRT_DEVICE": "TPU"}, {"COLAB_TPU_1VM": "1"}, {}])
def test_a_tpu_tells_its_kind_and_memory(
    monkeypatch: pytest.MonkeyPatch, device: Any, variables: dict[str, str]
) -> None:
    install(monkeypatch, **xla_model({"bytes_limit": 16_000_000_000, "bytes_used": 7}))
    for name, value in {"TPU_ACCELERATOR_TYPE": "v5litepod-1", **variables}.items():
        monkeypatch.setenv(name, value)
    tpu = {"totalMemoryBytes": 16_000_000_000, "allocatedMemoryBytes": 7}
    assert gpu_info(device) == {**TORCH, "deviceName": "TPU v5litepod-1", "backend": "tpu", **tpu}


def test_a_tpu_whose_runtime_tells_nothing_has_a_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, **xla_model())
    monkeypatch.setenv("TPU_NAME", "local")
    assert gpu_info() == {**TORCH, "deviceName": "TPU", "backend": "tpu"}


def test_a_tpu_without_torch_is_told_by_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TPU_ACCELERATOR_TYPE", "v2-8")
    assert gpu_info() == {**NOTHING, "deviceName": "TPU v2-8", "backend": "tpu"}


@pytest.mark.parametrize(
    "variables", [{}, {"COLAB_TPU_1VM": ""}, {"PJRT_DEVICE": "CPU", "TPU_NAME": "local"}, {"PJRT_DEVICE": "CUDA"}]
)
def test_no_tpu_is_made_up_where_torch_xla_is_merely_installed(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    install(monkeypatch, **xla_model({"bytes_limit": 1, "bytes_used": 1}))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert gpu_info() == TORCH


def test_torch_without_torch_xla_computes_on_the_cpu_of_a_tpu_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=torch_of())
    monkeypatch.setenv("TPU_NAME", "local")
    assert gpu_info() == TORCH


@pytest.mark.parametrize(
    ("kind", "told"),
    [("CUDA", ("cuda", "Tesla T4")), ("CPU", ("cpu", "cpu")), ("NEURON", (None, "XLA NEURON"))],
)
def test_a_device_of_torch_xla_is_of_the_kind_that_its_runtime_has(
    monkeypatch: pytest.MonkeyPatch, kind: str, told: Any
) -> None:
    install(monkeypatch, **{**xla_model(), "torch": NVIDIA})
    monkeypatch.setenv("PJRT_DEVICE", kind)
    info = gpu_info(Device("xla:0"))
    assert (info["backend"], info["deviceName"]) == told


def test_a_device_that_the_contract_has_no_word_for_is_no_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, torch=torch_of())
    assert gpu_info("hpu:0") == {**TORCH, "deviceName": "hpu", "backend": None}


@pytest.mark.parametrize(
    ("torch", "field"),
    [
        (cuda_torch(({**T4, "name": "T" * 129}, 0), cuda="12.4", hip=None), "deviceName"),
        (torch_of(__version__="2" * 129), "torchVersion"),
        (cuda_torch((MI210, 0), cuda=None, hip="6" * 129), "hipVersion"),
    ],
)
def test_what_is_longer_than_the_api_takes_is_refused_by_name_and_not_cut(
    monkeypatch: pytest.MonkeyPatch, torch: Any, field: str
) -> None:
    install(monkeypatch, torch=torch)
    with pytest.raises(InvalidRecordError, match="has 129 characters") as refused:
        gpu_info()
    assert refused.value.pointer == f"/gpu/{field}"


def test_names_and_versions_of_128_characters_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = cuda_torch(({**T4, "name": "T" * 128}, 0), cuda="1" * 128, hip=None)
    torch.__version__ = "2" * 128
    install(monkeypatch, torch=torch)
    info = gpu_info()
    assert (info["deviceName"], info["cudaVersion"], info["torchVersion"]) == ("T" * 128, "1" * 128, "2" * 128)


@pytest.mark.parametrize("device", ["cuda:7", "nonsense", object()])
def test_a_device_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, device: Any) -> None:
    install(monkeypatch, torch=NVIDIA)
    with pytest.raises(ClientError, match="torch cannot describe the device"):
        gpu_info(device)
