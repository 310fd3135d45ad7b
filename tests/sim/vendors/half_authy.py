# SPDX-License-Identifier: BSD-2-Clause
"""A call of each of Authy's APIs."""

from halves import Call, form

API_KEY = "?api_key=" + "k" * 32


def authy_user(sim, number):
    """The id of a new user of Authy's."""
    fields = {"user[email]": "a@b.co", "user[country_code]": "44", "user[cellphone]": number[2:]}
    method, path, body, headers = form("/protected/json/users/new" + API_KEY, None, **fields)
    return sim.request(method, path, body, headers).json["user"]["id"]


def authy_token(sim, number):
    """(id, token) of a new user whom an SMS has reached."""
    user = authy_user(sim, number)
    sim.request("GET", f"/protected/json/sms/{user}{API_KEY}&force=true")
    return user, sim.code("+" + number)


AUTHY = Call(
    "authy", "check", good=200, id=None, verdict="token", sends=False, prepare=authy_token,
    ask=lambda who: ("GET", f"/protected/json/verify/{who[1]}/{who[0]}{API_KEY}", None, {}))
ONETOUCH = Call(
    "authy", "start", good=200, id="approval_request.uuid", prepare=authy_user,
    ask=lambda user: form(f"/onetouch/json/users/{user}/approval_requests{API_KEY}", None,
                          message="Sign in?", **{"details[Host]": "web1"}))
AUTHY_PHONES = Call(
    "authy", "start", good=200, id="uuid", verdict="message",
    ask=lambda n: form("/protected/json/phones/verification/start" + API_KEY, None, via="sms",
                       country_code=n[:2], phone_number=n[2:]))
