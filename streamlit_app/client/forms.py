"""Reading forms, of strangers, some with a file in them: bounded before anything is taken apart."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

from cartera.notices.proofs import LARGEST as LARGEST_FILE
from cartera.notices.terms import MOST_DOCUMENTS
from cartera.notices.writing import Form

#: A whole form in bytes: the largest file, and its fields.
LARGEST = LARGEST_FILE + (1 << 20)
#: What is read of a larger one and thrown away, so that its sender gets an answer to read: a
#: connection that is cut shows nothing but an error of the browser's.
DRAINED = 64 << 20
FIELD = 64 << 10
#: Fields of a form without a file.
MOST_FIELDS = 10_000


class TooLarge(Exception):
    """The form has more bytes than any that is meant."""


class Broken(Exception):
    """What came is no form."""


async def read(request: Request) -> Form:
    """The form that was sent. Raises `TooLarge`, `Broken`."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > LARGEST:
        await _drain(request)
        raise TooLarge
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST:
            raise TooLarge
        return message

    # Without the app in its scope Starlette says what is wrong instead of answering by itself.
    scope = {key: value for key, value in request.scope.items() if key != "app"}
    try:
        async with Request(scope, counted).form(
            max_files=1, max_fields=MOST_DOCUMENTS + 20, max_part_size=FIELD
        ) as sent:
            return await _form(sent)
    except (MultiPartException, HTTPException, ValueError) as error:
        raise Broken from error


async def _form(sent: FormData) -> Form:
    texts = {name: value for name, value in sent.multi_items() if isinstance(value, str)}
    documents = [value for value in sent.getlist("document") if isinstance(value, str)]
    file = sent.get("file")
    if not isinstance(file, UploadFile):
        return Form(texts.get("key", ""), texts, tuple(documents))
    content = await file.read(LARGEST_FILE + 1)
    return Form(texts.get("key", ""), texts, tuple(documents), file.filename or "", content)


async def _drain(request: Request) -> None:
    left = DRAINED
    async for part in request.stream():
        left -= len(part)
        if left < 0:
            return


async def plain(request: Request, most: int) -> list[tuple[str, str]]:
    """The fields of a form without a file, of at most so many bytes.

    Raises `TooLarge`, `Broken`.
    """
    taken = b""
    async for part in request.stream():
        taken += part
        if len(taken) > most:
            raise TooLarge
    try:
        return parse_qsl(taken.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Broken from error
