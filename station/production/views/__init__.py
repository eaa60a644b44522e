"""Views of orders and of the station, for people and programs."""
