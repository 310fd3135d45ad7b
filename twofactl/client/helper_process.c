/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts a helper for one request of twofactl, or connects to the listener. */
#include "twofactl/client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELLO_MS 3000
#define END_WAIT_MS 5000
#define HELPER_FD 3
#define FD_FIRST 10 /* above all descriptors of the helper */
#define SEE_SERVICE "see systemctl status twofa-helper.service"

const char *
client_socket_path(void)
{
	const struct module_arguments usual = { 0 };

	return module_arguments_socket_path(&usual, geteuid() == 0);
}

bool
client_socket_exists(void)
{
	struct stat st;

	return lstat(client_socket_path(), &st) == 0;
}

/* Returns NULL if HELLO came, else why not. */
static const char *
await_hello(int fd)
{
	unsigned char bytes[FRAME_HEADER];
	struct frame hello;
	const enum frame_result r = frame_recv(fd, &hello, 1u << FRAME_HELLO,
	    bytes, sizeof(bytes), frame_clock_ms() + HELLO_MS);

	if (r == FRAME_EOF)
		return "accepts no more logins; " SEE_SERVICE;
	if (r == FRAME_TIMEOUT)
		return "does not answer within 3 s; run: systemctl restart "
		       "twofa-helper";
	if (r == FRAME_OTHER_VERSION)
		return "is of another version than this twofactl; install "
		       "the same version of both, then run: systemctl "
		       "restart twofa-helper";
	return r == FRAME_OK
	    ? NULL
	    : "is not a helper; see who listens there: ss -xlp";
}

/* Connects fd to the listener. Returns NULL, else why not. */
static const char *
connect_listener(int fd)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	PRINT_TO(to.sun_path, "%s", client_socket_path());
	/* fd does not block: a full queue is an error, too */
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		return geteuid() == 0
		    ? "cannot be reached, so logins start a helper of "
		      "their own; " SEE_SERVICE
		    : "cannot be reached; as root run: twofactl enable self";
	if (!frame_listener_is_root(fd))
		return "does not belong to root, so no login goes there; "
		       "see who listens there: ss -xlp";
	return await_hello(fd);
}

int
client_socket_open(const char **why)
{
	const int fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*why = connect_listener(fd);
	if (*why == NULL)
		return fd;
	owned_fd(&fd);
	return -1;
}

/* Exit statuses of the child before its exec; 127 is from the dynamic
 * loader. */
enum child_exit {
	CHILD_EXEC = 123,
	CHILD_SETUP = 125,
	CHILD_DROP = 126,
	CHILD_LOADER = 127,
};

struct child {
	const char *path;
	int sock, null;
	uid_t uid;
	gid_t gid;
	unsigned alarm_s;
	pid_t parent;
};

static int
find_user(struct child *c)
{
	const struct passwd *pw = client_helper_account();

	if (pw == NULL)
		return terminal_error("%s", trusted_file_cause);
	if (pw->pw_uid == 0 || pw->pw_gid == 0)
		return terminal_error(
		    "user " HELPER_USER " has uid %u and gid %u, neither "
		    "may be 0; remove that user; twofactl doctor then "
		    "says how to make it",
		    pw->pw_uid, pw->pw_gid);
	c->uid = pw->pw_uid;
	c->gid = pw->pw_gid;
	return 0;
}

/* Keeps only /dev/null on 0 to 2 and the socket on 3. */
static bool
arrange_fds(const struct child *c)
{
	for (int fd = 0; fd < HELPER_FD; fd++)
		if (dup2(c->null, fd) != fd)
			return false;
	if (dup2(c->sock, HELPER_FD) != HELPER_FD)
		return false;
	if (syscall(SYS_close_range, HELPER_FD + 1, ~0u, 0) == 0)
		return true;
	for (long fd = HELPER_FD + 1; fd < sysconf(_SC_OPEN_MAX); fd++)
		(void)close((int)fd); /* a kernel before 5.9 */
	return true;
}

static _Noreturn void
exec_helper(const struct child *c)
{
	static char *const argv[] = { (char *)"twofa-helper", NULL };
	static char *const envp[] = { NULL };
	const struct rlimit no_core = { 0, 0 };
	sigset_t none;

	sigemptyset(&none);
	helper_start_reset_signals();
	if (!arrange_fds(c) || sigprocmask(SIG_SETMASK, &none, NULL) != 0 ||
	    setsid() < 0 || chdir("/") != 0 ||
	    setrlimit(RLIMIT_CORE, &no_core) != 0)
		_exit(CHILD_SETUP);
	(void)umask(077);
	(void)alarm(c->alarm_s);
	/* a change of uid clears the death signal, and the parent may have
	 * ended before it was set */
	if (!helper_start_drop_privileges(c->uid, c->gid) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    getppid() != c->parent ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		_exit(CHILD_DROP);
	(void)execve(c->path, argv, envp);
	_exit(CHILD_EXEC);
}

/* Moves fd above those that the child uses. */
static int
move_fd_up(int fd)
{
	int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST);

	owned_fd(&fd);
	return high;
}

static int
open_fds(struct helper_process *run, struct child *c)
{
	int pair[2] = { -1, -1 };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	run->sock = move_fd_up(pair[0]);
	c->sock = move_fd_up(pair[1]);
	c->null = move_fd_up(open("/dev/null", O_RDWR | O_CLOEXEC));
	return run->sock < 0 || c->sock < 0 || c->null < 0 ? -1 : 0;
}

int
helper_process_start(
    struct helper_process *run, const char *path, unsigned alarm_s)
{
	struct child c = { .path = path,
		.sock = -1,
		.null = -1,
		.alarm_s = alarm_s,
		.parent = getpid() };

	*run = (struct helper_process){ .sock = -1, .pid = -1 };
	if (find_user(&c) != 0 || client_check_helper(path) != 0)
		return -1;
	if (open_fds(run, &c) == 0)
		run->pid = fork();
	if (run->pid == 0)
		exec_helper(&c);
	if (run->pid < 0)
		terminal_error("helper %s: cannot be started: %s; free memory, "
			       "processes or descriptors",
		    path, strerror(errno));
	owned_fd(&c.sock);
	owned_fd(&c.null);
	if (run->pid < 0)
		owned_fd(&run->sock);
	return run->pid < 0 ? -1 : 0;
}

static void
report_exit(int status)
{
	const char *what = "see its own lines in the log: "
			   "journalctl -t twofa-helper, or /var/log/auth.log";

	if (WIFSIGNALED(status)) {
		terminal_error("the helper was ended by signal %d; try again",
		    WTERMSIG(status));
		return;
	}
	if (WEXITSTATUS(status) == CHILD_SETUP)
		what = "its descriptors could not be set up";
	else if (WEXITSTATUS(status) == CHILD_DROP)
		what = "its privileges could not be dropped";
	else if (WEXITSTATUS(status) == CHILD_EXEC)
		what = "it could not be executed; it and its folders must be "
		       "open to user " HELPER_USER;
	else if (WEXITSTATUS(status) == CHILD_LOADER)
		what = "a shared library is missing or too old; ldd names it, "
		       "and twofactl doctor the command";
	terminal_error(
	    "the helper ended with status %d: %s", WEXITSTATUS(status), what);
}

void
helper_process_kill(struct helper_process *run)
{
	run->killed = true;
	if (run->pid > 0)
		(void)kill(run->pid, SIGKILL); /* not reaped: pid is valid */
}

int
helper_process_end(struct helper_process *run)
{
	int status;

	close(run->sock);
	if (run->pid == 0)
		return run->killed ? -1 : 0;
	/* a stopped helper would not end by its alarm either */
	status = run_program_reap(run->pid, END_WAIT_MS);
	if (status == -1)
		return terminal_error(
		    "how the helper ended is unknown: %s", strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (!run->killed)
		report_exit(status);
	return -1;
}
