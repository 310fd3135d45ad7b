/* SPDX-License-Identifier: BSD-2-Clause */
/* A phone's app on its way into force. */
#include "twofactl/enrol/enrol_push.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/records/record_file.h"
#include "twofactl/records/recordexit.h"
#include "twofactl/records/recordowner.h"
#include "twofactl/terminal/complain.h"

void
enrolpush_channels(const struct user_record *r, char out[ENROLPUSH_CHANNELS])
{
	bool listed = false;
	size_t used;

	for (size_t i = 0; i < r->channels; i++)
		listed = listed || r->channel[i] == METHOD_PUSH;
	used = (size_t)snprintf(
	    out, ENROLPUSH_CHANNELS, "[%s", listed ? "" : "\"push\"");
	for (size_t i = 0; i < r->channels; i++)
		used += (size_t)snprintf(out + used, ENROLPUSH_CHANNELS - used,
		    "%s\"%s\"", used > 1 ? ", " : "",
		    method_name(r->channel[i]));
	snprintf(out + used, ENROLPUSH_CHANNELS - used, "]");
}

enum ctl_exit
enrolpush_look(const struct ctl *ctl, const struct config *conf,
    struct user_record *record)
{
	switch (config_user(conf, ctl->name, 0, record, &complain_report)) {
	case USER_ERROR:
		return CTL_SETTINGS;
	case USER_FOUND:
	case USER_ABSENT:
		break;
	}
	return CTL_DONE;
}

static enum ctl_exit
place(const struct ctl *ctl, const struct config *conf,
    const struct recordtext_change *change, size_t count)
{
	static struct recordfile file;
	struct placefile_owner owner;
	enum ctl_exit status;

	if (recordowner_find(&owner) != 0)
		return CTL_FAILED;
	status = recordexit_of(recordfile_prepare_all(
	    &file, conf, ctl->name, &owner, change, count, &complain_report));
	if (status != CTL_DONE)
		return status;
	return recordfile_commit(&file) == RECORDFILE_DONE ? CTL_DONE
							   : CTL_FAILED;
}

enum ctl_exit
enrolpush(const struct ctl *ctl, const struct config *conf,
    const char *identity, const char *factor)
{
	char channels[ENROLPUSH_CHANNELS];
	struct user_record record;
	const struct recordtext_change change[] = {
		{ .key = "push_identity", .value = identity },
		{ .key = "push_factor", .value = factor },
		{ .key = "channels", .value = channels, .literal = true },
	};
	enum ctl_exit status = enrolpush_look(ctl, conf, &record);

	if (status == CTL_DONE) {
		enrolpush_channels(&record, channels);
		status = place(
		    ctl, conf, change, sizeof(change) / sizeof(change[0]));
	}
	config_user_wipe(&record);
	if (status != CTL_DONE)
		complain("nothing was changed: the app that has joined is of "
			 "no use");
	return status;
}
