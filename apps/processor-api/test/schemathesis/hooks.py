"""Bodies that schemathesis does not write by itself."""

import json
import struct

import schemathesis


def pack(value):
    """MessagePack with numbers in their widest form (github.com/msgpack/msgpack/blob/master/spec.md)."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return b"\xd3" + struct.pack(">q", value)
    if isinstance(value, (int, float)):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        return b"\xdb" + struct.pack(">I", len(text)) + text
    if isinstance(value, list):
        return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(pack, value))
    if isinstance(value, dict):
        fields = b"".join(pack(name) + pack(field) for name, field in value.items())
        return b"\xdf" + struct.pack(">I", len(value)) + fields
    return pack(str(value))


@schemathesis.serializer("application/msgpack")
def msgpack(_context, value):
    return pack(value)


@schemathesis.serializer(
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
)
def ndjson(_context, value):
    return json.dumps(value, default=str).encode() + b"\n"
