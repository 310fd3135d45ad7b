# SPDX-License-Identifier: BSD-2-Clause
"""The steps that many logins have in common, as a person takes them."""

# One run of the stack, so that a refusal ends the client.
ONCE = ("NumberOfPasswordPrompts=1",)
# For a test whose logins share one message: the wait for the next outlives a
# prompt of a slow machine.
ONE_MESSAGE = {"resend_wait": [45]}
PASSWORD_TYPED = r"That was your password\. A code was expected \(Enter ends"


def at_prompt(terminal, words="Verification code sent"):
    """The password is typed and the prompt for the code is there."""
    terminal.password()
    terminal.prompt(words)
    return terminal


def wrong(code, step=1):
    """Another code of the same length; another step, yet another one."""
    return code[:-1] + str((int(code[-1]) + step) % 10)


def answer_all(terminal, answers, words):
    """Each answer, and the prompt that must follow it."""
    for text, follows in zip(answers, words):
        terminal.answer(text)
        terminal.prompt(follows)


def none_is_valid(login, *codes):
    """At the prompt for a code, of recovery and bypass codes; then it ends."""
    login.prompt("Verification code sent")
    for code in codes:
        login.answer(code)
        login.prompt("recovery code is not valid")
    login.hang_up()


def asked(sim, start=0, check=0, control=0):
    """What the provider was asked, in numbers, and nothing else."""
    found = {kind: len(sim.requests(kind))
             for kind in ("start", "check", "control", "search")}
    assert found == {"start": start, "check": check, "control": control,
                     "search": 0}, found
    assert len(sim.requests()) == start + check + control


def results(sim, kind):
    """The provider's own verdicts on the requests of one kind."""
    return [request["result"] for request in sim.requests(kind)]
