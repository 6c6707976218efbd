"""The working copy: staging, publication, recovery, and the states that a sync compares."""
