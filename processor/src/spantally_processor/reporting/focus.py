"""Charges as rows of FOCUS 1.3, the FinOps Open Cost and Usage Specification: dataset Cost and Usage.

ListCost is at the vendor's list price, ContractedCost what is booked under the contract; both are computed
from reported usage, nobody has invoiced them. A charge without a price keeps its row: its costs are
null, though the specification wants a number there, because unknown is not 0. Columns that
begin with `x_` are ours. https://focus.finops.org/focus-specification/v1-3/
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from spantally_pricing.meters import METERS

from spantally_processor.reporting.numbers import EXACT, exact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.store.exporting import Charge

COLUMNS: Mapping[str, str] = {
    "BilledCost": "USD; the same as ContractedCost: what an invoice should come to. Null is unknown.",
    "BillingAccountId": "The tenant whose credential the spans arrived with, else `default`.",
    "BillingAccountName": "The same.",
    "BillingCurrency": "USD.",
    "BillingPeriodEnd": "First day of the next month, UTC; exclusive.",
    "BillingPeriodStart": "First day of the month, UTC.",
    "ChargeCategory": "Usage.",
    "ChargeClass": "Always null: corrections are not in this file.",
    "ChargeDescription": "The model and the meter in words.",
    "ChargeFrequency": "Usage-Based.",
    "ChargePeriodEnd": "The next day, UTC; exclusive.",
    "ChargePeriodStart": "The day of the calls, UTC.",
    "CommitmentDiscountStatus": "Always null.",
    "ConsumedQuantity": "What was used, in ConsumedUnit. Null when it is not known or not metered.",
    "ConsumedUnit": "Tokens, Requests, Seconds …",
    "ContractedCost": "USD; booked, under your contract where there is one. Null is unknown.",
    "ContractedUnitPrice": "USD for one PricingUnit, factors such as batch included.",
    "EffectiveCost": "USD; the same as ContractedCost.",
    "HostProviderName": "The provider that runs the model, as far as the call says.",
    "InvoiceId": "Always null: nobody has invoiced it.",
    "InvoiceIssuerName": "The provider.",
    "ListCost": "USD at the vendor's list price; the contracted cost where there is no list price.",
    "ListUnitPrice": "USD for one PricingUnit at list price.",
    "PricingCategory": "Standard; null when unpriced.",
    "PricingCurrency": "USD.",
    "PricingCurrencyContractedUnitPrice": "The same as ContractedUnitPrice.",
    "PricingCurrencyEffectiveCost": "The same as EffectiveCost.",
    "PricingCurrencyListUnitPrice": "The same as ListUnitPrice.",
    "PricingQuantity": "Quantity in PricingUnit, exact.",
    "PricingUnit": "What the price is for: 1000000 Tokens.",
    "ProviderName": "The provider; deprecated since 1.3, kept for older readers.",
    "PublisherName": "The provider; deprecated since 1.3, kept for older readers.",
    "ServiceCategory": "AI and Machine Learning.",
    "ServiceName": "The provider's API.",
    "ServiceProviderName": "The provider.",
    "ServiceSubcategory": "Generative AI.",
    "SkuId": "Provider, model and meter. Null when unpriced.",
    "SkuMeter": "The meter. Null when unpriced.",
    "SkuPriceDetails": "Always null.",
    "SkuPriceId": "The rate's id in our table, the SKU and the unit price. Null when unpriced.",
    "Tags": "JSON: team, feature, workflow, customer … and every other tag but the user.",
    "x_Model": "The model that answered.",
    "x_Operation": "chat, embeddings …",
    "x_Service": "service.name of the app.",
    "x_Calls": "Calls in the row; a call with several meters is in several rows.",
    "x_PricingStatus": "metered, stated (the provider's own charge is booked) or unpriced.",
    "x_UnpricedReason": "Why there is no cost.",
    "x_UnpricedTokens": "Tokens without a price.",
}
"""Column to what it holds, in the order of the file."""

_UNITS = {
    "tokens": "Tokens",
    "seconds": "Seconds",
    "characters": "Characters",
    "images": "Images",
    "pixels": "Pixels",
}

_DIGITS = Decimal("1e-18")


def focus_row(charge: Charge) -> dict[str, str | None]:
    """A charge as texts by column; None is null. Amounts have every digit."""
    provider = charge.provider or "unknown"
    account = charge.tenant or "default"
    month = charge.day.replace(day=1)
    model = charge.model or "unknown model"
    priced = charge.kind != "unpriced"
    list_cost = charge.amount if charge.list_amount is None else charge.list_amount
    common = {
        "BilledCost": exact(charge.amount),
        "BillingAccountId": account,
        "BillingAccountName": account,
        "BillingCurrency": "USD",
        "BillingPeriodEnd": _midnight((month + timedelta(days=31)).replace(day=1)),
        "BillingPeriodStart": _midnight(month),
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": f"{model} {charge.operation}, {charge.meter or charge.kind}",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": _midnight(charge.day + timedelta(days=1)),
        "ChargePeriodStart": _midnight(charge.day),
        "ContractedCost": exact(charge.amount),
        "EffectiveCost": exact(charge.amount),
        "HostProviderName": provider,
        "InvoiceIssuerName": provider,
        "ListCost": exact(list_cost),
        "PricingCategory": "Standard" if priced else None,
        "ProviderName": provider,
        "PublisherName": provider,
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": f"{provider} API",
        "ServiceProviderName": provider,
        "ServiceSubcategory": "Generative AI",
        "SkuId": f"{provider}/{model}/{charge.meter or charge.kind}" if priced else None,
        "SkuMeter": charge.meter or charge.kind if priced else None,
        "SkuPriceDetails": None,
        "SkuPriceId": None,
        "Tags": charge.tags,
        "x_Model": charge.model or None,
        "x_Operation": charge.operation or None,
        "x_Service": charge.service or None,
        "x_Calls": str(charge.calls),
        "x_PricingStatus": charge.kind,
        "x_UnpricedReason": charge.reason or None,
        "x_UnpricedTokens": None if priced else str(charge.unpriced_tokens),
    }
    row = common | _quantities(charge, list_cost)
    if (
        priced
    ):  # one price of one SKU: a row of the rate table has several meters, tiers and factors
        rate = charge.rate_id or charge.kind
        row["SkuPriceId"] = f"{rate}/{row['SkuId']}@{row['ContractedUnitPrice']}"
    row |= {
        "CommitmentDiscountStatus": None,
        "InvoiceId": None,
        "PricingCurrency": "USD",
        "PricingCurrencyContractedUnitPrice": row["ContractedUnitPrice"],
        "PricingCurrencyEffectiveCost": row["EffectiveCost"],
        "PricingCurrencyListUnitPrice": row["ListUnitPrice"],
    }
    return {column: row[column] for column in COLUMNS}


def _quantities(charge: Charge, list_cost: Decimal | None) -> dict[str, str | None]:
    """How much, and for how much each: of a stated charge one, at what it is."""
    if charge.kind == "unpriced" or charge.amount is None:
        return dict.fromkeys(
            ("ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice", "ListUnitPrice",
             "PricingQuantity", "PricingUnit")
        )  # fmt: skip
    unit = unit_of(charge.meter) if charge.kind == "metered" else "Charges"
    with localcontext(EXACT):
        quantity = charge.quantity / charge.per
        contracted = charge.unit_price * charge.factor
        if charge.kind == "stated":
            contracted = (charge.amount / quantity).quantize(_DIGITS)
        listed = contracted
        if list_cost is not None and list_cost != charge.amount and quantity:
            listed = (list_cost / quantity).quantize(_DIGITS)
    return {
        "ConsumedQuantity": _decimal(charge.quantity),
        "ConsumedUnit": unit,
        "ContractedUnitPrice": exact(contracted),
        "ListUnitPrice": exact(listed),
        "PricingQuantity": exact(quantity),
        "PricingUnit": unit if charge.per == 1 else f"{charge.per} {unit}",
    }


def _decimal(quantity: Decimal) -> str:
    """With a decimal point always: readers guess a column's type, and this one must be a decimal."""
    text = exact(quantity) or ""
    return text if "." in text else f"{text}.0"


def unit_of(meter: str) -> str:
    """What a meter counts, as FOCUS writes units: capitalised plurals."""
    for ending, unit in _UNITS.items():
        if meter.endswith(ending):
            return unit
    return "Tokens" if meter in METERS and "token" in meter else "Requests"


def _midnight(day: date) -> str:
    return f"{day:%Y-%m-%d}T00:00:00Z"
