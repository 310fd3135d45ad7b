/* SPDX-License-Identifier: BSD-2-Clause */
/* Red Hat's family: what the admin has to do by hand. */
#include "twofactl/install/authselect.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "twofactl/host/host.h"
#include "twofactl/install/stack_lines.h"

static const char *const files[] = { "password-auth", "system-auth" };

const char authselect_lines[] =
    "auth  required                    pam_env.so\n"
    "auth  [success=1 default=ignore]  pam_unix.so nullok\n"
    "auth  requisite                   pam_deny.so\n"
    "auth  required                    pam_twofa.so\n";

static const char *
file_of(char *line)
{
	char *rest = line;
	const char *type = pam_stack_word(&rest), *control, *name;

	if (type == NULL || strcasecmp(type, "auth") != 0)
		return NULL;
	control = pam_stack_word(&rest);
	name = pam_stack_word(&rest);
	if (control == NULL || name == NULL ||
	    (strcasecmp(control, "include") != 0 &&
		strcasecmp(control, "substack") != 0))
		return NULL;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(name, files[i]) == 0)
			return files[i];
	return NULL;
}

const char *
authselect_of(const char *text)
{
	const char *found = NULL;
	struct stack_line line;
	char word[PAM_STACK_WORD];

	while (found == NULL && stack_line_next(&text, &line)) {
		(void)snprintf(
		    word, sizeof(word), "%.*s", (int)line.len, line.at);
		word[strcspn(word, "#\n")] = '\0';
		found = file_of(word);
	}
	return found;
}

void
authselect_explain(FILE *out, const char *service, const char *file)
{
	fprintf(out,
	    "%s asks for the password by %s, which authselect writes. A line "
	    "of ours behind\nit would never be reached or, behind a "
	    "substack, send a message for a wrong\npassword too; in %s itself "
	    "authselect would take it out again. So nothing is\nchanged here: "
	    "make a profile of authselect's that has it.\n\n"
	    "  authselect current                 # PROFILE and FEATURES\n"
	    "  authselect create-profile twofa --base-on PROFILE "
	    "--symlink-meta\n\n"
	    "In /etc/authselect/custom/twofa/%s put in the place of all lines "
	    "of auth:\n\n%s\n"
	    "Accounts of SSSD: write success=2 for pam_unix.so, and behind it\n"
	    "\"auth  [success=1 default=ignore]  pam_sss.so use_first_pass\". "
	    "Then, with another\nroot shell open:\n\n"
	    "  authselect select custom/twofa FEATURES "
	    "--backup=before-twofa\n"
	    "  twofactl doctor --service %s\n"
	    "  authselect backup-restore before-twofa   # the way back\n\n"
	    "Whatever else takes %s asks for a code as well:\n\n"
	    "  grep -l %s /etc/pam.d/*\n\n"
	    "For those that should not, write a rule into twofa.conf: { "
	    "services = [\"crond\"];\naction = \"skip\"; }\n",
	    service, file, file, file, authselect_lines, service, file, file);
	if (strcmp(service, "sshd") == 0)
		fputs("\nsshd also needs /etc/ssh/sshd_config.d/30-twofa.conf, "
		      "and then systemctl reload\nsshd:\n\n"
		      "  UsePAM yes\n"
		      "  KbdInteractiveAuthentication yes\n"
		      "  PasswordAuthentication no\n"
		      "  LoginGraceTime 120\n",
		    out);
}
