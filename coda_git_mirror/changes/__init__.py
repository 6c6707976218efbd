"""Two states of a mirror compared in Coda's terms: pure, and shared by the commit message, `diff` and `log`."""
