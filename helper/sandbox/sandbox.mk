# SPDX-License-Identifier: BSD-2-Clause
# The filter of system calls is made here, by a program that runs now.

# For a cross build: the compiler of the machine that builds.
HOSTCC ?= $(CC)

$(O)/sandbox/generate: helper/sandbox/generate.c helper/sandbox/sandbox_inside.h \
    | $(O)/.libraries
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(HOSTCC) -std=gnu11 -I. -D_GNU_SOURCE $(WARN) -O1 \
	    $$($(PKG_CONFIG) --cflags libseccomp) -o $@ $< \
	    $$($(PKG_CONFIG) --libs libseccomp)

$(O)/sandbox/programs.c: $(O)/sandbox/generate
	$(Q)$< >$@.new && mv $@.new $@

$(O)/obj/sandbox/programs.o: $(O)/sandbox/programs.c $(O)/.flags
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(ALL_CFLAGS) -fPIE -MMD -MP -c -o $@ $<
