/* SPDX-License-Identifier: BSD-2-Clause */
/* Proof that codes reach a person. */
#include "helper/admin/enrolverify.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/admin/complain.h"
#include "helper/admin/helperlink.h"
#include "helper/admin/helpertalk.h"

#define DEADLINE_MS 280000
#define FOLDER_MODE 0750

/* The helper is user twofa, and the folder was root's alone. */
static int
open_folder(const char *path)
{
	const struct passwd *pw = getpwnam("twofa");
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int rc = -1;

	if (pw == NULL)
		errno = ENOENT;
	else if (fd >= 0 && fchown(fd, 0, pw->pw_gid) == 0 &&
	    fchmod(fd, FOLDER_MODE) == 0)
		rc = 0;
	if (rc != 0)
		complain("%s: cannot be opened to user twofa: %s", path,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

enum ctl_exit
enrolverify(
    const struct ctl *ctl, const struct config *conf, const char *folder)
{
	struct facts facts = helperlink_facts(ctl, PURPOSE_ENROL);
	const struct helpertalk talk = { .facts = &facts };

	(void)conf;
	facts.deadline_ms = DEADLINE_MS;
	facts.conversation = true;
	facts.record_dir = folder;
	if (open_folder(folder) != 0)
		return CTL_FAILED;
	return helpertalk(ctl, &talk);
}
