/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests a trial by a login in a pseudoterminal that is connected to the admin's
 * terminal. */
#include "twofactl/trial/trial_inside.h"

#include <errno.h>
#include <grp.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define KEYGEN_S 20
#define EXPLAIN_S 30
#define EXPLAIN_MAX 4096
#define PROOF_MS (150 * INT64_C(1000)) /* for the whole login */
#define CANCEL_MS 3000  /* left after "q": the program may prompt again */
#define END_MS 5000     /* left to exit after it closed its terminal */
#define CHILD_FAILED 99 /* exit status after printing etc_cause */
#define SEEN_MAX 4096
#define CODE_PROMPT "q cancel" /* in every prompt for a code at a terminal */
/* Neither ~/.ssh/rc nor the shell's startup files may run: their processes
 * could stay in this view, or print text that looks like a prompt. */
#define NOTHING "twofactl"
#define SSHD                                                                   \
	"ProxyCommand=/usr/sbin/sshd -i -o LogLevel=QUIET -o PermitUserRC=no " \
	"-o ForceCommand=internal-sftp -o 'Subsystem=" NOTHING                 \
	" internal-sftp'"
#define KEY ETC_VIEW_FOLDER "/key"

#define KEY_PUBLIC KEY ".pub"
/* Also where sshd accepts security keys alone. By the name that OpenSSH before
 * 8.5 has, and later ones know. */
#define KEY_COUNTS                                                             \
	" -o AuthorizedKeysFile=" KEY_PUBLIC                                   \
	" -o PubkeyAcceptedKeyTypes=ssh-ed25519"

static const char key_file[] = KEY;

struct trial_proof {
	const struct trial *trial;
	const char *user;
	bool no_input; /* a prompt for a code is sufficient */
	int master;
	pid_t pid;
	int64_t deadline; /* by frame_clock_ms() */
	char password[RANDOM_NAME_LEN + 1];
	bool known;           /* password is valid: type it when prompted */
	bool answered, asked; /* password typed; prompted for a code */
	bool again;           /* prompted for the password again */
	bool printed;         /* the program has printed any output */
	bool interrupted;
	char seen[SEEN_MAX]; /* output since the last reply */
	size_t used;
	struct termios before;
	bool raw;
};

enum trial_proof_result {
	TRIAL_PROOF_FAILED = 0, /* etc_cause has the reason */
	TRIAL_PROOF_DENIED,     /* failed once a code was asked for */
	TRIAL_PROOF_ENDED,      /* the program exited with 0 */
	TRIAL_PROOF_SILENT,     /* exited with 0, without output */
	TRIAL_PROOF_ASKED,      /* no_input: prompted for a code */
};

static void
trial_proof_become(const char *const *argv)
{
	(void)execv(argv[0], (char *const *)(uintptr_t)argv);
	(void)etc_file_fail_with_path(argv[0], NULL);
}

/* True if the login uses a key made for it. Where a password would also do,
 * only users without a password use a key. */
static bool
login_by_key(const struct trial *t, const char *user)
{
	return t->login == STACK_KEY ||
	    (t->login == STACK_BOTH && !etc_view_has_password(user));
}

/* Creates a key pair, which is removed with the view. */
static int
trial_proof_make_key(void)
{
	const char *const argv[] = { "/usr/bin/ssh-keygen", "-q", "-t",
		"ed25519", "-N", "", "-C", "twofactl", "-f", key_file, NULL };
	char out[256];

	/* sshd reads the public key as that user */
	if (run_program_status(argv, KEYGEN_S, out, sizeof(out)) == 0 &&
	    chmod(KEY_PUBLIC, 0644) == 0)
		return 0;
	return etc_file_fail("ssh-keygen makes no key: %.200s", out);
}

/* Runs sshd -i on its client's pipe: a port could be taken by another user. No
 * terminal is requested, or sshd would record this as the user's last login. */
static void
log_in_ssh(const struct trial_proof *p)
{
	const bool key = login_by_key(p->trial, p->user);
	const char *const argv[] = { "/usr/bin/ssh", "-F", "none", "-nTs", "-o",
		key ? SSHD KEY_COUNTS : SSHD, "-o", "StrictHostKeyChecking=no",
		"-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
		"-o", "IdentitiesOnly=yes", "-o",
		key ? "IdentityFile=" KEY : "PubkeyAuthentication=no", "-o",
		key ? "PreferredAuthentications=publickey,keyboard-interactive"
		    : "PreferredAuthentications=keyboard-interactive",
		"-o", "NumberOfPasswordPrompts=1", "-l", p->user, "localhost",
		NOTHING, NULL };

	if (!key || trial_proof_make_key() == 0)
		trial_proof_become(argv);
}

static void
log_in_as(const struct trial_proof *p, const char *const *argv)
{
	const struct passwd *pw = getpwnam(p->user);

	if (pw == NULL || initgroups(p->user, pw->pw_gid) != 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
		(void)etc_file_fail_with_path(p->user, NULL);
	else
		trial_proof_become(argv);
}

/* Has ssh ask at the pseudoterminal, not by the program of SSH_ASKPASS, and
 * sudo and su ask for the password in English, whatever passprompt is. */
static int
set_environment(void)
{
	if (unsetenv("SSH_ASKPASS_REQUIRE") == 0 &&
	    setenv("LC_ALL", "C", 1) == 0 &&
	    setenv("SUDO_PROMPT", "[sudo] password for %p: ", 1) == 0)
		return 0;
	return etc_file_fail("no memory for the environment");
}

/* Runs in the child at the pseudoterminal: executes the service's program.
 * Returns only on failure, with etc_cause. */
static void
proof_login(const struct trial_proof *p)
{
	/* -k: ignore a cached password */
	const char *const sudo[] = { "/usr/bin/sudo", "-k", "true", NULL };
	const char *const su[] = { "/bin/su", p->user, "-c", "true", NULL };
	const char *const login[] = { "/bin/login", p->user, NULL };
	const char *service = p->trial->service;

	/* With copies, the service's program could not see the new files, so
	 * this process runs the PAM stack. */
	if (etc_view_uses_copies()) {
		const struct pam_login pam = { .service = service,
			.user = p->user,
			.folder = ETC_VIEW_PAM,
			.key = login_by_key(p->trial, p->user),
			.caller = strcmp(service, "sudo") == 0 ||
			    strcmp(service, "su") == 0 };

		if (pam_login(&pam, etc_cause))
			_exit(0);
		return;
	}
	if (set_environment() != 0 ||
	    etc_view_enter(p->trial->file, p->trial->files) != 0 ||
	    (!login_by_key(p->trial, p->user) &&
		etc_view_set_password(p->user, p->password) < 0))
		return;
	if (strcmp(service, "sshd") == 0)
		log_in_ssh(p);
	else if (strcmp(service, "sudo") == 0)
		log_in_as(p, sudo);
	else if (strcmp(service, "su") == 0 &&
	    etc_view_set_shell(p->user, "/bin/sh") >= 0)
		log_in_as(p, su);
	else if (strcmp(service, "login") == 0 &&
	    etc_view_set_shell(p->user, "/bin/true") >= 0)
		trial_proof_become(login);
}

static void
trial_proof_answer(struct trial_proof *j, const char *text)
{
	if (write(j->master, text, strlen(text)) < 0 ||
	    write(j->master, "\n", 1) < 0)
		(void)kill(j->pid, SIGHUP);
	j->used = 0;
	j->seen[0] = '\0';
}

static bool
is_prompt(const struct trial_proof *j, const char *word)
{
	return strcasestr(j->seen, word) != NULL && j->used >= 2 &&
	    (strcmp(j->seen + j->used - 2, ": ") == 0 ||
		j->seen[j->used - 1] == ':');
}

static bool
trial_proof_show(struct trial_proof *j)
{
	char bytes[SEEN_MAX / 8];
	const ssize_t n = read(j->master, bytes, sizeof(bytes));

	if (n <= 0)
		return n < 0 && errno == EINTR;
	j->printed = true;
	if (write(STDERR_FILENO, bytes, (size_t)n) < 0)
		return false;
	if (j->used + (size_t)n >= sizeof(j->seen))
		j->used = 0;
	memcpy(j->seen + j->used, bytes, (size_t)n);
	j->used += (size_t)n;
	j->seen[j->used] = '\0';
	if (j->known && !j->answered && is_prompt(j, "password")) {
		j->answered = true;
		trial_proof_answer(j, j->password);
	} else if (j->known && is_prompt(j, "password")) {
		j->again = true; /* sudo repeats a failed login */
	} else if (is_prompt(j, CODE_PROMPT)) {
		j->asked = true;
		if (j->no_input) {
			trial_proof_answer(j, "q");
			j->deadline = frame_clock_ms() + CANCEL_MS;
		}
	}
	return true;
}

static bool
pass_on(struct trial_proof *j)
{
	char bytes[256];
	const ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n <= 0 || write(j->master, bytes, (size_t)n) != n)
		return n < 0 && errno == EINTR;
	j->used = 0;
	explicit_bzero(bytes, sizeof(bytes));
	return true;
}

/* Relays until the program closes its terminal. Returns false on a timeout, a
 * signal, or a repeated password prompt. */
static bool
relay(struct trial_proof *j)
{
	struct pollfd p[] = { { .fd = j->master, .events = POLLIN },
		{ .fd = j->no_input ? -1 : STDIN_FILENO, .events = POLLIN },
		{ .fd = terminal_signal_fd(), .events = POLLIN } };

	for (;;) {
		const int64_t left = j->deadline - frame_clock_ms();

		if (left <= 0 || j->again ||
		    TEMP_FAILURE_RETRY(poll(p, 3, (int)left)) < 0)
			return false;
		j->interrupted = p[2].revents != 0;
		if (j->interrupted)
			return false;
		if (p[0].revents != 0 && !trial_proof_show(j))
			return true;
		if (p[1].revents != 0 && !pass_on(j))
			p[1].fd = -1;
	}
}

/* ended: the status from run_program_reap(). */
static enum trial_proof_result
trial_proof_judge(const struct trial_proof *j, bool in_time, int ended)
{
	if (j->no_input && j->asked)
		return TRIAL_PROOF_ASKED;
	if (in_time && ended == 0)
		return j->printed ? TRIAL_PROOF_ENDED : TRIAL_PROOF_SILENT;
	snprintf(etc_cause, ETC_FILE_CAUSE, "%s",
	    j->interrupted              ? "it was interrupted"
		: !in_time && !j->again ? "the login took too long"
		: j->asked              ? "the login was denied"
		: j->answered || etc_view_uses_copies()
		? "the login ended before a code was asked for"
		: "the login did not reach a prompt");
	return j->asked && !j->interrupted && (in_time || j->again)
	    ? TRIAL_PROOF_DENIED
	    : TRIAL_PROOF_FAILED;
}

/* Sets known; else requests the real password, if one is needed. Returns 0, or
 * -1 with etc_cause if nobody can type it. */
static int
look_at_password(struct trial_proof *j)
{
	const bool key = login_by_key(j->trial, j->user);

	j->known =
	    !key && !etc_view_uses_copies() && etc_view_has_password(j->user);
	if (j->known || key)
		return 0;
	if (j->no_input)
		return etc_file_fail(etc_view_uses_copies()
			? "without a mount namespace %.64s has to type the "
			  "real password; run it at a terminal, or add "
			  "--no-trial"
			: "%.64s has no password in /etc/shadow for which "
			  "another could stand in; add --user with somebody "
			  "who has one",
		    j->user);
	fprintf(stderr,
	    etc_view_uses_copies()
		? "Type the real password of %s.\n"
		: "%s has no password in /etc/shadow for which another "
		  "could stand in: type the real one.\n",
	    j->user);
	return 0;
}

static int
trial_proof_start(struct trial_proof *j)
{
	if (system_random_name(j->password) != 0)
		return etc_file_fail("the kernel gave no random bytes");
	j->pid = forkpty(&j->master, NULL, NULL, NULL);
	if (j->pid == 0) {
		etc_cause[0] = '\0';
		terminal_drop_signals();
		proof_login(j);
		fprintf(stderr, "%s\r\n", etc_cause);
		_exit(CHILD_FAILED);
	}
	if (j->pid > 0)
		return 0;
	return etc_file_fail("no terminal: %s", strerror(errno));
}

static enum trial_proof_result
trial_proof_join(struct trial_proof *j)
{
	struct termios t;
	bool in_time;

	if (trial_proof_start(j) != 0)
		return TRIAL_PROOF_FAILED;
	/* the terminal passes on typed bytes unchanged, except Ctrl-C */
	if (!j->no_input && tcgetattr(STDIN_FILENO, &j->before) == 0) {
		t = j->before;
		t.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
		t.c_iflag &= ~(tcflag_t)ICRNL;
		j->raw = tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
	}
	in_time = relay(j);
	if (j->raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &j->before);
	(void)close(j->master);
	return trial_proof_judge(
	    j, in_time, run_program_reap(j->pid, in_time ? END_MS : 0));
}

static enum trial_proof_result
trial_proof_run(struct trial_proof *j)
{
	enum trial_proof_result result;

	j->deadline = frame_clock_ms() + PROOF_MS;
	if (look_at_password(j) != 0)
		return TRIAL_PROOF_FAILED;
	if (terminal_hold_signals() != 0) {
		(void)etc_file_fail_with_path("signalfd", NULL);
		return TRIAL_PROOF_FAILED;
	}
	result = trial_proof_join(j);
	terminal_drop_signals();
	explicit_bzero(j, sizeof(*j));
	return result;
}

/* silent: the program did not ask for anything. Then sudo has not used PAM:
 * NOPASSWD applies to the user. */
static enum ctl_exit
check_got_in(const struct run *run, const char *user, const struct trial *t,
    int64_t since, bool silent)
{
	struct trial_find_logins in;
	enum ctl_exit status;

	if (silent && strcmp(t->service, "sudo") == 0)
		return terminal_error_status(CTL_FAILED,
		    "sudo did not ask %s for anything (NOPASSWD in sudoers), "
		    "so it asks for no code either, and nothing is changed; "
		    "add --user with somebody whom sudo asks for a password",
		    user);
	status = trial_find_logins(run, t->service, since, &in);
	if (status != CTL_DONE || in.count > 0)
		return status;
	return terminal_error_status(CTL_FAILED,
	    "the login of the proof did not get in with a code, so nothing "
	    "is changed; see: twofactl explain %s %s",
	    user, t->service);
}

/* Names it if pam_twofa allowed the login of the proof: what comes after it in
 * the stack, or the program, refused. */
static void
explain_refusal(const struct run *run, const char *user, const struct trial *t,
    int64_t since)
{
	struct trial_find_logins in;

	if (trial_find_logins(run, t->service, since, &in) != CTL_DONE)
		return;
	for (unsigned i = 0; i < in.count; i++)
		if (strcmp(in.user[i], user) == 0)
			(void)etc_file_fail(
			    "the code was right, but %.64s was refused after "
			    "it, as where the password has expired",
			    user);
}

/* Runs twofactl explain: a user who will be denied may see a prompt, too. */
static enum ctl_exit
check_explained(const struct run *run, const char *user, const struct trial *t)
{
	const char *const argv[] = { TRIAL_SELF(run), "explain", user,
		t->service, NULL };
	char out[EXPLAIN_MAX];
	const int status =
	    run_program_status(argv, EXPLAIN_S, out, sizeof(out));

	if (status != CTL_DONE) {
		terminal_error(
		    "%s could not log in by %s, so nothing is changed:", user,
		    t->service);
		fputs(out, stderr);
	}
	return status < 0 ? CTL_FAILED : (enum ctl_exit)status;
}

static void
tell_proof(const char *user, const struct trial *t)
{
	const bool sshd = strcmp(t->service, "sshd") == 0;

	if (!etc_view_uses_copies()) {
		fprintf(stderr,
		    "A login of %s by %s with the new files, which only this "
		    "login sees yet:\n",
		    user, t->service);
		return;
	}
	fprintf(stderr,
	    "A login of %s by copies of the PAM files of %s, which twofactl "
	    "goes through in its\nplace. It does not prove: %s.\n",
	    user, t->service,
	    !sshd ? "the program itself and its settings, the session"
		: login_by_key(t, user) ? "sshd itself and what it wants "
					  "before PAM, the key; the session"
					: "sshd itself, the session");
	if (sshd)
		fputs("sshd -T has read a copy of the new settings; the sshd "
		      "that runs is asked what it\noffers once they are in "
		      "place.\n",
		    stderr);
}

enum ctl_exit
trial_test_login(const struct run *run, const char *user, bool no_input,
    const struct trial *t)
{
	const enum ctl_exit explained = check_explained(run, user, t);
	struct trial_proof p = {
		.trial = t, .user = user, .no_input = no_input, .master = -1
	};
	const int64_t since = clock_wall_s();

	if (explained != CTL_DONE)
		return explained;
	tell_proof(user, t);
	switch (trial_proof_run(&p)) {
	case TRIAL_PROOF_ENDED:
		return check_got_in(run, user, t, since, false);
	case TRIAL_PROOF_SILENT:
		return check_got_in(run, user, t, since, true);
	case TRIAL_PROOF_ASKED:
		fputs("A code was asked for; nobody was there to type it.\n",
		    stderr);
		return CTL_DONE;
	case TRIAL_PROOF_DENIED:
		explain_refusal(run, user, t, since);
		break;
	case TRIAL_PROOF_FAILED:
		break;
	}
	return terminal_error_status(CTL_FAILED,
	    "the proof failed, and nothing is changed: %s", etc_cause);
}
