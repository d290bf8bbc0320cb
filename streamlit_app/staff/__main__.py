"""`python -m streamlit_app.staff`: serve the staff app."""

from __future__ import annotations

import argparse
import sys

from cartera.config import LOOPBACK
from cartera.errors import CarteraError
from cartera.store import users
from streamlit_app.shared import server
from streamlit_app.shared.services import services
from streamlit_app.staff.app import create

FIRST = 'cartera user add LOGIN --name "NAME" --role administrator'


def main() -> None:
    """Read the options and serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m streamlit_app.staff", description=__doc__)
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    chosen = parser.parse_args()
    try:
        found = services()
        nobody = not users.exist(found.store)
        if nobody and chosen.host not in LOOPBACK:
            parser.error(f"--host {chosen.host}: nobody has an account yet; make one: {FIRST}")
        sys.stdout.write(f"http://{chosen.host}:{chosen.port}/login\n")
        if nobody:
            sys.stdout.write(f"Nobody has an account yet; make one: {FIRST}\n")
        sys.stdout.flush()
        app = create(secure=found.settings.staff_url.startswith("https:"))
    except CarteraError as error:
        raise SystemExit(f"error: {error}") from error
    app.run(config=server.options(found.company, host=chosen.host, port=chosen.port))


if __name__ == "__main__":
    main()
