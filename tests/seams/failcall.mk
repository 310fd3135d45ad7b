# SPDX-License-Identifier: BSD-2-Clause
# Programs whose calls fail.

FAILCALL_TESTS := system/test_trusted_file login/test_failing \
	login/test_meanwhile service/test_serve_failing \
	state/test_store_failing state/test_store_odd

$(FAILCALL_TESTS:%=$(O)/unit/%): $(O)/obj/tests/seams/failcall.o

# Every call; make unit takes some of them.
failing: $(O)/unit/login/test_failing
	FAILING=all $<

.PHONY: failing
