"""Questions to people, the effects of their answers, and work that waits for a person."""
