// SPDX-License-Identifier: GPL-2.0-or-later
/* arch/capability.c over CSRs in memory: a CPU that lacks one thing is refused by that name. */
#include <support.h>
#include <arch/capability.h>
#include <arch/csr.h>
#include <lib/bits.h>
#include <string.h>

#define GID 16u

/* The words of QEMU's la464 with LVZ (LVZ reference 10.1), 8 GID bits. */
static int la464(void **state) {
    (void)state;
    memset(&fake_csrs, 0, sizeof(fake_csrs));
    fake_csrs.cpucfg[1] = 0x03f2f2fe;
    fake_csrs.cpucfg[2] = 0x0060c0cf | 1u << 10;
    fake_csrs.host[0x22] = 0x3ffff000;
    fake_csrs.host[CSR_GSTAT] = 8 << 4;
    fake_csrs.host[CSR_GCFG] = 0x2;
    return 0;
}

static void complete_cpu_is_taken(void **state) {
    (void)state;
    assert_null(capability_missing(GID));
    assert_null(capability_missing(255));
    fake_csrs.cpucfg[1] = UINT32_MAX;
    fake_csrs.host[0x22] = UINT64_MAX;
    fake_csrs.host[CSR_GCFG] = UINT64_MAX;
    assert_null(capability_missing(GID));
}

static void assert_missing(const char *name) {
    const char *reason = capability_missing(GID);

    if (reason == NULL) {
        fail_msg("a CPU without %s is taken", name);
    } else {
        assert_text_has(reason, name);
    }
}

static void what_is_missing_is_named(void **state) {
    static const unsigned page_bits[] = {12, 20, 29};

    fake_csrs.cpucfg[2] &= ~(1u << 10);
    assert_missing("LVZ");
    la464(state);
    fake_csrs.host[CSR_GSTAT] = 4 << 4; /* 16 tags: 0 to 15 */
    assert_missing("GIDBIT");
    la464(state);
    fake_csrs.host[CSR_GCFG] = ~0x2ULL;
    assert_missing("MATP");
    la464(state);
    fake_csrs.cpucfg[1] = 0x03f2f2ee;
    assert_missing("PALEN");
    la464(state);
    fake_csrs.cpucfg[1] = 0x03f272fe;
    assert_missing("VALEN");
    for (unsigned i = 0; i < ARRAY_SIZE(page_bits); i++) {
        la464(state);
        fake_csrs.host[0x22] = ~BIT(page_bits[i]);
        assert_missing("PRCFG2");
    }
}

int test_capability(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(complete_cpu_is_taken, la464),
        cmocka_unit_test_setup(what_is_missing_is_named, la464),
    };

    return cmocka_run_group_tests_name("capabilities", tests, NULL, NULL);
}
