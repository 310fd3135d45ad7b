/* SPDX-License-Identifier: BSD-2-Clause */
/* How a helper shuts itself in: privileges, the filter of system calls,
 * Landlock; the end in time, and a look at a way round all. */
#include "helper/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "helper/sandbox/sandbox_inside.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

#define BEGIN_ALARM_S 15 /* until BEGIN brings the deadline */

static bool
has_capability(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];
	unsigned i;

	if (syscall(SYS_capget, &h, d) != 0)
		return true;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if ((d[i].effective | d[i].permitted | d[i].inheritable) != 0)
			return true;
	return false;
}

/* systemd may list a service's own group as a supplementary one. */
static bool
has_another_group(gid_t own)
{
	gid_t group;
	const int count = getgroups(0, NULL);

	return count != 0 &&
	    (count != 1 || getgroups(1, &group) != 1 || group != own);
}

static const char *
wrong_ids(void)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) != 0 || ruid == 0 || ruid != euid ||
	    ruid != suid)
		return "the user is root, or not one and the same";
	if (getresgid(&rgid, &egid, &sgid) != 0 || rgid == 0 || rgid != egid ||
	    rgid != sgid)
		return "the group is root's, or not one and the same";
	if (has_another_group(rgid))
		return "supplementary groups are left";
	return NULL;
}

const char *
privileges_verify(void)
{
	const char *wrong = wrong_ids();

	if (wrong != NULL)
		return wrong;
	if (has_capability())
		return "a capability is left";
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return "no_new_privs is not set";
	if (setuid(0) == 0 || setgid(0) == 0)
		return "the way back to root is open";
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return "the process cannot be made undumpable";
	return NULL;
}

bool
privileges_follow_parent(int sock)
{
	const pid_t session = getsid(0);
	struct pollfd peer = { .fd = sock };

	(void)alarm(BEGIN_ALARM_S);
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
	    (session == getpid() || session == getppid()) &&
	    poll(&peer, 1, 0) == 0;
}

/* Which calls the filter has refused, as noted by the handler of SIGSYS. */

#define BY_SECCOMP 1 /* SYS_SECCOMP of <asm/siginfo.h> */
#define NAMES_MAX 700

static const struct sandbox_program *program;
/* By their numbers. The last entry is for calls of 32-bit programs. */
static atomic_bool seen[SANDBOX_NUMBERS + 1];
static atomic_uint seen_count;

static void
sandbox_answer(ucontext_t *context, int error)
{
#if defined(__x86_64__)
	context->uc_mcontext.gregs[REG_RAX] = -error;
#elif defined(__aarch64__)
	context->uc_mcontext.regs[0] = (unsigned long long)-error;
#else
	(void)context;
	(void)error;
#endif
}

static void
on_sigsys(int number, siginfo_t *info, void *context)
{
	unsigned call = (unsigned)info->si_syscall;

	(void)number;
	if (info->si_code != BY_SECCOMP)
		return; /* sent by a process, not by the filter */
	sandbox_answer(context, EPERM);
	if (call > SANDBOX_NUMBERS || info->si_arch != program->arch)
		call = SANDBOX_NUMBERS;
	if (!atomic_exchange(&seen[call], true))
		atomic_fetch_add(&seen_count, 1);
}

int
refused_calls_catch(const struct sandbox_program *p)
{
	struct sigaction act = { .sa_sigaction = on_sigsys,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };

	program = p;
	return sigaction(SIGSYS, &act, NULL);
}

size_t
refused_calls_text(char *out, size_t cap)
{
	size_t found = 0, used = 0;

	out[0] = '\0';
	for (size_t i = 0; program != NULL && i <= program->count; i++) {
		static const struct sandbox_call others = { SANDBOX_NUMBERS,
			"32-bit calls" };
		const struct sandbox_call *c =
		    i < program->count ? &program->calls[i] : &others;

		if (!atomic_load(&seen[c->number]))
			continue;
		if (used < cap)
			used += (size_t)snprintf(out + used, cap - used, "%s%s",
			    found > 0 ? ", " : "", c->name);
		found++;
	}
	return found;
}

void
refused_calls_log(void)
{
	static unsigned told;
	const unsigned count = atomic_load(&seen_count);
	char names[NAMES_MAX];

	if (count > told && refused_calls_text(names, sizeof(names)) > 0)
		log_notice("sandbox: refused %s", names);
	told = count;
}

#if SANITIZED
#define WITHOUT FILTER_OFF
#else
#define WITHOUT FILTER_UNKNOWN
#endif

static enum filter filter_own_now = FILTER_OFF;

static const struct sandbox_program *
program_here(bool alone)
{
#if defined(__x86_64__) && defined(__LP64__) && !SANITIZED
	return alone ? &sandbox_x86_64_alone : &sandbox_x86_64;
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__) &&  \
    !SANITIZED
	return alone ? &sandbox_arm64_alone : &sandbox_arm64;
#else
	(void)alone;
	return NULL;
#endif
}

static int
hand_over(const struct sandbox_program *p)
{
	const struct sock_fprog code = { p->length,
		(struct sock_filter *)(uintptr_t)p->code };
	long done = refused_calls_catch(p);

	if (done == 0)
		done = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_TSYNC, &code);
	if (done > 0) /* a thread already has its own filter */
		errno = EBUSY;
	return done == 0 ? 0 : -1;
}

enum filter
filter_install(void)
{
	const struct sandbox_program *p = program_here(false);

	filter_own_now = p == NULL ? WITHOUT
	    : hand_over(p) == 0    ? FILTER_ON
				   : FILTER_REFUSED;
	if (filter_own_now == FILTER_REFUSED)
		log_notice("sandbox: this kernel takes no filter of system "
			   "calls (%s); the login goes on without it",
		    strerror(errno));
	return filter_own_now;
}

bool
filter_install_confined(void)
{
	if (filter_own_now != FILTER_ON)
		return false;
	if (hand_over(program_here(true)) == 0)
		return true;
	log_notice("sandbox: the system calls of this process cannot be "
		   "limited more (%s); the login goes on without it",
	    strerror(errno));
	return false;
}

enum filter
filter_state(void)
{
	return filter_own_now;
}

/* Landlock by its system calls: libc has no functions for them. */

/* For headers older than these. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (UINT64_C(1) << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)
#endif

/* The rights that SQLite and the small files beside it need. */
#define OF_FILES                                                               \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |      \
	    LANDLOCK_ACCESS_FS_MAKE_REG)
/* All other changes that the first version knows. */
#define OF_OTHERS                                                              \
	(LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |        \
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK |       \
	    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |     \
	    LANDLOCK_ACCESS_FS_MAKE_SYM)
#define SINCE_REFER 2
#define SINCE_TRUNCATE 3
#define SINCE_SCOPES 6
#define SINCE_SOCKETS 9
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)

/* As newer kernels have it; an older one takes the first field alone. */
struct rights {
	uint64_t files, ports, scopes;
};

static enum landlock landlock_own_now = LANDLOCK_OFF;
uint64_t landlock_rights;

/* The kernel refuses rights that it does not know, so they depend on its
 * version. */
static struct rights
rights_of(long version)
{
	struct rights of = { .files = OF_FILES | OF_OTHERS };

	if (version >= SINCE_REFER)
		of.files |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= SINCE_TRUNCATE)
		of.files |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (version >= SINCE_SCOPES)
		of.scopes = SCOPE_ABSTRACT_UNIX_SOCKET;
	if (version >= SINCE_SOCKETS)
		of.files |= LANDLOCK_ACCESS_FS_RESOLVE_UNIX;
	return of;
}

int
landlock_allow(int rules, const char *path, int flags, uint64_t rights)
{
	struct landlock_path_beneath_attr below = { .allowed_access = rights };
	long added;
	int saved;

	below.parent_fd = open(path, O_PATH | O_CLOEXEC | flags);
	if (below.parent_fd < 0) /* opening the state reports the error */
		return errno == EMFILE || errno == ENFILE ? -1 : 0;
	added = syscall(SYS_landlock_add_rule, rules,
	    LANDLOCK_RULE_PATH_BENEATH, &below, 0);
	saved = errno;
	close(below.parent_fd);
	errno = saved;
	return (int)added;
}

/* The system bus, a systemd of some user's, and what systemd itself offers
 * beside the bus: sockets in its folder. */
static bool
is_out_of_reach(const char *path)
{
	return strcmp(path, "/run/dbus") == 0 ||
	    strcmp(path, "/run/user") == 0 || strcmp(path, "/run/systemd") == 0;
}

/* Landlock knows no exception within a folder, so all others are named. No name
 * service listens where people's and other hosts' files are, and the way to one
 * may hang. A link in /run counts where it leads to. */
static int
allow_sockets(int rules)
{
	glob_t found = { 0 };
	int result = glob("/{var/,usr/,etc/,dev/,tmp/,run/*,run/.[!.]*,"
			  "run/systemd/*/}",
	    GLOB_BRACE | GLOB_NOSORT, NULL, &found);

	result = result == 0 ? 0 : -1;
	for (size_t i = 0; i < found.gl_pathc && result == 0; i++)
		if (!is_out_of_reach(found.gl_pathv[i]))
			result = landlock_allow(rules, found.gl_pathv[i],
			    O_NOFOLLOW, LANDLOCK_ACCESS_FS_RESOLVE_UNIX);
	globfree(&found);
	return result;
}

static int
sandbox_shut(long version, const char *folder, const char *other)
{
	const struct rights of = rights_of(version);
	const uint64_t own =
	    of.files & (OF_FILES | LANDLOCK_ACCESS_FS_TRUNCATE);
	int rules, saved, result = -1;

	landlock_rights = of.files;
	rules = (int)syscall(SYS_landlock_create_ruleset, &of,
	    of.scopes != 0 ? sizeof(of) : sizeof(of.files), 0);
	if (rules < 0)
		return -1;
	if (landlock_allow(rules, folder, O_DIRECTORY, own) == 0 &&
	    landlock_allow(rules, other, O_DIRECTORY, own) == 0 &&
	    (version < SINCE_SOCKETS || allow_sockets(rules) == 0))
		result = (int)syscall(SYS_landlock_restrict_self, rules, 0);
	saved = errno;
	close(rules);
	errno = saved;
	return result;
}

enum landlock
landlock_install(const char *folder, const char *other)
{
	const long version = SANITIZED
	    ? 0
	    : syscall(SYS_landlock_create_ruleset, NULL, 0,
		  LANDLOCK_CREATE_RULESET_VERSION);

	landlock_own_now = SANITIZED                    ? LANDLOCK_OFF
	    : version <= 0                              ? LANDLOCK_MISSING
	    : sandbox_shut(version, folder, other) == 0 ? LANDLOCK_ON
							: LANDLOCK_REFUSED;
	if (landlock_own_now == LANDLOCK_REFUSED)
		log_notice("sandbox: Landlock failed (%s); the login goes on "
			   "without it",
		    strerror(errno));
	return landlock_own_now;
}

enum landlock
landlock_state(void)
{
	return landlock_own_now;
}

/* What a login does once it has its settings. */

#define ALARM_AFTER_S 5 /* the deadline, as the module does */
#define END_AFTER_S 10
#define WAIT_S 3
/* "DATA", and "OK" with a number of 32 digits, a line each; the byte order and
 * the kind of the answer, which is an error to who is not let in. */
#define ANSWER 45
#define RETURNED 2

/* In the bus's own protocol, because libdbus is needed for nothing else. The
 * kernel tells the bus who asks. Then Hello is called, as everybody must first:
 * byte order, kind, flags, version; the body's length, a number, the fields'
 * length; each field's number, kind and text, to a multiple of 8 bytes. */
static const char hello[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"
			    "l\1\0\1\0\0\0\0\1\0\0\0\156\0\0\0"
			    "\1\1o\0\25\0\0\0/org/freedesktop/DBus\0\0\0"
			    "\6\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
			    "\2\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
			    "\3\1s\0\5\0\0\0Hello\0\0";

static bool bus_is_open;

void
sandbox_probe_bus(void)
{
	const struct sockaddr_un bus = { .sun_family = AF_UNIX,
		.sun_path = "/run/dbus/system_bus_socket" };
	const struct timeval wait = { .tv_sec = WAIT_S };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[ANSWER];

	if (fd < 0)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	bus_is_open =
	    connect(fd, (const struct sockaddr *)&bus, sizeof(bus)) == 0 &&
	    send(fd, hello, sizeof(hello), MSG_NOSIGNAL) > 0 &&
	    recv(fd, answer, ANSWER, MSG_WAITALL) == ANSWER &&
	    answer[ANSWER - 1] == RETURNED;
	(void)close(fd);
}

bool
sandbox_bus_is_open(void)
{
	return bus_is_open;
}

/* An alarm can be switched off, and its signal blocked; SIGKILL cannot be. The
 * filter keeps timer 0, which only the process's first one can be. */
void
sandbox_end_after(int64_t deadline_ms, bool with_alarm)
{
	static int id = -1; /* as the kernel has it */
	struct sigevent end = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGKILL };
	const int64_t deadline_s = (deadline_ms + 999) / 1000;
	const struct itimerspec at = { .it_value.tv_sec =
					   deadline_s + END_AFTER_S };

	if (with_alarm)
		(void)alarm((unsigned)(deadline_s + ALARM_AFTER_S));
	if (filter_state() == FILTER_ON)
		return;
	if (id < 0)
		(void)syscall(SYS_timer_create, CLOCK_MONOTONIC, &end, &id);
	if (id != 0 || syscall(SYS_timer_settime, 0, 0, &at, NULL) != 0)
		log_notice("sandbox: this process has no timer for its end "
			   "(%s); the login goes on without it",
		    strerror(errno));
}

void
sandbox_enter(const struct settings *conf)
{
	char folder[FOLDER_PATH_MAX];

	if (filter_state() != FILTER_ON) {
		if (conf->sandbox_off)
			return;
		filter_install();
	}
	/* with the state in a server, only state_dir is written */
	landlock_install(folder_from_path(conf->state, folder) == 0
		? folder
		: conf->state_dir,
	    conf->state_dir);
}
