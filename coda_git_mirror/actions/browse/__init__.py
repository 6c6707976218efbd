"""What a browser shows of a mirror, as values."""
