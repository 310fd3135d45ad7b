/* SPDX-License-Identifier: BSD-2-Clause */
/* The file with the operator's password, and which purposes use it. */
#include "twofactl/fleet/fleet.h"
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

int
fleet_admin_password_path(const char *conf, char *path, size_t size)
{
	const char *slash = strrchr(conf, '/');
	const int n = snprintf(path, size, "%.*s/" STATE_ADMIN_FILE,
	    slash != NULL ? (int)(slash - conf) : 0, conf);

	return n > 0 && (size_t)n < size ? 0 : -1;
}

/* True if a purpose uses the operator's role. Logins, trial logins and checks
 * of this host use the host's role, which they are to exercise. */
static bool
fleet_users_asks(enum facts_purpose purpose)
{
	switch (purpose) {
	case PURPOSE_UNLOCK:
	case PURPOSE_RECOVERY_CODES:
	case PURPOSE_TOTP:
	case PURPOSE_FORGET:
	case PURPOSE_STATUS:
	case PURPOSE_ENROL:
	case PURPOSE_PUSH:
	case PURPOSE_EXPLAIN:
	case PURPOSE_SHAPE:
	case PURPOSE_GOT_IN:
	case PURPOSE_IMPORT:
	case PURPOSE_RECORDS:
	case PURPOSE_RECORD_PUT:
	case PURPOSE_RECORD_REMOVE:
	case PURPOSE_REKEY:
	case PURPOSE_ALERT:
	case PURPOSE_DESK:
		return true;
	case PURPOSE_NONE:
	case PURPOSE_LOGIN:
	case PURPOSE_TEST:
	case PURPOSE_LOOKUP:
	case PURPOSE_SELF:
	case PURPOSE_REGISTER:
	case PURPOSE_DOCTOR:
	case PURPOSE_PATHS:
	case PURPOSE_UPGRADE:
	case PURPOSE_COUNT:
		break;
	}
	return false;
}

/* Checks that only the owner can read the file, whose password can unlock any
 * user. Returns 0, or -1 after printing an error. */
static int
fleet_users_check_mode(const char *path)
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
fleet_admin_read_password(const char *conf, char password[STATE_ADMIN_LEN + 1])
{
	char path[TRUSTED_FILE_PATH_MAX + 1], cause[TRUSTED_FILE_CAUSE_MAX];
	struct secret secret;
	int rc = -1;

	password[0] = '\0';
	/* no file can exist at a path that is too long */
	if (fleet_admin_password_path(conf, path, sizeof(path)) != 0 ||
	    (access(path, F_OK) != 0 && errno == ENOENT))
		return 0;
	if (fleet_users_check_mode(path) != 0)
		return -1;
	if (trusted_file_read_secret(path, 0, &secret, cause) != 0)
		return terminal_error("%s: %s", path, cause);
	if (secret.len == STATE_ADMIN_LEN &&
	    strspn(secret.b, "0123456789abcdef") == STATE_ADMIN_LEN) {
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
fleet_admin_check(const char *conf, const struct settings *settings)
{
	char path[TRUSTED_FILE_PATH_MAX + 1];

	if (!settings_is_fleet(settings) ||
	    (fleet_admin_password_path(conf, path, sizeof(path)) == 0 &&
		access(path, F_OK) == 0))
		return CTL_DONE;
	return terminal_error_status(CTL_NO,
	    "hosts share this state: that is done on the administrator's "
	    "machine, which has the file " STATE_ADMIN_FILE);
}

int
fleet_admin_read_password_for(const char *conf, enum facts_purpose purpose,
    char password[STATE_ADMIN_LEN + 1])
{
	password[0] = '\0';
	return fleet_users_asks(purpose)
	    ? fleet_admin_read_password(conf, password)
	    : 0;
}
