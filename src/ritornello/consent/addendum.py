"""An offer as an addendum on paper: the summary, every term in words, what changed, and where to sign.

The hash of the offer stands at the foot of every page, so that what was signed is what the records hold.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from ritornello.consent.errors import ConsentError
from ritornello.consent.offers import Offer, Reply
from ritornello.consent.sentence import difference, offer_sentences, sentence_of, summary
from ritornello.consent.terms import parameters

_TITLES = {Reply.GRANT: "Addendum: consent", Reply.REFUSE: "Addendum: refusal", Reply.PROPOSAL: "Addendum to sign"}


def addendum(
    offer: Offer, *, issuer: str, names: Mapping[str, str] | None = None, before: Offer | None = None, link: str = ""
) -> dict[str, Any]:
    """What the addendum says. `names` stand for ids where they are known; `before` is the version that it replaces."""
    known = {name: text for name, text in (names or {}).items() if text}

    def named(text: str) -> str:
        for name, spoken in known.items():
            text = text.replace(name, f"{spoken} ({name})")
        return text

    terms: dict[str, list[str]] = {}
    for path in parameters():
        group, _, _ = path.partition(".")
        terms.setdefault(group.replace("_", " ").capitalize(), []).append(named(sentence_of(path, offer.terms)))
    opening = offer_sentences(offer)[: 3 if offer.warranty is not None else 2]
    refused = offer.reply is Reply.REFUSE
    changes = [] if before is None else difference(before.terms, offer.terms)
    return {
        "before": "" if before is None else before.version,
        "changes": [{"after": change.after, "before": change.before} for change in changes],
        "content_hash": offer.content_hash,
        "groups": [] if refused else [{"lines": lines, "name": name} for name, lines in terms.items()],
        "issuer": issuer,
        "link": link,
        "offer": offer.id,
        "opening": [named(line) for line in opening],
        "signatory": known.get(offer.holder, offer.holder),
        "summary": "Nothing may be made of it." if refused else summary(offer.terms),
        "title": _TITLES[offer.reply],
        "version": offer.version,
    }


def addendum_pdf(told: Mapping[str, Any]) -> bytes:
    """The addendum on A4, with selectable text. Raises `ConsentError` where it cannot be typeset."""
    import typst  # heavy, and only here

    template = files("ritornello.consent").joinpath("templates", "addendum.typ").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="ritornello-") as folder:
        place = Path(folder)
        (place / "addendum.typ").write_text(template, encoding="utf-8")
        (place / "addendum.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        try:
            made = typst.compile(str(place / "addendum.typ"), root=str(place), ignore_system_fonts=True, timestamp=0)
        except typst.TypstError as wrong:
            raise ConsentError.of("addendum", f"cannot be typeset: {wrong}", "check the names in it") from wrong
    return bytes(made)
