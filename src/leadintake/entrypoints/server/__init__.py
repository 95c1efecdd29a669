"""`leadintake serve`: granian, with what it lacks to stand on its own.

    serving     the main process: starts, watches and stops the workers; the exit status
    listening   the address: resolved, refused when somebody else answers there
    worker      what each worker does before it serves: it dies with the main process, and within its time
    admission   between granian and the application: the body first, then a place to work, then the answer
    bodies      reads whole bodies, and tells a broken one from a complete one
    stalled     ends the wait for a body that does not arrive

The rules of granian 2.8 that this package is built on are written where they are used. The application runs
under any other WSGI server as well; nothing outside of this package knows granian.
"""

from __future__ import annotations

from leadintake.entrypoints.server.options import ServerOptions
from leadintake.entrypoints.server.serving import serve

__all__ = ["ServerOptions", "serve"]
