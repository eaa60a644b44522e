"""A page in place of a dead service, when the station can't be started.

The settings or the journal are broken, and the clerk in front of the page must know: what is wrong,
that no card is moved meanwhile, and what puts it right. So where a start fails, the service serves
one page that says so, at the address of the operator page. No device is opened and nothing is
written in this mode, and the station's lock is free: `station restore` and `station setup` work
beside it. Whoever has followed the remedy presses the page's button, and the start is tried again.

`trouble` says what is wrong, from the error and from the files; `page` shows it.
"""

from station.safe_mode.page import serve_trouble
from station.safe_mode.trouble import Trouble, find_trouble

__all__ = ["Trouble", "find_trouble", "serve_trouble"]
