"""Where files lie: a folder of this machine, or an object store; one way to reach both."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

CHUNK = 1 << 20
S3 = "s3://"


def is_remote(address: str) -> bool:
    """Whether an address is in an object store."""
    return address.startswith(S3)


def opened(address: str) -> tuple[FileSystem, str]:
    """The file system of a folder or `s3://bucket/prefix`, and the path in it.

    Access to an object store comes from the variables that DuckDB's does, too
    (`cartera.warehouse.lake`).
    """
    from pyarrow import fs

    if not is_remote(address):
        return fs.LocalFileSystem(), address.rstrip("/")
    options: dict[str, Any] = {
        option: value
        for option, variable in (
            ("access_key", "AWS_ACCESS_KEY_ID"),
            ("secret_key", "AWS_SECRET_ACCESS_KEY"),
            ("session_token", "AWS_SESSION_TOKEN"),
            ("region", "AWS_REGION"),
        )
        if (value := os.environ.get(variable))
    }
    if endpoint := os.environ.get("CARTERA_S3_ENDPOINT"):
        scheme, separator, host = endpoint.partition("://")
        options |= {
            "endpoint_override": host if separator else endpoint,
            "scheme": scheme if separator else "https",
        }
    return fs.S3FileSystem(**options), address.removeprefix(S3).rstrip("/")


def sha256_of(files: FileSystem, path: str) -> str:
    """SHA-256 of a file's bytes, streamed. Raises `OSError`."""
    digest = hashlib.sha256()
    with files.open_input_stream(path) as stream:
        while data := stream.read(CHUNK):
            digest.update(data)
    return digest.hexdigest()
