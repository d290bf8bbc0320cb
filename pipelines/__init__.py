"""Dagster definitions: thin assets, checks, sensors and schedules that call the core.

`python -m pipelines` starts everything: the webserver, and one daemon process that holds the
code, ticks the sensors and runs the fast lane warm.
"""
