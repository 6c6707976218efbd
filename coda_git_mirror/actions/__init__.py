"""What each verb means. Coda is known here only through `ports`."""
