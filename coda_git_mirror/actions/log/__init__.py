"""The past of a mirror, and of each thing in it."""
