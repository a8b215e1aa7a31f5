"""A module written in C, compiled with zig."""

from ._adder import add

__all__ = ["add"]
