"""What a template says: where what is printed, read and checked."""
