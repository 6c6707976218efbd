"""The history of a mirror in an SQLite file beside it: a cache that answers what git takes seconds for."""
