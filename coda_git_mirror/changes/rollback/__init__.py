"""What brings the rows of a table back to a revision, as a plan: decided from values alone, before anything is done."""
