# SPDX-License-Identifier: BSD-2-Clause
"""What `make demo` shows: a login with a phone code, end to end.

Real sshd, ssh and sudo in private namespaces; only the provider is a
simulator, and it is spoken to over TLS as the real one would be. Exit status 0
means: the login and sudo were let in, the wrong codes were refused.
"""

import ctypes
import os
import pwd
import re
import signal
import socket
import sys

import pexpect

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e/rig")]

import idp  # noqa: E402
import stage  # noqa: E402
from conf import Settings  # noqa: E402
from journal import Journal  # noqa: E402
from pamstack import PamStacks  # noqa: E402
from phones import Simulator  # noqa: E402
from screen import Screen  # noqa: E402
from sshserver import Sshd  # noqa: E402
from terminal import ENDS, PASSWORD, PROMPT, Terminals  # noqa: E402

WHOLE = 420  # seconds: the demo ends by itself
PATIENCE = 60  # seconds that a person has for a code
RETRIES = 3  # logins that a person may spoil before the demo gives up
SHELL = r"alice@server:~\$ "
OPENS = r"Open (\S+) and enter (\S+), then press Enter"
ANY = "(?:Verification code|Too many)"
# What a thief tries; none is the code that was sent.
GUESSES = ("000000", "123456", "111111", "654321")
SUDOERS = "/etc/sudoers.d/demo"


def private_name(name):
    """The host's, in a namespace of our own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x04000000):  # CLONE_NEWUTS
        raise OSError(ctypes.get_errno(), "unshare")
    socket.sethostname(name)


class House:
    """Everything that has to run, and its settings."""

    def __init__(self):
        stage.make()
        private_name("server")
        self.log = Journal()
        self.phones = Simulator()
        self.phones.start()
        account = pwd.getpwnam("twofa")
        self.settings = Settings(account.pw_uid, account.pw_gid)
        self.terminals = Terminals()
        PamStacks().reset()
        with open(SUDOERS, "w", encoding="ascii") as out:
            out.write("Defaults !lecture\nalice ALL=(ALL:ALL) ALL\n")
        os.chmod(SUDOERS, 0o440)
        with open("/etc/hosts", "a", encoding="ascii") as out:
            out.write("127.0.0.1 server\n")
        with open("/home/alice/.bashrc", "w", encoding="ascii") as out:
            out.write("PS1='alice@server:~$ '\nbind 'set enable-bracketed-"
                      "paste off' 2>/dev/null\n")
        self.idp = idp.Idp(self.phones.certs)
        self.sshd = Sshd(self.terminals, ["PrintMotd no", "PrintLastLog no"])
        self.again()

    def again(self):
        """A fresh start: nothing sent, nothing counted."""
        self.terminals.close_all()
        self.phones.reset()
        self.log.clear()
        self.settings.reset(self.phones.url, self.phones.certs.ca)

    def ask_by_page(self):
        """alice has an account at an identity provider."""
        self.settings.set(providers=self.settings.keys["providers"] + [
            self.idp.provider(self.settings, self.phones)])
        self.settings.user("alice", channels=["page"], phone=None,
                           accounts=[self.idp.account("alice")])

    def ssh(self):
        argv = self.sshd.client("alice", tty=True)
        return self.terminals.run(*[word.replace("127.0.0.1", "server")
                                    for word in argv], password_of="alice")

    def close(self):
        self.terminals.close_all()
        self.sshd.stop()
        self.idp.stop()
        self.phones.stop()


class Refused(Exception):
    """The terminal was closed, or asked for the password again."""


class Demo:
    """The four scenes."""

    def __init__(self, screen, house):
        self.screen = screen
        self.house = house
        self.seen = 0  # messages that were shown

    def _typed_password(self, terminal):
        terminal.expect(PASSWORD)
        self.screen.entry(tail(terminal), "•" * 8, "the right password, typed "
                          "for you" if self.screen.person else "")
        terminal.answer("pw-alice")

    def _next(self, terminal, done):
        """Wait for a prompt for a code, or for what comes after it; new
        messages on the phone are shown first."""
        ends = [PROMPT.format(ANY), done, PASSWORD, pexpect.EOF]
        while ((which := terminal.expect(ends, timeout=30)) == 0 and
               re.search(ENDS, terminal.match.group(1))):
            self.screen.entry(terminal.match.group(1), "")
            terminal.answer("")
        messages = self.house.phones.messages("alice")
        for message in messages[self.seen:]:
            self.screen.phone("alice", message)
        self.seen = len(messages)
        if which >= 2:
            raise Refused(said(terminal.before))
        tag = re.search(r"(\([^()\s]+\) \S+:)\r$", terminal.before)
        if which == 0 and tag:  # ssh names the server, and so does the first prompt
            self.screen.terminal(tag.group(1))
        return which == 1

    def _codes(self, terminal, done):
        """Answer prompts until it is over; raises Refused."""
        while not self._next(terminal, done):
            prompt = terminal.match.group(1)
            code = self.house.phones.code("alice")
            text = None
            if self.screen.person:
                text = self.screen.ask(prompt, PATIENCE)
                if text is None:
                    self.screen.note("Nobody types: it is done for you.")
            if text is None:
                text = code
                self.screen.entry(prompt, code)
            terminal.answer(text)

    def _logged(self, **fields):
        line = self.house.log.login_line(timeout=10, user="alice", **fields)
        raw = [text for text in self.house.log.lines()
               if "outcome=" + line["outcome"] in text
               and "service=" + line["service"] in text]
        self.screen.log(raw[-1])
        return line

    def ssh_login(self):
        """Scene 1: the terminal that is let in."""
        self.screen.title(1, "alice logs in over ssh: her password, then the "
                          "code on her phone")
        self.screen.entry("laptop$ ", "ssh alice@server")
        terminal = self.house.ssh()
        self._typed_password(terminal)
        self._codes(terminal, SHELL)
        self.screen.entry(tail(terminal), "whoami")
        terminal.answer("whoami")
        terminal.expect(SHELL)
        answer = lines(terminal.before)[1:]
        self.screen.terminal("\n".join(answer))
        self._logged(service="sshd", outcome="allowed")
        if answer != ["alice"]:
            raise Refused(answer)
        return terminal

    def sudo(self, terminal):
        """Scene 2: in that terminal, sudo asks again."""
        self.screen.title(2, "sudo asks her once more before she becomes root")
        self.screen.entry("alice@server:~$ ", "sudo whoami")
        terminal.answer("sudo whoami")
        self._typed_password(terminal)
        self._codes(terminal, SHELL)
        answer = lines(terminal.before)
        self.screen.terminal("\n".join(answer[-1:]))
        self._logged(service="sudo", outcome="allowed")
        if answer[-1:] != ["root"]:
            raise Refused(answer)
        self.screen.entry("alice@server:~$ ", "exit")
        terminal.answer("exit")
        terminal.ended()

    def page(self):
        """Scene 3: an identity provider asks her, in place of a code."""
        self.house.log.clear()
        self.house.ask_by_page()
        self.screen.title(3, "alice approves on the page of her company's "
                          "identity provider")
        self.screen.entry("laptop$ ", "ssh alice@server")
        terminal = self.house.ssh()
        self._typed_password(terminal)
        terminal.prompt(OPENS)
        prompt, (address, code) = terminal.match[1], re.search(
            OPENS, terminal.match[1]).groups()
        self.screen.page("alice", address, code)
        self.house.idp.approve(code)
        self.screen.entry(prompt, "")
        terminal.answer("")
        terminal.expect(SHELL)
        self.screen.entry(tail(terminal), "exit")
        terminal.answer("exit")
        terminal.ended()
        line = self._logged(service="sshd", outcome="allowed")
        self.screen.verdict(line["method"] == "page", "let in")
        self.house.settings.user("alice")
        return line["method"] == "page"

    def thief(self):
        """Scene 4: the password alone is not enough. True when refused."""
        self.house.log.clear()
        self.screen.title(4, "somebody has stolen alice's password, but not "
                          "her phone")
        self.screen.entry("thief$ ", "ssh alice@server")
        terminal = self.house.ssh()
        terminal.expect(PASSWORD)
        self.screen.entry(tail(terminal), "•" * 8, "the stolen password")
        terminal.answer("pw-alice")
        self.screen.note("Her phone shows a code that she did not ask for; "
                         "the thief does not see it.")
        guesses = 0
        try:
            while not self._next(terminal, SHELL):
                wrong = [guess for guess in GUESSES
                         if guess != self.house.phones.code("alice")]
                guess = wrong[guesses % len(wrong)]
                guesses += 1
                self.screen.entry(terminal.match.group(1), guess, "guess")
                terminal.answer(guess)
        except Refused as end:
            self.screen.terminal("\n".join(end.args[0]))
            line = self._logged(service="sshd", outcome="denied")
            self.screen.verdict(True, "refused after %d guesses" % guesses)
            return guesses > 0 and line["outcome"] == "denied" and not any(
                login["outcome"] == "allowed"
                for login in self.house.log.logins())
        self.screen.verdict(False, "the thief was let in")
        return False


def lines(text):
    """Lines that hold something."""
    return [line.rstrip() for line in text.replace("\r", "\n").split("\n")
            if line.strip()]


def said(text):
    """What is said at the end, without the echo of what was typed and
    without sshd's name tag before nothing."""
    return [line for line in lines(text)
            if re.search(r"[a-z]{3}", line) and
            not re.fullmatch(r"\(\S+\) ?", line)]


def tail(terminal):
    """The line in which the last match ended: a prompt."""
    return re.split(r"[\r\n]", terminal.before + terminal.match.group(0))[-1]


def introduce(screen):
    screen.line()
    screen.line(screen.paint("bold", "  pam_twofa: after the password, a code "
                             "from the phone"))
    screen.line()
    screen.line("  ssh, sudo ─▶ real sshd, sudo ─▶ pam_twofa.so ─▶ "
                "twofa-helper ─HTTPS─▶ provider")
    screen.words("dim", "all in private namespaces: nothing on this machine "
                 "changes; only the provider is simulated")
    if screen.person:
        screen.line()
        screen.words("bold", "You are alice. Passwords are typed for you; "
                     "type the codes that her phone shows.")


def let_in(demo, house, screen):
    """Scenes 1 and 2; a person who spoils them may begin again."""
    for left in range(RETRIES if screen.person else 1, 0, -1):
        ssh = False
        try:
            terminal = demo.ssh_login()
            ssh = True
            screen.verdict(True, "let in")
            demo.sudo(terminal)
            screen.verdict(True, "let in as root")
            return True, True
        except Refused as end:
            screen.terminal("\n".join(end.args[0]))
            for line in house.log.lines():
                if "outcome=denied" in line:
                    screen.log(line)
            screen.verdict(False, "refused" + (
                ". Once more, from the start."
                if left > 1 else ""))
            house.again()
            demo.seen = 0
    return ssh, False  # and everything is fresh again


def scenes(screen, house):
    demo = Demo(screen, house)
    ssh, sudo = let_in(demo, house, screen)
    page = demo.page()
    refused = demo.thief()
    starts = len(house.phones.requests("start"))
    checks = len(house.phones.requests("check"))
    screen.summary([
        ("ssh: alice was let in with password and code", ssh),
        ("sudo: alice became root with password and code", sudo),
        ("ssh: alice was let in by an identity provider", page),
        ("the thief with the right password and wrong codes was refused",
         refused),
        ("the provider sent %d codes and checked %d answers, over HTTPS" % (
            starts, checks), starts >= 3 and checks >= 5)])
    return ssh and sudo and page and refused and starts >= 3 and checks >= 5


def on_alarm(_signal, _frame):
    raise TimeoutError("the demo took more than %d s" % WHOLE)


def main():
    screen = Screen()
    introduce(screen)
    house = None
    signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(WHOLE)
    try:
        house = House()
        return 0 if scenes(screen, house) else 1
    except KeyboardInterrupt:
        screen.line("\n  interrupted; nothing is left behind")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except (pexpect.ExceptionPexpect, AssertionError, TimeoutError,
            OSError) as error:
        screen.line("\n  the demo failed: %s" % str(error).splitlines()[0])
        if house:
            screen.line("\n".join("  log: " + line
                                  for line in house.log.lines()))
        return 1
    finally:
        if house:
            house.close()
        screen.forget()


if __name__ == "__main__":
    sys.exit(main())
