"""A simulated Coda: a whole account behind a real HTTP server on loopback, for tests, benchmarks and the demonstration.

Built from what is publicly known of the API, never from this project's client; it imports nothing else of the project.
"""
