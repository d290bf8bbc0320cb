"""A Statement as terminal table, HTML, Excel and PDF."""
