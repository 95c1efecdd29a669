"""What a directory promises about contact fields: in order, one of a key, those of the offer alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from leadintake.domain.contact_field import ContactField, FieldType
from leadintake.domain.errors import NameTaken, NotFound
from leadintake.domain.owner import OfferId

from tests.contracts.store import StoreContract, found
from tests.support.builders import Builder, a_contact_field
from tests.support.strategies import ODD_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadintake.domain.company import Company

    from tests.contracts.store import Begin, Store


def add(begin: Begin, *fields: ContactField) -> None:
    """Store these fields."""
    with begin() as uow:
        for field in fields:
            uow.directory.add_contact_field(field)
        uow.commit()


def fields_again(begin: Begin) -> Mapping[OfferId, tuple[ContactField, ...]]:
    """Return the fields as a unit that is begun now sees them."""
    with begin() as uow:
        return uow.directory.current().contact_fields


class ContactFieldContract(StoreContract):
    """`DirectoryRepository`, the contact fields in it."""

    @pytest.fixture
    def field(self, begin: Begin, company: Company) -> Builder[ContactField]:
        """Set up two offers, and build fields of the first."""
        with begin() as uow:
            uow.directory.add_offer(name="Solar roofs")
            uow.directory.add_offer(name="Heat pumps")
            uow.commit()
        return lambda **fields: a_contact_field(**{"company_id": company.id, **fields})

    def test_offer_without_fields_is_not_listed(self, begin: Begin, field: Builder[ContactField]) -> None:
        del field

        assert fields_again(begin) == {}

    def test_fields_are_kept_in_their_order(self, begin: Begin, field: Builder[ContactField]) -> None:
        first, second, third = field(key="b"), field(key="c"), field(key="a", position=1)
        other = field(offer_id=OfferId(2))

        add(begin, third, other, second, first)

        assert fields_again(begin) == {OfferId(1): (first, second, third), OfferId(2): (other,)}

    @pytest.mark.parametrize("type_", FieldType)
    def test_every_type_is_kept(self, begin: Begin, field: Builder[ContactField], type_: FieldType) -> None:
        kept = field(type=type_)

        add(begin, kept)

        assert fields_again(begin) == {OfferId(1): (kept,)}

    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    def test_odd_text_is_kept_to_the_letter(self, begin: Begin, field: Builder[ContactField], text: str) -> None:
        kept = field(title=text, choices=(text, "other"))

        add(begin, kept)

        assert fields_again(begin) == {OfferId(1): (kept,)}

    @pytest.mark.parametrize("bound", ["0", "-1.5", "0.10", "1E+3", "12345678901234567890.0000000001"])
    def test_bounds_are_exact(self, begin: Begin, field: Builder[ContactField], bound: str) -> None:
        kept = field(type=FieldType.NUMBER, minimum=Decimal(bound), maximum=Decimal(bound))

        add(begin, kept)

        [again] = fields_again(begin)[OfferId(1)]
        assert (str(again.minimum), str(again.maximum)) == (bound, bound)

    def test_saved_field_is_replaced(self, begin: Begin, field: Builder[ContactField]) -> None:
        first, second = field(key="a"), field(key="b")
        add(begin, first, second)
        changed = replace(
            first, title="State", type=FieldType.LIST, required=True, pattern="state_code", choices=("CA",), position=9
        )

        with begin() as uow:
            uow.directory.save_contact_field(changed)
            within = uow.directory.current().contact_fields
            uow.commit()

        assert within == fields_again(begin) == {OfferId(1): (second, changed)}

    def test_removed_field_is_gone(self, begin: Begin, field: Builder[ContactField]) -> None:
        first, second = field(key="a"), field(key="b")
        add(begin, first, second)

        with begin() as uow:
            uow.directory.remove_contact_field(OfferId(1), "a")
            uow.commit()
        remaining = fields_again(begin)
        with begin() as uow:
            uow.directory.remove_contact_field(OfferId(1), "b")
            uow.commit()

        assert (remaining, fields_again(begin)) == ({OfferId(1): (second,)}, {})

    def test_key_is_there_once(self, begin: Begin, field: Builder[ContactField]) -> None:
        add(begin, field())

        with pytest.raises(NameTaken):
            add(begin, field(title="Another"))

        assert fields_again(begin) == {OfferId(1): (field(),)}

    @pytest.mark.parametrize("missing", [{"key": "other"}, {"offer_id": OfferId(2)}, {"offer_id": OfferId(3)}])
    def test_field_that_is_not_there_is_neither_saved_nor_removed(
        self, begin: Begin, field: Builder[ContactField], missing: dict[str, Any]
    ) -> None:
        add(begin, field())
        absent = field(**missing)

        with pytest.raises(NotFound), begin() as uow:
            uow.directory.save_contact_field(absent)
        with pytest.raises(NotFound), begin() as uow:
            uow.directory.remove_contact_field(absent.offer_id, absent.key)

    def test_field_needs_an_offer_of_the_company(self, store: Store, begin: Begin, company: Company) -> None:
        other = found(store)
        with store.unit_of_work(other.id) as uow:
            uow.directory.add_offer(name="Theirs")
            uow.commit()

        with pytest.raises(NotFound):
            add(begin, a_contact_field(company_id=company.id))

    def test_every_change_makes_a_new_version(self, begin: Begin, field: Builder[ContactField]) -> None:
        """A kept copy of the directory would go on judging leads by a rule that is gone."""
        versions = []
        for change in ("add", "save", "remove"):
            with begin() as uow:
                if change == "add":
                    uow.directory.add_contact_field(field())
                elif change == "save":
                    uow.directory.save_contact_field(field(required=True))
                else:
                    uow.directory.remove_contact_field(OfferId(1), "zip")
                uow.commit()
            with begin() as uow:
                versions.append(uow.directory.current().version)

        assert versions == sorted(set(versions))
