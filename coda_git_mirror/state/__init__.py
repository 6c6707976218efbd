"""What this working copy remembers beside its content, under git's own folder."""
