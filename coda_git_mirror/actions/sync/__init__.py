"""`sync`: mirrors an account. `run` is the whole way; the other modules are its steps, in the order of its imports."""
