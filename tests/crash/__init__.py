"""Kills the desk at every write and every call, starts it again, and counts what became of what people asked for."""
