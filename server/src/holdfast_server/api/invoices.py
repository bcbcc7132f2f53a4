"""`/v1/invoices`: what providers billed, beside what was recorded."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from holdfast_server.api.body import read_body
from holdfast_server.api.door import Paged, Wired
from holdfast_server.api.tabled import AsCsv, answer
from holdfast_server.errors import Invalid
from holdfast_server.insight.costs.invoice import Provider
from holdfast_server.insight.costs.invoices import Invoice, Variances
from holdfast_server.kit.paging import Page

router = APIRouter(prefix="/v1/invoices", tags=["costs"])

INFLATED_TIMES = 32
"""How much larger than any other body an invoice may be once inflated: CSV shrinks well."""

Word = Annotated[str, Query(max_length=256)]


@router.get("", response_model=Page[Invoice])
async def list_invoices(services: Wired, page: Paged, *, as_csv: AsCsv) -> Any:
    """Invoices, the latest import first."""
    return answer(await services.money.invoices.page(page), as_csv=as_csv)


@router.post(
    "",
    status_code=201,
    openapi_extra={
        "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
    },
)
async def import_invoice(
    services: Wired, request: Request, *, name: Word = "", by: Word = "", provider: Provider | None = None
) -> Invoice:
    """Import a provider's cost export as CSV, gzip allowed; the same export again changes nothing."""
    most = services.settings.limits.body_bytes
    body = await read_body(request, compressed_max=most, max_bytes=most * INFLATED_TIMES)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("the export is not UTF-8", hint="Save it as CSV UTF-8.") from error
    return await services.money.invoices.add(text, name=name, by=by, provider=provider)


@router.get("/{invoice}/variance", response_model=Variances)
async def invoice_variance(
    services: Wired,
    page: Paged,
    invoice: str,
    *,
    reason: Literal["", "unexplained"] = "",
    as_csv: AsCsv,
) -> Any:
    """An invoice beside the books, by model and day, with the reason of every difference."""
    return answer(await services.money.invoices.explain(invoice, page, reason=reason), as_csv=as_csv)


@router.delete("/{invoice}")
async def remove_invoice(services: Wired, invoice: str) -> Invoice:
    """Forget an invoice."""
    return await services.money.invoices.remove(invoice)
