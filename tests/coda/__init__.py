"""The client room: what reaches Coda, and what it makes of whatever comes back."""
