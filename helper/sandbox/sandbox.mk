# SPDX-License-Identifier: BSD-2-Clause
# Builds and runs the program that makes the filter of system calls.

# In a cross build: the compiler for the build machine.
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
