"""What is shown of orders and of the station, to people and to programs."""
