from tests.publishing import git, publish, repository

__all__ = ["git", "publish", "repository"]
