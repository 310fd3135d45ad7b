/* SPDX-License-Identifier: BSD-2-Clause */
/* The file that has the password of the role twofa_operator, by which twofactl
 * uses the state of a fleet. */
#include "twofactl/client/client.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
client_admin_path(const char *conf)
{
	static char path[TRUSTED_FILE_PATH_MAX + 1];
	const char *slash = strrchr(conf, '/');

	return PRINT_FITS(path, "%.*s/" CLIENT_ADMIN_FILE,
		   slash != NULL ? (int)(slash - conf) : 0, conf)
	    ? path
	    : "";
}

/* Checks that only the owner can read the file, whose password can unlock any
 * user. Returns 0, or -1 after printing an error. */
static int
admin_check_mode(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && (st.st_mode & 077) != 0)
		return terminal_error("%s: has mode %04o, so others can read "
				      "it; run: chown root: %s; chmod 0600 %s",
		    path, (unsigned)st.st_mode & 07777,
		    terminal_shell_quote(path), terminal_shell_quote(path));
	return 0;
}

int
client_admin_read_password(const char *conf, char password[STATE_ADMIN_LEN + 1])
{
	const char *path = client_admin_path(conf);
	struct secret secret;
	int rc = -1;

	password[0] = '\0';
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return 0;
	if (admin_check_mode(path) != 0)
		return -1;
	if (trusted_file_read_secret(path, 0, &secret) != 0)
		return terminal_error("%s: %s", path, trusted_file_cause);
	if (secret.len == STATE_ADMIN_LEN &&
	    strspn(secret.b, TEXT_HEX) == STATE_ADMIN_LEN) {
		memcpy(password, secret.b, STATE_ADMIN_LEN + 1);
		rc = 0;
	} else {
		terminal_error("%s: holds anything but 64 hexadecimal digits; "
			       "on the machine of the state's server run: "
			       "twofactl state init --renew",
		    path);
	}
	explicit_bzero(&secret, sizeof(secret));
	return rc;
}

enum ctl_exit
client_admin_check(const char *conf, const struct settings *settings)
{
	if (!settings_is_fleet(settings) ||
	    access(client_admin_path(conf), F_OK) == 0)
		return CTL_DONE;
	return terminal_error_status(CTL_NO,
	    "hosts share this state: that is done on the administrator's "
	    "machine, which has the file " CLIENT_ADMIN_FILE);
}
