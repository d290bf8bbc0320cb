"""What was loaded is kept: the bytes of each file and mapping, under their SHA-256.

They lie in `Settings.files_path`, a folder or an object store, compressed; the same bytes are kept
once. Which load they belong to is in the store (`cartera.store.loaded_files`). A file is whole
under its name or not there: on a disk it is synced before it gets it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from cartera.errors import CarteraError
from cartera.warehouse import objects

if TYPE_CHECKING:
    from cartera.config import Settings

ENDING = ".zst"
#: zstd's quickest: CSV to a sixth, at several times the pace at which it is read.
_CODEC = "zstd"


class FileChanged(CarteraError):
    """A file is not what it was when it was read: somebody still writes it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: was changed while it was read; load it again once it is whole")


class KeptFileDamaged(CarteraError):
    """What is kept is gone, or is not what was loaded."""

    def __init__(self, sha256: str, reason: str) -> None:
        super().__init__(f"the kept file {sha256} is damaged: {reason}; bring it from a backup")


def keep(settings: Settings, source: BinaryIO, sha256: str, name: str) -> None:
    """Keep these bytes, unless they are kept already. Raises `FileChanged` where their hash is
    another, and `OSError`.
    """
    files, root = objects.opened(settings.files_path)
    target = _path(root, sha256)
    if _is_there(files, target):
        return
    if objects.is_remote(settings.files_path):
        with files.open_output_stream(target, compression=_CODEC) as out:
            found = _copied(source, out)
        if found != sha256:
            files.delete_file(target)
            raise FileChanged(name)
        return
    _keep_local(source, Path(target), sha256, name)


def _keep_local(source: BinaryIO, target: Path, sha256: str, name: str) -> None:
    import pyarrow as pa

    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            with pa.CompressedOutputStream(pa.PythonFile(file), _CODEC) as out:
                found = _copied(source, out)
                out.flush()
                if found != sha256:
                    raise FileChanged(name)
            _sync(scratch)
        os.replace(scratch, target)  # noqa: PTH105
        _sync(target.parent)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def _sync(path: str | Path) -> None:
    """What is at this path, a file or a folder's names, is on the disk afterwards."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copied(source: BinaryIO, out: Any) -> str:
    """Copy all bytes; their SHA-256."""
    digest = hashlib.sha256()
    while data := source.read(objects.CHUNK):
        digest.update(data)
        out.write(data)
    return digest.hexdigest()


def read(settings: Settings, sha256: str) -> Iterator[bytes]:
    """The bytes in pieces. Raises `KeptFileDamaged`, at the end where they are other ones."""
    import pyarrow as pa

    files, root = objects.opened(settings.files_path)
    digest = hashlib.sha256()
    try:
        with files.open_input_stream(_path(root, sha256), compression=_CODEC) as stream:
            while data := stream.read(objects.CHUNK):
                digest.update(data)
                yield data
    except FileNotFoundError as error:
        raise KeptFileDamaged(sha256, "it is not there") from error
    except (OSError, pa.ArrowException) as error:
        raise KeptFileDamaged(sha256, "it cannot be read") from error
    if digest.hexdigest() != sha256:
        raise KeptFileDamaged(sha256, "its bytes are other ones")


def remove(settings: Settings, hashes: Collection[str]) -> int:
    """Remove what is kept under these hashes; how many were there. The caller holds the writer's
    lock: nobody keeps the same bytes now.
    """
    files, root = objects.opened(settings.files_path)
    removed = 0
    for sha256 in hashes:
        path = _path(root, sha256)
        if _is_there(files, path):
            files.delete_file(path)
            removed += 1
    return removed


def _path(root: str, sha256: str) -> str:
    return f"{root}/{sha256[:2]}/{sha256}{ENDING}"


def _is_there(files: Any, path: str) -> bool:
    from pyarrow import fs

    (info,) = files.get_file_info([path])
    return bool(info.type == fs.FileType.File)
