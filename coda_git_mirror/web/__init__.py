"""The mirror as pages for a browser."""
