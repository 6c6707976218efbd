"""Everything that talks to Coda, and the only room that speaks HTTP. How Coda behaves stands in coda-api.md."""
