"""Decoding and drawing in a process of their own, so that a bad picture costs that picture only.

Portraits come from outside and are decoded by C libraries. A defect in one of them must not end the
process that has a card inside its machine, nor reach its keys, its journal or the network. So the
daemon decodes and draws nothing. It starts a process that does, gives it one request at a time and
takes an answer of plain bytes, all of it checked:

    daemon                                   picture process
    `client`  ProcessFaces, a FaceRenderer   `worker`  TemplateRenderer, slips, the test card
    `process` starts, limits, ends it        `confinement`  what it gives up first
    `codec`   requests and answers           `codec`

* A request that kills the process is given to a new one once more: decoding and drawing change
  nothing, so this is always safe, and a process that was killed from outside costs nobody anything.
  The second failure, one that takes too long and one that wants too much memory are errors of that
  request (`PictureWorkError`): its order is held with the reason.
* Pixels and planes go through a piece of memory that both share. The daemon reads it with `pread`,
  never as a mapping: a process that shortens it can't make the daemon fall over a missing page. The
  digest of a face is computed again from the bytes that arrived.
* The process is started when it is needed, warmed when the daemon starts, and ends when nothing was
  asked of it for a while.
* The pictures of a batch have processes of their own (`many`): no card waits for them.

Numpy, Pillow and the fonts are never loaded by the daemon, which is also why it is small.
"""

from __future__ import annotations

from station.picture_process.client import ProcessFaces, ProcessPictures
from station.picture_process.codec import Setup
from station.picture_process.many import ProcessPhotoChecks, background_processes
from station.picture_process.process import Patience, PictureProcess

__all__ = [
    "Patience",
    "PictureProcess",
    "ProcessFaces",
    "ProcessPhotoChecks",
    "ProcessPictures",
    "Setup",
    "background_processes",
]
