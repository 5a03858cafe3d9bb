#!/usr/bin/env python3
"""Embeds photographs with ResNet50 and writes one POST /v1/metadata body per photo, as NDJSON.

    embed_photos.py --output FILE [--limit N] [--download-timeout SECONDS]

The embedding is what enters the last layer (`fc`) of torchvision's ResNet50: 2048 float32 values,
packed as `f32le-base64`. The photographs are those the scikit-image package carries. The model runs
on CUDA where torch has it, else on the CPU; the record's `gpu` says which it was.

Weights: torchvision's ImageNet ones when the cache has them or the network gives them within the
timeout, else random ones from a fixed seed. Every record names its kind in `attributes.weights`
("pretrained" or "seeded-random"), and standard error says it too. A random network's vectors prove
the way a record takes, not that similar photos lie close together.

`eventId`, the packed vector and `gpu` come from notebooks/gpu_metadata_client.py: a second run names the
same records, and the pipeline keeps one document for each.

Needs Python 3.9 or newer with numpy, torch, torchvision and scikit-image. On Debian:
`apt-get install --no-install-recommends python3-torch python3-torchvision python3-skimage`.

Provenance of sample.ndjson, beside this file: `/usr/bin/python3 tools/demo/embed_photos.py --output
tools/demo/sample.ndjson --limit 4`, run on 2026-11-28 on Debian 12 (x86-64, CPU only) with its
packages python3-torch 1.13, python3-torchvision 0.14 and python3-skimage 0.19. That machine could not
fetch the pretrained weights, so its vectors come from the seeded random ones.
"""

import argparse
import contextlib
import inspect
import json
import pickle
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Optional

import numpy as np
import skimage
import skimage.color
import skimage.io
import skimage.transform
import skimage.util
import torch
import torchvision

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "notebooks"))
from gpu_metadata_client import gpu_info, new_record

MODEL_NAME = "resnet50"
DIMENSION = 2048
SEED = 20480

#: Resizing, cropping and colour statistics the ImageNet weights were trained for.
SHORTER_SIDE = 256
CROP_SIDE = 224
CHANNEL_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
CHANNEL_STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)

#: Real photographs in scikit-image's package, the plainest first; later versions carry fewer of them.
PHOTOS = (
    "chelsea.png",
    "coffee.png",
    "astronaut.png",
    "rocket.jpg",
    "motorcycle_left.png",
    "camera.png",
    "coins.png",
    "hubble_deep_field.jpg",
    "moon.png",
    "retina.jpg",
    "brick.png",
    "grass.png",
    "gravel.png",
    "motorcycle_right.png",
)

#: The longest wait for the first byte of the weights' server, name lookup included.
REACHABLE_WITHIN_S = 6.0

Record = dict[str, Any]


@dataclass(frozen=True)
class Weights:
    """Which parameters the network carries: `kind` as in attributes.weights, and which exactly."""

    kind: str
    name: str


def say(message: str) -> None:
    """Writes a line of progress; standard output stays free."""
    print(message, file=sys.stderr, flush=True)


def weights_url() -> str:
    """The address of torchvision's newest ResNet50 weights, from torchvision itself."""
    if hasattr(torchvision.models, "ResNet50_Weights"):
        return str(torchvision.models.ResNet50_Weights.DEFAULT.url)
    return str(torchvision.models.resnet.model_urls["resnet50"])  # torchvision before 0.13


def is_reachable(url: str) -> bool:
    """Whether the server answers at once.

    In a thread, because a name lookup without a network obeys no socket timeout.
    """
    answered = threading.Event()

    def ask() -> None:
        request = urllib.request.Request(url, method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=REACHABLE_WITHIN_S).close()
            answered.set()
        except urllib.error.HTTPError:
            answered.set()  # it may dislike HEAD only: the download itself will tell
        except (OSError, ValueError) as error:
            say(f"{url}: {error}")

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(REACHABLE_WITHIN_S)
    return answered.is_set()


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in the block when it takes longer: a slow download has no limit of its own."""

    def stop(_signal: int, _frame: Optional[FrameType]) -> None:
        raise TimeoutError(f"not finished within {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def pretrained_state(download_timeout_s: float) -> Optional[dict[str, Any]]:
    """ImageNet parameters from torch's cache or the network; None, and the reason said, without them."""
    url = weights_url()
    cached = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[-1]
    if not cached.exists():
        say(f"fetching the pretrained weights (about 100 MB, at most {download_timeout_s:.0f} s): {url}")
        if not is_reachable(url):
            say("the weights' server does not answer from this machine")
            return None
    load_from = torch.hub.load_state_dict_from_url
    # A file of weights is a pickle, which could run code; older releases of torch cannot say no to that.
    data_only = {"weights_only": True} if "weights_only" in inspect.signature(load_from).parameters else {}
    socket.setdefaulttimeout(REACHABLE_WITHIN_S)
    try:
        with deadline(download_timeout_s):
            return dict(load_from(url, map_location="cpu", progress=True, check_hash=True, **data_only))
    # URLError and TimeoutError are OSErrors; the others are what a damaged file raises.
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        say(f"the pretrained weights cannot be loaded: {error}")
        return None
    finally:
        socket.setdefaulttimeout(None)


def load_network(device: torch.device, download_timeout_s: float) -> tuple[torch.nn.Module, Weights]:
    """ResNet50 without its last layer, ready to embed, and the weights it got."""
    state = pretrained_state(download_timeout_s)
    torch.manual_seed(SEED)
    network = torchvision.models.resnet50()
    if state is None:
        weights = Weights("seeded-random", f"torch-seed-{SEED}")
        say("using random weights from a fixed seed: real inference, but the vectors mean nothing")
    else:
        network.load_state_dict(state)
        weights = Weights("pretrained", Path(weights_url()).stem)
        say(f"using pretrained ImageNet weights ({weights.name})")
    network.fc = torch.nn.Identity()
    return network.eval().to(device), weights


def find_photos(limit: int) -> list[Path]:
    """The first `limit` photographs the installed scikit-image carries."""
    folder = Path(skimage.__file__).parent / "data"
    found = [folder / name for name in PHOTOS if (folder / name).is_file()]
    if not found:
        raise SystemExit(f"no photograph in {folder}: is scikit-image complete?")
    return found[:limit]


def to_rgb(image: np.ndarray) -> np.ndarray:
    """Any image scikit-image reads as height × width × 3 floats between 0 and 1."""
    if image.ndim == 2:
        image = skimage.color.gray2rgb(image)
    return skimage.util.img_as_float32(image[..., :3])


def to_input(rgb: np.ndarray) -> torch.Tensor:
    """Shorter side to 256, the middle 224 × 224, ImageNet's colour statistics; 1 × 3 × 224 × 224."""
    height, width = rgb.shape[:2]
    scale = SHORTER_SIDE / min(height, width)
    resized = skimage.transform.resize(rgb, (round(height * scale), round(width * scale)), anti_aliasing=scale < 1)
    top = (resized.shape[0] - CROP_SIDE) // 2
    left = (resized.shape[1] - CROP_SIDE) // 2
    cropped = resized[top : top + CROP_SIDE, left : left + CROP_SIDE]
    normalized = (cropped.astype(np.float32) - CHANNEL_MEAN) / CHANNEL_STD
    return torch.from_numpy(np.ascontiguousarray(normalized.transpose(2, 0, 1))).unsqueeze(0)


def embed(network: torch.nn.Module, rgb: np.ndarray, device: torch.device) -> np.ndarray:
    """The photo's 2048 float32 values."""
    with torch.no_grad():
        vector = network(to_input(rgb).to(device))[0].cpu().numpy()
    if vector.shape != (DIMENSION,) or not np.isfinite(vector).all():
        raise SystemExit(f"the network gave no {DIMENSION} finite values but shape {vector.shape}")
    return vector


def make_record(photo: Path, network: torch.nn.Module, weights: Weights, device: torch.device) -> Record:
    """One valid body of POST /v1/metadata."""
    image = skimage.io.imread(str(photo))
    started = time.perf_counter()
    vector = embed(network, to_rgb(image), device)
    embed_ms = (time.perf_counter() - started) * 1000
    say(f"  {photo.name:24s} {image.shape[1]:5d} x {image.shape[0]:<5d} {embed_ms:7.0f} ms")
    return new_record(
        MODEL_NAME,
        vector,
        gpu_info(device),
        data=photo.read_bytes(),
        name=photo.name,
        uri=f"demo:{photo.name}",
        tags=["demo", "photo"],
        attributes={
            "weights": weights.kind,
            "weightsName": weights.name,
            "imageWidth": int(image.shape[1]),
            "imageHeight": int(image.shape[0]),
            "embedMs": round(embed_ms, 3),
        },
    )


def write_records(records: list[Record], output: Path) -> None:
    """All records or none: a reader never sees half a file."""
    unfinished = output.with_name(output.name + ".part")
    lines = (json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records)
    unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
    unfinished.replace(output)


def positive(text: str) -> int:
    """An argument of 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def main() -> None:
    """Reads the arguments, embeds the photos, writes the file."""
    parser = argparse.ArgumentParser(description="ResNet50 embeddings of photographs, as NDJSON")
    parser.add_argument("--output", type=Path, required=True, help="the NDJSON file to write")
    parser.add_argument("--limit", type=positive, default=8, help="how many photos (default 8)")
    parser.add_argument(
        "--download-timeout",
        type=positive,
        default=60,
        metavar="SECONDS",
        help="how long the pretrained weights may take to arrive (default 60)",
    )
    arguments = parser.parse_args()

    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device_name = gpu_info(device)["deviceName"]
    say(f"torch {torch.__version__}, torchvision {torchvision.__version__}, device {device_name}")
    network, weights = load_network(device, float(arguments.download_timeout))
    photos = find_photos(arguments.limit)
    records = [make_record(photo, network, weights, device) for photo in photos]
    write_records(records, arguments.output)
    say(f"{len(records)} records written to {arguments.output}")


if __name__ == "__main__":
    main()
