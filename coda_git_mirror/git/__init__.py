"""Everything that runs git: one launcher, one command in machine form, and what a repository holds."""
