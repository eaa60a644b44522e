"""Whose certificates a TLS client of the station accepts: the same with every version of Python.

From 3.13 on, Python's usual context is strict about the form of certificates
(`VERIFY_X509_STRICT`): one without an Authority Key Identifier is refused. What provinces and
offices issue themselves mostly has none; a station must not stop reaching its province because its
Python was updated. Signatures, dates, names and issuers are checked as ever.
"""

from __future__ import annotations

import ssl


def client_context(*, cafile: str | None = None, cadata: str | None = None) -> ssl.SSLContext:
    """Return a context that checks the server's certificate and name.

    Args:
        cafile: File of root certificates (PEM).
        cadata: Root certificates (PEM). Without either, those of the system count.
    """
    context = ssl.create_default_context(cafile=cafile, cadata=cadata)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
