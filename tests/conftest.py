"""What holds for every test, on any machine: loopback is reached directly, PC/SC is our own."""

from __future__ import annotations

import os

from simulators.pcsc_service import use_private_pcsc

# Tests talk to their own processes on this machine only: a proxy would not find them.
for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY"):
    os.environ.pop(name, None)
    os.environ.pop(name.lower(), None)

use_private_pcsc()  # before libpcsclite's first call, which keeps the address
