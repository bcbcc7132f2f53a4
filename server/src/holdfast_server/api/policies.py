"""`/v1/bundle` and `/v1/policies`: the policies in force, trying others, and editing them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response

from holdfast.decision import Bundle, Source
from holdfast.decision.lint import lint_bundle
from holdfast_server.api.door import Paged, Wired
from holdfast_server.decision.policies import workbench
from holdfast_server.decision.policies.bundle import BundleView, SourceView
from holdfast_server.decision.policies.edition import (
    Checked,
    Compared,
    DiffAsk,
    Edition,
    EditorAsk,
    InForce,
    PoliciesView,
    SaveAsk,
    SourcesAsk,
    Tried,
)
from holdfast_server.decision.policies.listing import show_pack
from holdfast_server.kit.paging import Page
from holdfast_server.services import Services

router = APIRouter(tags=["policies"])

FileName = Annotated[str, Path(max_length=300)]


@router.get("/v1/bundle", response_model=BundleView, responses={304: {"description": "You have it already"}})
async def bundle(
    services: Wired, response: Response, if_none_match: Annotated[str | None, Header()] = None
) -> BundleView | Response:
    """The bundle in force, with its sources; cached by ETag."""
    view = services.policies.view()
    tag = f'"{services.policies.tag}"'
    if if_none_match == tag:
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return view


@router.get("/v1/policies")
async def list_policies(services: Wired) -> PoliciesView:
    """Every policy file with its rules, the Cedar they become, and what is odd about them."""
    view, whole = services.policies.view(), services.policies.bundle()
    roles = services.settings.approvals.roles or None
    lints, tests = await asyncio.gather(
        asyncio.to_thread(lint_bundle, whole, approvers=roles), asyncio.to_thread(services.policies.tests)
    )
    return PoliciesView(
        bundle=InForce(hash=view.hash, loaded_at=view.loaded_at, error=services.policies.problem),
        packs=[show_pack(source, whole) for source in whole.sources],
        tests=[SourceView(name=one.name, kind=one.kind, text=one.text) for one in tests],
        lints=[workbench.show(one) for one in lints],
    )


@router.post("/v1/policies/check")
async def check_policies(services: Wired, body: SourcesAsk) -> Checked:
    """Whether policy files can be used, and what is odd about them; nothing is put in force."""
    sources = workbench.as_sources(body.sources)[0] if body.sources is not None else _in_force(services)
    contracts, roles = tuple(services.registry.contracts), services.settings.approvals.roles
    return await asyncio.to_thread(workbench.check, sources, contracts, approvers=roles)


@router.post("/v1/policies/test")
async def test_policies(services: Wired, body: SourcesAsk) -> Tried:
    """Run tests of policies: those sent, or those beside the policies in force."""
    tests: Sequence[Source] = await asyncio.to_thread(services.policies.tests)
    if body.sources is None:
        return await asyncio.to_thread(workbench.try_out, services.policies.bundle(), tests)
    sources, sent = workbench.as_sources(body.sources)
    judged = await _compile(services, sources or _in_force(services))
    return await asyncio.to_thread(workbench.try_out, judged, sent or tests)


@router.post("/v1/policies/diff")
async def diff_policies(services: Wired, body: DiffAsk) -> Compared:
    """What other policies would newly allow, refuse or ask, with a request that shows it."""
    before = _in_force(services) if body.old is None else workbench.as_sources(body.old)[0]
    old = await _compile(services, before)
    new = await _compile(services, workbench.as_sources(body.new)[0])
    return await asyncio.to_thread(workbench.compare, old, new)


@router.get("/v1/policies/{name:path}/versions")
async def policy_versions(services: Wired, name: FileName, page: Paged) -> Page[Edition]:
    """The versions of a policy file, newest first: what was in it, since when, and by whom."""
    return await services.editing.versions(name, page)


@router.post("/v1/policies/{name:path}/versions/{n}/restore")
async def restore_policy(services: Wired, name: FileName, n: int, body: EditorAsk) -> Edition:
    """Put an older version of a policy file in force again."""
    return await services.editing.restore(name, n, by=body.by)


@router.put("/v1/policies/{name:path}")
async def save_policy(services: Wired, name: FileName, body: SaveAsk) -> Edition:
    """Save a policy file and put it in force; what cannot be used is refused, and the last good one stays."""
    return await services.editing.save(name, body)


@router.delete("/v1/policies/{name:path}")
async def delete_policy(services: Wired, name: FileName, body: EditorAsk) -> Edition:
    """Take a policy file out of force; its versions stay."""
    return await services.editing.delete(name, by=body.by)


def _in_force(services: Services) -> tuple[Source, ...]:
    return services.policies.bundle().sources


async def _compile(services: Services, sources: Sequence[Source]) -> Bundle:
    return await asyncio.to_thread(workbench.compile_asked, sources, tuple(services.registry.contracts))
