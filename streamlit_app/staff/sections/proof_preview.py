"""A picture of a payment's proof beside the form, painted anew: never the file that came."""

from __future__ import annotations

import base64
import io

from cartera.notices.terms import Notice
from cartera.store import notices
from streamlit_app.shared.kept import Kept
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections.html import show

#: A side of the picture, in pixels; larger ones are scaled down.
LARGEST_SIDE = 1_100
#: More pixels than this are not painted: the file can be downloaded.
MOST_PIXELS = 40_000_000
#: A proof never changes, and its page is drawn anew at every touch of the form beside it.
_pictures: Kept[tuple[str, str], bytes] = Kept(32)


def draw(here: Here, notice: Notice) -> None:
    """The picture, where the proof is one; nothing for a PDF."""
    if notice.proof is None or not notice.proof.media_type.startswith("image/"):
        return
    picture = _pictures.get((notice.company_id, notice.public_id), lambda: _picture(here, notice))
    if picture:
        data = base64.b64encode(picture).decode()
        show(here, "notice_proof", source=f"data:image/jpeg;base64,{data}", file=notice.proof.name)


def _picture(here: Here, notice: Notice) -> bytes:
    proof = notices.proof(here.store, here.company.id, notice.public_id, by=here.person)
    return painted(proof.content)


def painted(content: bytes) -> bytes:
    """The picture's pixels as a new JPEG, and nothing else of the file; empty: it is no picture."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return b""
            picture.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
            upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
            paper = Image.new("RGB", upright.size, "white")
            paper.paste(upright, mask=upright.getchannel("A"))
            out = io.BytesIO()
            paper.save(out, "JPEG", quality=80)
            return out.getvalue()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return b""
