# SPDX-License-Identifier: BSD-2-Clause
"""Programs that no test can run here: what their documents say."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Read:
    """result: with password and code, each asked for. source: where it stands,
    a link."""
    name: str
    needs: str
    result: str
    source: str

    def line(self):
        return "| %s | %s | %s | %s |" % (self.name, self.needs or "-",
                                          self.result, self.source)


HEAD = ("| program | what it needs | result | read in |",
        "| --- | --- | --- | --- |")

RELEASES = "https://github.com/microsoft/vscode-remote-release/issues/"
WEBSSH = "[a report](https://github.com/isontheline/pro.webssh.net/issues/174)"

ROWS = (
    Read("WinSCP", "\"Respond with password to the first prompt\" as it is",
         "in", "[its manual](https://winscp.net/eng/docs/ui_authenticate)"),
    Read("FileZilla", "logon type \"Interactive\"", "in", WEBSSH),
    Read("Cyberduck", "", "in", WEBSSH),
    Read("VS Code, Remote-SSH", "`\"remote.SSH.showLoginTerminal\": true`",
         "in: the code is typed in the terminal tab",
         "[issue 3003](%s3003), [issue 11182](%s11182)" % (
             RELEASES, RELEASES)),
    Read("VS Code, sftp extension", "`\"interactiveAuth\": true`", "in",
         "[its wiki](https://github.com/z-z/vscode-sftp/wiki/"
         "SFTP-only-Configuration)"),
    Read("Emacs, Tramp 30.2", "",
         "in: it knows prompts with \"Verification code\"",
         "`tramp-otp-password-prompt-regexp` in its source"),
    Read("WindTerm", "", "cannot: no window for the code",
         "[issue 2419](https://github.com/kingToolbox/WindTerm/issues/2419)"),
    Read("xrdp, SDDM, ly, Proxmox VE, swaylock", "[one field](one-field.md)",
         "in with one field", "their sources: one answer to every question"),
    Read("sshfs-win in the Explorer", "", "cannot: one field",
         "[issue 241](https://github.com/winfsp/sshfs-win/issues/241)"),
)
