/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl list */
#include "helper/admin/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/admin/complain.h"
#include "helper/admin/jsontext.h"
#include "helper/admin/namelist.h"
#include "helper/admin/recordprint.h"

static int
widest(const struct namelist *list)
{
	size_t width = strlen("USER");

	for (size_t i = 0; i < list->count; i++)
		if (strlen(list->name[i]) > width)
			width = strlen(list->name[i]);
	return (int)width;
}

/* -1: the record is broken, which was told. */
static int
print_one(const struct ctl *ctl, const struct config *conf, const char *user,
    int width, bool *first)
{
	struct user_record record;
	int rc = -1;

	if (config_user(conf, user, 0, &record, &complain_report) ==
	    USER_FOUND) {
		rc = 0;
		if (ctl->json && !*first)
			putchar(',');
		*first = false;
		if (ctl->json)
			recordprint_json(user, &record, ctl->full);
		else
			recordprint_row(user, width, &record, ctl->full);
	}
	config_user_wipe(&record);
	return rc;
}

static enum ctl_exit
print_all(const struct ctl *ctl, const struct config *conf,
    const struct namelist *enrolled)
{
	enum ctl_exit status = CTL_DONE;
	int width = widest(enrolled);
	bool first = true;

	if (ctl->json)
		fputs("{\"users\":[", stdout);
	else if (enrolled->count == 0)
		puts("Nobody is enrolled.");
	else
		recordprint_row(NULL, width, NULL, false);
	for (size_t i = 0; i < enrolled->count; i++)
		if (print_one(ctl, conf, enrolled->name[i], width, &first) != 0)
			status = CTL_SETTINGS;
	if (ctl->json)
		puts("]}");
	return status;
}

static enum ctl_exit
print_missing(const struct ctl *ctl, const struct namelist *members,
    const struct namelist *enrolled)
{
	size_t missing = 0;

	if (ctl->json)
		fputs("{\"missing\":[", stdout);
	for (size_t i = 0; i < members->count; i++) {
		if (namelist_has(enrolled, members->name[i]))
			continue;
		if (ctl->json && missing > 0)
			putchar(',');
		if (ctl->json)
			jsontext(members->name[i]);
		else
			puts(members->name[i]);
		missing++;
	}
	if (ctl->json)
		printf("],\"members\":%zu}\n", members->count);
	else
		fprintf(stderr, "%zu of %zu members of %s are not enrolled.\n",
		    missing, members->count, ctl->missing);
	return missing == 0 ? CTL_DONE : CTL_NO;
}

static enum ctl_exit
list_missing(const struct ctl *ctl, const struct namelist *enrolled)
{
	enum ctl_exit status = CTL_FAILED;
	struct namelist members;

	switch (namelist_members(&members, ctl->missing)) {
	case GROUP_FAILED:
		complain("group \"%s\" cannot be looked up: %s; see: getent "
			 "group %s",
		    ctl->missing, strerror(errno), ctl->missing);
		break;
	case GROUP_ABSENT:
		complain("no group \"%s\" on this system; see: getent group",
		    ctl->missing);
		status = CTL_USAGE;
		break;
	case GROUP_LISTED:
		status = print_missing(ctl, &members, enrolled);
		break;
	}
	namelist_free(&members);
	return status;
}

enum ctl_exit
cmd_list(struct ctl *ctl)
{
	enum ctl_exit status = CTL_SETTINGS;
	struct namelist enrolled;
	struct config *conf;

	conf = config_load(ctl->conf, 0, &complain_report);
	if (conf == NULL)
		return CTL_SETTINGS;
	if (namelist_enrolled(&enrolled, conf, 0, &complain_report) == 0)
		status = ctl->missing != NULL ? list_missing(ctl, &enrolled)
					      : print_all(ctl, conf, &enrolled);
	namelist_free(&enrolled);
	config_free(conf);
	return status;
}
