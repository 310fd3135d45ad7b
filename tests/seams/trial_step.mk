# SPDX-License-Identifier: BSD-2-Clause
# twofactl that ends behind a step of enable, and with the clock of tests.

$(O)/test/twofactl: $(O)/obj/tests/seams/trial_step.o \
    $(O)/obj/tests/seams/clock.o $(filter-out $(O)/obj/lib/system/clock.o \
    $(O)/obj/twofactl/trial/trial_step.o,$(CTL_OBJ))
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    $$($(PKG_CONFIG) --libs $(CTL_PKGS))

TEST_BIN += $(O)/test/twofactl
