"""What stands around every route: one ordered list, folded once.

Invariant: whoever stands further out sees a request first and its answer last; each calls the next one at most once.

A layer that has nothing to await is a plain function, which returns what the next one does: most have nothing to do for
most requests, and a coroutine for each would cost as much as the decision.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from router.api.http.asgi import Receive, Scope, Send

App = Callable[[Scope, Receive, Send], Awaitable[None]]
Middleware = Callable[[App, Scope, Receive, Send], Awaitable[None]]


def fold(layers: Iterable[Middleware | None], app: App) -> App:
    """The app with these around it, outermost first; None stands for a layer that this server does without."""
    for layer in reversed([layer for layer in layers if layer is not None]):
        app = partial(layer, app)
    return app
