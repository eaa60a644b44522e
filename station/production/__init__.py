"""What happens to a card order: the table of steps, the workflow, recovery, and the service."""
