"""`python -m streamlit_app.client`: serve the client app."""

from __future__ import annotations

import argparse

from cartera.errors import CarteraError
from streamlit_app.client.app import create
from streamlit_app.shared import server
from streamlit_app.shared.services import services


def main() -> None:
    """Read the options and serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m streamlit_app.client", description=__doc__)
    parser.add_argument("--port", type=int, default=8502)
    parser.add_argument("--host", default="127.0.0.1")
    chosen = parser.parse_args()
    try:
        found = services()
        app = create(secure=found.settings.client_url.startswith("https:"))
    except CarteraError as error:
        raise SystemExit(f"error: {error}") from error
    app.run(config=server.options(found.company, host=chosen.host, port=chosen.port))


if __name__ == "__main__":
    main()
