"""Keeps a whole Coda account in a git repository."""

__version__ = "0.1.0"
