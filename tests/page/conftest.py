"""A server with a page, some requests behind it, and a browser where there is one."""

import gc
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from api.servers import ADMIN_KEY, Running, Starter

from router.config.files.seed_data import load_workload
from router.config.load import SEEDS
from router.ledger.location import Place
from router.page import browser_page

NO_BROWSER = (
    "needs a browser: `pip install playwright` and Debian's package `chromium` (any Chromium of the PATH is taken)"
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
CANDIDATES = "/admin/v1/policies/candidates"
MODELS = ("auto", "auto", "cost", "quality", "gpt-5")
RAMPS = """
ramps:
  - name: ordinary-work
    because: MAI-1 is nearly as good, and cheaper
    original: gpt-5
    substitute: mai-1
    holdback: 0.05
    when: {task: [chat, translation, summarisation]}
    steps: [0.05, 0.25, 1]
    evidence: {margin: 0.05, alpha: 0.05, after: 1 second, pairs: 5}
    shadow: {sample: 1.0, judge: truth, budget: 5 USD}
"""


@dataclass
class House:
    """A server with a page, its folders, and how to enter."""

    running: Running
    folder: Path
    place: Place

    @property
    def url(self) -> str:
        return self.running.url

    def client(self, **more: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, **more)

    @contextmanager
    def signed_in(self, key: str = ADMIN_KEY) -> Iterator[httpx.Client]:
        with self.client(headers={"accept": "text/html", "accept-language": "en"}) as client:
            client.post("/sign-in", data={"key": key})
            yield client

    def ask(self, text: str = "Prove that primes never end.", model: str = "auto") -> str:
        """Ask, and give the receipt's id."""
        body = {"model": model, "messages": [{"role": "user", "content": text}]}
        with self.client() as client:
            return str(client.post("/v1/chat/completions", json=body).json()["fungible"]["receipt"])

    def candidate(self) -> str:
        """The revision of a candidate with a wider band that is tried beside traffic, put up on first use."""
        with self.running.http() as client:
            open_ = [row for row in client.get(CANDIDATES).json()["data"] if row["state"] == "open"]
            if not open_:
                text = client.get("/admin/v1/policies").text.replace("band: 0.02", "band: 0.08", 1)
                open_ = [client.post(CANDIDATES, content=text).json()]
                self.ask()
        return str(open_[0]["candidate"])


def build_house(folder: Path, starter: Starter, requests: int = 30, *, keys: bool = False) -> House:
    """A server over a copy of the shipped configuration with a ramp, and so many requests of the shipped workload."""
    config = folder / "config"
    config.mkdir(parents=True)
    for name in ("policies.yaml", "catalog.yaml", "prices.yaml", "providers.yaml"):
        shutil.copy(SEEDS / name, config)
    (config / "ramps.yaml").write_text(RAMPS, encoding="utf-8")
    place = Place(folder / "data")
    running = starter(folder=config, place=place, page=browser_page(keys=keys), keys=keys)
    house = House(running, config, place)
    with house.client() as client:
        for number, case in enumerate(load_workload()[:: max(1, 509 // max(1, requests))][:requests]):
            messages = [{"role": message.role, "content": message.text} for message in case.messages]
            client.post("/v1/chat/completions", json={"model": MODELS[number % len(MODELS)], "messages": messages})
    return house


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    made = Starter(tmp_path_factory.mktemp("page"))
    yield made
    made.stop()


@pytest.fixture(scope="session")
def house(starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> House:
    """One server for every test that changes nothing which another rests on."""
    return build_house(tmp_path_factory.mktemp("house"), starter)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[House]:
    """A server of a test's own."""
    starter = Starter(tmp_path)
    yield build_house(tmp_path / "house", starter, 6)
    starter.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium; without one, what needs it is skipped.

    Of one module: its driver keeps an event loop in this thread, where the tests of others could not run theirs.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason=NO_BROWSER)
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(NO_BROWSER)
    with playwright.sync_playwright() as driver:
        try:
            chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"{NO_BROWSER}; {path} did not start: {str(error).splitlines()[0]}")
        yield chromium
        chromium.close()
    del driver, chromium
    with warnings.catch_warnings():
        # The driver leaves a pipe unclosed, which is noticed when it is collected: not in another's test.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
