/* SPDX-License-Identifier: BSD-2-Clause */
/* Verifies that this process has no privileges and dies with its parent. */

#include "helper/sandbox/sandbox.h"
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BEGIN_ALARM_S 15 /* until BEGIN has set the deadline */

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

static const char *
wrong_ids(void)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid, group;
	const int count = getgroups(0, NULL);

	if (getresuid(&ruid, &euid, &suid) != 0 || ruid == 0 || ruid != euid ||
	    ruid != suid)
		return "its user ids are 0 or differ";
	if (getresgid(&rgid, &egid, &sgid) != 0 || rgid == 0 || rgid != egid ||
	    rgid != sgid)
		return "its group ids are 0 or differ";
	/* systemd may list a service's own group as a supplementary one */
	if (count != 0 &&
	    (count != 1 || getgroups(1, &group) != 1 || group != rgid))
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
privileges_die_with_parent(int sock)
{
	const pid_t session = getsid(0);
	struct pollfd peer = { .fd = sock };

	(void)alarm(BEGIN_ALARM_S);
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
	    (session == getpid() || session == getppid()) &&
	    poll(&peer, 1, 0) == 0;
}
