/* SPDX-License-Identifier: BSD-2-Clause */
/* Queries sshd: its effective settings by sshd -T, run with the options of the
 * running sshd, and the methods that the running one offers, by ssh. */
#include "twofactl/sshd/sshd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/host/host.h"

#define TIMEOUT_S 10
#define CHECK_S 30
#define SPEC_MAX (USER_NAME_MAX + 4 * SSHD_ADDRESS_MAX + 64)
#define RUN "/run/"
#define FOLDER_MAX 64
#define FOLDER_MODE 0755
#define NO_SUCH_SPEC "Invalid test mode specification"
/* unused addresses (RFC 5737), so that no Match for a network applies */
#define FROM_NO_NETWORK                                                        \
	"host=192.0.2.1,addr=192.0.2.1,laddr=192.0.2.2,lport=22,rdomain="
/* of a Match LocalPort, which sshd -T tests without -C, too */
#define NO_PORT "'lport' not in connection test specification"
#define SSH "/usr/bin/ssh"
#define PID_FILE "\npidfile "
#define FILES "EnvironmentFiles="
#define NONE "there is no sshd"

char sshd_said[SSHD_ASK_OUT];

bool
sshd_file_read_line(
    const char *path, const char *request, char *answer, size_t size)
{
	const int fd OWNED(owned_fd) = open(
	    path, (request != NULL ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY);
	ssize_t n = -1;

	if (fd >= 0 &&
	    (request == NULL || write(fd, request, strlen(request)) > 0))
		n = read(fd, answer, size - 1);
	answer[n > 0 ? n : 0] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	return answer[0] != '\0';
}

const char *
sshd_ask_path(void)
{
	static const char *const programs[] = { "/usr/sbin/sshd",
		"/usr/local/sbin/sshd", "/usr/bin/sshd" };

	for (size_t i = 0; i < COUNT_OF(programs); i++)
		if (access(programs[i], X_OK) == 0)
			return programs[i];
	return NULL;
}

/* sshd needs its privilege separation folder even for sshd -T. The folder is
 * missing until sshd's first start after a boot, for example while ssh.socket
 * waits for a connection. It is not removed afterwards, because an sshd that
 * has started meanwhile needs it. */
static bool
make_missing_folder(const char *out)
{
	char path[FOLDER_MAX];
	const char *name = path;

	if (!text_take(&out, SSHD_ASK_NO_FOLDER))
		return false;
	PRINT_TO(path, "%.*s", (int)strcspn(out, "\r\n"), out);
	return text_take(&name, RUN) && strchr(name, '/') == NULL &&
	    mkdir(path, FOLDER_MODE) == 0 && chmod(path, FOLDER_MODE) == 0;
}

/* True if an active socket starts a separate sshd for each connection. */
static bool
socket_accepts(char *text)
{
	bool found = false;

	for (char *next; text != NULL; text = next) {
		next = strstr(text, "\n\n");
		if (next != NULL)
			*next++ = '\0';
		found |= strstr(text, "Accept=yes") != NULL &&
		    strstr(text, "ActiveState=active") != NULL;
	}
	return found;
}

/* Reads the options that the unit of sshd passes. If both names exist, they are
 * names of one unit. */
static void
read_unit(struct sshd_options *options)
{
	static const char *const sockets[] = { SYSTEMCTL, "show", "-p",
		"Accept,ActiveState", "ssh.socket", "sshd.socket", NULL };
	const char *argv[] = { SYSTEMCTL, "show", "-p",
		"EnvironmentFiles,Environment,ExecStart", "ssh.service",
		"sshd.service", NULL };
	char *out = sshd_said;
	size_t used;

	if (!run_program_has_systemd())
		return;
	if (run_program_status(sockets, TIMEOUT_S, out, SSHD_ASK_OUT) >= 0 &&
	    socket_accepts(out)) {
		argv[4] = "ssh@twofactl.service";
		argv[5] = "sshd@twofactl.service";
	}
	if (run_program_status(argv, TIMEOUT_S, out, SSHD_ASK_OUT) < 0)
		return;
	used = strlen(out);
	for (const char *p = out;
	     (p = strstr(p, FILES)) != NULL && used < SSHD_ASK_OUT - 2;) {
		char path[HOST_ETC_PATH];
		FILE *f OWNED(owned_file) = NULL;

		p += strlen(FILES);
		PRINT_TO(path, "%.*s", (int)strcspn(p, " \n"), p);
		f = fopen(path, "re");
		if (f == NULL)
			continue;
		used += fread(out + used, 1, SSHD_ASK_OUT - 2 - used, f);
		out[used++] = '\n';
		out[used] = '\0';
	}
	sshd_options_from_unit(options, out);
}

/* Reads the options of the process in pid_file. False if it is not sshd. */
static bool
read_process(struct sshd_options *options, const char *pid_file)
{
	char path[64], exe[HOST_ETC_PATH], text[SSHD_OPTIONS_TEXT];
	FILE *f OWNED(owned_file) = NULL;
	ssize_t n;
	int64_t pid;

	(void)sshd_file_read_line(pid_file, NULL, text, sizeof(text));
	pid = decimal_read(text, INT_MAX);
	PRINT_TO(path, "/proc/%jd/exe", (intmax_t)pid);
	n = pid > 0 ? readlink(path, exe, sizeof(exe) - 1) : -1;
	exe[n > 0 ? n : 0] = '\0';
	if (n <= 0 || strstr(exe, "/sshd") == NULL)
		return false;
	PRINT_TO(path, "/proc/%jd/cmdline", (intmax_t)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	sshd_options_from_cmdline(
	    options, text, fread(text, 1, sizeof(text), f));
	return true;
}

/* Returns the options of the running sshd, or those of its unit if it does not
 * run. They are read once. sshd -T reports where its pid file is. */
static const struct sshd_options *
running_options(void)
{
	static struct sshd_options options;
	static bool known;
	static const char spec[] = "user=," FROM_NO_NETWORK;
	const char *sshd = sshd_ask_path();
	const char *argv[] = { sshd != NULL ? sshd : "", "-T", "-C", spec,
		NULL };
	char *file;

	if (known)
		return &options;
	known = true;
	if (run_program_status(argv, TIMEOUT_S, sshd_said, SSHD_ASK_OUT) != 0) {
		argv[2] = NULL; /* an sshd without all of these conditions */
		(void)run_program_status(
		    argv, TIMEOUT_S, sshd_said, SSHD_ASK_OUT);
	}
	file = strstr(sshd_said, PID_FILE);
	if (file != NULL) {
		file += strlen(PID_FILE);
		file[strcspn(file, "\n")] = '\0';
	}
	/* with wrong files it does not say */
	if (!read_process(&options, file != NULL ? file : SSHD_PID_FILE))
		read_unit(&options);
	return &options;
}

const char *
sshd_ask_options(void)
{
	return running_options()->shown;
}

/* Returns the file that sshd was started with, else the first existing one that
 * it may be built to read. */
static const char *
started_config(void)
{
	static const char *const paths[] = { "/usr/local/etc/sshd_config",
		"/usr/local/etc/ssh/sshd_config", "/etc/ssh/sshd_config",
		"/usr/etc/ssh/sshd_config" };
	const char *sshd = sshd_ask_path();
	const bool local = sshd != NULL && strstr(sshd, "/local/") != NULL;
	const char *config = running_options()->config;

	for (size_t i = local ? 0 : 2; config == NULL && i < COUNT_OF(paths);
	     i++)
		if (access(paths[i], F_OK) == 0)
			config = paths[i];
	return config != NULL ? config : paths[2];
}

const char *
sshd_ask_config(void)
{
	static char actual[HOST_ETC_PATH];

	return host_etc_path(started_config(), actual);
}

/* mode: -t or -T. */
static bool
run_sshd(
    const char *mode, const char *spec, int timeout_s, char *out, size_t size)
{
	const struct sshd_options *options = running_options();
	const char *config = sshd_ask_config();
	const char *argv[SSHD_OPTIONS_MAX + 8] = { sshd_ask_path(), mode };
	size_t n = 2;

	if (spec[0] != '\0') {
		argv[n++] = "-C";
		argv[n++] = spec;
	}
	for (size_t i = 0; i < options->count; i++)
		argv[n++] = options->word[i];
	if (options->config != NULL || config != started_config()) {
		argv[n++] = "-f";
		argv[n] = config;
	}
	return run_program_status(argv, timeout_s, out, size) == 0;
}

static bool
run_sshd_test(const char *spec)
{
	return run_sshd("-T", spec, TIMEOUT_S, sshd_said, SSHD_ASK_OUT);
}

bool
sshd_ask_accepts(char *out, size_t size)
{
	snprintf(out, size, NONE);
	if (sshd_ask_path() == NULL)
		return false;
	return run_sshd("-t", "", CHECK_S, out, size) ||
	    (make_missing_folder(out) &&
		run_sshd("-t", "", CHECK_S, out, size));
}

/* Writes the argument of sshd -T -C, which requires each value that a Match
 * condition may test. */
static void
write_spec(char spec[SPEC_MAX], const char *user, const struct sshd_address *at)
{
	if (at == NULL)
		snprintf(spec, SPEC_MAX, "user=%s," FROM_NO_NETWORK, user);
	else
		snprintf(spec, SPEC_MAX,
		    "user=%s,host=%s,addr=%s,laddr=%s,lport=%u,rdomain=", user,
		    at->address, at->address, at->address, at->port);
}

enum sshd_ask_result
sshd_ask(
    const char *user, const struct sshd_address *at, struct sshd_settings *conf)
{
	char spec[SPEC_MAX] = ""; /* without -C: then no Match applies */
	bool good;

	PRINT_TO(sshd_said, NONE);
	if (sshd_ask_path() == NULL)
		return SSHD_ASK_FAILED;
	if (user != NULL)
		write_spec(spec, user, at);
	good = run_sshd_test(spec) ||
	    (make_missing_folder(sshd_said) && run_sshd_test(spec));
	if (!good && user == NULL && strstr(sshd_said, NO_PORT) != NULL) {
		write_spec(spec, "", NULL);
		good = run_sshd_test(spec);
	}
	if (!good && spec[0] != '\0' &&
	    strstr(sshd_said, NO_SUCH_SPEC) != NULL) {
		/* before OpenSSH 7.7, and where rdomain is not supported */
		*strstr(spec, ",rdomain=") = '\0';
		good = run_sshd_test(spec);
	}
	if (!good)
		return SSHD_ASK_FAILED;
	sshd_settings_read(conf, sshd_said);
	conf->starts.now = running_options()->starts;
	return conf->read ? SSHD_ASK_DONE : SSHD_ASK_INCOMPLETE;
}

/* Logs in as the helper's account, which exists, so sshd logs no unknown user
 * and counts no failed login. ssh does not run as root, because any user may
 * listen on a high port. */
bool
sshd_ask_offer(const struct sshd_address *place, uid_t uid, gid_t gid,
    char out[SSHD_ASK_OFFER])
{
	char port[16];
	const char *const argv[] = { SSH, "-F", "none", "-T", "-o",
		"PreferredAuthentications=none", "-o", "BatchMode=yes", "-o",
		"StrictHostKeyChecking=no", "-o",
		"UserKnownHostsFile=/dev/null", "-o",
		"GlobalKnownHostsFile=/dev/null", "-o", "IdentityAgent=none",
		"-o", "IdentityFile=none", "-o", "LogLevel=ERROR", "-o",
		"ConnectTimeout=5", "-p", port, "-l", HELPER_USER,
		place->address, "true", NULL };
	const struct program ssh = {
		.argv = argv, .uid = uid, .gid = gid, .timeout_s = TIMEOUT_S
	};
	int status;

	out[0] = '\0';
	PRINT_TO(port, "%u", place->port);
	if (access(SSH, X_OK) != 0)
		return false;
	status = run_program(&ssh, out, SSHD_ASK_OFFER);
	return status != PROGRAM_FAILED && status != 126 && status != 127;
}

static bool
is_active(const char *unit)
{
	char out[64];

	return run_program_has_systemd() &&
	    run_program_systemctl("is-active", unit, out, sizeof(out)) == 0;
}

const char *
sshd_ask_unit(void)
{
	return is_active("ssh.service") ? "ssh.service"
	    : is_active("sshd.service") ? "sshd.service"
					: "";
}

bool
sshd_ask_socket_is_active(void)
{
	return is_active("ssh.socket") || is_active("sshd.socket");
}
