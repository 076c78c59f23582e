"""`ritornello`: the command line. Each command imports what it needs when it runs, so that --help answers at once."""

from __future__ import annotations

import sys

import typer

from ritornello import __version__
from ritornello.cli import (
    catalogue,
    clearing,
    consent,
    consent_people,
    consent_register,
    consent_services,
    demo,
    documents,
    exchange,
    house,
    identify,
    matches,
    payouts,
    plays,
    proving,
    registering,
    release,
    royalties,
    scores,
    simulation,
    studio,
    usage,
    verify,
    words,
)

app = typer.Typer(
    name="ritornello",
    help="Consent, creation, credit and compensation for derivatives of music.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ritornello {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Every derivative rests on a consent, and every cent traces back to it."""


app.command("demo")(demo.demo)
app.command("serve")(demo.serve)
app.command("make")(studio.make)
app.command("measure")(studio.measure)
app.command("lyrics")(words.lyrics)
app.command("score")(scores.score)
app.command("verify")(verify.verify)
app.command("explain")(documents.explain)
consent.consent.command("blanket")(consent_register.blanket)
consent.consent.command("rules")(consent_register.rules)
consent.consent.command("standing")(consent_register.standing)
consent.consent.command("service")(consent_services.service)
consent.consent.command("feed")(consent_services.feed)
documents.licence.command("issue")(consent.issue_licence)
consent_people.add_to(consent.consent)
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(consent.consent, name="consent")
app.add_typer(identify.app, name="identify")
app.add_typer(matches.app, name="matches")
clearing.add_to(release.app)
app.add_typer(release.app, name="release")
app.add_typer(documents.licence, name="licence")
app.add_typer(house.house, name="house")
app.add_typer(studio.stems, name="stems")
app.add_typer(studio.studio, name="studio")
app.add_typer(payouts.payouts, name="payouts")
royalties.royalties.command("trace")(proving.trace)
royalties.royalties.command("register")(registering.register)
royalties.royalties.command("simulate")(simulation.simulate)
royalties.royalties.command("schema")(simulation.schema)
app.add_typer(royalties.royalties, name="royalties")
usage.usage.command("rate")(exchange.rate)
usage.usage.command("rates")(exchange.rates)
usage.usage.command("performance")(plays.performance)
usage.usage.command("first-days")(plays.first_days)
usage.usage.command("payees")(plays.payees)
app.add_typer(usage.usage, name="usage")


def main() -> int:
    """Run the command line; a failure that a person can mend is one sentence and exit status 1."""
    from ritornello.cli.failures import spoken

    return spoken(lambda: app(standalone_mode=False), sys.stderr)
