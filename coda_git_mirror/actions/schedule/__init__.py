"""`schedule`: a recurring sync, as the files of a scheduler, and as what this machine's scheduler holds."""
