"""What a user's SQL may do: SQLite asks about each thing, and is answered no for all but reading."""

from __future__ import annotations

import sqlite3

_WHAT_IS_READ = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_FUNCTIONS_OF_OTHER_THINGS = frozenset(
    {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "fts5", "fsdir", "zipfile"}
)
"""Those that read or write files, or load or run something."""
_TELLING_PRAGMAS = frozenset(
    {
        "collation_list", "compile_options", "database_list", "foreign_key_list", "function_list", "index_info",
        "index_list", "index_xinfo", "module_list", "pragma_list", "table_info", "table_list", "table_xinfo",
    }
)  # fmt: skip
_PRAGMA_TABLE = "pragma_"
_OF_SCHEMA = frozenset({"sqlite_master", "sqlite_temp_master", "sqlite_schema", "sqlite_temp_schema"})
_ACTIONS = {
    getattr(sqlite3, f"SQLITE_{name}"): name.replace("_", " ")
    for name in (
        "INSERT", "UPDATE", "DELETE", "ATTACH", "DETACH", "TRANSACTION", "SAVEPOINT", "PRAGMA", "FUNCTION", "ANALYZE",
        "REINDEX", "ALTER_TABLE", "CREATE_TABLE", "CREATE_TEMP_TABLE", "CREATE_VIEW", "CREATE_TEMP_VIEW",
        "CREATE_INDEX", "CREATE_TEMP_INDEX", "CREATE_TRIGGER", "CREATE_TEMP_TRIGGER", "CREATE_VTABLE", "DROP_TABLE",
        "DROP_TEMP_TABLE", "DROP_VIEW", "DROP_TEMP_VIEW", "DROP_INDEX", "DROP_TEMP_INDEX", "DROP_TRIGGER",
        "DROP_TEMP_TRIGGER", "DROP_VTABLE",
    )
}  # fmt: skip


class Guard:
    """Answers SQLite's questions; remembers what was refused, and what a statement reads.

    `columns` are the pairs of table and column; `reads_schema`: it asks which tables there are.
    """

    def __init__(self) -> None:
        self.refused = ""
        self.columns: set[tuple[str, str]] = set()
        self.reads_schema = False

    def __call__(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if self._may(action, (first or "").casefold(), (second or "").casefold()):
            if action == sqlite3.SQLITE_READ:
                self.columns.add((first or "", second or ""))
            return sqlite3.SQLITE_OK
        named = second if action == sqlite3.SQLITE_FUNCTION else first if action == sqlite3.SQLITE_PRAGMA else ""
        self.refused = self.refused or " ".join(filter(None, [_ACTIONS.get(action, "this"), named]))
        return sqlite3.SQLITE_DENY

    def _may(self, action: int, first: str, second: str) -> bool:
        self.reads_schema |= action == sqlite3.SQLITE_PRAGMA or first in _OF_SCHEMA or first.startswith(_PRAGMA_TABLE)
        if action == sqlite3.SQLITE_FUNCTION:
            return second not in _FUNCTIONS_OF_OTHER_THINGS
        return action in _WHAT_IS_READ or (action == sqlite3.SQLITE_PRAGMA and first in _TELLING_PRAGMAS)
