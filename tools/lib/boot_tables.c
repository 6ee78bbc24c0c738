// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot_tables.h"

#include "runtime_code.h"

#include <loongarch/registers.h>
#include <stddef.h>
#include <string.h>
#include <zlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "zones are little endian");

#define BOOT_EFI_SIGNATURE 0x5453595320494249ULL /* "IBI SYST" */
#define BOOT_EFI_REVISION  ((2u << 16) | 100u)   /* UEFI 2.10 */

static const uint8_t boot_guid_device_tree[16] = {
    0xd5, 0x21, 0xb6, 0xb1, 0x9c, 0xf1, 0xa5, 0x41, 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0,
};
static const uint8_t boot_guid_initrd[16] = {
    0x27, 0xe4, 0x68, 0x55, 0xfc, 0x68, 0x3d, 0x4f, 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68,
};

static const uint8_t boot_guid_properties[16] = {
    0x8a, 0x91, 0x66, 0xeb, 0xef, 0x7e, 0x2a, 0x40, 0x84, 0x2e, 0x93, 0x1d, 0x21, 0xc3, 0x8a, 0xe9,
};

/* Offsets in the code (tools/runtime/entry.S). */
#define BOOT_RUNTIME_GET_TIME    0u
#define BOOT_RUNTIME_CLOCK       16u
#define BOOT_RUNTIME_UNSUPPORTED 24u

#define BOOT_RUNTIME_SIGNATURE 0x56524553544e5552ULL /* "RUNTSERV" */
/* The time and wake-up calls: Linux uses all of them or none. */
#define BOOT_RUNTIME_TIME 0x000fu

static void boot_add_table(struct boot_tables *tables, const uint8_t guid[16], uint64_t address) {
    struct boot_config_table *entry = &tables->config[tables->system.num_tables++];
    memcpy(entry->guid, guid, sizeof(entry->guid));
    entry->table = address;
}

static void boot_fill_system(const struct boot_request *request, struct boot_system_table *system) {
    system->signature = BOOT_EFI_SIGNATURE;
    system->revision = BOOT_EFI_REVISION;
    system->header_size = sizeof(*system);
    system->vendor = request->address + offsetof(struct boot_tables, vendor);
    system->tables = request->address + offsetof(struct boot_tables, config);
}

/* Every call but GetTime answers EFI_UNSUPPORTED. */
static void boot_fill_runtime(const struct boot_request *request, struct boot_tables *tables) {
    _Static_assert(sizeof(boot_runtime_code) <= BOOT_RUNTIME_BYTES, "the code fits");
    struct boot_runtime_services *runtime = &tables->runtime;
    /* Linux calls with paging on. */
    uint64_t window = WINDOW_CACHED | request->address;
    uint64_t code = window + offsetof(struct boot_tables, runtime_code);
    uint64_t clock = WINDOW_UNCACHED | request->clock;
    *runtime = (struct boot_runtime_services){
        .signature = BOOT_RUNTIME_SIGNATURE,
        .revision = BOOT_EFI_REVISION,
        .header_size = sizeof(*runtime),
    };
    for (size_t i = 0; i < BOOT_RUNTIME_CALLS; i++) {
        runtime->calls[i] = code + (i == 0 ? BOOT_RUNTIME_GET_TIME : BOOT_RUNTIME_UNSUPPORTED);
    }
    runtime->crc32 = (uint32_t)crc32(0, (const Bytef *)runtime, sizeof(*runtime));
    memcpy(tables->runtime_code, boot_runtime_code, sizeof(boot_runtime_code));
    memcpy(tables->runtime_code + BOOT_RUNTIME_CLOCK, &clock, sizeof(clock));
    tables->properties =
        (struct boot_runtime_properties){1, sizeof(tables->properties), BOOT_RUNTIME_TIME};
    boot_add_table(tables, boot_guid_properties,
                   request->address + offsetof(struct boot_tables, properties));
    tables->system.runtime_services = window + offsetof(struct boot_tables, runtime);
}

void boot_tables_fill(const struct boot_request *request, struct boot_tables *tables) {
    static const char vendor[] = "Loongvisor";
    _Static_assert(sizeof(vendor) <= BOOT_VENDOR_UNITS, "the vendor's name fits");
    *tables = (struct boot_tables){0};
    boot_fill_system(request, &tables->system);
    boot_add_table(tables, boot_guid_device_tree, request->device_tree);
    if (request->initrd_size != 0) {
        tables->initrd = (struct boot_initrd){request->initrd_base, request->initrd_size};
        boot_add_table(tables, boot_guid_initrd,
                       request->address + offsetof(struct boot_tables, initrd));
    }
    if (request->clock != 0) {
        boot_fill_runtime(request, tables);
    }
    for (size_t i = 0; i < sizeof(vendor); i++) {
        tables->vendor[i] = (uint16_t)vendor[i];
    }
    memcpy(tables->command_line, request->command_line, strlen(request->command_line));
    tables->system.crc32 =
        (uint32_t)crc32(0, (const Bytef *)&tables->system, sizeof(tables->system));
}
