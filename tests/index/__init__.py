"""The index of a mirror's past."""
