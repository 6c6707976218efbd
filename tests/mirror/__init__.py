"""Tests of `coda_git_mirror.mirror`: real git, real files."""
