"""Files: new ones, lasting ones, and values and rows that wait on the disk."""
