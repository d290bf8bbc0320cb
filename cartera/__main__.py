"""`python -m cartera`: the same as `cartera`."""

from cartera.cli import main

main()
