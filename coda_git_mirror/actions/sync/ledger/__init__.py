"""What becomes an entry of the ledger (`model/ledger.py`), and in which state: decided here, and nowhere else."""
