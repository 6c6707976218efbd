"""The JSON objects of the command line, a module for each."""
