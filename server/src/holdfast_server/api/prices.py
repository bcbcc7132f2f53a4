"""`/v1/prices`: what models cost here, own prices, and history at the prices of now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from holdfast_server.api.door import Wired
from holdfast_server.record.prices.view import (
    CallAsk,
    FoundPrice,
    OwnPrice,
    PriceAsk,
    PricedCall,
    Prices,
    RemoveAsk,
    RepriceAsk,
    Repriced,
)

router = APIRouter(prefix="/v1/prices", tags=["prices"])

Word = Annotated[str, Query(max_length=256)]


@router.get("")
async def list_prices(services: Wired) -> Prices:
    """Own prices, and which table stands behind them."""
    return services.prices.list()


@router.post("", status_code=201)
async def add_price(services: Wired, body: PriceAsk) -> OwnPrice:
    """Let a price hold from its day on, before the shipped ones; what is priced already stays as it is."""
    return await services.prices.add(body)


@router.get("/find")
async def find_price(
    services: Wired, model: Word, provider: Word = "", on: Annotated[str, Query(max_length=32)] = ""
) -> FoundPrice:
    """What a model costs on a day; today unless another is given."""
    return services.prices.find(provider, model, on)


@router.post("/price")
async def price_call(services: Wired, body: CallAsk) -> PricedCall:
    """What one call costs, by the usage that its provider sent."""
    return services.prices.price(body)


@router.post("/reprice")
async def reprice(services: Wired, body: RepriceAsk) -> Repriced:
    """What recorded calls would cost at the prices of now, beside what they did; or let that hold."""
    return await services.repricing.reprice(body)


@router.delete("/{price}")
async def remove_price(services: Wired, price: str, body: RemoveAsk) -> OwnPrice:
    """Let an own price hold no longer."""
    return await services.prices.remove(price, by=body.by)
