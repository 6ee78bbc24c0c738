// SPDX-License-Identifier: GPL-2.0-or-later
/* PCI functions between two owners, or between two lives of one. */
#include <core/cpu.h>
#include <core/zone.h>
#include <devices/pci.h>
#include <lib/bits.h>

#define BUSES     256u
#define FUNCTIONS 256u /* of a bus */

#define CLASS (PCI_CLASS + 2) /* without revision and interface */

#define VENDOR_ABSENT     0xffffu
#define COMMAND_QUIET     PCI_COMMAND_INTX_OFF /* no bus mastering, no decoding */
#define CLASS_HOST_BRIDGE 0x0600u

/* Capabilities (the same, 6.7 and 6.8; PCI Express 3.1, 7.8; Power Management 1.2, 3.2; Advanced
 * Capabilities for Conventional PCI), and how many fit behind the registers of the header. */
#define CAP_POWER    0x01u
#define CAP_MSI      0x05u
#define CAP_EXPRESS  0x10u
#define CAP_ADVANCED 0x13u
#define CAP_MAX      48u

#define POWER_CONTROL       4u
#define POWER_D0            0u
#define POWER_D3HOT         3u
#define POWER_NO_SOFT_RESET BIT(3)
#define MESSAGE_CONTROL     2u
#define MSI_ENABLE          BIT(0)
#define EXPRESS_FEATURES    4u
#define EXPRESS_HAS_RESET   BIT(28)
#define EXPRESS_CONTROL     8u
#define EXPRESS_RESET       BIT(15)
#define EXPRESS_STATUS      10u
#define EXPRESS_PENDING     BIT(5)
#define ADVANCED_FEATURES   3u
#define ADVANCED_HAS_RESET  BIT(1)
#define ADVANCED_CONTROL    4u
#define ADVANCED_RESET      BIT(0)

/* The longest that a function may take for a reset (PCI Express 3.1, 6.6.2), and for a change of
 * its power state (Power Management 1.2, 5.4). */
#define RESET_MS 100u
#define POWER_MS 10u

/* Each takes the HPA of a function's registers. */
typedef bool function_step(hpa_t function);

static uint32_t read2(hpa_t function, uint32_t reg) {
    return (uint32_t)arch_mmio_read(function + reg, 2);
}

/* Where the capability is among the function's registers, or 0. */
static uint32_t capability_find(hpa_t function, uint8_t id) {
    uint32_t next = (read2(function, PCI_STATUS) & PCI_STATUS_LIST) != 0
                        ? read2(function, PCI_CAPABILITIES)
                        : 0;

    for (unsigned i = 0; i < CAP_MAX; i++) {
        uint32_t at = next & 0xfcu;
        if (at < PCI_CAP_FIRST) {
            return 0;
        }
        uint32_t header = read2(function, at);
        if ((header & 0xffu) == id) {
            return at;
        }
        next = header >> 8;
    }
    return 0;
}

static void messages_disable(hpa_t function, uint8_t id, uint64_t enable) {
    uint32_t at = capability_find(function, id);

    if (at != 0) {
        uint32_t control = read2(function, at + MESSAGE_CONTROL);
        arch_mmio_write(function + at + MESSAGE_CONTROL, 2, control & ~enable);
    }
}

static bool function_quiet(hpa_t function) {
    arch_mmio_write(function + PCI_COMMAND, 2, COMMAND_QUIET);
    messages_disable(function, CAP_MSI, MSI_ENABLE);
    messages_disable(function, PCI_CAP_MSIX, PCI_MSIX_ENABLE);
    return true;
}

/* Whether answers to its reads are still on their way; after a reset they would pass for new ones.
 */
static bool function_is_waiting(hpa_t function) {
    uint32_t express = capability_find(function, CAP_EXPRESS);

    return express != 0 && (read2(function, express + EXPRESS_STATUS) & EXPRESS_PENDING) != 0;
}

/* By the first means that the function has, if it has one. */
static bool function_reset(hpa_t function) {
    uint32_t express = capability_find(function, CAP_EXPRESS);
    uint32_t advanced = capability_find(function, CAP_ADVANCED);
    uint32_t power = capability_find(function, CAP_POWER);

    if (express != 0 &&
        (arch_mmio_read(function + express + EXPRESS_FEATURES, 4) & EXPRESS_HAS_RESET) != 0) {
        uint32_t control = read2(function, express + EXPRESS_CONTROL);
        arch_mmio_write(function + express + EXPRESS_CONTROL, 2, control | EXPRESS_RESET);
        return true;
    }
    if (advanced != 0 &&
        (arch_mmio_read(function + advanced + ADVANCED_FEATURES, 1) & ADVANCED_HAS_RESET) != 0) {
        arch_mmio_write(function + advanced + ADVANCED_CONTROL, 1, ADVANCED_RESET);
        return true;
    }
    if (power != 0 && (read2(function, power + POWER_CONTROL) & POWER_NO_SOFT_RESET) == 0) {
        arch_mmio_write(function + power + POWER_CONTROL, 2, POWER_D3HOT);
        return true;
    }
    return false;
}

/* The return from D3hot is the reset. A guest may also have left the function in D3hot. */
static bool function_wake(hpa_t function) {
    uint32_t power = capability_find(function, CAP_POWER);

    if (power == 0 || (read2(function, power + POWER_CONTROL) & POWER_D3HOT) == POWER_D0) {
        return false;
    }
    arch_mmio_write(function + power + POWER_CONTROL, 2, POWER_D0);
    return true;
}

static bool is_bridge(hpa_t function) {
    return bits_get(arch_mmio_read(function + PCI_HEADER_TYPE, 1), 6, 0) != 0 ||
           read2(function, CLASS) == CLASS_HOST_BRIDGE;
}

static bool function_do(const struct pci_view *view, uint8_t bus, uint8_t devfn,
                        function_step *step) {
    const struct pci_address address = {.bus = bus, .devfn = devfn};
    hpa_t function = pci_hpa(view->board, &address);

    return bits_range_within(function, PCI_CONFIG_SIZE, view->board->pci_base,
                             view->board->pci_size) &&
           pci_owns(view, &address) && read2(function, PCI_ID) != VENDOR_ABSENT &&
           !is_bridge(function) && step(function);
}

/*
 * Takes the step with each of the zone's functions; true if it is true for any. Each step begins
 * with a read, whose answer comes after everything that the function has written before.
 */
static bool functions_do(const struct pci_view *view, function_step *step) {
    const struct lv_zone_config *config = view->config;
    bool any = false;

    if ((config->flags & LV_ZONE_ROOT) == 0) {
        for (uint32_t i = 0; i < config->num_pci_functions; i++) {
            const struct lv_pci_function *function = &config->pci_functions[i];
            any |= function_do(view, function->bus, function->devfn, step);
        }
        return any;
    }
    for (uint32_t i = 0; i < BUSES * FUNCTIONS; i++) {
        any |= function_do(view, (uint8_t)(i / FUNCTIONS), (uint8_t)i, step);
        if (i % FUNCTIONS == 0) {
            cpu_answer_doorbell();
        }
    }
    return any;
}

/* Waits until no function needs it any more (NULL: all do), but at most so long. */
static void functions_wait(const struct pci_view *view, function_step *is_busy, uint32_t ms) {
    ticks_t limit = arch_counter() + arch_counter_hz() / 1000 * ms;

    while ((int64_t)(arch_counter() - limit) < 0 &&
           (is_busy == NULL || functions_do(view, is_busy))) {
        cpu_answer_doorbell();
    }
}

void pci_reset(const struct pci_view *view) {
    if (view->board->pci_access == LV_PCI_NONE) {
        return;
    }
    (void)functions_do(view, function_quiet);
    functions_wait(view, function_is_waiting, RESET_MS);
    if (functions_do(view, function_reset)) {
        functions_wait(view, NULL, RESET_MS);
    }
    if (functions_do(view, function_wake)) {
        functions_wait(view, NULL, POWER_MS);
    }
}
