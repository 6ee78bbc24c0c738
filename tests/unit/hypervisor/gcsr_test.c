// SPDX-License-Identifier: GPL-2.0-or-later
/* arch/gcsr.c over CSRs in memory: no guest CSR of any CPU keeps what the last zone left there. */
#include <support.h>
#include <arch/csr.h>
#include <arch/gcsr.h>
#include <core/zone.h>
#include <lib/bits.h>
#include <string.h>

#define LEFT 0x5ec12e75ec12e75eULL

#define SAVE_REGISTERS_ALWAYS 8u
#define SAVE_REGISTERS_MOST   15u

/* LVZ reference 1.5, without those that are read-only: PGD, PRCFG1 to PRCFG3, TVAL. */
static const uint16_t cleared[] = {
    CSR_PRMD,    CSR_EUEN,      CSR_MISC,     CSR_ECFG,    CSR_ERA,      CSR_BADV,     CSR_BADI,
    CSR_EENTRY,  CSR_TLBIDX,    CSR_TLBEHI,   CSR_TLBELO0, CSR_TLBELO1,  CSR_ASID,     CSR_PGDL,
    CSR_PGDH,    CSR_PWCL,      CSR_PWCH,     CSR_STLBPS,  CSR_RVACFG,   CSR_TCFG,     CSR_CNTC,
    CSR_ESTAT,   CSR_TLBRENTRY, CSR_TLBRBADV, CSR_TLBRERA, CSR_TLBRSAVE, CSR_TLBRELO0, CSR_TLBRELO1,
    CSR_TLBREHI, CSR_TLBRPRMD,  CSR_DMW0,     CSR_DMW1,    CSR_DMW2,     CSR_DMW3,
};

static const uint16_t messages[] = {CSR_MSGIS0, CSR_MSGIS1, CSR_MSGIS2, CSR_MSGIS3, CSR_MSGIE};

static void leave_everything(uint64_t save_registers, uint32_t cpucfg1) {
    memset(&fake_csrs, 0, sizeof(fake_csrs));
    for (unsigned number = 0; number < FAKE_CSRS; number++) {
        fake_csrs.guest[number] = LEFT;
    }
    fake_csrs.host[CSR_PRCFG1] = 0x72f0 | save_registers;
    fake_csrs.cpucfg[1] = cpucfg1;
}

/* What vCPU id of a zone that started at tick 1000 loads at power-on. */
static void load_power_on(vcpu_id_t id) {
    static const uint64_t args[3] = {7, 8, 9};
    struct zone zone = {.started_at = 1000};
    struct vcpu vcpu = {.id = id, .zone = &zone};
    struct arch_state state;

    memset(&state, 0xff, sizeof(state));
    arch_state_power_on(&state, &vcpu, 0x200000, args);
    assert_int_equal(state.pc, 0x200000);
    assert_int_equal(state.counter_offset, 0 - 1000ULL);
    assert_false(state.keeps_vectors);
    for (unsigned i = 0; i < GPR_COUNT; i++) {
        assert_int_equal(state.gpr[i], i >= GPR_A0 && i <= GPR_A2 ? args[i - GPR_A0] : 0);
    }
    gcsr_load(&state);
}

static void reset_clears_what_every_cpu_has(void **state) {
    (void)state;
    leave_everything(SAVE_REGISTERS_ALWAYS, 0);
    load_power_on(3);
    for (unsigned i = 0; i < ARRAY_SIZE(cleared); i++) {
        assert_int_equal(fake_csrs.guest[cleared[i]], 0);
    }
    for (unsigned i = 0; i < SAVE_REGISTERS_ALWAYS; i++) {
        assert_int_equal(fake_csrs.guest[CSR_SAVE0 + i], 0);
    }
    assert_int_equal(fake_csrs.guest[CSR_CRMD], CRMD_DA);
    assert_int_equal(fake_csrs.guest[CSR_CPUID], 3);
    assert_int_equal(fake_csrs.guest[CSR_TID], 3);
}

/* Nor is a register written that the CPU does not have. */
static void reset_follows_the_number_of_scratch_registers(void **state) {
    (void)state;
    for (unsigned count = SAVE_REGISTERS_ALWAYS; count <= SAVE_REGISTERS_MOST; count++) {
        leave_everything(count, 0);
        load_power_on(0);
        for (unsigned i = 0; i < count; i++) {
            assert_int_equal(fake_csrs.guest[CSR_SAVE0 + i], 0);
        }
        if (count == SAVE_REGISTERS_ALWAYS) {
            assert_int_equal(fake_csrs.guest[CSR_SAVE0 + count], LEFT);
        }
    }
}

static void reset_follows_message_interrupts(void **state) {
    (void)state;
    for (unsigned present = 0; present < 2; present++) {
        leave_everything(SAVE_REGISTERS_ALWAYS, present << 26);
        load_power_on(0);
        for (unsigned i = 0; i < ARRAY_SIZE(messages); i++) {
            assert_int_equal(fake_csrs.guest[messages[i]], present != 0 ? 0 : LEFT);
        }
    }
}

/* A captured CPU goes on with what it had: every register gets its own value, the timer its rest.
 */
static void each_register_gets_its_own_value(void **state) {
    struct arch_state captured = {.tcfg = 0x1000 | TCFG_EN, .tval = 0x321};

    (void)state;
    leave_everything(SAVE_REGISTERS_MOST, 1u << 26);
    for (unsigned i = 0; i < GUEST_CSR_COUNT; i++) {
        captured.csr[i] = 0x100 + i;
    }
    for (unsigned i = 0; i < SAVE_REGISTERS_MOST; i++) {
        captured.save[i] = 0x200 + i;
    }
    gcsr_load(&captured);
    assert_int_equal(fake_csrs.guest[CSR_TCFG], captured.tcfg);
    assert_int_equal(fake_csrs.guest[CSR_TVAL], captured.tval);
    assert_int_equal(fake_csrs.guest[CSR_CRMD], captured.csr[GUEST_CRMD]);
    assert_int_equal(fake_csrs.guest[CSR_ESTAT], captured.csr[GUEST_ESTAT]);
    assert_int_equal(fake_csrs.guest[CSR_EENTRY], captured.csr[GUEST_EENTRY]);
    assert_int_equal(fake_csrs.guest[CSR_TLBRERA], captured.csr[GUEST_TLBRERA]);
    assert_int_equal(fake_csrs.guest[CSR_MSGIE], captured.csr[GUEST_MSGIE]);
    for (unsigned i = 0; i < SAVE_REGISTERS_MOST; i++) {
        assert_int_equal(fake_csrs.guest[CSR_SAVE0 + i], 0x200 + i);
    }
}

/* Writing the count of a timer that is off may make it fire. */
static void a_timer_that_is_off_gets_no_count(void **state) {
    static const struct arch_state off = {.tcfg = 0x1000, .tval = 0x321};

    (void)state;
    leave_everything(SAVE_REGISTERS_ALWAYS, 0);
    gcsr_load(&off);
    assert_int_equal(fake_csrs.guest[CSR_TCFG], off.tcfg);
    assert_int_equal(fake_csrs.guest[CSR_TVAL], LEFT);
}

/* The words of the CPUs that are known: QEMU's la464, and all bits that Linux has a name for. */
static void unknown_features_are_named(void **state) {
    (void)state;
    memset(&fake_csrs, 0, sizeof(fake_csrs));
    fake_csrs.cpucfg[1] = 0x03f2f2fe;
    fake_csrs.cpucfg[2] = 0x0060c0cf;
    assert_null(gcsr_unknown_state());
    fake_csrs.cpucfg[1] = 0x07ffffff;
    fake_csrs.cpucfg[2] = 0x7fffffff;
    assert_null(gcsr_unknown_state());
    for (unsigned bit = 27; bit < 32; bit++) {
        fake_csrs.cpucfg[1] = 0x03f2f2fe | (uint32_t)BIT(bit);
        assert_non_null(strstr(gcsr_unknown_state(), "CPUCFG.1"));
    }
    fake_csrs.cpucfg[1] = 0x03f2f2fe;
    fake_csrs.cpucfg[2] = 0x0060c0cf | (uint32_t)BIT(31);
    assert_non_null(strstr(gcsr_unknown_state(), "CPUCFG.2"));
}

int test_gcsr(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_clears_what_every_cpu_has),
        cmocka_unit_test(reset_follows_the_number_of_scratch_registers),
        cmocka_unit_test(reset_follows_message_interrupts),
        cmocka_unit_test(each_register_gets_its_own_value),
        cmocka_unit_test(a_timer_that_is_off_gets_no_count),
        cmocka_unit_test(unknown_features_are_named),
    };

    return cmocka_run_group_tests_name("guest CSRs", tests, NULL, NULL);
}
