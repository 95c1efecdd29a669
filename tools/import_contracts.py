"""A contract that import-linter does not bring along."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from grimp import ImportGraph


class StandardLibraryOnly(Contract):
    """A package imports itself and the standard library, save for the exceptions it names.

    A list of forbidden libraries would be out of date with the next dependency; this is never.

    Options: `package`, and `exceptions` as ``importer -> library``. An exception that nothing needs breaks the
    contract too, so that none outlives its reason.
    """

    type_name = "standard_library_only"

    package = fields.StringField()
    exceptions = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - import-linter's call
        """Compare every import that leaves the package with what is allowed."""
        package = str(self.package)
        root = package.partition(".")[0]
        modules = {package} | graph.find_descendants(package)
        foreign = {
            f"{module} -> {imported.partition('.')[0]}"
            for module in modules
            for imported in graph.find_modules_directly_imported_by(module)
            if imported.partition(".")[0] not in {root, *sys.stdlib_module_names}
        }
        # The declared type is the field's; import-linter puts what was read in its place.
        excepted = cast("set[str] | None", self.exceptions) or set()
        present = {exception for exception in excepted if exception.partition(" ->")[0] in modules}
        return ContractCheck(
            kept=foreign == present,
            metadata={"foreign": sorted(foreign - present), "unused": sorted(present - foreign)},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import that should not be, and each exception that is no longer needed."""
        for line in check.metadata["foreign"]:
            output.print_error(f"- {line}: not the standard library", bold=False)
        for line in check.metadata["unused"]:
            output.print_error(f"- {line}: this exception is no longer needed", bold=False)
        output.new_line()
