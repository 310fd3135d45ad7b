# SPDX-License-Identifier: BSD-2-Clause
# Every call that can fail; make unit takes some of them.

failing: $(O)/unit/login
	FAILING=all $< test_failing

.PHONY: failing
