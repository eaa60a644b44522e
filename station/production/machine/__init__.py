"""The threads: the machine's own, the watch on the province, and who is told of changes."""
