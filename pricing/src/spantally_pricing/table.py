"""The rate table: immutable, and known by the hash of its content.

The same version prices the same call to the same digits on any machine. Nothing is fetched: the list
prices come with the package, further files are the caller's. A provider is parsed and a model compiled
when first asked for, because most processes see few of them.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, cast

from .contract import Contract
from .cost import Cost, Unpriced, UnpricedReason
from .document import split_table, table_bytes, version_of
from .engine import NO_CONTEXT, price
from .errors import Fault, RateTableError
from .matching import ANSWERED_BESIDE, LOWER_CASE, SUBSCRIPTIONS, spellings, templated
from .rate_file import read_files
from .rates import ModelRates
from .stated_cost import StatedCostPolicy
from .user_files import with_user_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from .document import AliasDoc, ModelDoc, ProviderDoc, RowDoc
    from .usage import Usage

_BUNDLED = "rate_table.json"
_ONE_DAY = timedelta(days=1)


History = tuple[list[datetime], list[ModelRates]]
"""When each row of a model begins, and the rows; oldest first."""


class _Provider:
    """One provider's names, and its models as far as they were asked for."""

    def __init__(self, doc: ProviderDoc) -> None:
        self.name = doc["provider"]
        self.names = (self.name, *doc["names"])
        self.normalise = doc["normalise"]
        self.models: dict[str, ModelDoc] = {model["id"]: model for model in doc["models"]}
        names = [(name, model) for model in doc["models"] for name in model["ids"]]
        self.ids: dict[str, ModelDoc] = {name: model for name, model in names if "{" not in name}
        if LOWER_CASE in self.normalise:
            self.ids = {name.lower(): model for name, model in self.ids.items()} | self.ids
        self.templates: dict[str, ModelDoc] = {name: model for name, model in names if "{" in name}
        self.aliases: dict[str, AliasDoc] = {alias["name"]: alias for alias in doc["aliases"]}
        self.by_name: dict[str, History] = {}
        """Histories under the plain ids that were looked up."""
        self.stated_cost = StatedCostPolicy.of(doc)
        self._modifiers = doc["modifiers"]
        self._contract = doc.get("contract")
        self._by_model: dict[tuple[str, frozenset[tuple[str, str]]], History] = {}

    def history(self, model: ModelDoc, context: Mapping[str, str] = NO_CONTEXT) -> History:
        """The model's rows, compiled the first time; `context` is known of all its calls."""
        key = (model["id"], frozenset(context.items()))
        known = self._by_model.get(key)
        if known is None:
            starts = [datetime.fromisoformat(row["since"]) for row in model["rows"]]
            rows = [
                self._rates(model["id"], row, end, context)
                for row, end in zip(model["rows"], [*starts[1:], None], strict=True)
            ]
            known = self._by_model[key] = (starts, rows)
        return known

    def _rates(
        self, model: str, row: RowDoc, end: datetime | None, context: Mapping[str, str]
    ) -> ModelRates:
        rates = ModelRates(self.name, model, row, end, self._modifiers)
        rates.known = context or None
        if self._contract is not None:
            rates.contract = Contract(self._contract, rates, self._modifiers)
        return rates


class RateTable:
    """Rates of providers' models over time, and how to price a call with them."""

    def __init__(self, canonical: bytes) -> None:
        try:
            text = split_table(canonical)
        except ValueError as error:
            raise RateTableError([Fault("canonical form", 0, str(error))]) from error
        self.version = version_of(canonical)
        """`sha256:` and the hash of the canonical form."""
        self.canonical = canonical
        self._names = text.names
        self._texts = text.providers
        self._providers: dict[str, _Provider] = {}
        """The providers that were asked for, under the names that they were asked for by."""

    @classmethod
    def bundled(cls) -> RateTable:
        """The vendors' list prices that come with this package."""
        return _bundled()

    @classmethod
    def load(cls, paths: Iterable[Path]) -> RateTable:
        """The bundled table with these rate files over it.

        Raises:
            RateTableError: with every fault of every file.
        """
        return cls.bundled().with_files(paths)

    @classmethod
    def of_files(cls, paths: Iterable[Path]) -> RateTable:
        """A table of these rate files alone.

        Raises:
            RateTableError: with every fault of every file.
        """
        return cls(table_bytes(read_files(paths, {})))

    def with_files(self, paths: Iterable[Path]) -> RateTable:
        """This table with an organisation's files over it: rates, contracts and mappings.

        What a rate file says of a model or a name replaces what was said.

        Raises:
            RateTableError: with every fault of every file.
        """
        files = list(paths)
        return RateTable(table_bytes(with_user_files(self.documents(), files))) if files else self

    def __repr__(self) -> str:
        """The version says it all."""
        return f"<RateTable {self.version}>"

    def rows(self) -> Iterator[ModelRates]:
        """Every row of every model, oldest first within a model."""
        for name in self._texts:
            provider = self._provider(name)
            for model in provider.models.values():
                yield from provider.history(model)[1]

    def documents(self) -> list[ProviderDoc]:
        """What the table says of each provider, parsed anew: the caller's to change."""
        return [cast("ProviderDoc", json.loads(text)) for text in self._texts.values()]

    def lookup(self, provider: str, model: str, at: datetime) -> ModelRates | Unpriced:
        """The rates in force at `at` (an aware time) for what the provider calls `model`."""
        known = self._providers.get(provider)
        if known is None and provider in self._names:
            known = self._provider(provider)
        if known is None:
            return self._no_provider(provider)
        history = known.by_name.get(model)
        if history is None:
            history = self._find(known, model, at)
            if isinstance(history, Unpriced):
                return history
            if model in known.ids:
                known.by_name[model] = history
        starts, rows = history
        index = bisect_right(starts, at)
        if index == 0:
            detail = f"rates of {rows[0].model} are known from {starts[0]:%Y-%m-%d} on"
            return Unpriced(UnpricedReason.BEFORE_HISTORY, detail)
        return rows[index - 1]

    def history(self, provider: str, model: str, at: datetime) -> tuple[ModelRates, ...] | Unpriced:
        """Every row of what the provider calls `model` at that time, oldest first."""
        if provider not in self._names:
            return self._no_provider(provider)
        found = self._find(self._provider(provider), model, at)
        return found if isinstance(found, Unpriced) else tuple(found[1])

    def price(
        self,
        usage: Usage,
        *,
        provider: str,
        model: str,
        at: datetime,
        context: Mapping[str, str] = NO_CONTEXT,
    ) -> Cost | Unpriced:
        """Look the model up and price the usage."""
        rates = self.lookup(provider, model, at)
        if isinstance(rates, Unpriced):
            return rates
        return price(usage, rates, at, context)

    def knows(self, provider: str) -> bool:
        """Whether there is a provider of this name, or with `host:` before it, a configured host."""
        return provider in self._names

    def stated_cost(self, provider: str) -> StatedCostPolicy:
        """Whether the cost that this provider's responses state is what is booked."""
        if provider not in self._names:
            return StatedCostPolicy.default(provider)
        return self._provider(provider).stated_cost

    def _no_provider(self, name: str) -> Unpriced:
        if name in SUBSCRIPTIONS:
            detail = f"a subscription of {SUBSCRIPTIONS[name]} pays for this, not a price per token"
            return Unpriced(UnpricedReason.SUBSCRIPTION, detail)
        return Unpriced(UnpricedReason.UNKNOWN_PROVIDER, f"no rates for a provider {name!r}")

    def _provider(self, name: str) -> _Provider:
        """The provider with this name, parsed the first time."""
        known = self._providers.get(name)
        if known is None:
            own = self._names[name]
            if own not in self._providers:
                self._providers[own] = _Provider(json.loads(self._texts[own]))
            known = self._providers[name] = self._providers[own]
        return known

    def _find(self, known: _Provider, name: str, at: datetime) -> History | Unpriced:
        """The model of a name, of the provider itself or of the one whose models answer beside its own."""
        found = self._own(known, name, at)
        beside = ANSWERED_BESIDE.get(known.name)
        if found is None and beside in self._names:
            found = self._own(self._provider(beside), name, at)
        if found is not None:
            return found
        detail = f"{known.name} has no rates for a model {name!r}"
        return Unpriced(UnpricedReason.UNKNOWN_MODEL, detail)

    def _own(self, known: _Provider, name: str, at: datetime) -> History | Unpriced | None:
        """The model of a name: a plain id, dated, an alias, or one of these decorated; None if it is none."""
        for spelling in spellings(known.names, name, known.normalise):
            model = known.ids.get(spelling) or _of_template(known, spelling, at)
            if model is not None:
                return known.history(model)
            if spelling in known.aliases:
                return self._follow(known.aliases[spelling], at)
        return None

    def _follow(self, alias: AliasDoc, at: datetime) -> History | Unpriced:
        pointers = [p for p in alias["to"] if datetime.fromisoformat(p["since"]) <= at]
        if not pointers:
            detail = (
                f"{alias['name']} is known to point at a model from {alias['to'][0]['since']} on"
            )
            return Unpriced(UnpricedReason.BEFORE_HISTORY, detail)
        pointer = pointers[-1]
        target = self._provider(pointer["provider"])
        return target.history(target.models[pointer["model"]], pointer.get("context", NO_CONTEXT))


def _of_template(known: _Provider, name: str, at: datetime) -> ModelDoc | None:
    """The model of a dated name; a snapshot dated after the call does not exist."""
    parts = templated(name)
    if parts is None or parts[1] > (at.astimezone(UTC) + _ONE_DAY).date():
        return None
    return known.templates.get(parts[0])


@cache
def _bundled() -> RateTable:
    return RateTable(
        resources.files(__package__ or "spantally_pricing").joinpath(_BUNDLED).read_bytes()
    )
