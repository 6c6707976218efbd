"""The schedulers of a machine: what they hold, put there, taken away, and asked for."""
