"""Measures how long people wait for the desk, beside a bare echo bot in the same workspace."""
