"""One module a kind of scheduler: a pure function from a plan to the files that it reads."""
