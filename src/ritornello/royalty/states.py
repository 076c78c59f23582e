"""What holds for each asset and when: scopes, consent gaps, holds and regions, with the days between which.

Assets that are treated alike share a state, and an asset for which nothing special holds has none. Scope states go by
the day of use (invariant 7): a consent that ended after a day of use does not reach back to it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from ritornello.identifiers.territories import TerritorySet
from ritornello.royalty.lanes import State, breakpoints
from ritornello.royalty.tables import OPEN_FROM, OPEN_TO
from ritornello.royalty.terms import MakerTerms, Terms


class States:
    """What holds for each asset and when: scopes, consent gaps, holds and regions, with the days between which."""

    def __init__(self, terms: Terms, period_start: date) -> None:
        self._terms = terms
        self._start = period_start
        self._eras = breakpoints(terms)
        self._makers: dict[str, list[MakerTerms]] = defaultdict(list)
        for maker in terms.makers:
            self._makers[maker.asset].append(maker)
        self._global = tuple(hold for hold in terms.holds if not hold.assets)
        self._own = [hold for hold in terms.holds if hold.assets]
        self._dated = bool(self._eras)
        plain = State("", period_start, holds=self._global)
        self._states: dict[tuple[object, ...], State] = {self._key(plain): plain}
        self._rows: list[tuple[str, date, date, str]] = []

    @staticmethod
    def _key(state: State) -> tuple[object, ...]:
        scope = None if state.scope is None else tuple((name, where.mask) for name, where in state.scope)
        return (state.day, scope, state.gap, state.holds, state.regions)

    def add(self, asset: str, regions: tuple[tuple[str, str], ...]) -> None:
        """Write down what holds for an asset; `regions`: territory -> region where its owners differ by territory."""
        makers = self._makers.get(asset, ())
        if not (makers or self._own or self._dated or regions):
            return
        holds = (*self._global, *(hold for hold in self._own if asset in hold.assets))
        ends = min((m.ends + timedelta(days=m.grace_days) for m in makers if m.ends is not None), default=None)
        scopes = [dict(maker.scope) for maker in makers if maker.scope]
        scope = None
        if scopes:
            services = set.intersection(*(set(one) for one in scopes))
            scope = tuple((name, _meet([one[name] for one in scopes])) for name in sorted(services))
        days = {day for hold in holds for day in (hold.when.valid_from, hold.when.valid_to) if day is not None}
        days |= set(self._eras) | ({ends} if ends is not None else set())
        starts = [OPEN_FROM, *sorted(days)]
        found = []
        for number, start in enumerate(starts):
            day = start if number else (min(days) - timedelta(days=1) if days else self._start)
            state = State("", day, scope, ends is not None and start >= ends, holds, regions)
            known = self._states.get(self._key(state))
            if known is None:
                known = State(f"s{len(self._states):05d}", day, scope, state.gap, holds, regions)
                self._states[self._key(state)] = known
            found.append((asset, start, starts[number + 1] if number + 1 < len(starts) else OPEN_TO, known.name))
        if len(found) > 1 or found[0][3]:
            self._rows.extend(found)

    def done(self) -> tuple[tuple[State, ...], tuple[tuple[str, date, date, str], ...]]:
        return tuple(self._states.values()), tuple(self._rows)


def _meet(sets: list[TerritorySet]) -> TerritorySet:
    met = sets[0]
    for one in sets[1:]:
        met = met & one
    return met
