"""The working copy: everything that touches git or the disk, and the only importer of GitPython."""
