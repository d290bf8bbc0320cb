"""The two web apps: `staff` for the company's people, `client` for its clients.

Each is its own process, started by `python -m streamlit_app.staff` and `python -m
streamlit_app.client`: two Streamlit apps do not fit into one. They import `cartera` only.
"""
