/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests before any file is placed. */
#include "twofactl/init/first_proof.h"

#include <string.h>

#include "twofactl/enrol/enrol.h"
#include "twofactl/init/paper_codes.h"
#include "twofactl/link/link.h"
#include "twofactl/terminal/terminal.h"

#define CORRECT "; correct in " /* a remedy naming a file that goes */

struct probe {
	const struct first_files *files;
	enum ctl_exit status;
};

/* The keys with credentials, by the names that the admin was asked for. */
static void
refused(const struct first_files *f, const char *words)
{
	const char *remedy = strstr(words, CORRECT);
	char keys[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < f->settings->provider_count; i++) {
		const struct provider_conf *p = &f->settings->provider[i];

		for (const struct setting_key *k = p->type->keys;
		     k->key != NULL && used < sizeof(keys); k++) {
			const bool secret = (k->kind == CONF_SECRET_FILE &&
						p->secret_file[k->slot]) ||
			    (k->kind == CONF_KEY_FILE && p->key_file[k->slot]);
			const bool text = k->kind == CONF_TEXT &&
			    k->charset != NULL && p->text[k->slot] != NULL;

			if (secret || text)
				used += (size_t)snprintf(keys + used,
				    sizeof(keys) - used, "%s%s",
				    used > 0 ? ", " : "", k->key);
		}
	}
	complain(HELPER_LINK_SAYS "%.*s; correct one of: %s",
	    (int)(remedy != NULL ? (size_t)(remedy - words) : strlen(words)),
	    words, keys);
}

static void
found(void *ctx, const char *name, const char *words)
{
	struct probe *probe = ctx;

	if (strcmp(name, PROVIDER_PROBE_CREDENTIALS) == 0) {
		refused(probe->files, words);
		probe->status = CTL_SETTINGS;
	} else if (strncmp(name, PROVIDER_PROBE_NAMES,
		       sizeof(PROVIDER_PROBE_NAMES) - 1) == 0 ||
	    strcmp(name, "state") == 0) {
		complain(HELPER_LINK_SAYS "%s", words);
		if (probe->status == CTL_DONE)
			probe->status = CTL_FAILED;
	} else {
		complain("warning: " HELPER_LINK_SAYS "%s", words);
	}
}

static enum ctl_exit
ask_provider(const struct ctl *ctl, const struct first_files *f)
{
	struct probe probe = { f, CTL_DONE };
	enum ctl_exit status;

	if (terminal_is_there())
		fputs("Asking the provider with a free call ...\n", stderr);
	status = provider_probe(ctl, f->staged, &probe, found);
	return status == CTL_DONE ? probe.status : status;
}

/* Who has codes keeps them: they may be on paper. */
static enum ctl_exit
codes(const struct ctl *ctl)
{
	enum ctl_exit status;
	int64_t left = 0;

	if (ctl->json || !terminal_is_there()) {
		complain("no recovery codes were made; make them by: twofactl "
			 "recovery-codes %s",
		    shell_word(ctl->name));
		return CTL_DONE;
	}
	status = new_codes_left(ctl, &left);
	if (status != CTL_DONE)
		return status;
	if (left == 0)
		return paper_codes(ctl);
	complain("%s has %lld recovery code%s, which stay%s valid; not on "
		 "paper? make new ones by: twofactl recovery-codes %s",
	    ctl->shown, (long long)left, left == 1 ? "" : "s",
	    left == 1 ? "s" : "", shell_word(ctl->name));
	return CTL_DONE;
}

enum ctl_exit
first_proof(const struct ctl *ctl, const struct first_files *f)
{
	static struct ctl other;
	enum ctl_exit status = ask_provider(ctl, f);

	other = *ctl;
	snprintf(other.conf, sizeof(other.conf), "%s", f->staged);
	if (status == CTL_DONE && !ctl->no_verify)
		status = enrol_proof(&other, f->new_record);
	if (status == CTL_DONE)
		status = codes(&other);
	return status;
}
