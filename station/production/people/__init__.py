"""What people are asked, what their answers do, and what waits for a person."""
