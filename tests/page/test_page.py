# SPDX-License-Identifier: BSD-2-Clause
"""The help desk's page in a real browser, with Cockpit's own server and bridge;
logins are those of a real sshd, and the simulator is the phone."""

import json
import os
import re
import subprocess

import pytest

import sdjournal
import stage
from house import ADMIN, DESK, HELPER, OTHER, STAFF
from steps import ONCE, at_prompt

WHY = "lost phone, INC-77"
HOSTILE = {
    "tags": "<script>document.title='taken'</script><img src=x "
            "onerror=\"document.title='taken'\">",
    "quotes": "O'Neill \"; $(id) `id` & <b> \\ {{7*7}}",
    "turned": "evil \u202etxt.exe\u202c \u200b\u2066 \u05d0\u05d1\u05d2 \u0645",
    "long": "Abcdefghij" * 24,
}


def status(house, user):
    found = json.loads(house.ctl("status", "--json", user))["entries"]
    return next(one for one in found if one["source"] == "")


def test_locked_and_helped(house, visit):
    """bob calls: found, unlocked, and in by the next code on his phone."""
    login = at_prompt(house.sshd.login("bob", options=ONCE), "locked for")
    login.answer("q")
    assert login.ended() != 0
    page = visit(DESK, shell=True)
    page.reads("#needs", "Locked until you unlock 1")
    page.type("#find", "baker")
    page.reads("#found", "1 person of %d" % len(STAFF))
    page.choose("bob")
    words = page.reads("#condition", "Locked by wrong codes")
    assert "from 127.0.0.0/24" in words and " min" in words, words
    assert "locked 1" in page.text("[data-user=bob]")
    assert "sudo twofactl helpdesk unlock --json -- bob" in page.text("#about")
    page.press("Unlock bob")
    page.reads("#said", "bob is unlocked")
    page.reads("#condition", "Nothing is locked")
    assert "1 of 20 codes and unlocks used today" in page.text("#left")
    login = at_prompt(house.sshd.login("bob"))
    login.answer(house.phones.code("bob"))
    assert login.ended() == 0
    page.press("Unlock bob")
    page.reads("#said", "Nothing was locked for bob")


def test_shut_is_opened(house, visit):
    page = visit(DESK)
    page.click("[data-need=shut]")
    page.reads("#found", "1 person of")
    page.choose("erin")
    page.reads("#condition", "Locked until you unlock: a hundred wrong codes")
    page.press("Unlock erin")
    page.reads("#said", "erin is unlocked")
    assert not status(house, "erin")["shut"]


def test_code_with_an_end(house, visit):
    page = visit(DESK)
    page.choose("alice")
    page.press("Make a code")  # a reason is missing
    assert not page.text("#code")
    page.type("#why", WHY)
    page.type("#hours", "2")
    page.press("Make a code")
    code = page.code()
    assert re.fullmatch("[A-Z2-7]{4}(-[A-Z2-7]{4}){3}", code)
    assert page.run("return document.activeElement.innerText").startswith(
        "Code for Alice Adams")
    line = house.log.wait_for("event=bypass-made user=alice .*").group(0)
    assert WHY in line and "uid=0 ruser=carol" in line or "carol" in line
    said = "\n".join(house.log.lines())
    assert code not in said  # nor by sudo, whose log has command lines
    assert all(WHY not in one for one in house.log.lines()
               if "COMMAND=" in one)
    page.press("Hide")
    page.gone("#code .big")
    assert code[:4] not in page.run("return document.body.innerHTML")
    login = at_prompt(house.sshd.login("alice"))
    login.answer(code)
    assert login.ended() == 0
    line = house.log.login_line(user="alice", outcome="allowed")
    assert line["method"] == "bypass" and "carol" in line["by"]


@pytest.mark.parametrize("user", [DESK, ADMIN])
def test_a_code_is_ended(house, visit, user):
    """From the list of open codes, and beside the code itself."""
    if user == ADMIN:
        house.settings.set(helpdesk_for=["nobody-here"])
    house.ctl("code", "alice", "--invite", "--hours", "9", "--why", "INC-9")
    page = visit(user)
    page.choose("alice")
    page.type("#why", WHY)
    page.press("Make a code")
    page.code()
    text = page.reads("#open", "One-time bypass code until")
    assert "INC-9" in text and "Invitation until" in text
    page.press("End this code")
    page.reads("#said", "ended")
    page.gone("#code .big")
    assert WHY not in page.text("#open") and "INC-9" in page.text("#open")
    page.press("End")
    page.reads("#said", "ended")
    page.gone("#open")
    assert "alice" not in house.ctl("list", "--codes")


def test_ended_in_two_windows(house, visit):
    house.ctl("code", "alice", "--hours", "9", "--why", "INC-9")
    page = visit(DESK)
    page.choose("alice")
    page.find("#open button")
    house.ctl("code", "alice", "--end", "all")
    house.ctl("code", "alice", "--hours", "9", "--why", "INC-10")
    page.press("End")
    page.reads("#said", "ended or used already")
    page.reads("#open", "INC-10")


def test_code_goes_with_the_person(visit):
    page = visit(DESK)
    page.choose("alice")
    page.type("#why", WHY)
    page.press("Make a code")
    page.code()
    page.choose("grace")
    page.gone("#code .big")


def test_code_goes_by_itself(visit):
    """After three hundred seconds, which are shorter here."""
    page = visit(DESK)
    page.run("const real = window.setInterval; window.seconds = 0;"
             "window.setInterval = (act, ms) => real(() => {"
             "    window.seconds++; act(); }, ms / 50);")
    page.choose("alice")
    page.type("#why", WHY)
    page.press("Make a code")
    code = page.code()
    assert "gone from here in" in page.text("#code")
    page.gone("#code .big")
    assert page.run("return window.seconds") == 300
    assert code[:4] not in page.run("return document.body.innerHTML")


@pytest.mark.parametrize("allowed", [True, False])
def test_copy(visit, allowed):
    """The code alone; and a browser that forbids it is no silent failure."""
    page = visit(DESK)
    for name in ("clipboard-write", "clipboard-read"):
        page.command("Browser.setPermission", permission={"name": name},
                     setting="granted" if allowed else "denied")
    page.choose("alice")
    page.type("#why", WHY)
    page.press("Make a code")
    code = page.code()
    page.press("Copy")
    if not allowed:
        page.reads("#code", "Cannot copy: read it out")
        return
    page.reads("#code", "Copied")
    page.run("window.found = ''; navigator.clipboard.readText().then("
             "text => { window.found = text; });")
    page.until(lambda: page.run("return window.found") == code, "a copy")


def test_invitation(house, visit):
    """Who is not enrolled gets one in any case."""
    page = visit(DESK)
    page.choose("dave")
    assert page.run("const box = document.getElementById('invite');"
                    "return box.checked && box.disabled")
    page.type("#why", "first day")
    page.press("Make a code")
    code = page.code()
    login = house.sshd.login("dave")
    login.password()
    login.prompt("code")
    login.answer(code)
    assert login.ended() == 0


def test_refusals_are_told(house, visit):
    """twofactl's own words: three codes are the most."""
    page = visit(DESK)
    page.choose("alice")
    for number in range(4):
        page.type("#why", WHY)
        page.press("Make a code")
        if number < 3:
            page.code()
            page.press("Hide")
    assert "alice" in page.reads("#wrong", "has 3 bypass codes")
    assert "twofactl:" not in page.text("#wrong")
    assert house.ctl("list", "--codes").count("alice") == 3


def test_looks_like_cockpits_own(visit):
    """By what a browser makes of Cockpit's own style sheet, in both themes."""
    for dark in (False, True):
        page = visit(ADMIN, dark=dark)
        page.reads("#cards", "The last 14 days")
        page.choose("bob")
        page.find("#why")
        page.run(SETTLED)
        ours = page.run(STYLES, [one[0] for one in ALIKE])
        page.go(page.run("return location.href").replace("twofa", "users"))
        page.until(lambda: page.run("return document.fonts.size > 0"), "its fonts")
        page.run("document.body.innerHTML = arguments[0];" + SETTLED, OWN)
        for (name, own), mine, theirs in zip(
                ALIKE, ours, page.run(STYLES, [one[1] for one in ALIKE])):
            if dark and name == "button.main":  # its text is too faint for WCAG
                mine, theirs = mine[:-1], theirs[:-1]
            assert mine == theirs, (dark, name, own)


OWN = """
<div class="pf-c-page"><section class="pf-c-page__main-section">
<article class="pf-c-card"><div class="pf-c-card__header"><div class="pf-c-card__title">
<h2 class="pf-c-title pf-m-xl">x</h2></div></div><div class="pf-c-card__body">
<button class="pf-c-button pf-m-primary">x</button>
<button class="pf-c-button pf-m-secondary">x</button>
<label class="pf-c-form__label"><span class="pf-c-form__label-text">x</span></label>
<input class="pf-c-form-control"></div></article></section></div>"""
ALIKE = [("body", ".pf-c-page"), (".card", ".pf-c-card"), ("#people-head", "h2"),
         ("button.main", ".pf-m-primary"), ("#again", ".pf-m-secondary"),
         ("#why", "input")]
SETTLED = """
const still = new CSSStyleSheet();
still.replaceSync('* { transition: none !important; }');
document.adoptedStyleSheets.push(still);
"""
STYLES = """
const of = (c, ...names) => names.map(name => c[name]);
return arguments[0].map(css => {
    const node = document.querySelector(css), c = getComputedStyle(node);
    const found = of(c, 'fontFamily', 'fontSize', 'fontWeight', 'lineHeight',
                     'backgroundColor', 'borderRadius');
    if (node.matches('button, input'))
        found.push(...of(c, 'height', 'borderBottomLeftRadius', 'color'));
    return found.concat(/card/.test(css) ? of(c, 'boxShadow') : []);
});
"""


def files(*paths):
    """Their text."""
    kept = {}
    for path in paths:
        with open(path, encoding="utf-8") as text:
            kept[path] = text.read()
    return kept


@pytest.fixture(name="crowd")
def _crowd(house):
    """Two thousand more, without homes."""
    kept = files("/etc/passwd", "/etc/group")
    names = ["staff%04d" % n for n in range(2000)]
    with open("/etc/passwd", "a", encoding="utf-8") as out:
        out.writelines("%s:x:%d:100:Staff %04d:/:/bin/sh\n" % (
            name, 20000 + n, n) for n, name in enumerate(names))
    with open("/etc/group", "w", encoding="utf-8") as out:
        out.write(re.sub("^(people:x:\\d+:)", "\\1" + ",".join(names) + ",",
                         kept["/etc/group"], flags=re.M))
    yield names
    for path, text in kept.items():
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)


def test_two_thousand_people(house, crowd, visit):
    """A hundred of them at a time, by name; and one action reads one of them."""
    page = visit(DESK)
    page.reads("#pages", "1–100 of %d" % (len(STAFF) + len(crowd)))
    shown = "return [...document.querySelectorAll('#people [data-user]')].map(" \
        "one => one.dataset.user)"
    assert page.run(shown) == sorted(STAFF) + crowd[:90]
    page.press("Next")
    page.reads("#pages", "101–200")
    assert page.run(shown) == crowd[90:190]
    assert page.run("return document.activeElement.dataset.user") == crowd[90]
    page.type("#find", "staff 1999")
    page.reads("#found", "1 person of")
    page.choose(crowd[1999])
    page.press("Unlock")
    page.reads("#said", "Nothing was locked")
    page.type("#find", "bob")
    page.choose("bob")
    page.press("Unlock bob")
    page.reads("#said", "bob is unlocked")
    assert "locked" not in page.text("[data-user=bob]")
    page.type("#why", WHY)
    page.press("Make a code")
    page.code()
    assert "1 open code" in page.text("[data-user=bob]")
    runs = [line for line in house.log.lines() if "helpdesk who" in line
            and "COMMAND" not in line]
    assert len(runs) == 1, runs


def test_found_by_the_end_of_the_number(visit):
    """As far as the desk sees it; and by Enter and arrows alone."""
    page = visit(DESK)
    page.find("[data-user=judy]")
    for words, count in (("0900", 1), ("900", 1), ("+447700900900", 1),
                         ("0901", 0), ("judy 0900", 1), ("judy 0800", 0)):
        page.type("#find", words)
        if count:
            page.reads("#found", "1 person of")
            assert page.text("#people").startswith("Judy Jones")
        else:
            page.reads("#found", "0 people of")
    page.type("#find", "a")
    page.keys("\ue015")  # down: the first, the second
    page.keys("\ue015")
    assert page.run("return document.activeElement.dataset.user") == "bob"
    page.keys("\ue013", "\ue013")  # up: back to the search
    assert page.run("return document.activeElement.id") == "find"
    page.type("#find", "grace\ue007")
    page.reads("#person-head", "Grace Gale")
    page.find("#why")


@pytest.mark.parametrize("groups, why", [
    (["nosuch"], "helpdesk_for names the group nosuch, which does not exist"),
    (["helpdesk"], "is of the help desk"),
])
def test_why_there_is_nobody(house, visit, groups, why):
    house.settings.set(helpdesk_for=groups)
    page = visit(DESK)
    assert "twofactl" not in page.reads("#none", why)
    assert not page.text("#people") and not page.text("#refused")


@pytest.mark.parametrize("width", [1280, 400])
def test_code_in_two_lines(visit, width):
    page = visit(DESK)
    page.size(width, 900)
    page.choose("alice")
    page.type("#why", WHY)
    page.press("Make a code")
    page.code()
    at = page.run("return [...document.querySelectorAll('#code .big b')].map("
                  "b => b.getBoundingClientRect()).map(r => [r.x, r.y])")
    assert at[0][1] == at[1][1] < at[2][1] == at[3][1], at
    assert at[0][0] == at[2][0] < at[1][0] == at[3][0], at


@pytest.mark.parametrize("user", [DESK, ADMIN])
def test_history(house, visit, user):
    """Who did what and when, of this person alone."""
    page = visit(user)
    page.choose("heidi")
    page.click("#history summary")
    text = page.reads("#history table", "made a code")
    assert "carol" in text and "INC-80" in text, text
    assert "judy" not in text and "locked" not in text
    command = "helpdesk history --json -- heidi" if user == DESK else \
        "report --events --since 90d --json"
    assert "sudo twofactl " + command in page.text("#history")
    page.choose("judy")
    page.click("#history summary")
    text = page.reads("#history table", "used a recovery code")
    assert text.count("judy") == 1, text


def test_limits_have_their_maximum(house, visit):
    login = at_prompt(house.sshd.login("alice"))
    login.answer("q")
    for user in (DESK, ADMIN):
        page = visit(user)
        page.choose("alice")
        assert "1 of 5 in the last hour, 1 of 15 in the last day" in \
            page.text("#about")


def test_same_words_for_the_administrator(house, visit):
    """Also the full names; and of recovery codes who can make some hears."""
    house.settings.user("grace", enabled=False, phone="+447700900600")
    house.settings.user(OTHER, enabled=False, phone="+447700909900")
    texts = {}
    for user in (DESK, ADMIN):
        page = visit(user)
        page.choose("grace")
        texts[user] = page.text("#people"), page.text("#needs"), \
            page.text("#condition"), page.text("#about dl")
    (people, needs, condition, about), (all_people, all_needs, *same) = \
        texts[DESK], texts[ADMIN]
    assert condition == same[0] == "Disabled by an administrator: no code lets in."
    assert same[1].startswith(about)
    assert "Grace Gale\ngrace\ndisabled" in people and \
        "Grace Gale\ngrace\ndisabled" in all_people
    assert "Oscar Olsen\noscar\ndisabled" in all_people
    assert "recovery" not in people + needs
    assert "Frank Fisher\nfrank\nno recovery codes" in all_people
    assert "No recovery codes 1" in all_needs


@pytest.fixture(name="hostile")
def _hostile(house):
    kept = files("/etc/passwd", "/etc/group", "/etc/shadow")
    for user, name in HOSTILE.items():
        house.account(user, name)
    yield HOSTILE
    for path, text in kept.items():
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)


def test_hostile_names(hostile, visit):
    """Text, whatever they hold; and the page stays as wide as its window."""
    page = visit(DESK)
    for user in hostile:
        page.choose(user)
        name = page.run("return document.getElementById('person-head')"
                        ".textContent")
        assert name and "\u202e" not in name and "\u200b" not in name
        if user == "tags":
            assert name.startswith("<script>document.title=")
    page.choose("turned")
    assert "\u05d0\u05d1\u05d2" in page.text("#person-head")
    for width in (1280, 400, 320):
        page.size(width, 800)
        assert page.run("return document.documentElement.scrollWidth") <= width
    assert page.run("return document.title") == "Second factors"
    assert page.run("return document.querySelectorAll("
                    "'img, body script, iframe').length") == 0


def test_vendors_words(house, visit):
    """As text; a line with bytes that the helper would escape is forged."""
    words = "event=locked user=alice provider says <img src=x onerror=alert(1)>"
    sdjournal.write([sdjournal.entry(words, 60, exe=HELPER), sdjournal.entry(
        words.replace("says", "turns \u202e"), 61, exe=HELPER)])
    page = visit(ADMIN)
    assert "<img src=x onerror=alert(1)>" in page.reads("#cards", "provider says")
    assert "provider turns" not in page.text("#cards")
    assert page.run("return document.querySelectorAll('img').length") == 0


def test_without_the_line(visit):
    """Nothing but why: no names, no buttons that help."""
    page = visit(OTHER)
    text = page.reads("main", "This page is for the help desk")
    assert "sudo:" in text and "docs/guide/cockpit.md" in text
    html = page.run("return document.body.innerHTML")
    assert not any(name in html for name in STAFF.values())
    assert not page.text("#desk") and not page.text("#host")


def test_desk_is_not_root(visit):
    page = visit(DESK)
    page.choose("alice")
    assert not page.text("#host") and not page.text("#root")
    assert "sudo -n" not in page.text("#about")
    listed = page.text("#people")
    assert not any(user in listed for user in (ADMIN, OTHER, "root"))


def test_roots_overview(house, visit):
    page = visit(ADMIN)
    text = page.reads("#cards", "The last 14 days")
    for words in ("sends_per_host_hour:", "vonage", "days left: good until",
                  "card readers", "Oscar Olsen (oscar)\nnot enrolled",
                  "Locks and refused"):
        assert words in text, words
    assert page.run("return document.querySelectorAll('.plots rect').length") \
        == 28
    labels = page.run("return [...document.querySelectorAll('.plots svg')].map("
                      "one => one.getAttribute('aria-label'))")
    assert all("oldest first: " in label for label in labels)


def test_root_enrols_and_removes(house, visit):
    page = visit(ADMIN)
    page.choose("dave")
    page.click("#root summary")
    page.type("#number", "+44 7700 900777")
    page.press("Enrol dave")
    page.reads("#said", "dave has this number now")
    assert "+447700900777" in house.ctl("show", "--full", "dave")
    # what sudo has to log is no number
    assert not any("900777" in line for line in house.log.lines()
                   if "COMMAND=" in line)
    page.click("#root summary")
    page.press("Make new ones")
    page.click("#ask-yes")
    page.reads("#code", "Recovery codes of Dave Dunn")
    left = json.loads(house.ctl("recovery-codes", "--left", "--json", "dave"))
    assert left["left"] == 10
    page.click("#root summary")
    page.press("Remove dave")
    page.reads("#ask", "are gone then")
    page.press("Close")
    assert "+44" in house.ctl("show", "dave")
    page.press("Remove dave")
    page.click("#ask-yes")
    page.reads("#said", "dave is not enrolled any more")


def test_root_gives_an_app(house, visit, tmp_path):
    """The QR code is read by a scanner, from the screen."""
    page = visit(ADMIN)
    page.choose("grace")
    page.click("#root summary")
    page.press("Show a QR code")
    page.reads("#ask-shown", "Code that the app shows")
    picture = str(tmp_path / "qr.png")
    page.picture(picture, whole=False)
    link = subprocess.run(["zbarimg", "-q", "--raw", picture], text=True,
                          capture_output=True, check=True).stdout
    secret = re.search("secret=([A-Z2-7]+)", link)[1]
    code = subprocess.run(["oathtool", "--totp", "-b", secret], text=True,
                          capture_output=True, check=True).stdout.strip()
    page.type("#ask-typed", code)
    page.click("#ask-yes")
    page.reads("#ask-shown", "Done.")
    page.press("Close")
    page.lacks(secret)
    shown = json.loads(house.ctl("show", "--json", "grace"))
    assert shown["app"]


def test_root_tries_a_login(house, visit):
    """twofactl test in the dialog: a code on the phone, typed, and its words."""
    page = visit(ADMIN)
    page.choose("grace")
    page.click("#root summary")
    page.press("Send a code and ask for it")
    page.reads("#ask-shown", "ode")
    page.type("#ask-typed", house.phones.code("grace"))
    page.click("#ask-yes")
    page.reads("#ask-shown", "Done.")
    house.log.wait_for("grace@sshd: provider vonage: check: ok")


def test_root_sees_the_place_of_a_lock(house, visit):
    """Also of who is in no group of helpdesk_for."""
    house.settings.set(helpdesk_for=["nobody-here"])
    page = visit(ADMIN)
    page.choose("bob")
    page.reads("#condition", "from 127.0.0.0/24")


def test_root_helps_who_is_not_the_desks(house, visit):
    """By root's own commands: oscar is in no group of helpdesk_for."""
    house.settings.user(OTHER, phone="+447700909900")
    page = visit(ADMIN)
    page.choose(OTHER)
    page.press("Unlock " + OTHER)
    page.reads("#said", "Nothing was locked for " + OTHER)
    page.type("#why", WHY)
    page.press("Make a code")
    code = page.code()
    assert house.ctl("list", "--codes").count(OTHER) == 1
    login = at_prompt(house.sshd.login(OTHER))
    login.answer(code)
    assert login.ended() == 0


# The text that can be seen, and how far it is from what lies behind it: WCAG's
# formula (w3.org/TR/WCAG21, relative luminance and contrast ratio).
CONTRAST = r"""
const part = value => (value /= 255) <= .03928 ? value / 12.92
    : ((value + .055) / 1.055) ** 2.4;
const rgb = text => text.match(/[\d.]+/g).map(Number);
const light = c => .2126 * part(c[0]) + .7152 * part(c[1]) + .0722 * part(c[2]);
const back = node => {
    for (; node; node = node.parentElement) {
        const c = rgb(getComputedStyle(node).backgroundColor);
        if (c.length === 3 || c[3] === 1)
            return c;
    }
    return [255, 255, 255];
};
const faint = [];
let seen = 0;
for (const node of document.querySelectorAll('body *')) {
    if (!node.checkVisibility() || node.disabled || ![...node.childNodes].some(
            one => one.nodeType === 3 && one.data.trim()))
        continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)),
                    light(back(node))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    seen++;
    if (ratio < 4.5)
        faint.push(ratio.toFixed(2) + ' ' + node.outerHTML.slice(0, 80));
}
return [seen, faint];
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_stands_out(visit, dark):
    page = visit(ADMIN, dark=dark)
    page.reads("#cards", "The last 14 days")
    page.choose("erin")
    page.click("#root summary")
    page.type("#why", WHY)
    page.press("Make a code")
    page.code()
    seen, faint = page.run(CONTRAST)
    assert seen > 100 and faint == []


def test_by_keyboard_alone(visit):
    """From the search to the unlocking and on; the focus is never lost."""
    page = visit(DESK)
    page.find("[data-user=bob]")
    page.run("document.body.focus()")
    page.keys("/")
    page.keys("baker")
    page.reads("#found", "1 person of")
    page.keys("\ue004")  # Tab
    page.keys("\ue007")  # Enter
    page.reads("#condition", "Locked by wrong codes")
    for _ in range(10):
        page.keys("\ue004")
        focus = page.run("return document.activeElement.innerText")
        if focus == "Unlock bob":
            break
    assert focus == "Unlock bob"
    page.keys("\ue007")
    page.reads("#said", "bob is unlocked")
    page.reads("#condition", "Nothing is locked")
    page.until(lambda: page.run("return document.activeElement !== "
                                "document.body"), "a focus")
    for _ in range(12):
        page.keys("\ue004")
        if page.run("return document.activeElement.id") == "why":
            break
    page.keys(WHY + "\ue007")
    page.code()
    assert page.run("return document.activeElement.innerText").startswith(
        "Code for Bob Baker")


def test_keyboard_and_screen_reader(visit):
    page = visit(DESK)
    page.find("[data-user=frank]")
    page.run("document.body.focus()")
    page.keys("/")
    page.keys("frank")
    page.reads("#found", "1 person of")
    page.keys("\ue004")  # Tab
    assert page.run("return document.activeElement.dataset.user") == "frank"
    page.keys("\ue007")  # Enter
    page.reads("#person-head", "Frank Fisher")
    page.find("#why")
    assert page.run("return document.activeElement.id") == "person-head"
    nameless = page.run(
        "return [...document.querySelectorAll('input')].filter(one => "
        "!one.labels.length).map(one => one.id).concat([...document."
        "querySelectorAll('button')].filter(one => one.offsetParent && "
        "!one.innerText.trim()).map(one => one.outerHTML))")
    assert nameless == []
    page.press("Back to everybody")
    assert page.run("return document.activeElement.dataset.user") == "frank"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_pictures(visit, width, dark):
    """Into build/page; with PAGE_PICTURES=1 also those of the guide."""
    folder = os.path.join(stage.build_dir(), "page")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "%%s-%d-%s.png" % (
        width, "dark" if dark else "light"))
    page = visit(DESK, dark=dark)
    page.size(width, 900)
    page.find("[data-user=judy]")
    assert page.run("return document.documentElement.classList.contains("
                    "'dark')") == dark
    page.picture(path % "list", whole=False)
    page.choose("heidi")
    page.type("#why", WHY)
    page.press("Make a code")
    page.code()
    page.picture(path % "code", whole=False)
    if os.environ.get("PAGE_PICTURES") and width == 1280 and not dark:
        keep(path % "code", "cockpit.png")
    root = visit(ADMIN, dark=dark)
    root.size(width, 900)
    root.reads("#cards", "The last 14 days")
    root.run("document.getElementById('desk').hidden = true")
    root.picture(path % "host", whole=False)
    if os.environ.get("PAGE_PICTURES") and width == 1280 and not dark:
        keep(path % "host", "cockpit-host.png")


def keep(path, name):
    """In few colours, so that it is small."""
    subprocess.run(["pngquant", "--force", "--strip", "--output",
                    os.path.join(stage.ROOT, "docs", name), "64", path],
                   check=True)
