"""Migrations of central's database, in order."""
