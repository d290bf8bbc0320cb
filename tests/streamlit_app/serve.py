"""Run one app for a browser test, over the reader in memory: `python serve.py client --port N`.

The figures move each time a line arrives on standard input.
"""

from __future__ import annotations

import runpy
import sys
import threading

from streamlit_app.shared import services
from tests.streamlit_app.fakes import FakeReader, item


def move_figures(reader: FakeReader) -> None:
    for count, _line in enumerate(sys.stdin, start=1):
        reader.items["C1"] = (item(f"FE-NEW-{count}", 5, "111222"), *reader.items["C1"])
        reader.publish()


if __name__ == "__main__":
    in_memory = FakeReader()
    services.open_reader = lambda _settings: in_memory  # type: ignore[assignment]
    threading.Thread(target=move_figures, args=(in_memory,), daemon=True).start()
    app = sys.argv.pop(1)
    runpy.run_module(f"streamlit_app.{app}.__main__", run_name="__main__")
