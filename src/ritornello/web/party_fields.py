"""Parties on a form: written by name or by id, one for each line, and read back as ids."""

from __future__ import annotations

from collections.abc import Iterable

from ritornello.consent.errors import Finding
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.frames import Names


class Parties:
    """Every party of the house by the name that whoever looks may see."""

    def __init__(self, work: UnitOfWork, names: Names) -> None:
        self.names = names
        self.ids = tuple(party.id for party in work.people.parties())
        self._by_name: dict[str, list[str]] = {}
        for one in self.ids:
            self._by_name.setdefault(names(one).casefold(), []).append(one)

    def known(self) -> list[tuple[str, str]]:
        """(id, name) in the order of names: what a list offers to choose from."""
        return sorted(((one, self.names(one)) for one in self.ids), key=lambda pair: (pair[1].casefold(), pair[0]))

    def read(self, text: str, field: str, findings: list[Finding]) -> str:
        """The id that a name or id stands for; with a finding where it is nobody, or several."""
        text = text.strip()
        if text in self.ids:
            return text
        found = self._by_name.get(text.casefold(), [])
        if len(found) == 1:
            return found[0]
        if not text:
            findings.append(Finding(field, "is missing", "write a name from the list"))
        elif found:
            findings.append(Finding(field, f"{text!r} is the name of {len(found)} parties", "write the id instead"))
        else:
            findings.append(Finding(field, f"{text!r} is no party of this house", "write a name from the list"))
        return ""

    def read_lines(self, text: str, field: str, findings: list[Finding]) -> list[str]:
        """One party for each line that is not empty."""
        return [found for line in text.splitlines() if line.strip() and (found := self.read(line, field, findings))]

    def shown(self, ids: Iterable[str]) -> str:
        """Parties as lines of a form."""
        return "\n".join(map(self.names, ids))
