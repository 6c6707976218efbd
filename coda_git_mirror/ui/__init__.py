"""How it looks: progress while it goes on, and reports when it is done."""
