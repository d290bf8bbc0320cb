"""`python -m streamlit_app.staff`: serve the staff app, to this machine only."""

from __future__ import annotations

import argparse
import sys

from cartera.errors import ConfigError
from streamlit_app.shared import server
from streamlit_app.shared.services import services
from streamlit_app.staff.app import ENTER, access_key, create

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def main() -> None:
    """Read the options and serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m streamlit_app.staff", description=__doc__)
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    chosen = parser.parse_args()
    if chosen.host not in LOOPBACK:
        parser.error(
            f"--host {chosen.host}: the staff app has no accounts yet and serves this machine"
            f" only ({', '.join(LOOPBACK)})"
        )
    try:
        found = services()
        entrance = f"http://{chosen.host}:{chosen.port}{ENTER}"
        # A key in a log file outlives its use: it is shown to a person, never to a file.
        shown = f"{entrance}?key={access_key()}" if sys.stdout.isatty() else entrance
        sys.stdout.write(f"{shown}\n")
        sys.stdout.flush()
        app = create(secure=found.settings.staff_url.startswith("https:"))
    except ConfigError as error:
        raise SystemExit(f"error: {error}") from error
    app.run(config=server.options(found.company, host=chosen.host, port=chosen.port))


if __name__ == "__main__":
    main()
