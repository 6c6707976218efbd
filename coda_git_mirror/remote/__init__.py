"""The remote of a mirror: its address, who can read it, and the way there."""
