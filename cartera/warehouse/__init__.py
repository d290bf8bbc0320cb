"""The DuckLake: load into raw, refresh the marts, read figures."""
