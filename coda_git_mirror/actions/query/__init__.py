"""`query`: the mirror's tables as SQL."""
