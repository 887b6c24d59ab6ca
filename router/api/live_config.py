"""Changes of policy while the server runs: by HTTP, or by a hand that edits the files.

Invariant: one change at a time; the work is done in a thread, and what serves is swapped in one assignment; what is
not sound changes nothing but what `/readyz` and the metrics say.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from router import tokens
from router.api.assembly import close_providers, govern, load_judges, load_providers
from router.config import load
from router.config.files.folder_watch import FolderWatch
from router.config.load import POLICIES, sources_with
from router.config.ramps.ramp_shares import at_rest, shares_of, with_shares
from router.decision.features import read
from router.errors import ConfigError, Conflict, FungibleError
from router.keys.admin_keyring import AdminKeyring
from router.keys.admin_store import AdminStore
from router.keys.keyring import Keyring
from router.keys.store import KeyStore
from router.ledger import DatabaseLedger
from router.ledger.index import ReceiptIndex
from router.ledger.index.money_sums import MoneySums
from router.ledger.policy_events import Event, Kind
from router.policy.candidates.candidate_store import candidate_of, end
from router.policy.last_sound import standing
from router.policy.lifecycle import (
    BY_HAND,
    Proposal,
    note_found,
    propose,
    put_in_force,
    refuse_failures,
    refuse_stale,
    text_of,
)
from router.policy.policy_tests import Tried, try_policies
from router.policy.replay.report.afterwards import Outcomes
from router.serving.ramps.ramp_controller import RampController
from router.serving.service import Service
from router.traffic.drift_watch import DriftWatch
from router.types import Author, ChatRequest, Config, Features, Judge, Message, Provider, Reader

if TYPE_CHECKING:
    from router.policy.candidates.candidate_store import Candidate
    from router.policy.lint import Finding

LOOK_S = 0.4
STALE_DAYS = 180
log = logging.getLogger("fungible")


class LiveConfig:
    """What may change a running service."""

    def __init__(
        self,
        service: Service,
        ledger: DatabaseLedger,
        folder: Path | None,
        governor: RampController | None = None,
        fault: str | None = None,
    ) -> None:
        self.service = service
        self.ledger = ledger
        self.folder = folder
        self.files = at_rest(service.config)
        self.governor = governor or govern(service, ledger)
        self.keyring = Keyring(KeyStore(ledger.log), ledger.salt, lambda: service.config)
        self.admins = AdminKeyring(AdminStore(ledger.log), ledger.salt)
        self.index = ReceiptIndex(ledger)
        self.money_sums = MoneySums(ledger)
        """Both in memory, unless a server has a place for them."""
        self.outcomes = Outcomes(ledger)
        self.drift = DriftWatch(ledger)
        self.data: Path | None = None
        """The data folder, where a server has one."""
        self.fault = fault
        self.reloads = {"applied": 0, "refused": 0}
        self._turn = asyncio.Lock()
        self._watch = FolderWatch(folder) if folder else None
        note_found(service.config, ledger, "found", BY_HAND)
        self._begin()

    def _begin(self) -> None:
        """Serve from the first request on what the store says of the ramps."""
        self.governor.look()
        config = with_shares(self.files, self.governor.shares())
        self.ledger.keep(config)
        self.service.put_in_force(config, self.service.active.providers)

    def lie_in(self, data: Path, index: ReceiptIndex, money_sums: MoneySums) -> None:
        """Have a data folder: with the key of this machine's admin, an index of receipts, sums, and kept audits."""
        self.data = self.admins.folder = data
        self.index, self.money_sums = index, money_sums

    async def propose(self, text: bytes) -> Proposal:
        """What a text would do, with nothing changed; raises ConfigError."""
        return await asyncio.to_thread(self._propose, text)

    async def lint(self, text: bytes) -> "tuple[Finding, ...]":
        """What is wrong, or likely wrong, with a text."""
        return await asyncio.to_thread(self._lint, text)

    async def apply(self, text: bytes, if_match: str, author: Author, kind: Kind = "applied") -> Event:
        """Put a text in force; raises ConfigError, Stale, or Conflict where there is no folder to keep it in."""
        folder = self._own_folder()
        async with self._turn:
            refuse_stale(self.config, if_match)
            return await self._put_in_force(await self.propose(text), folder, author, if_match, kind)

    async def promote(self, revision: str, if_match: str, author: Author) -> Event:
        """Put a candidate in force, with what it did beside the traffic as its promise; raises NotFound too."""
        folder = self._own_folder()
        async with self._turn:
            refuse_stale(self.config, if_match)
            tried = await asyncio.to_thread(candidate_of, self.ledger.log, revision)
            proposal = await self.propose(tried.text.encode())
            figures = await asyncio.to_thread(self._figures, tried)
            proposal = replace(proposal, replay=figures or proposal.replay, approved_by=tried.approved_by)
            event = await self._put_in_force(proposal, folder, author, if_match, "applied")
            await asyncio.to_thread(end, self.ledger.log, tried, "promoted", datetime.now(UTC))
        return event

    async def _put_in_force(self, proposal: Proposal, folder: Path, author: Author, if_match: str, kind: Kind) -> Event:
        event = await asyncio.to_thread(put_in_force, proposal, folder, self.ledger, author, if_match, kind)
        await self._serve(proposal.config, self.service.active.providers, self.governor.pairing.judges)
        self._sound()
        return event

    async def roll_back(self, revision: str, if_match: str, author: Author) -> Event:
        """Put an earlier text in force again; raises NotFound too."""
        text = await asyncio.to_thread(self._earlier, revision)
        return await self.apply(text.encode(), if_match, author, "rolled_back")

    async def keep_watch(self) -> None:
        """Take up what is edited by hand, for as long as the server runs."""
        while self._watch:
            await asyncio.sleep(LOOK_S)
            if self._watch.changed():
                async with self._turn:
                    await self._reload()

    async def reload(self) -> None:
        """Take up the files as they are now, whether they have changed or not; for who is told to by hand."""
        if self._watch is None:
            log.warning("the shipped configuration is served, which has no files to read anew")
            return
        async with self._turn:
            await self._reload()

    async def _reload(self) -> None:
        try:
            loaded = await asyncio.to_thread(self._load)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the files, what serves goes on
            self.fault = str(error) if isinstance(error, FungibleError) else f"{type(error).__name__}: {error}"
            self.reloads["refused"] += 1
            log.error("the edited files are not sound; revision %s stays in force: %s", self.config.revision, error)
            return
        before = self.service.active.providers
        await self._serve(*loaded)
        self._sound()
        if self.service.active.providers is not before:
            await close_providers(before.values())
        log.warning("revision %s is in force, from %s", self.service.config.revision, self.folder)

    def _sound(self) -> None:
        self.fault = None
        self.reloads["applied"] += 1

    @property
    def config(self) -> Config:
        """What is in force, as the files say it: the shares of governed ramps are not theirs."""
        return self.files

    async def take_up(self) -> None:
        """Put the shares of governed ramps in force, where they have changed."""
        if shares_of(self.service.config.documents) != self.governor.shares():
            async with self._turn:
                await self._serve(self.files, self.service.active.providers, self.governor.pairing.judges)

    async def _serve(self, files: Config, providers: Mapping[str, Provider], judges: Mapping[str, Judge]) -> None:
        """Serve these files under the shares in force; the ledger keeps the revision before anything is decided."""
        self.files = files
        self.governor.govern(files, judges)
        config = with_shares(files, self.governor.shares())
        await asyncio.to_thread(self.ledger.keep, config)
        self.service.put_in_force(config, providers)

    def _own_folder(self) -> Path:
        if self.folder is None:
            raise Conflict(
                "This server runs the shipped configuration, which nothing changes. Make one of your own with "
                "`fungible init my-config`, and serve it with --config my-config."
            )
        return self.folder

    def _load(self) -> tuple[Config, Mapping[str, Provider], Mapping[str, Judge]]:
        config = load(self.folder)
        refuse_failures(try_with(config, self.service.reader), POLICIES)
        same = config.documents["providers.yaml"] == self.config.documents["providers.yaml"]
        providers = self.service.active.providers if same else load_providers(config)
        judges = load_judges(config, providers, self.service.reader)
        # Kept in the ledger before anything is decided by it.
        note_found(config, self.ledger, "edited", BY_HAND, self.config)
        return config, providers, judges

    def _earlier(self, revision: str) -> str:
        reader = self.service.reader

        def check(config: Config) -> None:
            refuse_failures(try_with(config, reader), POLICIES)

        broken = not revision and self.folder is not None and standing(self.folder, self.ledger, check).broken
        return text_of(revision, self.ledger, broken=broken)

    def _propose(self, text: bytes) -> Proposal:
        reader = self.service.reader
        return propose(text, POLICIES, self.config, lambda config: try_with(config, reader), self._replay)

    # What few servers are asked for is imported when it is, in the thread that it is worked out in.

    def _figures(self, tried: "Candidate") -> Mapping[str, Any] | None:
        """What a candidate did beside the traffic."""
        from router.policy.candidates.beside_traffic import compare
        from router.policy.replay.report.summary import summarise

        replayed = compare(self.ledger, tried, self.config).replay
        return summarise(replayed) if replayed else None

    def _replay(self, before: Config, after: Config) -> Mapping[str, Any]:
        from router.policy.replay.report.summary import summarise_ledger

        return summarise_ledger(self.ledger, before, after)

    def _lint(self, text: bytes) -> "tuple[Finding, ...]":
        from router.policy.lint import lint
        from router.policy.lint.finding import refusals

        config = self.config
        try:
            sources = sources_with(config, text)
        except ConfigError as error:
            return refusals(error)
        return lint(sources, datetime.now(UTC).date(), STALE_DAYS)


def try_with(config: Config, reader: Reader) -> tuple[Tried, ...]:
    """The tests of a configuration, their texts read by a reader."""
    contexts = tuple(model.context for model in config.models)

    def features_of(text: str) -> Features:
        return read(ChatRequest("auto", (Message("user", text),)), reader, tokens.count, contexts)

    return try_policies(config, features_of, datetime.now(UTC).date())
