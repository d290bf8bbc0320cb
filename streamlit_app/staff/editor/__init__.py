"""The editor of mail texts: a Streamlit component of our own on TipTap.

Its bundle is made by `make setup` (`build.py`). Where there is none, a plain text area takes its
place and says so. Either way what is returned is HTML that the core cleans before it goes anywhere
(`cartera.mail.clean`).
"""

from __future__ import annotations

from streamlit_app.staff.editor.component import ADDRESS, FOLDER, PATHS, editor

__all__ = ["ADDRESS", "FOLDER", "PATHS", "editor"]
