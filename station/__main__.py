"""`python -m station` and the `station` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from station.cli import app

    app()


if __name__ == "__main__":
    main()
