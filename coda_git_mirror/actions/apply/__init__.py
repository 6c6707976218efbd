"""`apply`: what somebody changed in a CSV of the mirror, or wrote into one, goes into Coda."""
