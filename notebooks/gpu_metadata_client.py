"""Sends embeddings, and the hardware that computed them, to processor-api; loses none and sends none twice.

    client = Client("https://example.ngrok-free.app", api_key="gmk_…", journal=Journal("run.journal"))
    client.check()                                   # one plain sentence when something is wrong
    gpu = gpu_info()
    records = (new_record("resnet50", vector, gpu, data=pixels, name="cat.jpg") for …)
    report = client.send_many(records)
    client.wait_stored(report.ids)

One file, which needs no installation: Python 3.9 or newer and numpy. Used where they are installed:
zstandard (smaller bodies), msgpack (single records without base64), tqdm (a progress bar), torch (`gpu_info`).

What it promises:
- A record counts as sent when the API answered 202, that is, when Kafka's in-sync replicas hold it.
- A retry never makes a second document: every record has an eventId before it leaves.
- With a `Journal`, a run that died anywhere goes on where it was: what was computed is not computed again,
  what was acknowledged is not sent again. Where the whole machine dies, the last seconds' work may be.
- What the API refuses is not retried; the exception names the fields.
- Everything that is raised is a `ClientError`, but for what the caller's own code raises: an iterator of records keeps
  its exception.
"""

from __future__ import annotations

import base64
import collections
import concurrent.futures
import contextlib
import dataclasses
import decimal
import email.utils
import errno
import gzip
import hashlib
import http.client
import importlib
import io
import ipaddress
import json
import math
import operator
import os
import pathlib
import random
import re
import socket
import ssl
import stat
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Callable, ClassVar, NamedTuple, Optional, TypeVar, Union

import numpy as np
import numpy.typing as npt

__version__ = "1.1.0"
__all__ = [
    "ApiConnectionError",
    "ArgumentError",
    "Client",
    "ClientError",
    "Fault",
    "InvalidRecordError",
    "Journal",
    "JournalError",
    "NotStoredError",
    "Receipt",
    "RecordsRefusedError",
    "RefusedError",
    "Report",
    "UnavailableError",
    "event_id",
    "gpu_info",
    "new_record",
    "pack",
    "unpack",
]

#: The body of POST /v1/metadata, field by field as the API documents it; times and numpy values are converted.
Record = Mapping[str, Any]
_Item = TypeVar("_Item")
#: The values of an embedding: an array, numbers, or the packed form as it is.
Embedding = Union[npt.NDArray[Any], Sequence[float], Mapping[str, Any]]

#: Namespace of the event ids; it never changes, or a rerun would add documents.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:gpu-metadata-pipeline:embedding")
_MAX_DIMENSION = 8192
#: Of a device's name, and of a version.
_MOST_NAME_CHARACTERS = 128
_KERNEL_MODULES = pathlib.Path("/sys/module")
#: The API takes 1000 records or 16 MiB in a request; smaller ones show progress and cost less to repeat.
_BATCH_BYTES = 4 * 1024 * 1024
#: A record waits no longer than this for others to share its request.
_BATCH_AGE_S = 5.0
_LONGEST_WAIT_S = 30.0
#: About what a socket's timeout may be at most; a longer time counts as this one.
_LONGEST_TIMEOUT_S = 2_000_000.0
#: The API refuses what expands more than 500 times.
_MOST_EXPANSION = 400
_MAX_ANSWER_BYTES = 64 * 1024 * 1024
_READERS = 8
#: What a mount answers that knows no permissions, Drive among them.
_NO_PERMISSIONS = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})


class ClientError(Exception):
    """Everything this module raises."""


class ArgumentError(ClientError, ValueError):
    """A setting or an argument that no call can use; the message names it."""


class InvalidRecordError(ClientError, ValueError):
    """A record that cannot be put into a request; `pointer` names the field, as in the API's own answers."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer or 'the record'} {message}")
        self.pointer = pointer


class ApiConnectionError(ClientError):
    """The API cannot be used at this address with this key; the message says why and what to do."""


class UnavailableError(ClientError):
    """Tried until the deadline without an answer that settles it; sending the same again later is harmless."""


class NotStoredError(ClientError):
    """Some acknowledged records are not in the database yet; `missing` are their ids.

    `owners` are the API key ids of older documents that stand in the place of some of them.
    """

    def __init__(self, missing: Sequence[str], owners: Iterable[str], waited_s: float) -> None:
        self.missing = tuple(missing)
        self.owners = tuple(sorted(set(owners)))
        shown = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
        why = (
            "the worker is behind, is down, or found them unfit (its dead-letter topic tells), or the journal that has "
            "them is of another database and wants to be begun anew"
        )
        if self.owners:
            why = (
                f"older documents of the key id {', '.join(self.owners)} are there, which no other key id replaces. "
                "If that id is not yours, name the sources otherwise (in the notebook: RUN); else the worker is behind"
            )
        super().__init__(
            f"{len(missing)} records are safe in Kafka, but not stored after {waited_s:.0f} s: {shown}: {why}."
        )


class JournalError(ClientError):
    """The journal cannot be used: another process writes it, or the file is something else."""


class Fault(NamedTuple):
    """One field that breaks the contract: JSON pointer, stable code, and a text for people."""

    pointer: str
    code: str
    message: str


class RefusedError(ClientError):
    """The API's final no (4xx): retrying the same would change nothing."""

    def __init__(self, problem: Mapping[str, Any], event_id: Optional[str] = None) -> None:
        self.status = int(problem["status"])
        self.code = str(problem.get("code", "unknown"))
        self.detail = str(problem.get("detail", problem.get("title", http.client.responses.get(self.status, ""))))
        self.event_id = event_id
        self.faults = tuple(
            Fault(str(fault.get("pointer", "")), str(fault.get("code", "")), str(fault.get("message", "")))
            for fault in _objects(problem.get("errors"))
        )
        fields = "; ".join(f"{fault.pointer or 'the record'} {fault.message}" for fault in self.faults)
        who = f"{event_id}: " if event_id else ""
        super().__init__(f"{who}{self.status} {self.code}: {fields or self.detail}")


@dataclass(frozen=True)
class Receipt:
    """Where an acknowledged record lies on the topic; `accepted_at` is the API's clock, RFC 3339."""

    event_id: str
    topic: str
    partition: int
    offset: str
    accepted_at: str


@dataclass
class Report:
    """What became of the records given to `send_many`, by event id."""

    acknowledged: list[str] = field(default_factory=list)
    #: Acknowledged in an earlier run, by the journal's word; not sent now.
    skipped: list[str] = field(default_factory=list)
    refused: list[RefusedError] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """Every id that the API holds now."""
        return self.skipped + self.acknowledged


class RecordsRefusedError(ClientError):
    """Some records of `send_many` were refused, all others were sent; `report` has both."""

    def __init__(self, report: Report) -> None:
        lines = [f"  {refused}" for refused in report.refused[:5]]
        more = len(report.refused) - len(lines)
        lines += [f"  … and {more} more in .report.refused"] if more else []
        super().__init__(
            f"{len(report.refused)} records refused, {len(report.acknowledged)} sent:\n" + "\n".join(lines)
        )
        self.report = report


# ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def event_id(model: str, source: str, data: bytes) -> str:
    """The eventId of one input: UUIDv5 of the model, the source's name and the SHA-256 of the input's bytes.

    Not of the embedding, whose last bits differ from device to device: the same picture embedded again on other
    hardware is the same event, and its document is replaced instead of doubled. A file name that is no UTF-8, as Python
    reads it from a folder, counts by its bytes.
    """
    for name, text in (("model", model), ("source", source)):
        if not isinstance(text, str):
            raise ArgumentError(f"{name} must be text, not {type(text).__name__}")
    try:
        content = hashlib.sha256(data).hexdigest()
    except (TypeError, ValueError, BufferError) as error:
        raise ArgumentError(f"data must be bytes: {error}") from error
    identity = _NAMESPACE.bytes + _raw_bytes(json.dumps([model, source, content], ensure_ascii=False))
    # As uuid.uuid5 does, which takes no bytes before Python 3.12.
    digest = hashlib.sha1(identity, usedforsecurity=False).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5))


def new_record(
    model: str,
    embedding: Embedding,
    gpu: Mapping[str, Any],
    *,
    data: bytes,
    name: str,
    kind: str = "image",
    uri: Optional[str] = None,
    tags: Sequence[str] = (),
    attributes: Optional[Mapping[str, Any]] = None,
    captured_at: Optional[datetime] = None,
) -> dict[str, Any]:
    """A record with the eventId of `event_id(model, uri or name, data)`, ready for `send`.

    An event belongs to the API key id that stored it first: two producers that embed the same files under different key
    ids need different names or URIs. `data` are the input's bytes, `kind` one of image text log audio video table
    other, `captured_at` now unless given. Where a file's name is no UTF-8, replacement characters stand in the record
    for what cannot be read. Raises InvalidRecordError for an embedding that is no vector of finite float32 values, and
    ArgumentError.
    """
    readable = {"name": _readable(name, "/source/name")}
    if uri is not None:
        readable["uri"] = _readable(uri, "/source/uri")
    if isinstance(tags, str):
        raise InvalidRecordError("/tags", "must be several texts, not one")
    try:
        own_gpu, own_tags = dict(gpu), list(() if tags is None else tags)
        own_attributes = dict({} if attributes is None else attributes)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"gpu and attributes must be mappings, and tags a list: {error}") from error
    return {
        "eventId": event_id(model, uri or name, data),
        "model": model,
        "embedding": pack(embedding),
        "gpu": own_gpu,
        "capturedAt": _rfc3339(datetime.now(timezone.utc) if captured_at is None else captured_at, "/capturedAt"),
        "source": {"kind": kind, **readable},
        "tags": own_tags,
        "attributes": own_attributes,
    }


def pack(embedding: Embedding) -> dict[str, Any]:
    """The packed form of 1 to 8192 finite values: little-endian float32 as base64; the packed form stays as it is.

    Raises InvalidRecordError, which names the first value at fault.
    """
    if isinstance(embedding, Mapping):
        return dict(embedding)
    try:
        values = np.asarray(embedding)
    except Exception as error:  # ragged lists; tensors of a GPU, with a gradient or of bfloat16; whatever it raises
        raise InvalidRecordError("/embedding", f"is no vector: {error}") from error
    if values.ndim != 1 or not 1 <= values.size <= _MAX_DIMENSION:
        shape = " × ".join(map(str, values.shape)) or "a single value"
        raise InvalidRecordError("/embedding", f"must have one dimension of 1 to {_MAX_DIMENSION} values, not {shape}")
    if values.dtype.kind not in "fiu":
        raise InvalidRecordError("/embedding", f"must be real numbers, such as float32, not {values.dtype}")
    masked = np.flatnonzero(embedding.mask if isinstance(embedding, np.ma.MaskedArray) else False)
    if masked.size > 0:
        raise InvalidRecordError(f"/embedding/{masked[0]}", "is masked, so that it has no value")
    with np.errstate(over="ignore"):
        # Adding 0 turns -0 into 0, which is the same number and survives every writer of JSON.
        floats = values.astype("<f4") + np.float32(0)
    faulty = np.flatnonzero(~np.isfinite(floats))
    if faulty.size > 0:
        first = int(faulty[0])
        raise InvalidRecordError(f"/embedding/{first}", f"is {values[first]}, which is no finite float32 value")
    data = base64.b64encode(floats.astype("<f4").tobytes()).decode("ascii")
    return {"encoding": "f32le-base64", "dimension": int(values.size), "data": data}


def unpack(embedding: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    """The float32 values of a packed embedding, such as `stored` answers with. Raises InvalidRecordError."""
    try:
        return np.frombuffer(base64.b64decode(embedding["data"], validate=True), dtype="<f4").astype(np.float32)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InvalidRecordError("/embedding", f"is no packed embedding: {error!r}") from error


def _raw_bytes(text: str) -> bytes:
    """UTF-8; what is no character becomes the bytes that Python read it from (PEP 383; on Windows PEP 529)."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _readable(text: str, pointer: str) -> str:
    if not isinstance(text, str):
        raise InvalidRecordError(pointer, f"must be text, not {type(text).__name__}")
    return _raw_bytes(text).decode("utf-8", "replace")


def _rfc3339(time_: datetime, pointer: str) -> str:
    if not isinstance(time_, datetime):
        raise InvalidRecordError(pointer, f"must be a datetime, not {type(time_).__name__}")
    if time_.utcoffset() is None:
        raise InvalidRecordError(pointer, "has no time zone: use datetime.now(timezone.utc)")
    try:
        return time_.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError) as error:
        raise InvalidRecordError(pointer, f"is no time of the calendar in UTC: {error}") from error


class _Prepared(NamedTuple):
    """A record on its way: its id, and its JSON text."""

    event_id: str
    text: bytes


def _prepare(record: Record) -> _Prepared:
    """The record as JSON with its embedding packed, and an eventId of its own where it had none."""
    if not isinstance(record, Mapping):
        raise InvalidRecordError("", f"must be a mapping of field names, not {type(record).__name__}")
    fields = {**record, "eventId": _id_of(record.get("eventId"))}
    if "embedding" in fields:
        fields["embedding"] = pack(fields["embedding"])
    return _Prepared(fields["eventId"], _json(fields))


def _id_of(given: Any) -> str:
    """In lower case, as the API's receipts and documents name it; a new one where none is given."""
    if given is None:
        return str(uuid.uuid4())
    if not isinstance(given, (str, uuid.UUID)):
        raise InvalidRecordError("/eventId", f"must be text or a UUID, not {type(given).__name__}")
    return str(given or uuid.uuid4()).lower()


def _json(value: Mapping[str, Any]) -> bytes:
    """It as JSON. Raises InvalidRecordError, which names the first value that JSON cannot carry to the API."""
    try:
        text = json.dumps(_plain(value, ""), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8")
    except InvalidRecordError:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRecordError("", f"cannot be written as JSON: {error}") from error


def _plain(value: Any, pointer: str) -> Any:
    """The value as the module json takes it: times and numpy's scalars become what JSON has in their place."""
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _characters(value, pointer)
    if isinstance(value, int):
        return _exact(value, pointer)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidRecordError(pointer, f"is {value}: JSON has no such number")
        return value
    if isinstance(value, datetime):
        return _rfc3339(value, pointer)
    if isinstance(value, Mapping):
        return {key: _plain(item, f"{pointer}/{_token(key)}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{pointer}/{index}") for index, item in enumerate(value)]
    raise InvalidRecordError(pointer, f"is {type(value).__name__}, which has no place in a record")


def _token(key: object) -> str:
    """A name in a JSON pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")


def _characters(text: str, pointer: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidRecordError(pointer, f"has half a character at {error.start}, which UTF-8 cannot carry") from error
    return text


def _exact(number: int, pointer: str) -> int:
    """The integer, where JavaScript prints it as it is: the API refuses others, which it would store changed."""
    if abs(number) < 10**21 and int(decimal.Decimal(repr(float(number)))) == number:
        return int(number)
    raise InvalidRecordError(pointer, "is an integer with more digits than JavaScript keeps: send it as a string")


# ── hardware ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def gpu_info(device: Any = None) -> dict[str, Any]:
    """The contract's `gpu`: what torch knows of `device` (default: the best there is), None where it cannot tell.

    `backend` is cuda, rocm, xpu (Intel), mps (Apple), tpu or cpu, and None for a device that the contract has no word
    for, whose `deviceName` is then torch's. Memory is in bytes: allocated by this process, which may exceed the total
    where memory is unified or managed. CPU, or no torch: deviceName "cpu". Raises InvalidRecordError where a name or
    version is longer than the API takes, for nothing is cut, and ClientError where torch cannot describe the device.
    """
    info: dict[str, Any] = {
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
    torch = _optional("torch")
    try:
        if torch is None:
            info.update(_tpu(None) if _is_tpu_announced() else {})
        else:
            info.update(_describe(torch, device), torchVersion=str(torch.__version__))
    except Exception as error:
        raise ClientError(f"torch cannot describe the device {device}: {error}") from error
    for name, value in info.items():
        if isinstance(value, str) and len(value) > _MOST_NAME_CHARACTERS:
            raise InvalidRecordError(
                f"/gpu/{name}", f"has {len(value)} characters, and the API takes {_MOST_NAME_CHARACTERS}: {value}"
            )
    return info


def _describe(torch: Any, device: Any) -> dict[str, Any]:
    if device is None:
        device = _best_device(torch)
    # torch_xla has no device of the type tpu: the name is ours.
    kind = "tpu" if device == "tpu" else str(torch.device(device).type)
    if kind == "tpu":
        return _tpu(None)
    if kind == "cpu":
        return {}
    describe = {"cuda": _cuda, "xpu": _xpu, "mps": _mps, "xla": _xla}.get(kind)
    return {"backend": None, "deviceName": kind} if describe is None else describe(torch, device)


def _best_device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    # Only where a TPU is announced: asking torch_xla itself would take hold of it.
    if _is_tpu_announced() and _optional("torch_xla") is not None:
        return "tpu"
    for kind, module in (("xpu", getattr(torch, "xpu", None)), ("mps", getattr(torch.backends, "mps", None))):
        if module is not None and module.is_available():
            return kind
    return "cpu"


def _index(torch: Any, device: Any, module: Any) -> int:
    index = torch.device(device).index
    return int(module.current_device() if index is None else index)


def _cuda(torch: Any, device: Any) -> dict[str, Any]:
    """NVIDIA's CUDA, and AMD's ROCm, which torch calls cuda too."""
    at = _index(torch, device, torch.cuda)
    properties = torch.cuda.get_device_properties(at)
    memory = {
        "totalMemoryBytes": int(properties.total_memory),
        "allocatedMemoryBytes": int(torch.cuda.memory_allocated(at)),
    }
    hip = getattr(torch.version, "hip", None)
    if hip is not None:
        # Some releases of ROCm leave the name empty: https://github.com/ROCm/ROCm/issues/1625
        name = str(properties.name).strip() or str(getattr(properties, "gcnArchName", "")).strip()
        return {
            **memory,
            "backend": "rocm",
            "deviceName": name or "AMD GPU",
            "hipVersion": hip,
            "driverVersion": _kernel_module_version("amdgpu"),
        }
    return {
        **memory,
        "backend": "cuda",
        "deviceName": str(properties.name).strip() or "NVIDIA GPU",
        "computeCapability": f"{properties.major}.{properties.minor}",
        "cudaVersion": torch.version.cuda,
        "driverVersion": _kernel_module_version("nvidia"),
    }


def _xpu(torch: Any, device: Any) -> dict[str, Any]:
    at = _index(torch, device, torch.xpu)
    properties = torch.xpu.get_device_properties(at)
    allocated = getattr(torch.xpu, "memory_allocated", None)  # not in early releases: pytorch/pytorch#129919
    return {
        "backend": "xpu",
        "deviceName": str(properties.name).strip() or "Intel XPU",
        "totalMemoryBytes": int(properties.total_memory),
        "allocatedMemoryBytes": None if allocated is None else int(allocated(at)),
        "driverVersion": getattr(properties, "driver_version", None),
    }


def _mps(torch: Any, _device: Any) -> dict[str, Any]:
    def told(module: Any, name: str) -> Any:
        """What a function tells that came with a later torch."""
        function = getattr(module, name, None)
        return None if function is None else function()

    mps = getattr(torch, "mps", None)
    return {
        "backend": "mps",
        "deviceName": told(torch.backends.mps, "get_name") or "Apple MPS",
        # Memory is unified: the total is what Metal recommends, which may be exceeded.
        "totalMemoryBytes": told(mps, "recommended_max_memory"),
        "allocatedMemoryBytes": told(mps, "driver_allocated_memory"),
    }


def _xla(torch: Any, device: Any) -> dict[str, Any]:
    """A device of torch_xla, which is of the kind that PJRT_DEVICE names: torch_xla sets it where nobody did."""
    kind = os.environ.get("PJRT_DEVICE", "TPU").split("_")[0].upper()
    if kind == "TPU":
        return _tpu(device)
    if kind == "CUDA":
        return _cuda(torch, "cuda")
    return {} if kind == "CPU" else {"backend": None, "deviceName": f"XLA {kind}"}


def _tpu(device: Any) -> dict[str, Any]:
    name = f"TPU {os.environ.get('TPU_ACCELERATOR_TYPE', '')}".strip()
    info: dict[str, Any] = {"backend": "tpu", "deviceName": name}
    model = _optional("torch_xla.core.xla_model")
    with contextlib.suppress(Exception):  # each release of torch_xla tells this in another way, or not at all
        memory = model.get_memory_info(device if device is not None else model.xla_device())
        info.update(totalMemoryBytes=int(memory["bytes_limit"]), allocatedMemoryBytes=int(memory["bytes_used"]))
    return info


def _is_tpu_announced() -> bool:
    """Whether the environment names a TPU, as Colab's and Google's TPU machines do; PJRT_DEVICE decides where it is."""
    chosen = os.environ.get("PJRT_DEVICE")
    # COLAB_TPU_1VM is there and empty where Colab has no TPU.
    names = ("TPU_NAME", "TPU_ACCELERATOR_TYPE", "COLAB_TPU_ADDR", "COLAB_TPU_1VM")
    return chosen.upper() == "TPU" if chosen else any(os.environ.get(name) for name in names)


def _kernel_module_version(module: str) -> Optional[str]:
    """The version of a driver that is a module of Linux with one of its own; nvidia-smi may take seconds to tell it."""
    try:
        return (_KERNEL_MODULES / module / "version").read_text(encoding="ascii").strip() or None
    except (OSError, ValueError):
        return None


def _optional(module: str) -> Any:
    """The module where it is installed and loads, else None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as tqdm's, where its widgets are not installed
            return importlib.import_module(module)
    except Exception:  # a shared library of it is missing, it was built for another numpy, …
        return None


# ── journal ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Journal:
    """An append-only file of what was computed and what was acknowledged, so that a run can die at any moment.

    One JSON object a line; a last line that was cut off counts as not written. It lives well on a Drive mount, where
    nothing but appending is safe. One journal belongs to one destination: for another database begin another file.
    It holds what the records hold: only its user may read it (mode 0600), and it is that user's own file, no link.
    May be used by several threads, and by one process at a time. Raises JournalError.
    """

    _HEAD: ClassVar[bytes] = b'{"journal":"gpu-metadata","version":1}\n'

    def __init__(self, path: Union[str, os.PathLike[str]]) -> None:
        try:
            self.path = pathlib.Path(path)
        except TypeError as error:
            raise ArgumentError(f"the journal's path must be text or a path, not {type(path).__name__}") from error
        self._turn = threading.RLock()
        #: Where the line lies of each record that is computed and not acknowledged, and of each receipt.
        self._pending: dict[str, _Span] = {}
        self._receipts: dict[str, _Span] = {}
        self._damaged = 0
        #: How much of the file was read, and whether that ended with a line's end.
        self._known = 0
        self._is_line_ended = True
        #: Whether an interrupt may have come between what was written and what is known.
        self._is_behind = False
        try:
            # Unbuffered, so that a line is never half in the process when the kernel dies.
            self._file = io.FileIO(self.path, "a+", opener=_open_private)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise JournalError(f"{self.path} is a symbolic link: name the file that it leads to") from error
            raise JournalError(f"{self.path} cannot be opened: {error.strerror}") from error
        except ValueError as error:  # a null character
            raise JournalError(f"{str(self.path)!r} is no path: {error}") from error
        try:
            self._require_own_file()
            self._lock()
            self._catch_up()
            self._keep_private()
            if self._known == 0:
                self._append([self._HEAD.rstrip()])
                self._sync()
        except BaseException:
            self._file.close()
            raise

    def __contains__(self, event_id: object) -> bool:
        """Whether the record was computed: it need not be again."""
        self._heed_interrupt()
        return isinstance(event_id, str) and (event_id in self._receipts or event_id in self._pending)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        damaged = f", {self._damaged} damaged lines ignored" if self._damaged else ""
        return f"<Journal {self.path}: {len(self._receipts)} acknowledged, {len(self._pending)} to send{damaged}>"

    @property
    def acknowledged(self) -> list[str]:
        """The ids that the API acknowledged, now or in an earlier run."""
        self._heed_interrupt()
        return list(self._receipts)

    def receipt(self, event_id: str) -> Optional[Receipt]:
        """The API's receipt for the record, from now or an earlier run; None while there is none."""
        self._heed_interrupt()
        span = self._receipts.get(_text("event_id", event_id))
        return None if span is None else Receipt(**self._read(span, "acknowledged"))

    def pending(self) -> Iterator[dict[str, Any]]:
        """The records that were computed and not acknowledged, read from the file one by one."""
        self._heed_interrupt()
        for event_id in list(self._pending):
            span = self._pending.get(event_id)
            if span is not None:
                yield self._read(span, "computed")

    def note_computed(self, records: Iterable[Record]) -> None:
        """Keeps records that are not in the journal yet; on the disk when this returns."""
        self._note_prepared([_prepare(record) for record in _iterated("records", records)])
        self._sync()

    def note_acknowledged(self, receipts: Iterable[Receipt]) -> None:
        """Keeps that the API acknowledged these; on the disk when this returns."""
        lines = []
        for receipt in _iterated("receipts", receipts):
            if not isinstance(receipt, Receipt):
                raise ArgumentError(f"receipts must be of the class Receipt, not {type(receipt).__name__}")
            lines.append(_json({"acknowledged": dataclasses.asdict(receipt)}))
        self._append(lines)
        self._sync()

    def close(self) -> None:
        """Ends it; what was noted is on the disk already."""
        self._file.close()

    def _is_acknowledged(self, event_id: str) -> bool:
        self._heed_interrupt()
        return event_id in self._receipts

    def _note_prepared(self, records: Iterable[_Prepared]) -> None:
        """Keeps records where the death of this process does not reach them; `_sync` keeps them from the machine's."""
        self._append(b'{"computed":' + record.text + b"}" for record in records if record.event_id not in self)

    def _append(self, lines: Iterable[bytes]) -> None:
        text = b"".join(line + b"\n" for line in lines)
        if not text:
            return
        self._require_open()
        with self._turn:
            # Anew each time: the end of another Journal of this process on the same file gives up the lock.
            self._lock()
            # A write that was cut short, in this run or the last, must not run into the next line.
            rest = memoryview(text if self._is_line_ended else b"\n" + text)
            self._is_behind = True
            try:
                while rest:
                    rest = rest[self._file.write(rest) or 0 :]
            except OSError as error:
                raise JournalError(f"{self.path} cannot be written: {error.strerror}") from error
            finally:
                # What was written counts, whatever interrupted this.
                self._catch_up()

    def _sync(self) -> None:
        self._require_open()
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise JournalError(f"{self.path} cannot be written: {error.strerror}") from error

    def _require_open(self) -> None:
        if self._file.closed:
            raise JournalError(f"{self.path} was closed: open it anew")

    def _read(self, span: _Span, key: str) -> dict[str, Any]:
        self._require_open()
        try:
            with self._turn:
                self._file.seek(span.offset)
                entry: dict[str, Any] = json.loads(self._file.read(span.length))[key]
                return entry
        except OSError as error:
            raise JournalError(f"{self.path} cannot be read: {error.strerror}") from error
        except (ValueError, LookupError, TypeError) as error:
            raise JournalError(f"{self.path} was changed by another program: begin another file") from error

    def _catch_up(self) -> None:
        """Takes note of the lines that are in the file and not known yet; may be interrupted and called again."""
        self._require_open()
        with self._turn:
            self._file.seek(self._known)
            # One that does not close: the end of a second descriptor of the file would give up the lock.
            with open(self._file.fileno(), "rb", closefd=False) as lines:
                for line in lines:
                    if self._known == 0 and not (line.strip() and self._HEAD.startswith(line.rstrip(b"\n"))):
                        raise JournalError(f"{self.path} is no journal: choose another file")
                    if self._known > 0 and line.strip() and not self._note_line(line):
                        self._damaged += 1
                    self._is_line_ended = line.endswith(b"\n")
                    self._known += len(line)
            self._is_behind = False

    def _heed_interrupt(self) -> None:
        if self._is_behind:
            self._catch_up()

    def _note_line(self, line: bytes) -> bool:
        """Whether it was a whole line of a journal; of an object that was cut short no part is JSON."""
        span = _Span(self._known, len(line))
        try:
            entry = json.loads(line)
            if "computed" in entry:
                event_id = str(entry["computed"]["eventId"])
                if event_id not in self._receipts:
                    self._pending[event_id] = span
            else:
                receipt = Receipt(**entry["acknowledged"])
                self._receipts[receipt.event_id] = span
                self._pending.pop(receipt.event_id, None)
        except (ValueError, TypeError, KeyError, RecursionError):
            return False
        return True

    def _require_own_file(self) -> None:
        """Raises JournalError for a file of another user, who would read what is written and choose what is sent."""
        status = os.fstat(self._file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise JournalError(f"{self.path} is no file")
        if hasattr(os, "getuid") and status.st_uid != os.getuid():
            raise JournalError(f"{self.path} belongs to another user (uid {status.st_uid}): choose another file")

    def _keep_private(self) -> None:
        """Takes it from others who could read it: an earlier client made it by the umask alone."""
        if not hasattr(os, "fchmod"):  # Windows
            return
        try:
            os.fchmod(self._file.fileno(), 0o600)
        except OSError as error:
            if error.errno not in _NO_PERMISSIONS:
                raise JournalError(f"{self.path} cannot be kept private: {error.strerror}") from error

    def _lock(self) -> None:
        fcntl = _optional("fcntl")
        if fcntl is None:
            return
        try:
            # Of the process, so that a cell that opens the journal may run twice.
            fcntl.lockf(self._file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            raise JournalError(f"{self.path} is in use by another process: end that one first") from error
        except OSError:
            pass  # mounts without locks, Drive among them


def _open_private(path: str, flags: int) -> int:
    """Opens the file for its user alone, and never what somebody else may have put in its place: a link, or a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o600)


class _Span(NamedTuple):
    """A line of the journal: where it begins, and how long it is, in bytes."""

    offset: int
    length: int


# ── client ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Client:
    """Talks to one processor-api.

    `url` is its address, with or without the path of a route. `deadline_s` bounds a call that makes no progress,
    `timeout_s` each wait for the network in it, `first_wait_s` is the mean wait before the first retry (it doubles from
    there, with full jitter). `send_many` sends `batch_records` at once, 1000 at most. `compression` is "auto" (zstd
    where the module zstandard is there, else gzip), "zstd", "gzip" or "none". Plain http is refused beyond this machine
    and private addresses, because it would show the key to the way there; `allow_http` permits it. The way there leads
    through the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names, but for the hosts of NO_PROXY and this machine
    itself; `proxy` is the URL of another, for every address, and "" means none. May be used by several threads.
    """

    def __init__(
        self,
        url: str,
        api_key: Optional[str] = None,
        *,
        journal: Optional[Journal] = None,
        deadline_s: float = 300.0,
        timeout_s: float = 60.0,
        first_wait_s: float = 0.5,
        batch_records: int = 250,
        compression: str = "auto",
        allow_http: bool = False,
        ssl_context: Optional[ssl.SSLContext] = None,
        proxy: Optional[str] = None,
    ) -> None:
        self._address = _address(_text("url", url), allow_http)
        for name, given, kind in (("journal", journal, Journal), ("ssl_context", ssl_context, ssl.SSLContext)):
            if given is not None and not isinstance(given, kind):
                raise ArgumentError(f"{name} must be of the class {kind.__name__}, not {type(given).__name__}")
        self._journal = journal
        self._deadline_s = _seconds("deadline_s", deadline_s)
        self._first_wait_s = _seconds("first_wait_s", first_wait_s)
        self._compress = _compressor(_text("compression", compression))
        self._msgpack = _optional("msgpack")
        self._batch_records = max(1, min(1000, _whole("batch_records", batch_records)))
        self._accepted_at: dict[str, str] = {}
        headers = {
            "User-Agent": f"gpu-metadata-client/{__version__}",
            "Accept": "application/json, application/problem+json",
            # ngrok's free plan shows a page to browsers first, unless this is there.
            "ngrok-skip-browser-warning": "1",
        }
        key = "" if api_key is None else _text("api_key", api_key).strip()
        if key:
            if not key.isascii() or not key.isprintable() or " " in key:
                raise ApiConnectionError("The API key has characters that no key has: copy it again, whole.")
            headers["X-API-Key"] = key
        # A timeout of 0 would be that of a socket that waits for nothing.
        self._timeout_s = max(0.001, _seconds("timeout_s", timeout_s))
        self._transport = _Transport(self._address, headers, ssl_context, _proxy(self._address, proxy, allow_http))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client {self.url}>"

    def close(self) -> None:
        """Ends the connections that are kept; the journal is its owner's to close."""
        self._transport.close()

    @property
    def url(self) -> str:
        """The API's address, without a path of a route."""
        return urllib.parse.urlunsplit(self._address)

    def check(self) -> str:
        """Asks whether records can be sent, without sending one; a sentence about what was found.

        Raises ApiConnectionError, whose text says in plain words what is wrong and what to do.
        """
        self._probe("/health/live")
        ready = self._probe("/health/ready", also=(503,))
        if ready.status == 503:
            raise ApiConnectionError(
                f"The API at {self.url} runs, but cannot reach Kafka, and would answer 503 to every record. "
                "Where it runs: make status (is Kafka up?) or, behind a bastion, make tunnel."
            )
        # An empty record is refused for its fields only after the key was found good.
        answer = self._probe("/v1/metadata", "POST", (400, 401, 403, 422, 429))
        if answer.status in (401, 403, 429):
            raise ApiConnectionError(_key_problem(answer.problem(), "X-API-Key" in self._transport.headers))
        reads = self._probe("/gpu/info", also=(401, 403, 404, 429, 501, 503, 504)).status
        without = {501: "it is not set up to read back", 403: "this key may not read back"}
        return f"Connected to {self.url}: records can be sent" + (
            f"; {without[reads]}, so what was stored cannot be shown." if reads in without else " and read back."
        )

    def send(self, record: Record, *, deadline_s: Optional[float] = None) -> Receipt:
        """Sends one record; returns when the API acknowledged it, or, by the journal's word, had done so before.

        Raises RefusedError (4xx, never retried), InvalidRecordError, UnavailableError at the deadline,
        ApiConnectionError.
        """
        prepared = _prepare(record)
        if self._journal is not None:
            earlier = self._journal.receipt(prepared.event_id)
            if earlier is not None:
                return earlier
            self._journal._note_prepared([prepared])
            self._journal._sync()
        body, headers = self._single(prepared)
        answer = self._settled(
            "POST", "/v1/metadata", body, headers, self._backoff(deadline_s), event_id=prepared.event_id
        )
        receipt = _receipt(answer.json(), prepared.event_id)
        self._note_receipts([receipt])
        return receipt

    def send_many(
        self,
        records: Iterable[Record],
        *,
        progress: bool = True,
        total: Optional[int] = None,
        deadline_s: Optional[float] = None,
    ) -> Report:
        """Sends records in compressed batches as they come; with a journal, only those not acknowledged before.

        `total` is for the progress bar; `deadline_s` bounds a stretch in which nothing is acknowledged. Raises
        RecordsRefusedError at the end when some were refused (the others were sent), InvalidRecordError,
        UnavailableError, ApiConnectionError. Interrupted in any way, the journal holds what was computed and what was
        acknowledged.
        """
        report = Report()
        with contextlib.ExitStack() as stack:
            expected = _length(records) if total is None else _whole("total", total)
            bar = stack.enter_context(_Progress(progress, expected))
            if self._journal is not None:
                stack.callback(self._journal._sync)
            for batch in self._batches(_iterated("records", records), report, bar):
                self._send_batch(batch, report, bar, deadline_s)
        if report.refused:
            raise RecordsRefusedError(report)
        return report

    def stored(
        self, ids: Iterable[str], *, embedding: bool = False, deadline_s: Optional[float] = None
    ) -> dict[str, dict[str, Any]]:
        """The stored documents of these events by id, without those that are not there (yet).

        With `embedding` each has its vector, packed (`unpack` gives the values). Raises as `send`.
        """
        query = "?include=embedding&as=packed" if embedding else ""
        given_up = threading.Event()

        def read(event_id: str) -> tuple[str, dict[str, Any]]:
            path = f"/v1/metadata/{urllib.parse.quote(event_id, safe='')}{query}"
            answer = self._settled("GET", path, None, {}, self._backoff(deadline_s, given_up), also=(404,))
            return event_id, {} if answer.status == 404 else answer.json()

        wanted = _ids(ids)
        readers = concurrent.futures.ThreadPoolExecutor(_READERS)
        try:
            reads = [readers.submit(read, event_id) for event_id in wanted]
            found = dict(done.result() for done in concurrent.futures.as_completed(reads))
        finally:
            # Ctrl-C, or one that failed: nobody waits for the others.
            given_up.set()
            readers.shutdown(wait=False, cancel_futures=True)
        return {event_id: found[event_id] for event_id in wanted if found[event_id]}

    def wait_stored(self, ids: Iterable[str], *, deadline_s: float = 120.0, progress: bool = True) -> None:
        """Waits until the database holds these events; those that this client sent, as it sent them last.

        Raises NotStoredError at the deadline, else as `send`.
        """
        missing = _ids(ids)
        allowed_s = _seconds("deadline_s", deadline_s)
        began = time.monotonic()
        wait_s = 0.2
        with _Progress(progress, len(missing), "stored") as bar:
            while missing:
                left_s = max(1.0, began + allowed_s - time.monotonic())
                # One is asked for until it is there, and then all: a tunnel's plan may count requests.
                there = self.stored(missing[-1:], deadline_s=left_s)
                if there:
                    there.update(self.stored(missing[:-1], deadline_s=left_s))
                older = [document for event_id, document in there.items() if not self._is_of_now(event_id, document)]
                here = {event_id for event_id, document in there.items() if self._is_of_now(event_id, document)}
                bar.advance(len(here))
                missing = [event_id for event_id in missing if event_id not in here]
                if not missing:
                    return
                if time.monotonic() - began > allowed_s:
                    owners = [str((document.get("producer") or {}).get("keyId")) for document in older]
                    raise NotStoredError(missing, owners, time.monotonic() - began)
                time.sleep(wait_s)
                wait_s = min(2.0, wait_s * 1.5)

    def find(self, *, embedding: bool = False, **filters: Optional[str]) -> Iterator[dict[str, Any]]:
        """The stored documents page by page, the newest capture first; with `embedding` each with its vector, packed.

        `filters` are those of GET /v1/metadata: model, deviceName, tag, and from_ and to as RFC 3339; None counts as
        left out. Raises as `send`.
        """
        query = {name.rstrip("_"): _text(name, value) for name, value in filters.items() if value is not None}
        query.update({"include": "embedding", "as": "packed", "limit": "50"} if embedding else {"limit": "200"})
        while True:
            path = f"/v1/metadata?{urllib.parse.urlencode(query)}"
            page = self._settled("GET", path, None, {}, self._backoff(None)).json()
            yield from _objects(page.get("items"))
            if page.get("nextCursor") is None:
                return
            query["cursor"] = str(page["nextCursor"])

    def search(
        self, embedding: Embedding, k: int = 10, where: Optional[Mapping[str, Any]] = None
    ) -> list[dict[str, Any]]:
        """The `k` nearest stored records by cosine, the best first, each with its `score`. Raises as `send`.

        `where` is the API's `filter`: model, deviceName, tag, from, to.
        """
        query = {"embedding": pack(embedding), "k": _whole("k", k), **({} if where is None else {"filter": where})}
        answer = self._settled("POST", "/v1/metadata/search", _json(query), _JSON, self._backoff(None))
        return _objects(answer.json().get("items"))

    def _probe(self, path: str, method: str = "GET", also: Sequence[int] = ()) -> _Answer:
        """One request without retries. Raises ApiConnectionError for anything but 200 and the statuses in `also`."""
        try:
            body = b"{}" if method == "POST" else None
            answer = self._transport.request(method, path, body, _JSON, self._timeout_s)
        except (OSError, http.client.HTTPException) as error:
            raise ApiConnectionError(_unreachable(error, self._address)) from error
        problem = _foreign(answer, self._address)
        if problem is not None:
            raise ApiConnectionError(problem.text)
        if answer.status != 200 and answer.status not in also:
            raise ApiConnectionError(f"{self.url}{path} answered {RefusedError(answer.problem())}")
        return answer

    def _single(self, prepared: _Prepared) -> tuple[bytes, dict[str, str]]:
        if self._msgpack is not None:
            # A whole number too large for MessagePack here, or nesting too deep for this parser.
            with contextlib.suppress(ValueError, RecursionError):
                fields = json.loads(prepared.text, parse_int=_msgpack_integer)
                if "embedding" in fields:
                    fields["embedding"] = _binary(fields["embedding"])
                return self._msgpack.packb(fields), {"Content-Type": "application/msgpack"}
        body, encoding = self._compress(prepared.text)
        return body, {**_JSON, **encoding}

    def _batches(self, records: Iterable[Record], report: Report, bar: _Progress) -> Iterator[list[_Prepared]]:
        """Groups of records that are to be sent, each record in the journal as soon as it is there."""
        gathered: list[_Prepared] = []
        size = 0
        began = 0.0
        for record in records:
            prepared = _prepare(record)
            if self._journal is not None:
                if self._journal._is_acknowledged(prepared.event_id):
                    report.skipped.append(prepared.event_id)
                    bar.advance(1)
                    continue
                self._journal._note_prepared([prepared])
            is_full = len(gathered) >= self._batch_records or size + len(prepared.text) > _BATCH_BYTES
            if gathered and (is_full or time.monotonic() - began > _BATCH_AGE_S):
                yield gathered
                gathered, size = [], 0
            began = began if gathered else time.monotonic()
            gathered.append(prepared)
            size += len(prepared.text)
        if gathered:
            yield gathered

    def _is_of_now(self, event_id: str, document: Mapping[str, Any]) -> bool:
        """Whether it is not one that an earlier run left: times of the API compare as text."""
        return str(document.get("acceptedAt", "")) >= self._accepted_at.get(event_id, "")

    def _note_receipts(self, receipts: Sequence[Receipt]) -> None:
        self._accepted_at.update((receipt.event_id, receipt.accepted_at) for receipt in receipts)
        if self._journal is not None and receipts:
            self._journal.note_acknowledged(receipts)

    def _send_batch(
        self, batch: Sequence[_Prepared], report: Report, bar: _Progress, deadline_s: Optional[float]
    ) -> None:
        if self._journal is not None:
            self._journal._sync()
        queue = collections.deque(batch)
        backoff = self._backoff(deadline_s)
        at_once = self._batch_records
        while queue:
            asked = [queue.popleft() for _ in range(min(len(queue), at_once))]
            body, encoding = self._compress(b"\n".join(record.text for record in asked))
            headers = {"Content-Type": "application/x-ndjson", **encoding}
            answer = self._settled("POST", "/v1/metadata/batch", body, headers, backoff, also=(207, 400, 413))
            if answer.status == 400 and answer.json().get("code") != "nesting_too_deep":
                raise RefusedError(answer.problem())
            if answer.status in (400, 413) and len(asked) > 1:
                # 413: this API, or a proxy before it, takes less at once. 400: one of them is nested too deep.
                queue.extendleft(reversed(asked))
                at_once = len(asked) // 2
                if answer.status == 413:
                    self._batch_records = at_once
                continue
            outcome = _Outcome.of(asked, answer)
            self._note_receipts(outcome.receipts)
            report.acknowledged.extend(receipt.event_id for receipt in outcome.receipts)
            report.refused.extend(outcome.refused)
            bar.advance(len(outcome.receipts) + len(outcome.refused))
            queue.extendleft(reversed(outcome.again))
            at_once = 1 if outcome.is_too_large else self._batch_records
            if outcome.receipts or outcome.refused:
                backoff = self._backoff(deadline_s)
            elif not outcome.is_too_large:
                outcome.why = outcome.why or "the answer settles none of the records"
            if outcome.why:
                backoff.wait(outcome.why, outcome.retry_after_s)

    def _settled(
        self,
        method: str,
        path: str,
        body: Optional[bytes],
        headers: Mapping[str, str],
        backoff: _Backoff,
        *,
        also: Sequence[int] = (),
        event_id: Optional[str] = None,
    ) -> _Answer:
        """An answer that is no reason to ask again: 2xx, or a status in `also`. Raises as `send`."""
        while True:
            try:
                answer = self._transport.request(method, path, body, headers, min(self._timeout_s, backoff.left_s))
            except (OSError, http.client.HTTPException) as error:
                if _is_final(error):
                    raise ApiConnectionError(_unreachable(error, self._address)) from error
                backoff.wait(_unreachable(error, self._address), None)
                continue
            foreign = _foreign(answer, self._address)
            if foreign is not None and not foreign.may_pass:
                raise ApiConnectionError(foreign.text)
            if foreign is None and (answer.status in also or answer.status in (200, 202)):
                return answer
            if foreign is None and answer.status not in _RETRIED:
                if answer.status == 401:
                    raise ApiConnectionError(_key_problem(answer.problem(), "X-API-Key" in self._transport.headers))
                raise RefusedError(answer.problem(), event_id)
            why = foreign.text if foreign is not None else str(RefusedError(answer.problem()))
            backoff.wait(why, _retry_after(answer.headers.get("Retry-After")))

    def _backoff(self, deadline_s: Optional[float], given_up: Optional[threading.Event] = None) -> _Backoff:
        allowed_s = self._deadline_s if deadline_s is None else _seconds("deadline_s", deadline_s)
        return _Backoff(allowed_s, self._first_wait_s, given_up or threading.Event())


_JSON = {"Content-Type": "application/json"}


def _text(name: str, value: Any) -> str:
    """The argument, which may be a secret: what is wrong with it is told without showing it."""
    if not isinstance(value, str):
        raise ArgumentError(f"{name} must be text, not {type(value).__name__}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ArgumentError(f"{name} has half a character, which UTF-8 cannot carry") from None
    return value


def _whole(name: str, value: Any) -> int:
    try:
        number = operator.index(value)
    except TypeError as error:
        raise ArgumentError(f"{name} must be a whole number, not {type(value).__name__}") from error
    if abs(number) > sys.maxsize:
        raise ArgumentError(f"{name} is beyond any number of things")
    return number


def _seconds(name: str, value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(f"{name} must be a number of seconds: {error}") from error
    if not seconds >= 0:
        raise ArgumentError(f"{name} must be 0 seconds or more, not {seconds}")
    return min(seconds, _LONGEST_TIMEOUT_S)


def _iterated(name: str, values: Iterable[_Item]) -> Iterator[_Item]:
    """An iterator, which raises what it raises: that is the caller's own code."""
    try:
        return iter(values)
    except TypeError as error:
        raise ArgumentError(f"{name} must be several, to go through one by one: {error}") from error


def _ids(ids: Iterable[str]) -> list[str]:
    """Each once. One text is none of several: its letters are no ids."""
    if isinstance(ids, str):
        raise ArgumentError("ids must be several, such as [event_id], not one text")
    return list(dict.fromkeys(_text("an id", event_id) for event_id in _iterated("ids", ids)))


def _msgpack_integer(digits: str) -> int:
    number = int(digits)
    if abs(number) > 2**53:
        raise ValueError(f"{number} is more than MessagePack may carry to the API")
    return number


def _binary(embedding: Any) -> Any:
    """A packed embedding as bytes; one that is not as it should be stays, and the API names what is wrong with it."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        vector = base64.b64decode(embedding["data"], validate=True)
        if embedding == {"encoding": "f32le-base64", "dimension": len(vector) / 4, "data": embedding["data"]}:
            return vector
    return embedding


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a JSON array; none where it is something else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


@dataclass
class _Outcome:
    """What a batch's answer says of each record that was in it."""

    receipts: list[Receipt] = field(default_factory=list)
    refused: list[RefusedError] = field(default_factory=list)
    #: Neither acknowledged nor refused: worth another try, after a wait where there is a reason for one.
    again: list[_Prepared] = field(default_factory=list)
    why: str = ""
    retry_after_s: Optional[float] = None
    #: A record was too large in this company; whether it is by itself, it must be asked alone.
    is_too_large: bool = False

    @classmethod
    def of(cls, asked: Sequence[_Prepared], answer: _Answer) -> _Outcome:
        """Reads the results by their index; a record without one was not read by the API."""
        results = answer.json().get("results")
        if answer.status in (400, 413):
            results = [{**answer.problem(), "index": 0}]
        by_index = {index: result for result in _objects(results) if isinstance(index := result.get("index"), int)}
        outcome = cls()
        for index, record in enumerate(asked):
            outcome._note(record, by_index.get(index, {}), len(asked))
        return outcome

    def _note(self, record: _Prepared, result: Mapping[str, Any], company: int) -> None:
        status = result.get("status")
        if status == 202:
            self.receipts.append(_receipt(result, record.event_id))
        elif not isinstance(status, int):
            self.again.append(record)
        elif status == 413 and company > 1:
            self.again.insert(0, record)
            self.is_too_large = True
        elif status in _RETRIED:
            self.again.append(record)
            self.why = str(RefusedError(result))
            after_s = _retry_after(str(result.get("retryAfter", ""))) or 0.0
            self.retry_after_s = max(after_s, self.retry_after_s or 0.0)
        else:
            self.refused.append(RefusedError(result, record.event_id))


def _receipt(body: Mapping[str, Any], event_id: str) -> Receipt:
    try:
        return Receipt(
            event_id=event_id,
            topic=str(body["topic"]),
            partition=int(body["partition"]),
            offset=str(body["offset"]),
            accepted_at=str(body["acceptedAt"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ApiConnectionError("Something answered, but with no receipt: is this the address of the API?") from error


class _Backoff:
    """Waits before retries: exponential with full jitter, never before Retry-After, never past the deadline."""

    def __init__(self, deadline_s: float, first_wait_s: float, given_up: threading.Event) -> None:
        self._deadline_s = deadline_s
        self._ends = time.monotonic() + deadline_s
        self._wait_s = first_wait_s * 2
        self._tries = 0
        self._given_up = given_up

    @property
    def left_s(self) -> float:
        """The seconds until the deadline; one at least, so that there is a try."""
        return max(1.0, self._ends - time.monotonic())

    def wait(self, why: str, retry_after_s: Optional[float]) -> None:
        """Sleeps; raises UnavailableError at once when the wait would end past the deadline, or nobody wants it."""
        self._tries += 1
        wait_s = (retry_after_s or 0.0) + random.uniform(0.0, min(_LONGEST_WAIT_S, self._wait_s))
        self._wait_s = min(_LONGEST_WAIT_S, self._wait_s * 2)
        if time.monotonic() + wait_s > self._ends or self._given_up.wait(wait_s):
            asked = f" and asks to wait {retry_after_s:.0f} s" if retry_after_s else ""
            raise UnavailableError(
                f"Gave up after {self._tries} tries within {self._deadline_s:.0f} s: {why}{asked}. "
                "Nothing acknowledged is lost; sending the same again later is harmless."
            )


def _retry_after(text: Optional[str]) -> Optional[float]:
    """Seconds of a Retry-After, which is a number or an HTTP date (RFC 9110, 10.2.3)."""
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text)
    with contextlib.suppress(ValueError, TypeError, IndexError, OverflowError):
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    return None


# ── the wire ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body where it is a JSON object, else nothing."""
        with contextlib.suppress(ValueError, RecursionError):
            parsed = json.loads(self.body)
            if isinstance(parsed, dict):
                return parsed
        return {}

    def problem(self) -> dict[str, Any]:
        """The RFC 9457 body; of an answer without one, its status."""
        return {**self.json(), "status": self.status}


class _Transport:
    """Kept-alive connections to the API, as many as are used at once; it retries nothing."""

    def __init__(
        self,
        address: urllib.parse.SplitResult,
        headers: Mapping[str, str],
        context: Optional[ssl.SSLContext],
        proxy: Optional[_Proxy],
    ) -> None:
        self.headers = dict(headers)
        self._address = address
        self._context = (context or ssl.create_default_context()) if address.scheme == "https" else None
        self._proxy = proxy
        #: What stands before the path in a request: a proxy that no tunnel leads through must be told the host.
        self._origin = f"http://{_authority(address)}" if proxy is not None and self._context is None else ""
        self._idle: collections.deque[http.client.HTTPConnection] = collections.deque()
        self._keeps = True

    def request(
        self, method: str, path: str, body: Optional[bytes], headers: Mapping[str, str], timeout_s: float
    ) -> _Answer:
        """Sends it and reads the whole answer, each step of which may take `timeout_s`.

        Raises OSError or HTTPException.
        """
        sent = {**self.headers, **headers}
        if self._proxy is not None and self._origin:
            sent.update(self._proxy.headers)
        with contextlib.suppress(IndexError):
            kept = self._idle.pop()
            # The server closes what was idle too long: that is told by the first use, and is no failure.
            with contextlib.suppress(ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return self._exchange(kept, timeout_s, method, path, body, sent)
        return self._exchange(self._connection(), timeout_s, method, path, body, sent)

    def close(self) -> None:
        """Ends the connections that are kept; from here on none is."""
        self._keeps = False
        while self._idle:
            self._idle.pop().close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._proxy is not None:
            return _ProxiedConnection(self._proxy, self._address, self._context)
        host, port = self._address.hostname or "", _port(self._address)
        if self._context is not None:
            return http.client.HTTPSConnection(host, port, context=self._context)
        return http.client.HTTPConnection(host, port)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        timeout_s: float,
        method: str,
        path: str,
        body: Optional[bytes],
        headers: Mapping[str, str],
    ) -> _Answer:
        try:
            connection.timeout = timeout_s
            if connection.sock is None:
                connection.connect()
            connection.sock.settimeout(timeout_s)
            # The API may refuse a body before its end: the answer is there although the rest cannot be sent.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, self._origin + self._address.path + path, body, headers)
            # Closed here and not when it is forgotten: a finalizer swallows Ctrl-C.
            with connection.getresponse() as response:
                answer = _Answer(response.status, response.headers, _read_all(response))
        except BaseException:
            # A half-read answer, Ctrl-C among the causes, must not become that of the next request.
            connection.close()
            raise
        if self._keeps and connection.sock is not None:
            self._idle.append(connection)
        else:
            connection.close()
        return answer


@dataclass(frozen=True)
class _Proxy:
    """What requests go through; its password is in no text."""

    host: str
    port: int
    headers: Mapping[str, str] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class _ProxyError(OSError):
    """The proxy, and not the API, was not there or said no."""

    def __init__(self, message: str, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


class _ProxiedConnection(http.client.HTTPConnection):
    """A connection through a proxy: https in a tunnel (CONNECT), which the proxy cannot read; http as it is."""

    def __init__(self, proxy: _Proxy, address: urllib.parse.SplitResult, context: Optional[ssl.SSLContext]) -> None:
        super().__init__(address.hostname or "", _port(address))
        if context is not None:
            # As in the class for https: a Host header does without the usual port.
            self.default_port = http.client.HTTPS_PORT
        self._proxy = proxy
        self._authority = _authority(address)
        self._context = context

    def connect(self) -> None:
        """To the proxy, and through it."""
        try:
            connected = socket.create_connection((self._proxy.host, self._proxy.port), self.timeout)
        except OSError as error:
            raise _ProxyError(f"The proxy {self._proxy} cannot be reached: {error}. {_OTHER_PROXY}") from error
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                self._open_tunnel(connected)
                connected = self._context.wrap_socket(connected, server_hostname=self.host)
        except BaseException:
            connected.close()
            raise
        self.sock = connected

    def _open_tunnel(self, connected: socket.socket) -> None:
        lines = [f"CONNECT {self._authority} HTTP/1.1", f"Host: {self._authority}"]
        lines += [f"{name}: {value}" for name, value in self._proxy.headers.items()]
        try:
            connected.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii"))
            response = http.client.HTTPResponse(connected, method="CONNECT")
            with response:
                response.begin()
        except (OSError, http.client.HTTPException) as error:
            said = str(error) or type(error).__name__
            raise _ProxyError(f"The proxy {self._proxy} opened no tunnel: {said}. {_OTHER_PROXY}") from error
        if response.status == 407:
            raise _ProxyError(_PROXY_WANTS_USER.format(self._proxy), is_final=True)
        if not 200 <= response.status < 300:
            raise _ProxyError(
                f"The proxy {self._proxy} answered {response.status} and opened no tunnel to {self._authority}. "
                + _OTHER_PROXY,
                is_final=response.status < 500 and response.status not in _RETRIED,
            )


_OTHER_PROXY = "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names it; hosts in NO_PROXY are reached without it."
_PROXY_WANTS_USER = "The proxy {} wants a user and a password, or others: http://user:password@proxy.example:3128."


def _proxy(address: urllib.parse.SplitResult, given: Optional[str], allow_http: bool) -> Optional[_Proxy]:
    """The proxy on the way to the address, as other programs in Python find it. Raises ApiConnectionError."""
    host = address.hostname or ""
    url = _proxy_of_environment(address) if given is None else _text("proxy", given)
    if not url:
        return None
    scheme, separator, rest = url.strip().rpartition("://")
    # The last @, for a password may hold others.
    credentials, _, place = rest.rpartition("@")
    try:
        parts = urllib.parse.urlsplit(f"//{place}")
        proxy_host, port = parts.hostname or "", parts.port or http.client.HTTP_PORT
        proxy_host.encode("idna")
    except ValueError:
        proxy_host, port = "", 0
    if (separator and scheme.lower() != "http") or not proxy_host or " " in place:
        # Without what was given, which may hold a password.
        raise ApiConnectionError(
            f"The proxy for {host} cannot be used: it must look like http://proxy.example:3128. SOCKS, and "
            f'TLS to the proxy itself, are not supported. {_OTHER_PROXY} Client(…, proxy="") uses none.'
        )
    if address.scheme == "http" and not allow_http and not _is_near(proxy_host):
        raise ApiConnectionError(
            f"http://{address.netloc} is plain http and would pass the proxy {proxy_host}:{port}, which could read the "
            "key. Use https, name the host in NO_PROXY, or, where that way is your own, Client(…, allow_http=True)."
        )
    headers = {}
    if credentials:
        user, _, password = credentials.partition(":")
        plain = f"{urllib.parse.unquote(user)}:{urllib.parse.unquote(password)}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(_raw_bytes(plain)).decode('ascii')}"
    return _Proxy(proxy_host, port, headers)


def _proxy_of_environment(address: urllib.parse.SplitResult) -> Optional[str]:
    """The URL of the proxy that the environment, or the system's settings, have for it; this machine needs none."""
    host = address.hostname or ""
    proxies = urllib.request.getproxies()
    if host == "localhost" or host.endswith(".localhost") or urllib.request.proxy_bypass(f"{host}:{_port(address)}"):
        return None
    with contextlib.suppress(ValueError):
        ip = ipaddress.ip_address(host)
        if ip.is_loopback or any(_holds(network, ip) for network in proxies.get("no", "").split(",")):
            return None
    return proxies.get(address.scheme) or proxies.get("all")


def _holds(network: str, ip: Union[ipaddress.IPv4Address, ipaddress.IPv6Address]) -> bool:
    """Whether an entry of NO_PROXY is a network that holds it; urllib's own test knows names alone."""
    try:
        return ip in ipaddress.ip_network(network.strip(), strict=False)
    except ValueError:
        return False


def _port(address: urllib.parse.SplitResult) -> int:
    return address.port or (http.client.HTTPS_PORT if address.scheme == "https" else http.client.HTTP_PORT)


def _authority(address: urllib.parse.SplitResult) -> str:
    """Host and port as a request names them."""
    host = address.hostname or ""
    return f"[{host}]:{_port(address)}" if ":" in host else f"{host.encode('idna').decode('ascii')}:{_port(address)}"


def _read_all(response: http.client.HTTPResponse) -> bytes:
    """The body, piece by piece: a whole read with a limit makes room for as much as the limit."""
    body = bytearray()
    while len(body) <= _MAX_ANSWER_BYTES:
        piece = response.read(65536)
        if not piece and response.length:
            raise http.client.IncompleteRead(bytes(body), response.length)
        if not piece:
            return bytes(body)
        body += piece
    raise http.client.HTTPException(f"an answer of more than {_MAX_ANSWER_BYTES} bytes")


def _compressor(name: str) -> Callable[[bytes], tuple[bytes, dict[str, str]]]:
    """What makes a body smaller and tells how, in headers."""
    zstandard = _optional("zstandard") if name in ("auto", "zstd") else None
    if name not in ("auto", "zstd", "gzip", "none"):
        raise ArgumentError(f'compression must be "auto", "zstd", "gzip" or "none", not {name!r}')
    if name == "zstd" and zstandard is None:
        raise ArgumentError("compression zstd needs the module zstandard: pip install zstandard")

    def compress(body: bytes) -> tuple[bytes, dict[str, str]]:
        if name == "none":
            return body, {}
        if zstandard is not None:
            small, encoding = bytes(zstandard.ZstdCompressor(level=3).compress(body)), "zstd"
        else:
            small, encoding = gzip.compress(body, compresslevel=1, mtime=0), "gzip"
        if len(small) * _MOST_EXPANSION < len(body):
            return body, {}
        return small, {"Content-Encoding": encoding}

    return compress


def _address(url: str, allow_http: bool) -> urllib.parse.SplitResult:
    """The address without a route's path. Raises ApiConnectionError."""
    # Without what stands before an @, which may be a password and is nothing to show.
    scheme, separator, rest = url.strip().partition("://")
    scheme, rest = (scheme.lower(), rest) if separator else ("", scheme)
    text = re.sub(r"^[^/?#]*@", "", rest)
    try:
        host = urllib.parse.urlsplit(f"//{text}").hostname or ""
        scheme = scheme or ("http" if _is_near(host) else "https")
        parts = urllib.parse.urlsplit(f"{scheme}://{text}")
        _ = parts.port, host.encode("idna")
    except ValueError as error:
        raise ApiConnectionError(f"{text!r} is no address: {error}") from error
    if scheme not in ("http", "https") or not host or " " in parts.netloc:
        raise ApiConnectionError(f"{text!r} is no address of an API: it looks like https://example.ngrok-free.app")
    if scheme == "http" and not _is_near(host) and not allow_http:
        raise ApiConnectionError(
            f"http://{parts.netloc} is plain http: the key would cross the network for everyone to read. Use https, "
            "or, where the network is your own, Client(…, allow_http=True)."
        )
    path = urllib.parse.quote(parts.path.rstrip("/"), safe="/%@:")
    for route in ("/v1/metadata/batch", "/metadata/batch", "/v1/metadata", "/metadata", "/v1", "/docs", "/console"):
        if path.endswith(route):
            path = path[: -len(route)]
            break
    return urllib.parse.SplitResult(scheme, parts.netloc, path, "", "")


def _is_near(host: str) -> bool:
    """Whether it is this machine, a private address, or a name of the cluster's own."""
    if host == "localhost" or host.endswith((".localhost", ".svc", ".cluster.local")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


class _Foreign(NamedTuple):
    """Something between here and the API answered in its place."""

    text: str
    #: Whether it is of the kind that passes by itself, such as a tunnel that reconnects.
    may_pass: bool


def _foreign(answer: _Answer, address: urllib.parse.SplitResult) -> Optional[_Foreign]:
    """What answered where the API did not; None for the API's own answers."""
    url = urllib.parse.urlunsplit(address)
    ngrok = answer.headers.get("ngrok-error-code", "")
    if ngrok == "ERR_NGROK_3200":
        return _Foreign(f"ngrok answers that no tunnel runs at {url}: start it again, and use its new address", True)
    if ngrok == "ERR_NGROK_8012":
        return _Foreign(f"ngrok runs at {url}, but the API behind it does not: start the API (make up)", True)
    if ngrok:
        return _Foreign(f"ngrok answered in the place of the API: {ngrok}, see https://ngrok.com/docs/errors", True)
    content_type = answer.headers.get("Content-Type", "").lower()
    if 300 <= answer.status < 400:
        to = answer.headers.get("Location", "another address")
        return _Foreign(f"{url} sends elsewhere, to {to}: use that address if it is the API's", False)
    if answer.status == 407:
        return _Foreign(_PROXY_WANTS_USER.format(f"on the way to {url}"), False)
    # A proxy's page of 413 says what the API's answer would.
    if content_type.startswith(("application/json", "application/problem+json")) or answer.status == 413:
        return None
    if "ngrok" in answer.body[:65536].decode("utf-8", "replace"):
        return _Foreign(f"ngrok showed a page in the place of the API at {url} (status {answer.status})", False)
    if answer.status in (408, 429) or answer.status >= 500:
        return _Foreign(f"a proxy before {url} answered {answer.status}: is the API behind it running?", True)
    shown = content_type.split(";")[0] or "nothing readable"
    return _Foreign(
        f"{url} answered {answer.status} with {shown}: another program is there. Is this the address of the API?", False
    )


def _is_final(error: Exception) -> bool:
    """Whether another try would end the same: a proxy's no, a certificate that is not trusted, or no TLS at all."""
    if isinstance(error, _ProxyError):
        return error.is_final
    return isinstance(error, ssl.SSLCertVerificationError) or (
        isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST")
    )


def _unreachable(error: Exception, address: urllib.parse.SplitResult) -> str:
    """Why no answer came, in plain words."""
    url, host = urllib.parse.urlunsplit(address), address.hostname
    if isinstance(error, _ProxyError):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {host} is not trusted: {error.verify_message}. Check the address; for a certificate "
            "authority of your own: Client(…, ssl_context=ssl.create_default_context(cafile=…))."
        )
    if isinstance(error, ssl.SSLError):
        return f"{url} does not speak TLS ({error.reason or error}): is it http:// in the place of https://?"
    if isinstance(error, ConnectionRefusedError):
        return f"Nothing listens at {url}: is the API running (make up), and is the port right?"
    if isinstance(error, socket.gaierror):
        return f"There is no host {host}: check the address, and whether the tunnel still has this name."
    if isinstance(error, (TimeoutError, socket.timeout)):  # one and the same only since Python 3.10
        return f"{url} did not answer in time: is it reachable from here?"
    if isinstance(error, http.client.IncompleteRead):
        return f"{url} stopped in the middle of an answer."
    if isinstance(error, http.client.HTTPException) and not isinstance(error, ConnectionError):
        return f"{url} does not speak HTTP ({type(error).__name__}): is it https:// in the place of http://?"
    hint = "; is it https:// in the place of http://?" if address.scheme == "http" else ""
    return f"The connection to {url} broke: {error or type(error).__name__}{hint}"


def _key_problem(problem: Mapping[str, Any], was_sent: bool) -> str:
    code = problem.get("code")
    if code == "unauthorized" and was_sent:
        return "The API does not know this key, or it was revoked. A new one: npm run -s keys -- create --id NAME"
    if code == "unauthorized":
        return "The API wants a key, and none was given. Make one: npm run -s keys -- create --id NAME"
    if code == "insufficient_scope":
        return "This key may not send records: it lacks the scope ingest."
    if code == "address_not_allowed":
        return "The API does not serve this network address (its ALLOWED_CIDRS)."
    return str(RefusedError(problem))


# ── progress ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _length(records: Iterable[Record]) -> Optional[int]:
    return len(records) if isinstance(records, Sequence) else None


class _Progress:
    """tqdm's bar where it is installed, else a line on standard error now and then."""

    _SAY_EVERY_S = 2.0

    def __init__(self, is_shown: bool, total: Optional[int], what: str = "sent") -> None:
        self._is_shown = is_shown
        self._total = total
        self._what = what
        self._done = 0
        self._said_at = time.monotonic()
        tqdm = _optional("tqdm.auto") if is_shown else None
        self._bar = None if tqdm is None else tqdm.tqdm(total=total, desc=what, unit="record")

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._is_shown:
            self._say("\n")

    def advance(self, count: int) -> None:
        """Counts further records."""
        self._done += count
        if self._bar is not None:
            self._bar.update(count)
        elif self._is_shown and time.monotonic() - self._said_at >= self._SAY_EVERY_S:
            self._said_at = time.monotonic()
            self._say("\r" if sys.stderr.isatty() else "\n")

    def _say(self, end: str) -> None:
        of = "" if self._total is None else f" of {self._total}"
        print(f"{self._done}{of} records {self._what}", end=end, file=sys.stderr, flush=True)
