"""The line on top of every staff page: whose books these are."""

from __future__ import annotations

from html import escape

import streamlit as st

from cartera.config import Company

STYLE = """<style>
[data-testid="stHeader"] { display: none; }
[data-testid="stMainBlockContainer"] { max-width: 1180px; margin: 0 auto; padding: 0 1rem 4rem; }
[data-testid="stHeading"] h1 { font-size: 1.75rem !important; padding: 1.2rem 0 .2rem !important; }
.brand { display: flex; align-items: baseline; gap: .75rem; flex-wrap: wrap;
  padding: 1.1rem 0 .9rem; border-bottom: 3px solid var(--brand); }
.brand b { font-size: 1.15rem; color: var(--brand); letter-spacing: -.01em; }
.brand span { color: #66727a; font-size: .9rem; }
</style>"""


def heading(company: Company) -> None:
    """Company's name and tax id, in its colour."""
    st.html(
        f'{STYLE}<div class="brand" style="--brand: {company.color}">'
        f"<b>{escape(company.name)}</b><span>{escape(company.tax_id)}</span></div>"
    )
