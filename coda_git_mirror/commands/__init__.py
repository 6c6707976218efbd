"""One command a file: parse, wire, call, print, exit."""
