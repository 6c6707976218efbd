"""The machine's own programs, such as its scheduler: nothing else starts one that is not git."""
