# SPDX-License-Identifier: BSD-2-Clause
"""The fault matrix: what breaks, when, what must come of it, which words the
log must have, and within which time. test_matrix.py runs the rows over
tests/host/host.c; "held" names the test that holds a row elsewhere. What each
thing does when it breaks is in breakage.py; the provider's rows are in
matrix_provider.py."""

import signal

import breakage as b
import listener
import matrix_provider
from faultrow import (ALLOWED, CHECK, CONV_ERR, DENIED, MAXTRIES, START, Row,
                      held)


def helper(breaks, how, reason, words="", **more):
    return Row("helper", breaks, how, reason=reason,
               words="pam_twofa: helper .*" + words if words else "", **more)


PATHS = {
    "a directory": "directory",
    "below a file": "below a file", "a symbolic link": "symlink",
    "a parent is a symbolic link": "parent symlink",
    "not executable": "not executable", "root's alone": "root's alone",
    "others may write it": "others write", "its group may": "group writes",
    "not root's": "alice's", "others may write its folder": "parent others",
    "its folder is like /tmp": "parent sticky",
    "its folder is shut": "parent closed",
    "its folder is not root's": "parent alice's"}
ENDS = {
    "dies before the first frame": "crash-before-7-helper-died",
    "ALLOW, then a crash": "crash-after-7-exit-status",
    "ALLOW, then SIGKILL": "kill-after-7-exit-status",
    "ALLOW, then exit 1": "exit-after-7-exit-status",
    "exit 0 without a verdict": "silent-7-helper-died",
    "closes the socket and goes on": "close-7-helper-died",
    "an empty frame": "empty-7-protocol",
    "an empty frame after ALLOW": "empty-after-7-protocol",
    "not a frame": "garbage-7-protocol",
    "a module's frame": "order-7-protocol",
    "a field twice": "double-field-7-protocol",
    "a verdict without a verdict": "no-field-7-protocol",
    "a verdict out of range": "range-7-protocol",
    "an echo out of range": "echo-range-7-protocol",
    "two verdicts": "two-verdicts-7-protocol",
    "a line after the verdict": "say-after-7-protocol"}
SPOILT = ("cut", "stump", "bare", "longer", "big", "magic", "older", "newer",
          "reserved", "length", "field", "tag")
HELPER = [
    *(held("helper", text, "test_host.py::test_helper_path[%s]" % kind)
      for text, kind in PATHS.items()),
    *(held("helper", text, "test_host.py::test_denied[%s]" % kind)
      for text, kind in ENDS.items()),
    *(helper("%s %s" % (how, frame), b.fake("%s-%s" % (how, frame)),
             "protocol")
      for how in SPOILT for frame in ("say", "ask", "verdict")),
    helper("missing", b.helper_is("/usr/libexec/none"), "helper-missing",
           "install twofa-helper", real=True, valgrind=True),
    helper("a script", b.script, "helper-died", real=True),
    helper("killed at the prompt", b.helper_gets(signal.SIGKILL),
           "helper-died", "exit status 137|ended by signal 9", when=CHECK, asked=(1, 0),
           real=True, valgrind=True),
    helper("ended by SIGTERM at the prompt", b.helper_gets(signal.SIGTERM),
           "helper-died", "exit status 143|ended by signal 15", when=CHECK, asked=(1, 0)),
    held("helper", "stopped at the prompt",
         "test_helper_process.py::test_deadline"),
    held("helper", "stopped while it waits for a start's answer",
         "test_stall.py::test_eleven_seconds_admit_nobody[sshd]",
         when=START),
    held("helper", "stopped while it waits for a check's answer",
         "test_stall.py::test_a_check_is_denied_as_stalled", when=CHECK),
    held("helper", "stops or hangs before a frame, or leaves the socket to a "
         "child", "test_host.py::test_at_the_deadline"),
    held("helper", "killed during a start", "test_helper_process.py::"
         "test_killed_in_the_middle_of_a_start", when=START),
    held("helper", "killed during a check", "test_helper_process.py::"
         "test_helper_killed_during_a_check", when=CHECK),
    held("helper", "its parent is killed", "test_helper_process.py::"
         "test_intermediate_killed_and_right_code", when=CHECK),
    held("helper", "no user to run it as",
         r"test_host.py::test_user_twofa[/^twofa:/d-no such user]"),
]


def fine(breaks, how, **more):
    """It does not matter to a login."""
    return Row("host", breaks, how, result=ALLOWED,
               words="outcome=allowed", **more)


def host(breaks, how, reason, result=DENIED, **more):
    return Row("host", breaks, how, result=result, reason=reason, **more)


# valgrind has descriptors, a stack and a start script of its own.
ONLY_HERE = {"valgrind": False}
HOST = [
    fine("SIGCHLD ignored", b.host("sigchld", "ignore"), valgrind=True),
    fine("SIGCHLD without zombies", b.host("sigchld", "nocldwait")),
    fine("SIGCHLD handled by a thief", b.host("sigchld", "thief")),
    fine("SIGCHLD blocked", b.host("block", "sigchld")),
    fine("SIGINT blocked", b.host("block", "sigint")),
    fine("SIGPIPE ignored", b.program("env", "--ignore-signal=PIPE")),
    host("SIGPIPE default, the helper is gone", b.fake("silent"),
         "helper-died"),
    fine("all descriptors from 3 on open", b.host("fds", "all"),
         **ONLY_HERE),
    held("host", "descriptors 0 to 2 closed",
         "test_host.py::test_odd_hosts[options4]"),
    host("20 descriptors", b.limit("nofile", "20"), "resource-limit",
         words="resource limit NOFILE .*LimitNOFILE 64", **ONLY_HERE),
    host("no byte to any file", b.limit("fsize", "0"), "resource-limit",
         words="resource limit FSIZE .*LimitFSIZE 64M"),
    host("10 processes", b.limit("nproc", "10"), "resource-limit",
         words="resource limit NPROC .*LimitNPROC 8192"),
    fine("a short stack", b.program("prlimit", "--stack=1048576"),
         **ONLY_HERE),
    fine("umask 0", b.host("umask", "0")),
    fine("umask 777", b.host("umask", "777")),
    fine("chroot without /proc", b.jail, **ONLY_HERE),
    fine("LD_PRELOAD", b.preload, **ONLY_HERE),
    fine("a proxy", b.environment(
        http_proxy="http://127.0.0.1:1", https_proxy="http://127.0.0.1:1",
        HTTPS_PROXY="http://127.0.0.1:1", ALL_PROXY="socks5://127.0.0.1:1")),
    fine("SSLKEYLOGFILE", b.key_log),
    fine("CURL_HOME", b.curl_home),
    fine("OPENSSL_CONF", b.openssl_conf),
    fine("other roots", b.environment(
        SSL_CERT_FILE="/dev/null", SSL_CERT_DIR="/nonexistent",
        CURL_CA_BUNDLE="/dev/null")),
    fine("TZ", b.environment(TZ="/etc/passwd:Nonsense-99")),
    fine("another locale's messages", b.environment(
        LANG="tr_TR.UTF-8", LC_ALL="tr_TR.UTF-8", LANGUAGE="tr")),
    fine("the other environment", b.environment(
        IFS="/", PATH="/nonexistent", TMPDIR="/nonexistent", BASH_ENV="/x",
        MALLOC_PERTURB_="165", SQLITE_TMPDIR="/nonexistent",
        HOSTALIASES="/etc/passwd", RES_OPTIONS="timeout:30",
        LOCALDOMAIN="example.org", RESOLV_HOST_CONF="/etc/shadow"),
         **ONLY_HERE),
    fine("locale tr_TR", b.locale("tr_TR.UTF-8"), valgrind=True),
    fine("locale de_DE", b.locale("de_DE.UTF-8")),
    fine("100 MiB in use", b.host("memory", "100"), **ONLY_HERE),
    fine("threads that wait for children", b.host("thread", "plain"),
         **ONLY_HERE),
    held("host", "its clock is wrong, in a fleet",
         *("test_store_postgresql.py::test_a_hosts_clock_that_is_wrong[%s]" %
           off for off in ("600", "-600"))),
    held("host", "its clock is not that of the state's server",
         "test_store_postgresql.py::test_a_servers_clock_that_is_wrong"),
    held("host", "a thread that reaps everything",
         "test_host.py::test_thread_that_takes_all"),
    held("host", "PAM_USER changes", "test_host.py::test_user_changed"),
    held("host", "when= with another control value, or alone",
         "test_when.py::test_alone_it_lets_nobody_in[required-None]",
         "test_when.py::test_required_denies_everybody[None-required]",
         "test_when.py::test_sufficient_and_optional_want_the_password"
         "[sufficient]"),
    held("host", "when= without the line that asks",
         "test_when.py::test_last_line_deleted[password-right]"),
    held("host", "when= jumps too far, or not far enough",
         "test_when.py::test_jump_of_a_wrong_length[1]",
         "test_when.py::test_jump_of_a_wrong_length[3]"),
    held("host", "when= jumps over an include, which changes",
         "test_when.py::test_jump_over_an_include",
         "test_ctl_doctor.py::test_pam_jump_over_an_include"
         "[@include twofa-part]"),
    held("host", "setcred fails between when= and the line that asks",
         "test_when.py::test_middle_module_whose_setcred_fails"),
    held("host", "one field: nobody answers",
         *("test_one_field_stack.py::test_nobody_answers[%s]" % how
           for how in ("@null", "@fail", "@none", "@error:5"))),
    held("host", "one field: no conversation",
         "test_one_field_stack.py::test_no_conversation"),
    held("host", "one field: PAM_USER changes",
         "test_one_field_stack.py::test_another_user_meanwhile"),
    held("host", "one field: a second attempt on one handle",
         "test_one_field_stack.py::test_nothing_is_left_of_an_attempt"),
    held("host", "one field: the line before is missing",
         "test_one_field_stack.py::test_no_prompt_alone",
         "test_one_field_stack.py::test_no_prompt_without_split"),
    held("host", "one field: bad input",
         *("test_one_field_stack.py::test_odd_fields[%s]" % how
           for how in ("many digits", "commas", "a long password",
                       "an escape", "a control byte", "a format"))),
    host("the conversation fails", b.typed("@fail"), "no-answer", CONV_ERR,
         asked=(1, 0), valgrind=True),
    host("the conversation fails otherwise", b.typed("@error:5"),
         "no-answer", CONV_ERR, asked=(1, 0)),
    host("the conversation has no answers", b.typed("@none"), "no-answer",
         CONV_ERR, asked=(1, 0)),
    host("an answer that is NULL", b.typed("@null"), "no-answer", CONV_ERR,
         asked=(1, 0)),
    fine("5,000 bytes before the code", b.typed("9" * 5000, "@line"),
         valgrind=True),
    fine("binary before the code", b.typed(
        "\udc80\udcff\x01\x7f\x1b[2J", "@line")),
    fine("an empty answer before the code", b.typed("", "@line")),
    host("binary alone", b.typed("\udcff" * 200), "no-answer", CONV_ERR,
         asked=(1, 0)),
]


def settings(breaks, how, words, reason="settings", **more):
    return Row("settings", breaks, how, reason=reason, asked=(0, 0),
               result=MAXTRIES if reason == "settings" else DENIED,
               words=words, **more)


def state(breaks, how, **more):
    return Row("state", breaks, how, **more)


TEXTS = "test_settings.py::test_%s"
FILES = "test_user_files.py::test_%s"
BAD_STATE = "test_state_faults.py::test_%s"
SETTINGS = [
    held("settings", "missing", TEXTS % "missing"),
    held("settings", "a symbolic link", TEXTS % "symlink"),
    held("settings", "writable by group or others",
         *(TEXTS % "writable[%s]" % mode for mode in (432, 418, 438))),
    held("settings", "not root's", TEXTS % "wrong_owner[990]"),
    held("settings", "a directory or FIFO", TEXTS % "no_file[mkdir]",
         TEXTS % "no_file[mkfifo]"),
    held("settings", "a folder that others may write",
         TEXTS % "folder_that_others_may_write"),
    held("settings", "a NUL byte", TEXTS % "nul"),
    held("settings", "numbers that libconfig misreads",
         TEXTS % "numbers_that_libconfig_would_misread[4294967299]",
         TEXTS % "numbers_that_libconfig_would_misread[010]"),
    held("settings", "no provider", TEXTS % "no_provider"),
    held("settings", "all at once", TEXTS % "all_errors_at_once"),
    held("settings", "a key twice",
         TEXTS % 'text_that_is_refused[brand = "twice";-:\\\\d+: .*]'),
    held("settings", "@include", TEXTS % 'text_that_is_refused[@include '
         '"/etc/twofa/more.conf"-:\\\\d+: @include: is refused]'),
    held("settings", "every key of another kind or out of its range",
         "test_settings_bad.c::test_rows"),
    held("settings", "brand too long", TEXTS % "brand[A brand of 19 bytes]"),
    held("settings", "plain http to another host",
         "test_transport.py::test_rehearsal_sends_no_tls_elsewhere",
         "test_base_url.c::base_urls_are_https_or_loopback"),
    held("settings", "ca_path without hashes",
         "test_transport.py::test_ca_path_without_hashes"),
    held("settings", "broken, and on_outage is allow",
         TEXTS % "an_error_is_no_outage"),
    held("settings", "a name that is none, and unenrolled is allow",
         "test_enrolment.py::test_names_that_are_no_names[../alice]"),
    held("settings", "user's file that cannot be read",
         FILES % "record_unreadable_for_the_helper"),
    held("settings", "users.d writable by others",
         FILES % "folder_of_records_that_others_may_write"),
    held("settings", "secrets writable by others",
         FILES % "secret_folder_that_others_may_write"),
    held("settings", "user's file writable by others",
         FILES % "record_that_others_may_write[422]"),
    held("settings", "user's file not root's",
         FILES % "record_of_another_owner"),
    held("settings", "user's file a symbolic link",
         FILES % "record_is_a_symlink"),
    held("settings", "user's file a directory or FIFO",
         FILES % "record_is_no_file[mkdir]",
         FILES % "record_is_no_file[mkfifo]"),
    held("settings", "users' files on a disk or server that fails",
         "test_failing.c::records_away"),
    held("settings", "users.d missing", FILES % "folder_of_records_is_missing"),
    held("settings", "secret open to others",
         FILES % "secret_open_to_others[420]"),
    held("settings", "secret a symbolic link", FILES % "secret_is_a_symlink"),
    held("settings", "people beside a phone, or none in the list",
         "test_people.py::test_denied[phone]",
         "test_people.py::test_denied[none]", "test_user_people.c::test_refused"),
    held("settings", "one person's secret or user is wrong, the others' not",
         "test_user_people.c::test_apart"),
    held("settings", "certificates of any bytes",
         "test_ssh_identity.c::test_cut", "test_ssh_identity.c::test_lengths",
         "test_people.py::test_by_certificate_over_ssh[umlaut]"),
    held("settings", "ask = caller, and the caller has no file or account",
         "test_caller.py::test_a_caller_without_a_file[allow]"),
    settings("unknown key", b.conf_has('colour = "red";'),
             r"twofa\.conf:\d+: colour: unknown key", real=True,
             valgrind=True),
    settings("a device", b.device("conf"), "not a regular file"),
    settings("user's file a device", b.device("user"), "not a regular file",
             reason="user-file"),
    settings("10 MB", b.large("conf"), "bytes, allowed: at most 1048576"),
    settings("user's file of 10 MB", b.large("user"),
             "bytes, allowed: at most 65536", reason="user-file", real=True),
    held("state", "missing", "test_helper_state.py::"
         "test_made_at_the_first_login"),
    held("state", "locked by another process", BAD_STATE % "busy_for_too_long"),
    held("state", "corrupt", *(BAD_STATE % "damaged[%s]" % kind for kind in (
        "short", "stump", "header", "pages"))),
    held("state", "of a newer version",
         BAD_STATE % "written_by_a_newer_version"),
    held("state", "full disk", BAD_STATE % "full_disk_stops_nobody",
         BAD_STATE % "thief_of_space_stops_nobody[disk]",
         BAD_STATE % "disk_that_was_full_from_the_beginning"),
    held("state", "read-only disk", BAD_STATE % "read_only_disk"),
    held("state", "clock back and forth by an hour",
         BAD_STATE % "lock_when_the_clock_goes_forward",
         BAD_STATE % "sends_when_the_clock_goes_back"),
    held("state", "two helpers bring it up to date at once",
         "test_store_migrate.c::many_helpers"),
    held("state", "its lock is kept for ever",
         "test_store_parallel.c::lock_held_for_ever"),
    state("its folder is open to others", b.state_open, reason="state",
          words="state.db.*mode 0755: chmod 0700", asked=(0, 0), real=True,
          valgrind=True),
    state("its folder is a symbolic link", b.state_link, result=ALLOWED,
          words="outcome=allowed"),
    # a broker looks at the files, and makes new ones, whose ids are others'
    state("removed at the prompt", b.state_removed, when=CHECK, **(
        {"result": DENIED, "reason": "state",
         "words": "it was replaced during this login"} if listener.KEPT else
        {"result": ALLOWED, "words": "outcome=allowed"})),
]

MEMORY = [
    *(held("memory", "at each request of a login: " + scene,
           "test_nomemory.c::" + scene)
      for scene in ("right", "wrong", "outage", "unenrolled", "rules",
                    "decoy", "recovery", "app", "person", "stranger",
                    "field_app",
                    "field_recovery", "field_sms", "field_wrong")),
    held("memory", "while settings are read", "test_nomemory.c::settings"),
    held("memory", "in the module", *(
        "test_memory.py::test_module[%s]" % kind
        for kind in ("allow-True", "deny-False", "ask-True"))),
    held("memory", "in the module, which parts one field",
         "test_memory.py::test_module_with_one_field"),
    held("memory", "in the helper with its network",
         "test_memory.py::test_helper"),
    held("memory", "in the helper, from there on for ever",
         "test_memory.py::test_shortage_is_no_outage"),
]

ROWS = matrix_provider.ROWS + HELPER + HOST + SETTINGS + MEMORY
