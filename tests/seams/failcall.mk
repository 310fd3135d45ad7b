# SPDX-License-Identifier: BSD-2-Clause
# Programs whose calls fail.

FAILCALL_TESTS := conffile failing meanwhile serve_failing store_failing \
	store_odd

$(FAILCALL_TESTS:%=$(O)/unit/test_%): $(O)/obj/tests/seams/failcall.o

# Every call; make unit takes some of them.
failing: $(O)/unit/test_failing
	FAILING=all $<

.PHONY: failing
