// SPDX-License-Identifier: GPL-2.0-or-later
#include <arch/guest.h>
#include <lib/bits.h>

static uint64_t guest_exception_entry(unsigned ecode) {
    uint64_t spacing = gcsr_read(CSR_ECFG) >> ECFG_VS_SHIFT & ECFG_VS_MASK;
    uint64_t entry = gcsr_read(CSR_EENTRY);

    return spacing == 0 ? entry : entry | ((uint64_t)ecode * INSTRUCTION_SIZE << spacing);
}

static void guest_enter_handler_mode(void) {
    uint64_t crmd = gcsr_read(CSR_CRMD);
    uint64_t pwe = bits_get(crmd, CRMD_WE_SHIFT, CRMD_WE_SHIFT) << PRMD_PWE_SHIFT;

    gcsr_write(CSR_PRMD, (crmd & MODE_MASK) | pwe);
    gcsr_write(CSR_CRMD, crmd & ~(uint64_t)(MODE_MASK | BIT(CRMD_WE_SHIFT)));
}

enum verdict guest_inject(unsigned ecode, unsigned esubcode, uint64_t badv) {
    uint64_t pc = csr_read(CSR_ERA);
    uint64_t entry = guest_exception_entry(ecode);

    if (pc == entry || (gcsr_read(CSR_TLBRERA) & TLBRERA_ISTLBR) != 0) {
        return VERDICT_FORBIDDEN;
    }
    gcsr_write(CSR_BADI, csr_read(CSR_BADI));
    if (ecode == ECODE_ADE) {
        gcsr_write(CSR_BADV, badv);
    }
    guest_enter_handler_mode();
    gcsr_write(CSR_ERA, pc);
    guest_change_estat(ESTAT_SUBCODE_MASK << ESTAT_SUBCODE_SHIFT | ESTAT_ECODE_MASK
                                                                       << ESTAT_ECODE_SHIFT,
                       esubcode << ESTAT_SUBCODE_SHIFT | ecode << ESTAT_ECODE_SHIFT);
    csr_write(CSR_ERA, entry);
    return VERDICT_HANDLED;
}
