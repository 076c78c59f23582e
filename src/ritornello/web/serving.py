"""The web application on loopback, with a worker beside it and a link that signs the owner in."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from ritornello import logs
from ritornello.api.app import house_of
from ritornello.api.doors import NOBODY
from ritornello.jobs import Crew, Job, Worker
from ritornello.people import service as people
from ritornello.people.roles import Role
from ritornello.settings import Settings
from ritornello.workflows.house import House


class NobodyHere(Exception):
    """The installation has no organisation yet, so there is nobody to sign in."""

    def __init__(self) -> None:
        super().__init__(
            "nothing to show yet: run `ritornello demo`, or found an organisation with `ritornello house found`"
        )


def sign_in_link(house: House, settings: Settings, address: str, at: datetime) -> str:
    """A link that signs an owner of the first organisation in, once. Raises `NobodyHere`."""
    with house.work(NOBODY, read_only=True) as work:
        organisations = work.people.all_organisations()
    for organisation in organisations:
        with house.work(organisation.id) as work:
            for person, membership in work.people.members():
                if person is not None and Role.OWNER in membership.roles:
                    length = settings.sign_in_link_length
                    token, _ = people.make_sign_in_link(work.people, organisation.id, person.id, at, length)
                    work.commit()
                    return f"{address}/sign-in/{token}"
    raise NobodyHere


def serve_here(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until stopped. A port that is taken gives way to a free one, and says so."""
    import uvicorn

    from ritornello.web.site import create_site

    house = house_of(settings)
    logs.set_up(settings.log_format, settings.log_level)
    listener = _listening(settings.host, settings.port)
    port = listener.getsockname()[1]
    address = settings.base_url.rstrip("/") or f"http://{settings.host}:{port}"
    at_port = settings.model_copy(update={"port": port})
    if port != settings.port:
        say(f"Port {settings.port} is taken; listening on {port}.")
    link = sign_in_link(house, settings, address, datetime.now(UTC))
    say(f"Ritornello is on {address}\nSign in with this link (it works once):\n\n    {link}\n\nStop with Ctrl-C.")
    server = uvicorn.Server(uvicorn.Config(create_site(at_port, house=house), log_level="warning"))
    crew = crew_of(house, settings)
    crew.start()
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()
        crew.stop()


def crew_of(house: House, settings: Settings, now: Callable[[], datetime] | None = None) -> Crew:
    """The workers beside the application: as many as the settings say, over all organisations of the house."""
    from ritornello.store.job_queue import DatabaseQueue
    from ritornello.workflows.studio_jobs import handlers_of

    clock = now or (lambda: datetime.now(UTC))
    queue = DatabaseQueue(house.engine)
    told = structlog.get_logger("ritornello.jobs")

    def listen(happened: str, job: Job | None, detail: str) -> None:
        level = told.warning if happened in ("failed", "lost", "hangs", "queue") else told.info
        level(happened, job=None if job is None else job.id, kind=None if job is None else job.kind, detail=detail)

    def hire(number: int) -> Worker:
        name = f"{socket.gethostname()}-{os.getpid()}-{number}"
        return Worker(queue, handlers_of(house, clock), name=name, clock=clock, lease=settings.job_lease, listen=listen)

    return Crew(hire, settings.workers)


def _listening(host: str, port: int) -> socket.socket:
    for wanted in (port, 0):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, wanted))
            return listener
        except OSError:
            listener.close()
    raise OSError(f"no port of {host} can be listened on")
