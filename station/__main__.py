"""`python -m station` and the `station` command."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    # Importing makes much and frees nothing: looking for garbage in it is a third of the start.
    gc.disable()
    from station.cli import app

    gc.enable()
    app()


if __name__ == "__main__":
    main()
