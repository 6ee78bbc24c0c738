// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * arch/sensitive_hot.c, arch/mmio_hot.c and arch/guest.c over CSRs in memory: what a guest has in
 * its registers after an exit. Words are the LLVM assembler's.
 */
#include <support.h>
#include <arch/csr.h>
#include <arch/exits.h>
#include <arch/guest.h>
#include <core/checked.h>
#include <lib/bits.h>
#include <loongvisor/hypercall.h>
#include <stdlib.h>
#include <string.h>

#define A0 4u
#define A1 5u
#define T0 12u

#define PC    0x9000000000204000ULL
#define ENTRY 0x9000000000300000ULL

#define GUEST_HOLE 0x18000000ULL
#define GUEST_PCI  0x40000000ULL
#define GUEST_INFO 0x50000000ULL

static struct cpu *cpu;
static struct vcpu *vcpu;
static uint64_t *gpr;
static unsigned idles;

enum verdict exit_idle(struct vcpu *idle, uint64_t pc) {
    assert_ptr_equal(idle, vcpu);
    assert_int_equal(pc, PC);
    idles++;
    return VERDICT_HANDLED;
}

void invariants_check(const struct cpu *checked, const struct vcpu *running) {
    assert_ptr_equal(checked, cpu);
    assert_ptr_equal(running, vcpu);
}

_Noreturn void trap_panic(void) {
    fail_msg("a trap in the hypervisor");
    abort();
}

static void region_set(struct lv_region *region, uint32_t type, gpa_t gpa, uint64_t size) {
    *region = (struct lv_region){.type = type, .gpa = gpa, .size = size};
}

/* The root zone at PC in its kernel, paging on, interrupts on. */
static int guest_in_kernel(void **state) {
    struct test_image *image;

    support_reset(state);
    image = support_image();
    image->header.board.pci_access = LV_PCI_ECAM;
    struct lv_zone_config *config = &image->zones[0];
    config->num_regions = 4;
    region_set(&config->regions[1], LV_REGION_HOLE, GUEST_HOLE, 0x4000);
    region_set(&config->regions[2], LV_REGION_PCI_CONFIG, GUEST_PCI, BIT(29));
    region_set(&config->regions[3], LV_REGION_INFO, GUEST_INFO + BIT(30), LV_PAGE_SIZE);
    assert_int_equal(zone_create(&image->header, config, true), 0);
    memset(fake.doorbells, 0, sizeof(fake.doorbells));
    vcpu = &zone_find(0)->vcpus[0];
    cpu = &cpu_blocks[0];
    gpr = cpu->arch.gpr;
    cpu->arch.all_saved = true;
    idles = 0;
    memset(&fake_csrs, 0, sizeof(fake_csrs));
    fake.iocsr.count = 0;
    fake.mmio.count = 0;
    for (unsigned i = 1; i < GPR_COUNT; i++) {
        gpr[i] = 0x1000 + i;
    }
    csr_write(CSR_ERA, PC);
    gcsr_write(CSR_CRMD, 0xb4);
    gcsr_write(CSR_EENTRY, ENTRY);
    return 0;
}

static void assert_gprs_but(unsigned changed) {
    for (unsigned i = 1; i < GPR_COUNT; i++) {
        assert_true(i == changed || gpr[i] == 0x1000 + i);
    }
    assert_int_equal(gpr[0], 0);
}

static uint64_t exits(enum lv_exit_cause cause) {
    return vcpu->stats->exits[cause];
}

static enum verdict exit_by(uint64_t ecode, uint32_t word) {
    csr_write(CSR_ESTAT, ecode << ESTAT_ECODE_SHIFT);
    csr_write(CSR_BADI, word);
    return exit_handle(cpu);
}

static enum verdict sensitive(uint32_t word) {
    return exit_by(ECODE_GSPR, word);
}

static void assert_handled(uint32_t word) {
    csr_write(CSR_ERA, PC);
    assert_int_equal(sensitive(word), VERDICT_HANDLED);
    assert_int_equal(csr_read(CSR_ERA), PC + 4);
}

/* The guest is where the manual's chapter on exceptions puts it (LVZ reference 4.3). */
static void assert_injected(unsigned ecode, unsigned esubcode) {
    assert_int_equal(csr_read(CSR_ERA), ENTRY);
    assert_int_equal(gcsr_read(CSR_ERA), PC);
    assert_int_equal(bits_get(gcsr_read(CSR_ESTAT), 21, 16), ecode);
    assert_int_equal(bits_get(gcsr_read(CSR_ESTAT), 30, 22), esubcode);
    assert_int_equal(gcsr_read(CSR_CRMD) & 0x7, 0);
    assert_int_equal(gcsr_read(CSR_CRMD) & 0x1f8, 0xb0);
}

static uint64_t cpucfg(uint64_t leaf) {
    gpr[A1] = leaf;
    assert_handled(0x00006ca4);
    return gpr[A0];
}

/* Message interrupts, LVZ and LBT, what IMPCTL1 would choose, the PMU; bits as in the manual. */
static void cpucfg_hides_what_a_zone_has_not(void **state) {
    static const uint32_t hidden[] = {
        0, 1u << 26, 0x3c00 | 0x1c0000, 1u << 1 | 1u << 18 | 1u << 19 | 1u << 22,
        0, 0,        UINT32_MAX,        0};

    (void)state;
    for (unsigned leaf = 0; leaf < FAKE_CPUCFGS; leaf++) {
        fake_csrs.cpucfg[leaf] = UINT32_MAX;
    }
    exit_init_cpucfg(vcpu);
    for (unsigned leaf = 0; leaf < ARRAY_SIZE(hidden); leaf++) {
        uint32_t shown = (uint32_t)cpucfg(leaf);
        if (leaf == 1) {
            assert_int_equal(bits_get(shown, 11, 4), LV_GPA_BITS - 1);
            shown |= (uint32_t)BITS(11, 4);
        }
        assert_int_equal(shown, ~hidden[leaf]);
    }
    assert_int_equal(cpucfg(2), (uint64_t)(int32_t)~hidden[2]);
    assert_int_equal(cpucfg(LV_CPUCFG_SIGNATURE), LV_CPUCFG_SIGNATURE_VALUE);
    assert_int_equal(exits(LV_EXIT_CPUCFG), ARRAY_SIZE(hidden) + 2);
}

static void unknown_cpucfg_leaves_read_zero(void **state) {
    static const uint64_t leaves[] = {21, 31, 100, 0x40000004, UINT32_MAX, UINT64_MAX};

    (void)state;
    memset(fake_csrs.cpucfg, 0xff, sizeof(fake_csrs.cpucfg));
    exit_init_cpucfg(vcpu);
    for (unsigned i = 0; i < ARRAY_SIZE(leaves); i++) {
        gpr[A1] = leaves[i];
        assert_handled(0x00006ca4);
        assert_int_equal(gpr[A0], 0);
    }
}

/* LVZ reference 9.5: a zone with paravirtual IPIs finds "KVM" and the one feature. */
static void paravirtual_zone_finds_kvm(void **state) {
    (void)state;
    vcpu->zone->config.flags |= LV_ZONE_PV_IPI;
    gpr[A1] = 0x40000000;
    assert_handled(0x00006ca4);
    assert_int_equal(gpr[A0], 'K' | 'V' << 8 | 'M' << 16);
    gpr[A1] = 0x40000004;
    assert_handled(0x00006ca4);
    assert_int_equal(gpr[A0], BIT(1));
    gpr[A1] = 0x40000008;
    assert_handled(0x00006ca4);
    assert_int_equal(gpr[A0], 0);
}

/* Of the sensitive instructions user mode may use cpucfg, and one kind of cacop: below. */
static void user_mode_has_cpucfg_and_nothing_else(void **state) {
    static const uint32_t words[] = {0x0402000c, 0x040058a4, 0x063fe0a9,
                                     0x06480ca4, 0x06481ca4, 0x06488000};

    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        guest_in_kernel(state);
        gcsr_write(CSR_CRMD, 0xb7);
        assert_int_equal(sensitive(words[i]), VERDICT_HANDLED);
        assert_injected(ECODE_IPE, 0);
        assert_int_equal(gcsr_read(CSR_PRMD), 0x7);
        assert_int_equal(gcsr_read(CSR_BADI), words[i]);
        assert_gprs_but(0);
        assert_int_equal(idles, 0);
        assert_int_equal(fake.iocsr.count, 0);
    }
    guest_in_kernel(state);
    gcsr_write(CSR_CRMD, 0xb7);
    assert_handled(0x00006ca4);
}

/* Manual volume 1, cacop: what works on the line that an address hits is open to user mode. */
static void user_mode_may_use_the_cacop_that_hits(void **state) {
    for (uint32_t code = 0; code < 32; code++) {
        bool hits = code >> 3 == 2;
        guest_in_kernel(state);
        gcsr_write(CSR_CRMD, 0xb7);
        assert_int_equal(sensitive(0x063fe0a0 | code), VERDICT_HANDLED);
        assert_int_equal(exits(LV_EXIT_CACOP), 1);
        assert_gprs_but(0);
        if (hits) {
            assert_int_equal(csr_read(CSR_ERA), PC + 4);
            assert_int_equal(gcsr_read(CSR_ESTAT), 0);
        } else {
            assert_injected(ECODE_IPE, 0);
        }
    }
}

static void software_csrs_keep_what_is_written(void **state) {
    (void)state;
    gpr[T0] = 0x123456789abcdef0;
    assert_handled(0x04024c2c); /* csrwr $t0, MERRENTRY */
    assert_int_equal(gpr[T0], 0);
    assert_handled(0x04024c2c);
    assert_int_equal(gpr[T0], 0x123456789abcdef0);
    gpr[A0] = 0xf00f;
    gpr[A1] = 0x0ff0;
    assert_handled(0x04024c2c);                              /* MERRENTRY is what it was */
    assert_handled(0x04000000 | 0x93u << 10 | A1 << 5 | A0); /* csrxchg $a0, $a1, MERRENTRY */
    assert_int_equal(gpr[A0], 0x123456789abcdef0);
    assert_handled(0x04000000 | 0x93u << 10 | A0); /* csrrd $a0, MERRENTRY */
    assert_int_equal(gpr[A0], 0x123456789abcd000);
    assert_handled(0x04000000 | 0x93u << 10); /* csrrd $zero */
    assert_int_equal(gpr[0], 0);
}

/* Each number has a place of its own; all others read 0 and forget. */
static void csr_numbers_do_not_share_places(void **state) {
    (void)state;
    for (uint32_t number = 0; number < 0x4000; number++) {
        gpr[A0] = 0xc0de0000 + number;
        assert_handled(0x04000020 | number << 10 | A0);
    }
    for (uint32_t number = 0; number < 0x4000; number++) {
        bool kept = number - 0x80 < 2 || number - 0x90 < 6 || number == 0x98;
        assert_handled(0x04000000 | number << 10 | A0);
        assert_int_equal(gpr[A0], kept ? 0xc0de0000 + number : 0);
    }
    for (unsigned i = 0; i < FAKE_CSRS; i++) {
        assert_true(i == CSR_ERA || i == CSR_BADI || i == CSR_ESTAT || fake_csrs.host[i] == 0);
    }
}

static void iocsr_moves_its_size(void **state) {
    (void)state;
    fake_iocsr_set(0x10, 0x81828384);
    fake_iocsr_set(0x14, 0x91929394);
    gpr[A1] = 0xffffffff00000010;
    assert_handled(0x064800a4); /* iocsrrd.b */
    assert_int_equal(gpr[A0], 0xffffffffffffff84);
    assert_handled(0x064804a4); /* iocsrrd.h */
    assert_int_equal(gpr[A0], 0xffffffffffff8384);
    assert_handled(0x064808a4); /* iocsrrd.w */
    assert_int_equal(gpr[A0], 0xffffffff81828384);
    assert_handled(0x06480ca4); /* iocsrrd.d */
    assert_int_equal(gpr[A0], 0x9192939481828384);
    gpr[A1] = 0x1028;
    gpr[A0] = 0x1122334455667788;
    assert_handled(0x06481ca4); /* iocsrwr.d */
    assert_int_equal(atomic_load(&vcpu->ipi.mailbox[1]), 0x1122334455667788);
    gpr[A0] = UINT64_MAX;
    assert_handled(0x064818a4); /* iocsrwr.w */
    assert_int_equal(atomic_load(&vcpu->ipi.mailbox[1]), 0x11223344ffffffff);
    assert_int_equal(exits(LV_EXIT_IOCSR_READ), 4);
    assert_int_equal(exits(LV_EXIT_IOCSR_WRITE), 2);
}

static void register_zero_stays_zero(void **state) {
    (void)state;
    memset(fake_csrs.cpucfg, 0xff, sizeof(fake_csrs.cpucfg));
    exit_init_cpucfg(vcpu);
    fake_iocsr_set(0x10, UINT32_MAX);
    gpr[A1] = 0x10;
    assert_handled(0x064808a0); /* iocsrrd.w $zero */
    assert_handled(0x00006ca0); /* cpucfg $zero */
    assert_int_equal(gpr[0], 0);
}

static void idle_and_cacop_go_on(void **state) {
    (void)state;
    assert_int_equal(sensitive(0x06488000), VERDICT_HANDLED);
    assert_int_equal(idles, 1);
    assert_handled(0x063fe0a9);
    assert_int_equal(exits(LV_EXIT_CACOP), 1);
    assert_gprs_but(0);
}

static void unknown_instructions_are_not_there(void **state) {
    static const uint32_t words[] = {0x05010404, 0x06482401, 0x06483800, 0x06498000,
                                     0x002a8001, 0x00000000, UINT32_MAX};

    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        guest_in_kernel(state);
        assert_int_equal(sensitive(words[i]), VERDICT_HANDLED);
        assert_injected(ECODE_INE, 0);
        assert_int_equal(gcsr_read(CSR_PRMD), 0x4);
        assert_int_equal(gcsr_read(CSR_BADI), words[i]);
        assert_int_equal(exits(LV_EXIT_OTHER_GSPR), 1);
        assert_gprs_but(0);
    }
}

/* ECFG.VS spaces the entries by 2^VS instructions. */
static void injection_uses_the_vector_of_its_code(void **state) {
    for (unsigned spacing = 0; spacing < 8; spacing++) {
        guest_in_kernel(state);
        gcsr_write(CSR_ECFG, (uint64_t)spacing << 16 | 0x1fff);
        assert_int_equal(guest_inject(ECODE_INE, 0, 0), VERDICT_HANDLED);
        uint64_t offset = spacing == 0 ? 0 : 13ULL * 4 << spacing;
        assert_int_equal(csr_read(CSR_ERA), ENTRY | offset);
    }
}

static void injection_keeps_pending_interrupts(void **state) {
    (void)state;
    gcsr_write(CSR_ESTAT, 0x1bff | 63ULL << 16 | 511ULL << 22);
    gcsr_write(CSR_CRMD, 0xb4 | BIT(9));
    assert_int_equal(guest_inject(ECODE_ADE, ESUBCODE_ADEM, 0x1234), VERDICT_HANDLED);
    assert_injected(ECODE_ADE, ESUBCODE_ADEM);
    assert_int_equal(gcsr_read(CSR_ESTAT) & 0x1fff, 0x1bff);
    assert_int_equal(gcsr_read(CSR_BADV), 0x1234);
    /* CRMD.WE goes to PRMD.PWE. */
    assert_int_equal(gcsr_read(CSR_PRMD), 0xc);
}

static void injection_where_the_guest_cannot_take_it(void **state) {
    (void)state;
    csr_write(CSR_ERA, ENTRY);
    assert_int_equal(guest_inject(ECODE_INE, 0, 0), VERDICT_FORBIDDEN);
    csr_write(CSR_ERA, PC);
    gcsr_write(CSR_TLBRERA, PC | 1);
    assert_int_equal(guest_inject(ECODE_INE, 0, 0), VERDICT_FORBIDDEN);
    assert_int_equal(csr_read(CSR_ERA), PC);
    assert_int_equal(gcsr_read(CSR_ERA), 0);
}

/* LVZ reference 7.2: the change of ESTAT may swallow the timer's own interrupt. */
static void timer_that_fires_meanwhile_is_not_lost(void **state) {
    (void)state;
    gcsr_write(CSR_TVAL, 5);
    guest_change_estat(BIT(IRQ_IPI), BIT(IRQ_IPI));
    assert_int_equal(gcsr_read(CSR_ESTAT), BIT(IRQ_IPI));
    fake_csrs.tval_when_fired = BITS(47, 0);
    guest_change_estat(BIT(IRQ_IPI), 0);
    assert_int_equal(gcsr_read(CSR_ESTAT), BIT(IRQ_TIMER));
}

static enum verdict stage2(unsigned ecode, gpa_t gpa, uint32_t word) {
    csr_write(CSR_ERA, PC);
    csr_write(CSR_BADV, gpa);
    return exit_by(ecode, word);
}

static void holes_read_ones_and_swallow_writes(void **state) {
    (void)state;
    assert_int_equal(stage2(ECODE_PIL, GUEST_HOLE + 0x60, 0x2a0000a4), VERDICT_HANDLED);
    assert_int_equal(gpr[A0], 0xff); /* ld.bu */
    assert_int_equal(stage2(ECODE_PIL, GUEST_HOLE, 0x283ffca4), VERDICT_HANDLED);
    assert_int_equal(gpr[A0], UINT64_MAX); /* ld.b */
    assert_int_equal(csr_read(CSR_ERA), PC + 4);
    assert_int_equal(stage2(ECODE_PIS, GUEST_HOLE + 0x3fff, 0x293ffca4), VERDICT_HANDLED);
    assert_int_equal(csr_read(CSR_ERA), PC + 4);
    assert_int_equal(exits(LV_EXIT_MMIO), 3);
    assert_int_equal(fake.mmio.count, 0);
    assert_gprs_but(A0);
}

/* A guest's last region is looked at first; the byte behind it is another's. */
static void first_byte_behind_a_device_is_not_its(void **state) {
    (void)state;
    assert_int_equal(stage2(ECODE_PIL, GUEST_HOLE + 0x3fff, 0x2a0000a4), VERDICT_HANDLED);
    assert_int_equal(exits(LV_EXIT_MMIO), 1);
    assert_int_equal(stage2(ECODE_PIL, GUEST_HOLE + 0x4000, 0x2a0000a4), VERDICT_HANDLED);
    assert_injected(ECODE_ADE, ESUBCODE_ADEM);
    assert_int_equal(exits(LV_EXIT_MMIO), 1);
}

static void pci_window_is_emulated(void **state) {
    (void)state;
    fake.mmio_value = 0x8086f00d;
    assert_int_equal(stage2(ECODE_PIL, GUEST_PCI + 0x800, 0x2a8000a4), VERDICT_HANDLED);
    assert_int_equal(gpr[A0], 0x8086f00d); /* ld.wu */
    assert_int_equal(fake_last(&fake.mmio)->address, BOARD_PCI_BASE + 0x8000);
    assert_int_equal(stage2(ECODE_PIL, GUEST_PCI + 0x800, 0x28a000a7), VERDICT_HANDLED);
    assert_int_equal(gpr[7], 0xffffffff8086f00d); /* ld.w $a3 */
    gpr[A0] = 0x1122334455667788;
    assert_int_equal(stage2(ECODE_PIS, GUEST_PCI + 0x804, 0x381418a4), VERDICT_HANDLED);
    assert_true(fake_last(&fake.mmio)->is_write); /* stx.h $a0 */
    assert_int_equal(fake_last(&fake.mmio)->value, 0x7788);
    assert_int_equal(fake_last(&fake.mmio)->size, 2);
    assert_int_equal(stage2(ECODE_PIS, GUEST_PCI + 0x804, 0x294008a0), VERDICT_HANDLED);
    assert_int_equal(fake_last(&fake.mmio)->value, 0); /* st.h $zero */
}

static void nothing_there_is_an_address_error(void **state) {
    static const struct {
        unsigned ecode;
        gpa_t gpa;
        uint32_t word;
        unsigned esubcode;
    } cases[] = {
        {ECODE_PIL, 0x70000000, 0x2a8000a4, ESUBCODE_ADEM},
        {ECODE_PIS, 0x70000000, 0x29801067, ESUBCODE_ADEM},
        {ECODE_PME, GUEST_INFO + 0x40000000, 0x29801067, ESUBCODE_ADEM},
        {ECODE_PNR, 0x70000000, 0x2a8000a4, ESUBCODE_ADEM},
        {ECODE_PPI, 0x70000000, 0x2a8000a4, ESUBCODE_ADEM},
        {ECODE_PIL, GUEST_HOLE, 0x2c0000a0, ESUBCODE_ADEM}, /* vld */
        {ECODE_PIL, GUEST_PCI, 0x386198a4, ESUBCODE_ADEM},  /* amadd.d */
        {ECODE_PIL, UINT64_MAX, 0x2a8000a4, ESUBCODE_ADEM},
        {ECODE_PIF, 0x70000000, 0x2a8000a4, ESUBCODE_ADEF},
        {ECODE_PIF, GUEST_HOLE, 0x2a8000a4, ESUBCODE_ADEF},
        {ECODE_PNX, GUEST_PCI, 0x2a8000a4, ESUBCODE_ADEF},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        guest_in_kernel(state);
        assert_int_equal(stage2(cases[i].ecode, cases[i].gpa, cases[i].word), VERDICT_HANDLED);
        assert_injected(ECODE_ADE, cases[i].esubcode);
        assert_int_equal(gcsr_read(CSR_BADV),
                         cases[i].esubcode == ESUBCODE_ADEF ? PC : cases[i].gpa);
        assert_int_equal(exits(LV_EXIT_STAGE2), 1);
        assert_gprs_but(0);
        assert_int_equal(fake.mmio.count, 0);
    }
}

/* LoongArch psABI: C keeps r21 to r31, so they are not saved at first. */
static bool is_kept(unsigned gpr_number) {
    return gpr_number >= 21;
}

/* Nothing has happened if the answer is AGAIN; the second time all is done. */
static void registers_that_c_keeps_are_asked_for(void **state) {
    for (unsigned rd = 0; rd < GPR_COUNT; rd++) {
        for (unsigned rj = 0; rj < GPR_COUNT; rj++) {
            bool again = is_kept(rd) || is_kept(rj);
            uint32_t cpucfg = 0x00006c00 | rj << 5 | rd;
            guest_in_kernel(state);
            cpu->arch.all_saved = false;
            assert_int_equal(sensitive(cpucfg), again ? VERDICT_AGAIN : VERDICT_HANDLED);
            assert_int_equal(exits(LV_EXIT_CPUCFG), again ? 0 : 1);
            assert_int_equal(csr_read(CSR_ERA), again ? PC : PC + 4);
            cpu->arch.all_saved = true;
            assert_handled(cpucfg);
        }
    }
    guest_in_kernel(state);
    cpu->arch.all_saved = false;
    assert_int_equal(stage2(ECODE_PIL, GUEST_HOLE, 0x2a000017), VERDICT_AGAIN); /* ld.bu $s0 */
    assert_int_equal(exits(LV_EXIT_MMIO), 0);
    assert_int_equal(csr_read(CSR_ERA), PC);
    assert_int_equal(stage2(ECODE_PIL, GUEST_HOLE, 0x2a0000a4), VERDICT_HANDLED);
}

/* Any word, in kernel or user mode: the handler ends, and no other zone or CPU notices. */
static void random_words_do_no_harm(void **state) {
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t word = (uint32_t)support_random();
        if (round % 500 == 0) {
            guest_in_kernel(state);
            support_random_seed(round);
        }
        gpr[support_random() % 31 + 1] = support_random() >> support_random() % 64;
        csr_write(CSR_ERA, PC);
        gcsr_write(CSR_CRMD, support_random() & 0x1ff);
        word = support_random() % 2 == 0 ? word : (word & 0x3fffff) | 0x06400000;
        enum verdict verdict = sensitive(word);
        assert_int_equal(verdict, VERDICT_HANDLED);
        assert_int_equal(gpr[0], 0);
        stage2((unsigned)(1 + support_random() % 7), support_random() & BITS(47, 0), word);
        fake.iocsr.count = 0;
        fake.mmio.count = 0;
    }
    for (unsigned id = 0; id < LV_MAX_CPUS; id++) {
        assert_int_equal(atomic_load(&fake.doorbells[id]), 0);
    }
}

int test_exit(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(cpucfg_hides_what_a_zone_has_not, guest_in_kernel),
        cmocka_unit_test_setup(unknown_cpucfg_leaves_read_zero, guest_in_kernel),
        cmocka_unit_test_setup(paravirtual_zone_finds_kvm, guest_in_kernel),
        cmocka_unit_test_setup(user_mode_has_cpucfg_and_nothing_else, guest_in_kernel),
        cmocka_unit_test_setup(user_mode_may_use_the_cacop_that_hits, guest_in_kernel),
        cmocka_unit_test_setup(software_csrs_keep_what_is_written, guest_in_kernel),
        cmocka_unit_test_setup(csr_numbers_do_not_share_places, guest_in_kernel),
        cmocka_unit_test_setup(iocsr_moves_its_size, guest_in_kernel),
        cmocka_unit_test_setup(register_zero_stays_zero, guest_in_kernel),
        cmocka_unit_test_setup(idle_and_cacop_go_on, guest_in_kernel),
        cmocka_unit_test_setup(unknown_instructions_are_not_there, guest_in_kernel),
        cmocka_unit_test_setup(injection_uses_the_vector_of_its_code, guest_in_kernel),
        cmocka_unit_test_setup(injection_keeps_pending_interrupts, guest_in_kernel),
        cmocka_unit_test_setup(injection_where_the_guest_cannot_take_it, guest_in_kernel),
        cmocka_unit_test_setup(timer_that_fires_meanwhile_is_not_lost, guest_in_kernel),
        cmocka_unit_test_setup(holes_read_ones_and_swallow_writes, guest_in_kernel),
        cmocka_unit_test_setup(first_byte_behind_a_device_is_not_its, guest_in_kernel),
        cmocka_unit_test_setup(pci_window_is_emulated, guest_in_kernel),
        cmocka_unit_test_setup(nothing_there_is_an_address_error, guest_in_kernel),
        cmocka_unit_test_setup(registers_that_c_keeps_are_asked_for, guest_in_kernel),
        cmocka_unit_test_setup(random_words_do_no_harm, guest_in_kernel),
    };

    return cmocka_run_group_tests_name("exits", tests, NULL, NULL);
}
