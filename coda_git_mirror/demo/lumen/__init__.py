"""Lumen Bikes: the invented company whose account the demonstration mirrors."""
