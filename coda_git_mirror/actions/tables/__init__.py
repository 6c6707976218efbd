"""What verbs that write into tables ask of the mirror and of Coda: which table is meant, what it held, what lives."""
