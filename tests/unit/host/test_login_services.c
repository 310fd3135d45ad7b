/* SPDX-License-Identifier: BSD-2-Clause */
/* The services that can give root, beside those that enable knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/support/unit_tests.h"
#include "twofactl/host/host.h"
#include "twofactl/trial/trial_inside.h"

/* Doctor names no command that refuses. */
static void
test_named_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < pam_services_count; i++) {
		const char *by = pam_services[i].enable;
		const struct service_request plain = { .service = by };

		if (by != NULL &&
		    (!text_is_one_of(by, service_change_list) ||
			service_change_is_rule(&plain)))
			fail_msg("enable does not know %s", by);
	}
	assert_string_equal(pam_service_find("su-l")->enable, "su");
	assert_string_equal(pam_service_find("sudo-i")->enable, "sudo");
	assert_null(pam_service_find("cockpit")->enable);
}

/* ... and all of those that it can. */
static void
test_known_are_named(void **state)
{
	(void)state;
	for (const char *const *name = service_change_list; *name != NULL;
	     name++) {
		const struct service_request plain = { .service = *name };

		assert_non_null(pam_service_find(*name));
		if (!service_change_is_rule(&plain))
			assert_string_equal(
			    pam_service_find(*name)->enable, *name);
	}
}

UNIT_TESTS(test_login_services)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named_are_known),
		cmocka_unit_test(test_known_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
