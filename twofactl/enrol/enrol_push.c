/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts a phone's app into use. */
#include "twofactl/enrol/enrol_push.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/records/records.h"
#include "twofactl/terminal/terminal.h"

void
enrol_push_channels(const struct user_record *r, char out[ENROL_PUSH_CHANNELS])
{
	bool listed = false;
	size_t used;

	for (size_t i = 0; i < r->channels; i++)
		listed = listed || r->channel[i] == METHOD_PUSH;
	used = (size_t)snprintf(
	    out, ENROL_PUSH_CHANNELS, "[%s", listed ? "" : "\"push\"");
	for (size_t i = 0; i < r->channels; i++)
		used += (size_t)snprintf(out + used, ENROL_PUSH_CHANNELS - used,
		    "%s\"%s\"", used > 1 ? ", " : "",
		    method_name(r->channel[i]));
	snprintf(out + used, ENROL_PUSH_CHANNELS - used, "]");
}

enum ctl_exit
enrol_push_look(const struct ctl *ctl, const struct settings *conf,
    struct user_record *record)
{
	struct user_person who;

	switch (command_person_record(ctl, conf, &who, record)) {
	case USER_PEOPLE:
	case USER_OUTAGE:
	case USER_ERROR:
		return CTL_SETTINGS;
	case USER_FOUND:
	case USER_ABSENT:
		break;
	}
	return CTL_DONE;
}

static enum ctl_exit
place(const struct ctl *ctl, const struct settings *conf,
    const struct record_text_change *change, size_t count)
{
	static struct record_file file;
	struct place_file_owner owner;
	enum ctl_exit status;

	if (record_file_owner(&owner) != 0)
		return CTL_FAILED;
	status = record_file_exit(record_file_prepare_all(
	    &file, conf, ctl->kept, &owner, change, count, &complain_report));
	if (status != CTL_DONE)
		return status;
	return record_file_commit(&file) == RECORD_FILE_DONE ? CTL_DONE
							     : CTL_FAILED;
}

enum ctl_exit
enrol_push(const struct ctl *ctl, const struct settings *conf,
    const char *identity, const char *factor)
{
	char channels[ENROL_PUSH_CHANNELS];
	struct user_record record;
	const struct record_text_change change[] = {
		{ .key = "push_identity", .value = identity },
		{ .key = "push_factor", .value = factor },
		{ .key = "channels", .value = channels, .literal = true },
	};
	enum ctl_exit status = enrol_push_look(ctl, conf, &record);

	if (status == CTL_DONE) {
		enrol_push_channels(&record, channels);
		status = place(
		    ctl, conf, change, sizeof(change) / sizeof(change[0]));
	}
	user_record_wipe(&record);
	if (status != CTL_DONE)
		complain("nothing was changed: the app that has joined is of "
			 "no use");
	return status;
}
