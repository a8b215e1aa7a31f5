"""Breaks while it is imported."""
raise KeyError("at import")
