"""Counts words, in C++."""

from ._words import count

__all__ = ["count"]
