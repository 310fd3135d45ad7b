// SPDX-License-Identifier: BSD-2-Clause
// The help desk's page: it runs twofactl and shows what that says, as text.
// Numbers, codes and reasons go by standard input; nothing is kept.
"use strict";

const TWOFACTL = "@SBINDIR@/twofactl";
const CODE_SHOWN = 300; // seconds
const DAYS = 14; // of the plots
const DAY = 86400;
const PAGE = 100; // people
const EVENTS_SHOWN = 20;
const LETTERS = Object.fromEntries(("Alfa Bravo Charlie Delta Echo Foxtrot " +
    "Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo " +
    "Sierra Tango Uniform Victor Whiskey Xray Yankee Zulu").split(" ")
    .map(word => [word[0], word]));
const DIGITS = "zero one two three four five six seven eight nine".split(" ");
// What turns text round or cannot be seen could pass for something else.
const UNSEEN = new RegExp("[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f" +
    "\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]", "g");
const ORDER = new Intl.Collator();
const SVG = "http://www.w3.org/2000/svg";

const id = name => document.getElementById(name);
// In twofactl's JSON a byte of another script stands as \xd7.
const letters = bytes => new TextDecoder().decode(Uint8Array.from(
    bytes.slice(2).split("\\x"), hex => parseInt(hex, 16)));
const plain = text => String(text).replace(/(\\x[89a-f][\da-f])+/g, letters)
    .replace(UNSEEN, "\ufffd");

function fill(node, ...children) {
    node.replaceChildren(...children.flat(9).filter(one => one !== null &&
        one !== undefined).map(one => one instanceof Node ? one : plain(one)));
    return node;
}

function dress(node, attrs, children) {
    for (const [key, value] of Object.entries(attrs)) {
        if (key.startsWith("on"))
            node.addEventListener(key.slice(2), value);
        else if (value !== false && value !== null)
            node.setAttribute(key, value === true ? "" : value);
    }
    return fill(node, ...children);
}

const el = (name, attrs, ...children) =>
    dress(document.createElement(name), attrs, children);
const svg = (name, attrs, ...children) =>
    dress(document.createElementNS(SVG, name), attrs, children);

const count = (n, one, many) => n + " " + (n === 1 ? one : many || one + "s");
const when = at => new Date(at * 1000).toLocaleString([],
    { dateStyle: "medium", timeStyle: "short" });
const span = s => s < 90 ? s + " s" : s < 5400 ? Math.round(s / 60) + " min"
    : Math.round(s / 3600) + " h";
const quoted = word => /^[\w@%+=:,./-]+$/.test(word) ? word
    : "'" + word.replace(/'/g, "'\\''") + "'";
const command = argv => "sudo " + argv.map(quoted).join(" ");

// ---- running twofactl -------------------------------------------------------

const desk = (verb, ...words) => ["twofactl", "helpdesk", verb, "--json", ...words];
const root = (...words) => ["twofactl", ...words];

// The answer, and what was said beside it; it fails with these and the status.
// Beside what the desk asks, words come in one stream: a warning is shown. What
// stands before an answer in its line are questions, which stdin answers.
async function run(argv, input) {
    const words = [TWOFACTL, ...argv.slice(1)];
    const child = argv[1] === "helpdesk" ? [["sudo", "-n", ...words], { err: "out" }]
        : [words, { err: "message", superuser: "require" }];
    const [data, error] = await new Promise(resolve => cockpit.spawn(child[0],
        { environ: ["LC_ALL=C.UTF-8"], ...child[1] }).input(input || "").then(
            all => resolve([all]), (failure, all) => resolve([all || "", failure])));
    const lines = data.split("\n").filter(line => line);
    const answer = lines.find(line => /[{[]["{\]]/.test(line)) || "";
    const said = lines.filter(line => line !== answer).join("\n") ||
        (error ? error.message || String(error.problem) : "");
    const found = { out: answer.slice(Math.max(0, answer.search(/[{[]["{\]]/))),
                    said: said.replace(/^.*twofactl: /gm, "").trim(),
                    status: error && error.exit_status };
    if (error)
        throw found;
    return found;
}

// The status may tell more than success or failure: an answer is one.
const json = argv => run(argv).catch(found => {
    if (found.out)
        return found;
    throw found;
}).then(found => JSON.parse(found.out));

// ---- what is known ----------------------------------------------------------

const state = { people: new Map(), next: new Map(), chosen: null, filter: "all",
                page: 0, root: false, desk: false, hours: 24, most: {}, left: "",
                none: "", at: 0, timer: 0 };
// What the desk can do nothing about is not pointed out to it.
const NEEDS = [
    ["all", "Everybody", () => true],
    ["shut", "Locked until you unlock", p => p.shut],
    ["locked", "Locked for a while", p => p.locked_s > 0 && !p.shut],
    ["not", "Not enrolled", p => p.standing !== "enrolled"],
    ["none", "No recovery codes", p => state.root && p.standing === "enrolled" &&
        p.recovery_left === 0],
];
// Of twofactl report, in the words of helpdesk who.
const STANDING_OF = { disabled: "disabled", people: "shared", unreadable: "broken" };

function say(text, wrong) {
    fill(id("said"), wrong ? "" : text);
    fill(id("wrong"), wrong ? text : "");
}

const failed = found => say(found.said || "That failed: " + found, true);

// A record shows its number masked; who is not enrolled has none.
function merge(p, one) {
    const record = (one.record || [one])[0] || {};
    return Object.assign(p, { phone: "", email: "", provider: "" }, record, one, {
        factors: [...record.channels || [], ...record.app ? ["app"] : [],
                  ...record.push ? ["push"] : []].join(", "),
        standing: one.standing || (record.enabled === false ? "disabled" : p.standing) });
}

function counts(found) {
    state.hours = found.hours_max;
    state.most = { hour: found.sends_hour_max, day: found.sends_day_max };
    state.left = found.daily_max - found.left_today + " of " + found.daily_max +
        " codes and unlocks used today.";
}

async function loadDesk() {
    try {
        const { out, said } = await run(desk("who"));
        const found = JSON.parse(out);
        for (const one of found.people)
            state.next.set(one.user, merge({ desk: true }, one));
        counts(found);
        state.desk = true;
        state.none = said;
        return "";
    } catch (found) {
        state.desk = false;
        state.left = state.none = "";
        return found.said || String(found);
    }
}

const fresh = () => ({ wrong: 0, locked_s: 0, locked_from: "", shut: false,
                       sends_hour: 0, sends_day: 0, recovery_left: 0, codes: 0 });
const anybody = user => state.next.get(user) || state.next.set(user, Object.assign(
    fresh(), { user, name: "", standing: "not enrolled", factors: "" })).get(user);

// Root sees who is not the help desk's, too.
function addAccounts(report, status, codes, find = anybody) {
    for (const one of report ? report.accounts : [])
        Object.assign(find(one.user), { name: one.name, would: one.would,
            last: one.code }, one.enrolled ? { standing: STANDING_OF[one.enrolled] ||
            "enrolled", factors: STANDING_OF[one.enrolled] ? "" : one.enrolled } : {});
    const entries = (status ? status.entries : []).filter(e => !e.person);
    for (const one of entries.filter(e => e.source === ""))
        Object.assign(find(one.user), one, { locked_from: "" });
    for (const one of entries)
        if (one.locked_s > find(one.user).locked_s)
            Object.assign(find(one.user),
                          { locked_s: one.locked_s, locked_from:
                            (one.host ? one.host + " " : "") + one.source });
    for (const one of codes || [])
        find(one.user).codes++;
}

async function loadNow() {
    state.next = new Map();
    const why = await loadDesk();
    if (state.root)
        await loadHost();
    for (const [user, p] of state.next)
        p.label = plain(p.name) || user;
    state.people = new Map([...state.next].sort(
        (a, b) => ORDER.compare(a[1].label, b[1].label)));
    state.at = Date.now();
    const none = !state.desk && !state.root;
    fill(id("refused-why"), none ? why : "");
    id("refused").hidden = !none;
    id("desk").hidden = none;
    id("host").hidden = !state.root;
    if (state.chosen)
        await showPerson(state.chosen, true);
    else
        showAll();
}

// One after the other: an answer that comes late would undo a newer one.
let loading = Promise.resolve();
const load = () => (loading = loading.then(loadNow).catch(failed));

// ---- everybody --------------------------------------------------------------

function showAll() {
    const all = [...state.people.values()];
    fill(id("left"), state.at ? "As of " + new Date(state.at).toLocaleTimeString([],
        { timeStyle: "short" }) + ". " + state.left : "");
    fill(id("none"), state.none);
    fill(id("needs"), NEEDS.map(([name, words, holds]) => {
        const n = all.filter(holds).length;
        return name === "none" && !state.root ? null : el("button", { type: "button",
            "aria-pressed": String(state.filter === name), "data-need": name,
            onclick: () => { state.filter = name; turn(0); showAll(); } },
                words + " " + n);
    }));
    showPeople();
}

function badges(p) {
    const found = [];
    const add = (kind, text) => found.push(el("span",
        { class: "badge " + kind }, text));
    if (p.shut)
        add("bad", "locked until you unlock");
    else if (p.locked_s > 0)
        add("bad", "locked " + span(p.locked_s));
    if (p.standing !== "enrolled")
        add("warn", p.standing);
    else if (p.recovery_left === 0 && state.root)
        add("warn", "no recovery codes");
    if (p.codes > 0)
        add("", count(p.codes, "open code"));
    if (/^deny-/.test(p.would))
        add("warn", "would be denied");
    return found;
}

// A word of the name, or the number as far as its end is shown.
function fits(p, word) {
    const end = (/\d+$/.exec(p.phone) || [""])[0];
    return (p.user + " " + p.label).toLocaleLowerCase().includes(word) ||
        /^\+?\d+$/.test(word) && end !== "" && (end.endsWith(word) || word.endsWith(end));
}

const rows = () => [...id("people").querySelectorAll("button")];

function turn(page) {
    state.page = page;
    showPeople();
}

function showPeople() {
    const words = id("find").value.trim().toLocaleLowerCase().split(/\s+/);
    const holds = NEEDS.find(need => need[0] === state.filter)[2];
    const listed = [...state.people.values()].filter(p => holds(p) &&
        words.every(word => fits(p, word)));
    const first = state.page * PAGE;
    const shown = listed.slice(first, first + PAGE);
    const pager = (label, page) => el("button", { type: "button", disabled: page < 0 ||
        page * PAGE >= listed.length, onclick: () => { turn(page); rows()[0].focus(); } },
                                      label);
    fill(id("found"), listed.length === state.people.size ? ""
        : count(listed.length, "person", "people") + " of " + state.people.size);
    fill(id("people"), shown.map(p => el("li", {}, el("button", {
        type: "button", "aria-current": String(p.user === state.chosen),
        "data-user": p.user, onclick: () => showPerson(p.user) },
        el("span", { class: "who" }, el("bdi", {}, p.name || p.user),
           p.name ? el("bdi", { class: "faint" }, p.user) : null),
        badges(p)))));
    fill(id("pages"), listed.length > PAGE ? [pager("Previous", state.page - 1),
        first + 1 + "–" + (first + shown.length) + " of " + listed.length,
        pager("Next", state.page + 1)] : []);
}

// Arrows go through the list; Enter in the search takes the first one.
function walk(event) {
    const at = rows().indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Enter: at < 0 ? 0 : NaN }[event.key];
    if (Number.isNaN(to) || to === undefined || document.activeElement.closest("nav"))
        return;
    event.preventDefault();
    const found = to < 0 ? id("find") : rows()[to];
    if (found && event.key === "Enter")
        found.click();
    else if (found)
        found.focus();
}

// ---- one person -------------------------------------------------------------

const term = (name, value) => value === null || value === undefined ||
    value === "" ? [] : [el("dt", {}, name), el("dd", {}, el("bdi", {}, value))];

const STANDING = {
    "not enrolled": "Not enrolled: only an invitation lets in.",
    disabled: "Disabled by an administrator: no code lets in.",
    shared: "Several people share this account: an administrator helps.",
    broken: "The record has errors: an administrator corrects it.",
    left: "Of somebody who has left, or of another account: an administrator helps.",
};

function condition(p) {
    if (p.shut)
        return ["bad", "Locked until you unlock: a hundred wrong codes."];
    if (p.locked_s > 0)
        return ["bad", "Locked by wrong codes" + (p.locked_from ? " from " +
            p.locked_from : "") + " for another " + span(p.locked_s) + "."];
    if (STANDING[p.standing])
        return ["warn", STANDING[p.standing]];
    if (p.wrong > 0)
        return ["warn", count(p.wrong, "wrong code") + ", but not locked."];
    return ["good", "Nothing is locked."];
}

// A form with its button, below it the command that the button runs.
function act(title, argv, label, done, { hint, fields = [], kind, by } = {}) {
    const button = el("button", { type: "submit", class: kind || false }, label);
    return el("form", { class: "act", onsubmit: async event => {
        event.preventDefault();
        button.disabled = true;
        say("", false);
        try {
            await done();
        } catch (found) {
            failed(found);
        }
        button.disabled = false;
        if (document.activeElement === document.body)
            id("person-head").focus(); // the button is gone
    } }, el("h3", {}, title), hint ? el("p", { class: "faint" }, hint) : null,
              fields, button, el("code", { class: "command" }, command(argv),
                                 by ? "   (" + by + " by standard input)" : ""));
}

// This one alone: there may be thousands.
async function read(p) {
    if (p.desk) {
        const found = await json(desk("status", "--", p.user));
        counts(found);
        return merge(p, found.people[0]);
    }
    const [status, codes, record] = await Promise.all([
        json(root("status", "--json", "--", p.user)),
        json(root("code", "--list", "--json", "--", p.user)),
        json(root("show", "--json", "--", p.user)).catch(found => {
            if (found.status !== 1) // not enrolled
                failed(found);
            return {};
        })]);
    Object.assign(p, fresh(), { open: codes });
    addAccounts(null, status, codes, () => p);
    return merge(p, record);
}

async function showPerson(user, again) {
    const p = state.people.get(user);
    if (state.chosen !== user)
        hideCode();
    state.chosen = p ? user : null;
    id("desk").classList.toggle("chosen", !!p);
    id("hint").hidden = !!p;
    id("back").hidden = !p;
    showAll();
    fill(id("person-head"), p ? el("bdi", {}, p.name || user) : "Choose a person");
    if (!p || !again)
        fill(id("about"));
    if (!p)
        return;
    if (!again)
        id("person-head").focus();
    await read(p).catch(failed);
    if (state.chosen !== user)
        return;
    showAll();
    fill(id("about"), about(p), openCodes(p), unlockAct(p),
         p.standing === "left" ? null : codeAct(p), history(p), state.root ? rootActions(p) : null);
}

const denial = word => word.replace("deny-", "").replace("unenrolled", "not enrolled");

function about(p) {
    const [kind, words] = condition(p);
    return [el("p", {}, el("span", { class: "badge " + kind, id: "condition" },
                          words)),
        el("dl", {}, term("User", p.user), term("Number", p.phone),
           term("Email", p.email), term("Factors", p.factors),
           term("Asked first", p.provider),
           term("Messages", p.sends_hour + " of " + state.most.hour +
                " in the last hour, " + p.sends_day + " of " + state.most.day +
                " in the last day"),
           term("Recovery codes", p.recovery_left + " left"),
           term("Last code right", p.last ? when(p.last) : ""),
           term("On trial", p.would ? (/^deny-/.test(p.would) ? "would be denied: "
               : "would be ") + denial(p.would) : ""))];
}

function leave() {
    const user = state.chosen;
    showPerson(null);
    (rows().find(row => row.dataset.user === user) || id("find")).focus();
}

function unlockAct(p) {
    const argv = p.desk ? desk("unlock", "--", p.user)
        : root("unlock", "--", p.user);
    return act("Unlock", argv, "Unlock " + p.user, async () => {
        const told = await run(argv).catch(found => {
            if (found.status === 1 && (found.out || !p.desk))
                return null;
            throw found;
        });
        await showPerson(p.user, true);
        say(told ? p.user + " is unlocked: wrong codes are forgotten."
            : "Nothing was locked for " + p.user + ".");
    }, { hint: "Opens locks and forgets wrong codes, after you made sure who calls.",
         kind: p.shut || p.locked_s > 0 ? "main" : false });
}

function codeAct(p) {
    const enrolled = p.standing === "enrolled";
    const why = el("input", { id: "why", required: true, maxlength: 120,
                              autocomplete: "off" });
    const hours = el("input", { id: "hours", type: "number", min: 1, step: 1,
                                max: state.hours, value: 8, class: "short",
                                required: true });
    const invite = el("input", { id: "invite", type: "checkbox",
                                 checked: !enrolled, disabled: !enrolled });
    const argv = p.desk ? desk("code", "--", p.user)
        : root("code", "--json", "--hours", "8", "--why", "…", "--", p.user);
    return act("One-time bypass code", argv, "Make a code", async () => {
        const asked = [why.value.trim(), hours.value,
                       invite.checked ? "y" : ""];
        const found = p.desk ? await run(argv, asked.join("\n") + "\n")
            : await run(root("code", "--json", "--hours", asked[1], "--why",
                             asked[0], ...asked[2] ? ["--invite"] : [], "--", p.user));
        await showPerson(p.user, true);
        const made = JSON.parse(found.out);
        showCodes([made.code], p, (made.next ? made.next + "." + (enrolled ? " Until " +
            "then no message goes to a phone." : "") : "It takes one login, where the prompt asks for a code.") +
            " It ends in " + count(Number(asked[1]), "hour") + "; recovery codes stay.",
                  made.id);
        say(found.said || "A code for " + p.user + " was made.");
    }, { hint: "For who has lost the phone and has no recovery code.",
         kind: p.shut || p.locked_s > 0 ? false : "main",
         by: p.desk ? "why, hours and invitation" : "",
         fields: [el("label", {}, "Why, as the log shall have it", why),
                  el("div", { class: "row" },
                     el("label", {}, "Hours, up to " + state.hours, hours),
                     el("label", {}, invite, " Invitation: a new phone can be enrolled with it"))] });
}

// What still lets in, each with what ends it.
function openCodes(p) {
    const row = one => {
        const argv = endArgv(p, one.id);
        return el("li", {}, el("button", { type: "button", class: "small", title:
            command(argv), "data-code": one.id, onclick: () => endCode(p, one.id) },
                               "End"), one.enrolment ? " Invitation"
            : " One-time bypass code", " until " + when(one.until) + ", by ",
                  el("bdi", {}, one.by.replace(" ", ": ")));
    };
    return (p.open || []).length ? el("ul", { id: "open" }, el("h3", {}, "Open codes"),
                                      p.open.map(row)) : [];
}

const endArgv = (p, number) => p.desk ? desk("end", "--", p.user, String(number))
    : root("code", "--json", "--end", String(number), "--", p.user);

async function endCode(p, number) {
    const found = await run(endArgv(p, number)).catch(error => error);
    await showPerson(p.user, true);
    if (!found.out)
        failed(found);
    else
        say(JSON.parse(found.out).ended ? "The code of " + p.user + " is ended."
            : "That code of " + p.user + " was ended or used already.");
}

const HAPPENED = { "bypass-made": "made a code", "bypass-ended": "ended a code",
    "desk-checked": "asked a caller for a code",
    "bypass-used": "used a code", "recovery-used": "used a recovery code",
    unlocked: "unlocked", locked: "locked by wrong codes", shut: "locked until you unlock",
    "push-denied": "refused a push", "number-changed": "changed the number",
    "number-changing": "sets up a new phone",
    "codes-made": "made recovery codes" };

// Who did what, when: read when it is opened, as the journal is long.
function history(p) {
    const box = el("div", {});
    const argv = p.desk ? desk("history", "--", p.user)
        : root("report", "--events", "--since", "90d", "--json");
    const row = one => {
        const by = / by uid=\d+(?: ruser=(\S+))?$/.exec(one.line);
        const why = /: "(.*)" user=/.exec(one.line);
        return [when(one.at), by ? by[1] || "root" : /used$|denied$/.test(one.event)
            ? p.user : "", (HAPPENED[one.event] || one.event) + (why ? ": " + why[1] : "")];
    };
    const read = async () => {
        const found = await run(argv).catch(error => error);
        const events = found.out ? JSON.parse(found.out).events : [];
        const last = events.filter(one => one.user === p.user).slice(-EVENTS_SHOWN);
        fill(box, last.length ? table(["When", "Who", "What"], last.reverse().map(row))
            : el("p", {}, "Nothing."), el("p", { class: "faint" }, found.said),
             el("code", { class: "command" }, command(argv)));
    };
    return el("details", { id: "history", ontoggle: event =>
        event.target.open && read() }, el("summary", {}, "History"), box);
}

const table = (head, lines) => el("table", {}, el("thead", {}, el("tr", {}, head.map(
    word => el("th", { scope: "col" }, word)))), el("tbody", {}, lines.map(line =>
    el("tr", {}, line.map(text => el("td", {}, el("bdi", {}, text)))))));

// ---- a code that is read out ------------------------------------------------

const spelled = group => [...group].map(c => /\d/.test(c) ? DIGITS[c]
    : LETTERS[c.toUpperCase()] || c).join(" ");

function hideCode() {
    clearInterval(state.timer);
    fill(id("code"));
}

async function copy(text, button) {
    try {
        await navigator.clipboard.writeText(text);
        fill(button, "Copied");
    } catch (error) {
        fill(button, "Cannot copy: read it out");
    }
}

function showCodes(codes, p, words, number) {
    const text = codes.join("\n");
    const clock = el("span", {});
    const head = el("h3", { tabindex: "-1" }, codes.length > 1
        ? "Recovery codes of " : "Code for ", el("bdi", {}, p.name || p.user));
    const copied = el("button", { type: "button", class: "main",
                                  onclick: () => copy(text, copied) }, "Copy");
    let left = CODE_SHOWN;
    hideCode();
    fill(id("code"), head, codes.map(code => el("ul", { class: "big", "aria-label":
        code.split("-").map(spelled).join(", ") }, code.split("-").map(group =>
        el("li", {}, el("b", {}, group), codes.length > 1 ? null
            : el("span", {}, spelled(group)))))),
         el("p", {}, words, " It is not shown again: gone from here in ", clock, "."),
         copied, " ", el("button", { type: "button", onclick: () => {
             hideCode();
             id("person-head").focus();
         } }, "Hide"), " ", number ? el("button", { type: "button", class: "bad",
             onclick: () => {
                 hideCode();
                 id("person-head").focus();
                 endCode(p, number);
             } }, "End this code") : null);
    fill(clock, span(left));
    state.timer = setInterval(() => {
        fill(clock, span(--left));
        if (left <= 0)
            hideCode();
    }, 1000);
    head.focus();
}

// ---- root's own -------------------------------------------------------------

function rootActions(p) {
    const csv = text => '"' + text.replace(/"/g, '""') + '"';
    const enrolled = p.standing === "enrolled";
    const number = el("input", { id: "number", type: "tel", autocomplete: "off",
                                 required: true, placeholder: "+44 ..." });
    const enrol = root("import", ...enrolled ? ["--replace"] : [], "-");
    const codes = root("recovery-codes", "--yes", "--json", "--", p.user);
    const remove = root("remove", "--yes", "--", p.user);
    const app = root("totp", "--", p.user);
    const test = root("test", "--", p.user);
    const list = [act(enrolled ? "Another number" : "Enrol", enrol,
        enrolled ? "Change the number" : "Enrol " + p.user, async () => {
            await run(enrol, "user,phone\n" + csv(p.user) + "," +
                csv(number.value.trim()) + "\n");
            await load();
            say(p.user + " has this number now. It is not proven: try a login.");
        }, { hint: "No code is sent: try a login afterwards.", by: "the number",
             fields: [el("label", {}, "Phone number", number)] })];
    if (enrolled)
        list.push(
            act("Try a login", test, "Send a code and ask for it",
                () => talk("Try a login of " + p.user, test),
                { hint: "Gives no access, and asks as a login over ssh would." }),
            act("Recovery codes", codes, "Make new ones", async () => {
                if (!await sure("New recovery codes for " + p.user + "?", codes,
                                "The old ones end.", "Make new ones"))
                    return;
                const found = await json(codes);
                await showPerson(p.user, true);
                showCodes(found.codes, p, "Each lets in once. Print them now.");
            }),
            act("Remove", remove, "Remove " + p.user + " …", async () => {
                if (!await sure("Remove " + p.user + "?", remove, "Number, app " +
                    "and recovery codes are gone then.", "Remove " + p.user))
                    return;
                await run(remove);
                await load();
                say(p.user + " is not enrolled any more.");
            }, { kind: "bad" }));
    list.push(act("Authenticator app", app, "Show a QR code",
                  () => talk("An app for " + p.user, app)));
    return [el("details", { id: "root" }, el("summary", {}, "As root"), ...list)];
}

function open(title, argv, label) {
    const box = id("ask");
    fill(id("ask-head"), title);
    fill(id("ask-command"), command(argv));
    fill(id("ask-shown"));
    fill(id("ask-yes"), label);
    id("ask-typed").value = "";
    box.showModal();
    id("ask-no").onclick = () => box.close();
    return box;
}

function sure(title, argv, words, label) {
    const box = open(title, argv, label);
    fill(id("ask-shown"), words);
    id("ask-label").hidden = true;
    id("ask-no").focus();
    return new Promise(resolve => {
        let yes = false;
        id("ask-form").onsubmit = () => { yes = true; };
        box.onclose = () => resolve(yes);
    });
}

// A QR code as a terminal shows it, two rows in a line: light is what is drawn.
function qr(lines) {
    let dark = "";
    lines.forEach((line, y) => [...line].forEach((c, x) => {
        if (c === " " || c === "▄")
            dark += "M" + x + " " + 2 * y + "h1v1h-1z";
        if (c === " " || c === "▀")
            dark += "M" + x + " " + (2 * y + 1) + "h1v1h-1z";
    }));
    return svg("svg", { viewBox: "0 0 " + lines[0].length + " " + 2 * lines.length,
                        role: "img", "aria-label": "QR code for the app",
                        "shape-rendering": "crispEdges" },
               svg("path", { d: dark, fill: "#000" }));
}

function shown(text) {
    const lines = text.replace(/\x1b\[[\d;?]*[A-Za-z]|\r/g, "").split("\n");
    const parts = [];
    while (lines.length) {
        const n = lines.findIndex(line => !/^█[█▀▄ ]{19,}█$/.test(line));
        if (n > 9)
            parts.push(qr(lines.splice(0, n)));
        else
            parts.push(lines.shift() + (lines.length ? "\n" : ""));
    }
    return parts;
}

// What asks at a terminal asks here: it gets one, and its words are shown.
function talk(title, argv) {
    const box = open(title, argv, "Send");
    let text = "";
    id("ask-label").hidden = false;
    id("ask-typed").focus();
    return new Promise(resolve => {
        const child = cockpit.spawn([TWOFACTL, ...argv.slice(1)], { pty: true,
            superuser: "require", environ: ["LC_ALL=C.UTF-8", "TERM=xterm"] });
        const show = more => {
            text += more;
            fill(id("ask-shown"), shown(text));
            id("ask-shown").scrollTop = id("ask-shown").scrollHeight;
        };
        const over = word => {
            id("ask-label").hidden = true;
            show("\n" + word);
        };
        id("ask-form").onsubmit = event => {
            event.preventDefault();
            child.input(id("ask-typed").value + "\n", true);
            id("ask-typed").value = "";
        };
        box.onclose = () => {
            child.close("cancelled");
            text = "";
            fill(id("ask-shown"));
            resolve(load());
        };
        child.stream(show).then(() => over("Done.")).catch(error =>
            error.problem === "cancelled" || over(error.exit_status
                ? "It ended with status " + error.exit_status + "."
                : error.message));
    });
}

// ---- this host, for root ----------------------------------------------------

const card = (title, wide, ...children) => el("section", { class: "card" +
    (wide ? " wide" : "") }, el("h3", {}, title), ...children);

// Each part fails alone.
const part = (argv, show) => json(argv).then(found => [found, show], found =>
    [null, () => el("p", { class: "faint" }, found.said || String(found))]);

async function loadHost() {
    const [status, report, codes, records, exceptions, events] = await Promise.all([
        part(root("status", "--json"), messages),
        part(root("report", "--json"), denied),
        part(root("list", "--codes", "--json"), () => []),
        part(root("list", "--json"), () => []),
        part(root("report", "--exceptions", "--json"), ends),
        part(root("report", "--events", "--json"), happened)]);
    const somebody = status[0] && status[0].entries.find(e => !e.person);
    const limits = somebody && await json(root("explain", "--json", "--",
        somebody.user, "sshd")).then(found => found.limits, () => []);
    for (const one of limits || [])
        if (one.limit.startsWith("sends_per_user_"))
            state.most[one.limit.slice(15)] = one.most;
    for (const one of state.next.values())
        one.codes = 0;
    addAccounts(report[0], status[0], codes[0]);
    for (const one of records[0] ? records[0].users.filter(u => !u.person) : [])
        merge(anybody(one.user), { record: [one] });
    fill(id("cards"),
         card("Messages", false, status[1](status[0], limits || [])),
         card("Providers", false, status[0] ? providers(status[0]) : null),
         card("Who would be denied", false, report[1](report[0])),
         card("Exceptions", false, exceptions[1](exceptions[0])),
         card("The last " + DAYS + " days", true, events[1](events[0])));
}

function messages(status, limits) {
    const t = status.totals;
    const used = limits.filter(one => /_host_|spend|spent|money/.test(one.limit));
    return [el("p", {}, t ? count(t.sends_hour, "message") + " in the last hour, " +
        t.sends_day + " in the last day; spent " + t.spent_day + " today, " +
        t.spent_month + " in 30 days." : "The state has no totals."),
    used.map(one => el("label", {}, one.limit + ": " + one.used + " of " + one.most,
        el("meter", { min: 0, max: one.most, value: one.used, low: one.most * 0.6,
                      high: one.most * 0.85, optimum: 0 })))];
}

function providers(status) {
    const last = name => Math.max(0, ...status.successes.filter(
        one => one.provider === name).map(one => one.at));
    return el("dl", {}, (status.providers || []).map(one => term(one.name,
        (one.passed_over_s > 0 ? "was out of reach: passed over for " +
            span(one.passed_over_s) : "well") + (last(one.name)
            ? ", last code right " + when(last(one.name))
            : "; no login by it yet"))));
}

function denied(report) {
    const word = one => [one.now, one.would].find(text => text.startsWith("deny"));
    const some = report.accounts.filter(word);
    return [el("p", {}, report.denied ? count(report.denied_now, "account") +
        " denied now, " + report.denied + " once observe, allow and dated " +
        "exceptions have ended." : "None."),
    some.length ? el("dl", {}, some.map(one => term(one.name ? one.name + " (" +
        one.user + ")" : one.user, denial(word(one))))) : null];
}

function ends(found) {
    const left = until => Math.ceil((Date.parse(until) - Date.now()) / 1000 / DAY);
    return found.exceptions.length ? el("dl", {}, found.exceptions.map(one =>
        term(one.exception, (Date.parse(one.until) ? Math.max(0, 1 + left(one.until)) +
            " days left: " : "") + one.left + (one.why ? ": " + one.why : ""))))
        : el("p", {}, "None.");
}

// Bars, a day each; their words are what a screen reader says.
function plot(title, events) {
    const today = Math.floor(Date.now() / 1000 / DAY);
    const n = new Array(DAYS).fill(0);
    for (const one of events) {
        const day = DAYS - 1 - today + Math.floor(one.at / DAY);
        if (day >= 0 && day < DAYS)
            n[day]++;
    }
    const most = Math.max(1, ...n);
    const bars = n.map((value, day) => svg("rect", { x: day * 10 + 1, width: 8,
        y: 40 - value / most * 38, height: value / most * 38 }));
    return el("figure", {}, el("figcaption", {}, title + " a day: " + n[DAYS - 1] +
        " today, at most " + Math.max(...n)),
    svg("svg", { viewBox: "0 0 " + DAYS * 10 + " 42", role: "img", "aria-label":
        title + " a day, oldest first: " + n.join(", "),
                 preserveAspectRatio: "none" },
        svg("line", { x1: 0, x2: DAYS * 10, y1: 41, y2: 41 }), ...bars));
}

function happened(found) {
    const of = words => found.events.filter(one => words.test(one.event));
    const last = found.events.slice(-EVENTS_SHOWN).reverse();
    return [el("div", { class: "plots" },
               plot("Locks and refused pushes", of(/^(locked|shut|push-denied)$/)),
               plot("Bypass and recovery codes", of(/^(bypass|recovery)-/))),
    last.length ? table(["When", "Event", "User", "What"], last.map(one =>
        [when(one.at), one.event, one.user, one.line])) : el("p", {}, "Nothing.")];
}

// ---- the beginning ----------------------------------------------------------

// As Cockpit's shell wants it, else as the browser does.
function theme() {
    const style = localStorage.getItem("shell:style") || "auto";
    document.documentElement.classList.toggle("dark", style === "dark" ||
        style === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
}

function begin() {
    const admin = cockpit.permission({ admin: true });
    const allowed = () => {
        state.root = admin.allowed === true;
        load();
    };
    admin.addEventListener("changed", allowed);
    if (admin.allowed !== null)
        allowed();
    id("again").addEventListener("click", load);
    id("back").addEventListener("click", leave);
    document.addEventListener("visibilitychange", () => {
        if (!document.hidden && Date.now() - state.at > 60000)
            load();
    });
    id("find").addEventListener("input", () => turn(0));
    id("everybody").addEventListener("keydown", walk);
    document.addEventListener("keydown", event => {
        if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) {
            event.preventDefault();
            id("find").focus();
        }
    });
}

theme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", theme);
window.addEventListener("storage", theme);
window.addEventListener("cockpit-style", theme);
window.addEventListener("pagehide", hideCode);
cockpit.transport.wait(begin);
