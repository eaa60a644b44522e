"""The use cases: what the API, the pages and the command line call."""
