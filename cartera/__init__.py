"""Cartera: what each client owes, exactly and live.

The core package. It imports neither Dagster nor Streamlit; `pipelines/` and
`streamlit_app/` import it, and never each other.
"""

__version__ = "0.2.0.dev0"
