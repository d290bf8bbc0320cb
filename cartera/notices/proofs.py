"""A payment's proof: what may be one, told by its content, and made harmless.

Pictures are drawn anew from their pixels, so that nothing else that was in the file (another file
behind its end, a script in its notes, the place where it was taken) is kept. A PDF stays as it is:
it is given to staff as a download, and shown by nothing of ours.
"""

from __future__ import annotations

import io
import re
import threading
import warnings
from pathlib import PurePath

from PIL import Image, ImageOps, UnidentifiedImageError

from cartera.mail.refusal import Refusal
from cartera.notices.terms import Proof
from cartera.upload import clean_name

LARGEST = 10 << 20
#: A phone's picture has a quarter of it; a small file can claim to be a thousand times that.
MOST_PIXELS = 50_000_000
#: Wider pictures are made smaller: a receipt is read well at this.
WIDEST = 2_400
#: A PDF ends where it says so: behind that an archive could hide.
_PDF_END = re.compile(rb"%%EOF[\s\x00]*\Z")
_PDF_TAIL = 2_048
_PDF, _PNG, _JPEG = b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
#: One picture's pixels at a time: twenty at once would be gigabytes.
_pixels = threading.Lock()
_NOT_A_PROOF = "the proof must be a PDF, or a PNG or JPEG picture"
_DAMAGED = "the proof is damaged: it could not be read to its end"


def checked(name: str, content: bytes) -> Proof:
    """The proof as it is kept. Raises `Refusal`; what the name says of its kind counts nothing."""
    if len(content) > LARGEST:
        raise Refusal("the proof is too large: at most {most} MB", most=LARGEST >> 20)
    if not content:
        raise Refusal("the proof is empty")
    if content.startswith(_PDF):
        if not _PDF_END.search(content[-_PDF_TAIL:]):
            raise Refusal(_DAMAGED)
        return Proof(_named(name, "pdf"), "application/pdf", content)
    if content.startswith(_PNG):
        return Proof(_named(name, "png"), "image/png", _drawn(content, "PNG"))
    if content.startswith(_JPEG):
        return Proof(_named(name, "jpg"), "image/jpeg", _drawn(content, "JPEG"))
    raise Refusal(_NOT_A_PROOF)


def _drawn(content: bytes, form: str) -> bytes:
    """The picture's pixels alone, upright, in a new file."""
    try:
        with _pixels, warnings.catch_warnings():
            # Pillow warns of pictures half as large as those that it refuses: ours are bounded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[form]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Refusal("the picture has too many pixels")
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((WIDEST, WIDEST * 4))
                plain = upright.convert("RGB" if form == "JPEG" else "RGBA")
    except Refusal:
        raise
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError,
            Image.DecompressionBombError) as error:  # fmt: skip
        raise Refusal(_DAMAGED) from error
    # Pixels copied: nothing that the decoder noted of the file goes along.
    fresh = Image.frombytes(plain.mode, plain.size, plain.tobytes())
    written = io.BytesIO()
    fresh.save(written, form, **({"quality": 85} if form == "JPEG" else {"optimize": False}))
    return written.getvalue()


def _named(name: str, ending: str) -> str:
    """The name as it is safe anywhere, with the ending that its content has."""
    stem = PurePath(clean_name(name)).stem[:80].strip(" .")
    return f"{stem or 'soporte'}.{ending}"
