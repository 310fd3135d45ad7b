# SPDX-License-Identifier: BSD-2-Clause
# What tests/container needs: module and helper of the next version, too.

container-programs: all $(O)/test/host $(O)/test/twofa-helper \
    $(O)/test/next/pam_twofa.so $(O)/test/next/twofa-helper
.PHONY: container-programs

NEXT := -DFRAME_VERSION=2

$(O)/next/pic/%.o: %.c $(O)/.flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(NEXT) -fPIC -MMD -MP -c -o $@ $<

$(O)/next/obj/%.o: %.c $(O)/.flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(NEXT) -fPIE -MMD -MP -c -o $@ $<

# Only the frames know their version, and who begins with them.
$(O)/test/next/pam_twofa.so: $(O)/next/pic/lib/wire/frame.o \
    $(O)/next/pic/pam_module/helper_talk.o $(filter-out %/lib/wire/frame.o \
    %/pam_module/helper_talk.o,$(MODULE_OBJ)) pam_module/pam_twofa.map
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -shared -o $@ $(filter %.o,$^) \
	    -Wl,--version-script=pam_module/pam_twofa.map \
	    -Wl,-z,defs -Wl,--as-needed $(STRIP) $(ALL_LDFLAGS) -lpam

$(O)/test/next/twofa-helper: $(O)/obj/helper/main.o \
    $(O)/next/obj/lib/wire/frame.o \
    $(filter-out %/lib/wire/frame.o,$(HELPER_LIB_OBJ))
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS))
