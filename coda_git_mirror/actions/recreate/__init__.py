"""Makes a doc of a revision anew: what is planned is `changes/recreation.py`, how far it came is in the journal."""
