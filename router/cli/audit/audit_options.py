"""What the options of `fungible audit` mean: endpoints, prices, prompts and files, checked together."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from router.audit.audit_budget import CallPrice, Purse, cap_from, price_from
from router.audit.endpoint_client import Endpoint, key_from
from router.audit.enrolled_file import EnrolledFile, read_enrolled
from router.audit.prompt_list import distinct, read_prompts
from router.audit.sides import FromFile, Live, prompts_of
from router.audit.wire_shapes import Parameters, Protocol
from router.config import load
from router.config.files.seed_data import load_workload
from router.decision.names.served_name import same_name
from router.errors import BadRequest
from router.money import price_on

# Of the shipped workload: so many prompts, which come again, tell more than many that do not.
OTHER_PRICE = "--reference-price"
SHIPPED_PROMPTS = 48
LONGEST_SHIPPED = 2_000


@dataclass(frozen=True, slots=True)
class CallOptions:
    """What every call asks for."""

    max_tokens: int
    temperature: float | None
    system: str | None
    logprobs: bool = False

    def parameters(self) -> Parameters:
        """The same for the audit."""
        return Parameters(self.max_tokens, self.temperature, self.system, self.logprobs)


@dataclass(frozen=True, slots=True)
class SideOptions:
    """An endpoint as it is given: address (or a file), model, the variable of its key, its API, its price.

    `option` is the one that would give the price.
    """

    url: str
    model: str
    key_env: str | None
    protocol: Protocol | None
    price: str | None
    option: str = "--price"
    more_keys: tuple[str, ...] = ()

    def endpoint(self) -> Endpoint:
        """What to ask; raises BadRequest."""
        return self._with_key(self.key_env)

    def accounts(self) -> tuple[Endpoint, ...]:
        """The same under the other keys; raises BadRequest."""
        return tuple(self._with_key(variable) for variable in self.more_keys)

    def _with_key(self, variable: str | None) -> Endpoint:
        guessed: Protocol = "anthropic" if "anthropic" in (urlsplit(self.url).hostname or "") else "openai"
        return Endpoint(self.url, self.model, self.protocol or guessed, key_from(variable))

    def call_price(self, config: Path | None) -> CallPrice | None:
        """The price that was given, else that of the price list today, else None; raises BadRequest."""
        if self.price is not None:
            return price_from(self.price, self.option)
        return listed_price(config, self.model)

    def cap(self, budget: str | None, price: CallPrice | None) -> Purse:
        """A purse for a budget, which needs a price; raises BadRequest."""
        if budget is not None and price is None:
            raise BadRequest(
                f"--budget needs a price, and the price list has none of {self.model}: give {self.option} INPUT/OUTPUT "
                "in USD per million tokens."
            )
        return Purse(None if budget is None else cap_from(budget))


def listed_price(config: Path | None, model: str) -> CallPrice | None:
    """The price of a model in the price list today, also as `owner/model` or with a date behind it; else None."""
    prices = load(config).prices
    known = model if model in prices else next((name for name in prices if same_name(name, model)), "")
    listed = price_on(prices.get(known, ()), datetime.now(UTC).date())
    return CallPrice(Decimal(listed.input), Decimal(listed.output)) if listed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options of `fungible audit URL`."""

    audited: SideOptions
    reference: SideOptions
    calls: int
    references: int
    budget: str | None
    prompts: Path | None
    substitutes: tuple[Path, ...]
    alpha: float
    share: float
    asking: CallOptions
    config: Path | None
    data: Path | None


def sides(given: Given) -> tuple[Live, Live | FromFile]:
    """Both sides; raises BadRequest or ConfigError."""
    side = given.audited
    audited = Live(side.endpoint(), side.call_price(given.config), side.accounts())
    if not given.reference.url.startswith(("http://", "https://")):
        return audited, FromFile(given.reference.url, read_enrolled(Path(given.reference.url)))
    return audited, Live(given.reference.endpoint(), given.reference.call_price(given.config) or audited.price)


def purse_for(given: Given, audited: Live, reference: Live | FromFile) -> Purse:
    """The purse of both; raises BadRequest where a price is missing."""
    given.reference.cap(given.budget, reference.price)
    return given.audited.cap(given.budget, audited.price)


def prompts_for(given: Given, files: tuple[EnrolledFile, ...], reference: Live | FromFile) -> tuple[str, ...]:
    """The prompts that all files answer, or those that were given, or shipped ones; raises BadRequest, ConfigError."""
    enrolled = (reference.file, *files) if isinstance(reference, FromFile) else files
    own = read_prompts(given.prompts) if given.prompts else None
    if not enrolled:
        return own or shipped_prompts()
    common = prompts_of(enrolled)
    chosen = common if own is None else tuple(prompt for prompt in own if prompt in set(common))
    if not chosen:
        raise BadRequest("The files of enrolled answers and --prompts have no prompt in common: enroll with --prompts.")
    return chosen


def shipped_prompts() -> tuple[str, ...]:
    """Prompts of one turn from the shipped workload, spread over its kinds of work."""
    texts = [case.messages[-1].text for case in load_workload() if len(case.messages) == 1 and not case.tags]
    short = distinct(text for text in texts if text.strip() and len(text) <= LONGEST_SHIPPED)
    step = max(1, len(short) // SHIPPED_PROMPTS)
    return short[::step][:SHIPPED_PROMPTS]
