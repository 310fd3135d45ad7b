# SPDX-License-Identifier: BSD-2-Clause
"""What a rule does: actions, methods, first_factor, brand, on_outage."""

import pytest

from app import SECRET

TRANSPORTS = ("spawn", "socket")


def test_skip_without_a_first_factor_is_a_decoy(quick, settings, pam):
    settings.set(rules=[{"action": "skip"}])
    pam.only("sshd")
    line = quick.decoy(quick.login(password=False))
    assert line["reason"] == "no-first-factor"


def test_skip_after_a_key(quick, settings, pam):
    settings.set(rules=[{"action": "skip"}])
    pam.only("sshd")
    quick.admitted(quick.by_key(), outcome="skipped")


def test_deny(quick, settings):
    settings.set(rules=[{"action": "deny"}])
    assert quick.denied(quick.login())["reason"] == "rule"


def test_require(quick, settings):
    settings.set(rules=[{"action": "require"}])
    assert quick.right(quick.login())["rule"] == "1"


def test_action_is_require_when_left_out(quick, settings):
    settings.set(rules=[{"users": ["alice"]}])
    assert quick.right(quick.login())["rule"] == "1"


def test_observe(quick, settings):
    settings.set(rules=[{"action": "observe"}])
    line = quick.admitted(quick.login(), outcome="observed")
    assert line["would"] == "require" and line["rule"] == "1"


@pytest.mark.parametrize("record, would", [
    (None, "deny-unenrolled"),
    ({"enabled": False}, "deny-disabled"),
    ({"phone": 'not a number"'}, "deny-user-file"),
    ({"channels": ["whatsapp"]}, "deny-no-method"),
    ({"phone": "+12025550100"}, "deny-prefix"),
    ({"phone": "+12025550100", "channels": ["sms", "totp"],
      "totp_secret_file": "/etc/twofa/secrets/carol.totp"}, "require"),
])
def test_observe_tells_what_would_happen(quick, settings, record, would):
    settings.set(rules=[{"action": "observe"}],
                 limits={"allowed_prefixes": ["+44"]})
    settings.secret("carol.totp", SECRET)
    if record is not None:
        settings.user("carol", **record)
    line = quick.admitted(quick.login("carol"), "carol", outcome="observed")
    assert line["would"] == would


def test_observe_without_a_first_factor_is_a_decoy(quick, settings, pam):
    settings.set(rules=[{"action": "observe"}])
    pam.only("sshd")
    quick.decoy(quick.login(password=False))


def test_methods_choose_the_call(quick, settings, sim):
    settings.set(rules=[{"methods": ["voice"]}])
    line = quick.right(quick.login(), words="calling")
    assert line["method"] == "voice"
    assert sim.messages("alice")[-1]["channel"] == "voice"


def test_methods_that_nobody_delivers(quick, settings, syslog):
    settings.set(rules=[{"methods": ["totp", "recovery"]}])
    assert quick.denied(quick.login())["reason"] == "no-method"
    syslog.wait_for("no provider delivers.*alice.*channels in the user's file")


def test_methods_hide_the_call_key(quick, settings, clock):
    settings.set(rules=[{"methods": ["sms"]}])
    login = quick.login()
    assert "v call" not in login.prompt("Verification code sent")
    login.answer("v")
    login.prompt("that key does not work here")
    login.hang_up()


def test_without_first_factor_nothing_is_sent(quick, pam):
    pam.only("sudo")
    quick.decoy(quick.login(service="sudo", password=False))


def test_first_factor_stack(quick, settings, pam, sim):
    settings.set(rules=[{"services": ["sudo"], "first_factor": "stack"}])
    pam.only("sudo")
    quick.right(quick.login(service="sudo", password=False))
    assert len(sim.requests("start")) == 1


def test_an_unknown_name_of_a_rule_of_its_own(quick, settings, pam, syslog):
    """Hosts with one twofa.conf need not have all accounts that it names."""
    settings.set(rules=[{"users": ["nobodyhere"], "services": ["sudo"]},
                        {"services": ["sudo"], "first_factor": "stack"}])
    pam.only("sudo")
    quick.decoy(quick.login("nobodyhere", service="sudo", password=False),
                "nobodyhere", reason="no-account")
    assert "who took it over" not in " ".join(syslog.lines())


def test_skip_with_first_factor_stack(quick, settings, pam):
    settings.set(rules=[{"services": ["sudo"], "first_factor": "stack",
                         "action": "skip"}])
    pam.only("sudo")
    quick.admitted(quick.login(service="sudo", password=False),
                   outcome="skipped")


@pytest.mark.parametrize("rule", [
    {"first_factor": "stack"},
    {"first_factor": "stack", "services": ["sudo", "sshd"]},
])
def test_stack_may_not_vouch_for_sshd(quick, settings, syslog, rule):
    settings.set(rules=[rule])
    assert quick.denied(quick.login())["reason"] == "settings"
    syslog.wait_for(r"twofa\.conf:\d+: first_factor: ")


def test_brand_of_the_rule(quick, settings, sim):
    settings.set(rules=[{"brand": "ACME Ops"}])
    quick.right(quick.login())
    assert sim.requests("start")[0]["fields"]["brand"] == "ACME Ops"
    assert "ACME Ops" in sim.messages("alice")[0]["text"]


def test_brand_of_the_settings(quick, sim):
    quick.right(quick.login())
    assert sim.requests("start")[0]["fields"]["brand"] == "ACME Corp"


@pytest.mark.parametrize("outage", ["deny", "offline", None])
def test_outage_denies(quick, settings, sim, syslog, outage):
    settings.set(on_outage=outage)
    sim.stop()
    login = quick.login()
    assert login.ended() != 0
    assert "could not be sent" in login.text
    line = syslog.login_line(user="alice", outcome="denied")
    assert line["reason"] == "transient"
    syslog.wait_for("provider vonage: start: transient: .*not reached.*"
                    "base_url")


def test_outage_allows(quick, settings, sim, syslog):
    settings.set(on_outage="allow")
    sim.stop()
    assert quick.login().ended() == 0
    line = syslog.login_line(user="alice", outcome="allowed")
    assert line["reason"] == "outage"
    syslog.wait_for(r"alice admitted without a code \(on_outage = allow\)")


def test_rule_overrides_on_outage(quick, settings, sim, syslog):
    settings.set(on_outage="allow", rules=[{"on_outage": "deny"}])
    sim.stop()
    assert quick.login().ended() != 0
    assert syslog.login_line(user="alice")["outcome"] == "denied"


def test_rule_allows_in_an_outage(quick, settings, sim, syslog):
    settings.set(rules=[{"on_outage": "allow", "services": ["sudo"]}])
    sim.stop()
    assert quick.login(service="sudo").ended() == 0
    assert quick.login().ended() != 0
    assert syslog.login_line(service="sudo")["outcome"] == "allowed"
    assert syslog.login_line(service="sshd")["outcome"] == "denied"


def test_outage_without_a_first_factor_is_a_decoy(quick, settings, pam):
    settings.set(on_outage="allow")
    pam.only("sshd")
    quick.decoy(quick.login(password=False))


def test_lost_group_never_allows_in_an_outage(quick, settings, sim, syslog):
    settings.set(on_outage="allow", rules=[{"groups": ["nosuch"]}])
    sim.stop()
    assert quick.login().ended() != 0
    assert syslog.login_line(user="alice")["outcome"] == "denied"
