"""What carries plans out: `carry_out` is the whole way, `execute` the writing itself, the other modules its parts."""
