"""The wrappings of the company API's answers: one thing under its name, or a page of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import fields, post_load, validate

from leadintake.domain.use_cases.paging import Wanted, Window
from leadintake.entrypoints.schemas.answers import AnswerSchema, RootSchema
from leadintake.entrypoints.schemas.company.fields import (
    MOST_NAME_CHARS,
    MOST_PAGE,
    MOST_PER_PAGE,
    CommandSchema,
    FlagText,
    Text,
    WholeText,
)

if TYPE_CHECKING:
    from marshmallow import Schema


class ListMetadataSchema(RootSchema):
    """Which page this is, and how many match in all."""

    total_count = fields.Integer(required=True, strict=True, validate=validate.Range(0))
    page = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    per_page = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_PER_PAGE))


class CursorMetadataSchema(ListMetadataSchema):
    """The same; `next_cursor` begins the next page, null on the last one; `page` is null on a page of a cursor."""

    page = fields.Integer(required=True, strict=True, allow_none=True, validate=validate.Range(1))
    next_cursor = fields.String(required=True, allow_none=True)


class ListSchema(CommandSchema):
    """Which page of a list."""

    page = WholeText(1, MOST_PAGE, load_default=1)
    per_page = WholeText(1, MOST_PER_PAGE, load_default=25)


class WindowSchema(ListSchema):
    """The page of a list that has no filters."""

    @post_load
    def to_window(self, data: dict[str, Any], **_: Any) -> Window:
        """Return the page that is wanted."""
        return Window(**data)


class ListOfNamedSchema(ListSchema):
    """The page of a list whose entries have a name."""

    name = Text(most=MOST_NAME_CHARS)

    @post_load
    def to_wanted(self, data: dict[str, Any], **_: Any) -> Wanted:
        """Return the filters."""
        return Wanted(**data)


class ListOfPausableSchema(ListOfNamedSchema):
    """The page of a list whose entries can be paused."""

    paused = FlagText()


def one(root: str, kind: type[Schema]) -> Schema:
    """Return the schema of an answer about one thing."""
    return _answer(root, fields.Nested(kind, required=True), RootSchema, name=f"{_camel(root)}Answer")


def page(root: str, kind: type[Schema], *, metadata: type[RootSchema] = ListMetadataSchema) -> Schema:
    """Return the schema of an answer with several things."""
    listed = fields.List(fields.Nested(kind), required=True)
    return _answer(root, listed, metadata, name=f"{_camel(root)}Page")


def _answer(root: str, content: fields.Field[Any], metadata: type[RootSchema], *, name: str) -> Schema:
    members = {root: content, "metadata": fields.Nested(metadata, required=True)}
    return AnswerSchema.from_dict(members, name=name)()


def _camel(root: str) -> str:
    return root.title().replace("_", "")
