/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions for Red Hat's family, where authselect writes the PAM files. */
#include "twofactl/etc/etc.h"

static const char *const authselect_files[] = { "password-auth",
	"system-auth" };

const char authselect_lines[] =
    "auth  required                    pam_env.so\n"
    "auth  [success=1 default=ignore]  pam_unix.so nullok\n"
    "auth  requisite                   pam_deny.so\n"
    "auth  required                    pam_twofa.so\n";

const char *
authselect_included_file(const char *text)
{
	char name[PAM_STACK_WORD];

	while (stack_edit_next_include(&text, name))
		for (size_t i = 0; i < COUNT_OF(authselect_files); i++)
			if (strcmp(name, authselect_files[i]) == 0)
				return authselect_files[i];
	return NULL;
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
