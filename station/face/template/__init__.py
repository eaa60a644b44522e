"""Templates: which data is printed where; read and checked."""
