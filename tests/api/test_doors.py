"""Coming in: a link works once and only when the button is pressed, a session ends, forgery is refused."""

from __future__ import annotations

from fastapi.testclient import TestClient

from ritornello.people import service
from ritornello.people.roles import Role
from tests.api.conftest import HERE, Installed

ME = "/api/v1/me"
PAGE = {"Accept": "text/html"}


def come_in(installed: Installed, role: Role = Role.OWNER) -> TestClient:
    client = installed.client()
    answer = client.post(installed.link(role), headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return client


def test_a_link_is_looked_at_by_anybody_and_used_once(installed: Installed) -> None:
    link = installed.link()
    client = installed.client()
    for _ in range(3):
        looked = client.get(link, headers=PAGE)
        assert looked.status_code == 200
        assert "Continue as owner" in looked.text
    assert client.get(ME).status_code == 401
    assert client.post(link).status_code == 303
    assert client.get(ME).json()["roles"] == ["owner"]
    assert installed.client().post(link).status_code == 410
    assert installed.client().get(link).status_code == 410


def test_a_link_ends_and_a_false_one_says_nothing(installed: Installed) -> None:
    link = installed.link()
    installed.clock.pass_by(minutes=installed.settings.sign_in_link_minutes)
    late = installed.client().post(link)
    false = installed.client().post("/sign-in/ritl_" + "A" * 43)
    assert (late.status_code, false.status_code) == (410, 410)
    assert late.text == false.text


def test_the_cookie_cannot_be_read_or_sent_across(installed: Installed) -> None:
    cookie = installed.client().post(installed.link()).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=43200" in cookie


def test_a_session_ends_by_time_and_by_signing_out(installed: Installed) -> None:
    first, second = come_in(installed), come_in(installed)
    assert first.get(ME).status_code == 200
    out = first.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"})
    assert out.status_code == 303
    first.cookies.update(second.cookies)
    assert second.get(ME).status_code == 200
    installed.clock.pass_by(hours=installed.settings.session_hours)
    assert second.get(ME).status_code == 401


def test_a_session_that_was_ended_stays_ended(installed: Installed) -> None:
    client = come_in(installed)
    kept = dict(client.cookies)
    client.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"})
    again = installed.client()
    again.cookies.update(kept)
    assert again.get(ME).status_code == 401


def test_a_request_from_another_site_is_refused(installed: Installed) -> None:
    client = come_in(installed)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil"}, {}):
        assert client.post("/sign-out", headers=headers).status_code == 403
    assert client.get(ME).status_code == 200
    assert client.post("/sign-out", headers={"Origin": "http://testserver"}).status_code == 303


def test_a_key_opens_until_it_is_revoked(installed: Installed) -> None:
    client = installed.client(installed.keys[HERE, Role.FINANCE])
    assert client.get(ME).json()["roles"] == ["finance"]
    with installed.house.work(HERE) as work:
        key = next(key for key in work.people.api_keys() if key.roles == {Role.FINANCE})
        work.people.revoke_key(key.id, installed.clock())
        work.commit()
    installed.clock.pass_by(seconds=1)
    assert client.get(ME).status_code == 401


def test_a_link_or_a_session_is_no_key(installed: Installed) -> None:
    link = installed.link().rpartition("/")[2]
    for token in (link, "", "ritk_" + "A" * 43, "nonsense", "ritk_' OR 1=1 --"):
        assert installed.client(token).get(ME).status_code == 401


def test_a_problem_says_what_and_how_to_mend_it(installed: Installed) -> None:
    answer = installed.client().get(ME)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["status"] == 401
    assert "sign-in link" in answer.json()["mend"]
    page = installed.client().get("/nowhere", headers=PAGE)
    assert page.status_code == 404
    assert "Nothing here" in page.text


def test_every_answer_carries_the_headers(installed: Installed) -> None:
    for path in ("/sign-in", "/api/v1/health", "/nowhere", "/static/style.css"):
        headers = installed.client().get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "cache-control" in headers


def test_the_open_doors_are_open_and_tell_no_secret(installed: Installed) -> None:
    client = installed.client()
    assert client.get("/api/v1/health").json()["status"] == "ok"
    keys = client.get("/api/v1/keys").json()
    assert keys
    assert "private" not in str(keys)


def test_erasing_a_person_shuts_their_door(installed: Installed) -> None:
    client = come_in(installed, Role.FAN)
    with installed.house.work(HERE) as work:
        service.erase_person(work.people, HERE, installed.people[HERE, Role.FAN], installed.clock(), "per_x")
        work.commit()
    assert client.get(ME).status_code == 401


def test_a_link_to_what_was_found_that_is_none_says_so(installed: Installed) -> None:
    stranger = installed.client()
    for method, path in (("GET", "/found/x"), ("POST", "/found/'"), ("POST", "/found/x/refusal")):
        answer = stranger.request(method, path)
        assert answer.status_code == 410 and "This link does not open" in answer.text, path


def test_a_log_longer_than_any_is_refused_by_its_shape(installed: Installed) -> None:
    for door in ("growth", "consistency"):
        answer = installed.client().get(f"/api/v1/log/{door}", params={"first": 10**24, "second": 10**24})
        assert answer.status_code == 422, door
