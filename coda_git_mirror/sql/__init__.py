"""The tables of a mirror as tables of SQLite."""
