"""Publish how leads are sent to an owner, for senders who have no sign-in; the lead token is not part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadintake.domain.errors import NotFound
from leadintake.domain.posting_page import RANDOM_BYTES, PostingPage, PostingPageId

if TYPE_CHECKING:
    from leadintake.domain.company import CompanyId
    from leadintake.domain.directory import Directory
    from leadintake.domain.minting import Mint
    from leadintake.domain.owner import Owner, OwnerRef
    from leadintake.domain.ports import Installation, UnitOfWorkFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedOwner:
    """What a posting page is about."""

    directory: Directory
    owner: Owner


def find_posting_page(company_id: CompanyId, owner: OwnerRef, *, reading: UnitOfWorkFactory) -> PostingPage | None:
    """Return the owner's posting page, None while it is switched off."""
    with reading(company_id) as uow:
        return uow.directory.find_posting_page(owner)


def switch_posting_page(
    company_id: CompanyId, owner: OwnerRef, *, is_on: bool, unit_of_work: UnitOfWorkFactory, mint: Mint
) -> PostingPage | None:
    """Switch an owner's posting page on or off; on again after off, it has another address.

    Raises: NotFound: the company has no such owner.
    """
    with unit_of_work(company_id) as uow:
        uow.directory.hold()
        if uow.directory.current().owner(owner) is None:
            raise NotFound
        page = uow.directory.find_posting_page(owner)
        if not is_on:
            page = None
            uow.directory.switch_posting_page_off(owner)
        elif page is None:
            page = PostingPage(
                id=PostingPageId(mint.random_bytes(RANDOM_BYTES).hex()),
                company_id=company_id,
                owner=owner,
                switched_on_at=mint.clock(),
            )
            uow.directory.switch_posting_page_on(page)
        uow.commit()
    return page


def read_posting_page(
    page_id: PostingPageId, *, installation: Installation, reading: UnitOfWorkFactory
) -> PublishedOwner:
    """Return what is published at that address. Raises: NotFound: nothing, or nothing any more."""
    page = installation.find_posting_page(page_id)
    if page is None:
        raise NotFound
    with reading(page.company_id) as uow:
        directory = uow.directory.current()
    owner = directory.owner(page.owner)
    if owner is None:
        raise NotFound
    return PublishedOwner(directory=directory, owner=owner)
