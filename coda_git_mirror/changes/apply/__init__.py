"""What a CSV asks for, as a plan: decided from values alone, before anything is done."""
