"""What a browser loads for each view, and when it paints first, on loopback.

Invariant: each view is opened as by somebody new: nothing is in the browser's cache; bytes are those on the wire.
"""

import shutil
import statistics
from collections.abc import Callable
from typing import Any

from router.bench.page.read_speed import Asked
from router.errors import BadRequest
from router.page.sign_in import LINK

NAMES = ("chromium", "chromium-browser", "google-chrome")
VIEWS = ("/", "/try", "/decisions", "/policies", "/ramps", "/money", "/models", "/keys", "/audit", "/scenarios")
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1"


def paints(asked: Asked, rounds: int, step: Callable[[], object]) -> list[dict[str, Any]]:
    """For each view: bytes on the wire, and when it paints first, the median and fastest of some rounds, in ms.

    Raises BadRequest without a browser.
    """
    from playwright.sync_api import sync_playwright

    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise BadRequest("--browser needs a Chromium on the PATH: Debian's package is called `chromium`.")
    rows = []
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        state = _signed_in(chromium, asked)
        for view in VIEWS:
            seen = [_opened(chromium, state, f"http://127.0.0.1:{asked.port}{view}") for _ in range(rounds)]
            sizes, times = zip(*seen, strict=True)
            rows.append(
                {"view": view, "bytes": max(sizes), "paint_ms": statistics.median(times), "least_paint_ms": min(times)}
            )
            step()
        chromium.close()
    return rows


def _signed_in(chromium: Any, asked: Asked) -> Any:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{asked.port}{asked.link(LINK)}")
    page.wait_for_selector("nav")
    page.wait_for_url(lambda url: "sign-in" not in url)
    state = context.storage_state()
    context.close()
    return state


def _opened(chromium: Any, state: Any, address: str) -> tuple[int, float]:
    context = chromium.new_context(storage_state=state)
    page = context.new_page()
    network, sizes = context.new_cdp_session(page), list[int]()
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    page.goto(address, wait_until="load")
    # The page's own policy for content bars waiting by a script.
    while (painted := float(page.evaluate(_PAINT))) < 0:
        page.wait_for_timeout(50)
    context.close()
    return sum(sizes), painted
