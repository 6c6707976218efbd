"""`rollback`: the rows of a table in Coda as a revision of the mirror has them."""
