"""Signing in: the page, the password or the company's own accounts, and signing out.

Plain pages and forms that work without JavaScript; Streamlit starts only behind them.
"""
