/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Why the hypervisor refuses to make a zone: a number, and the index of what it refuses. The words
 * are for the tools, which know the zone's file; the hypervisor has the names alone.
 */
#ifndef LOONGVISOR_REFUSAL_H
#define LOONGVISOR_REFUSAL_H

#include <stdint.h>

/* What the index of a refusal counts. */
enum lv_refused {
    LV_REFUSED_ZONE,     /* nothing: it is 0 */
    LV_REFUSED_REGION,   /* lv_zone_config.regions; num_regions: the store */
    LV_REFUSED_PAYLOAD,  /* lv_zone_config.payloads */
    LV_REFUSED_FUNCTION, /* lv_zone_config.pci_functions */
    LV_REFUSED_CPU,      /* CPUs of the board */
    LV_REFUSED_VECTOR,   /* interrupt vectors */
    LV_REFUSED_VIRTIO,   /* lv_zone_config.virtio */
};

/*
 * X(name, what the index counts, words that go on after its name). A name and its number are part
 * of the ABI: new ones come last.
 */
#define LV_REFUSALS(X)                                                                             \
    X(VERSION, ZONE, "is not of the version that this hypervisor reads")                           \
    X(COUNT, ZONE, "has an id or a count that is out of range")                                    \
    X(FLAGS, ZONE, "has an unknown flag")                                                          \
    X(LINES, ZONE, "has a CPU line that does not exist")                                           \
    X(NAME, ZONE, "has no name, or one that looks like a number, an option or a file")             \
    X(ROOT_ID, ZONE, "has the root zone's id or its flag, and not both")                           \
    X(ROOT_LATE, ZONE, "is the root zone, which is made from the image alone")                     \
    X(EXISTS, ZONE, "exists already")                                                              \
    X(NO_CPU, ZONE, "has no CPU")                                                                  \
    X(CPU_ABSENT, CPU, "is not on this board")                                                     \
    X(CPU_OFFLINE, CPU, "did not start, and vCPU 0 needs it")                                      \
    X(CPU_TAKEN, CPU, "belongs to another zone")                                                   \
    X(NO_RAM, ZONE, "has no RAM")                                                                  \
    X(REGION_TYPE, REGION, "has a type that this hypervisor does not know")                        \
    X(REGION_UNBUILT, REGION, "has a type that this hypervisor was built without")                 \
    X(REGION_PAGES, REGION, "is not made of whole pages")                                          \
    X(REGION_SPACE, REGION, "is empty or outside the address space")                               \
    X(REGION_INDEX, REGION, "has an index, and its type has one device")                           \
    X(REGION_HPA, REGION, "names a host address, and has no memory of its own")                    \
    X(REGION_SIZE, REGION, "does not have its device's size")                                      \
    X(REGION_FLAGS, REGION, "has a flag that its type does not have")                              \
    X(REGION_MOVED, REGION, "is memory of the root zone that is not at its own address")           \
    X(REGION_OVERLAP, REGION, "overlaps another region of the zone")                               \
    X(REGION_SECOND, REGION, "is a second device of a type of which a zone has one")               \
    X(REGION_TAKEN, REGION, "has memory or registers that belong to another zone")                 \
    X(REGION_OURS, REGION, "overlaps the hypervisor's memory")                                     \
    X(REGION_NOT_RAM, REGION, "is not in the board's RAM")                                         \
    X(REGION_NOT_POOL, REGION, "is not in the root zone's pool")                                   \
    X(RAM_UNCLEARED, REGION, "is RAM that is neither cleared nor shared")                          \
    X(POOL_OF_GUEST, REGION, "is a pool, which only the root zone has")                            \
    X(POOL_SHAPE, REGION, "is a pool that is not made of 2-MiB blocks at their own addresses")     \
    X(IO_RANGE, REGION, "is not in one device range of the board")                                 \
    X(IO_ROOTS, REGION, "has the board's UART, power-off or reset register, the root zone's")      \
    X(PCI_ABSENT, REGION, "is for PCI, which the board does not have")                             \
    X(PCI_SIZE, REGION, "is larger than PCI configuration space")                                  \
    X(INTERRUPT, REGION, "has an interrupt that the zone cannot give, or that its type lacks")     \
    X(INTERRUPT_TWICE, REGION, "has the interrupt of another device")                              \
    X(STORE_SIZE, ZONE, "has a store without a size")                                              \
    X(STORE_NOT_RAM, ZONE, "has a store that is not whole pages of the board's RAM")               \
    X(STORE_OURS, ZONE, "has a store that overlaps the hypervisor's memory")                       \
    X(STORE_OVERLAP, ZONE, "has a store that overlaps one of its regions")                         \
    X(NO_STORE, ZONE, "has something to load but no store")                                        \
    X(PAYLOAD_ALIGN, PAYLOAD, "is not at a multiple of 8 bytes")                                   \
    X(PAYLOAD_SOURCE, PAYLOAD, "is outside the image or the store")                                \
    X(PAYLOAD_TARGET, PAYLOAD, "is not in one RAM region of the zone")                             \
    X(PAYLOAD_OVERLAP, PAYLOAD, "overlaps another payload in the zone's RAM")                      \
    X(VECTOR_GROUP, ZONE, "owns a part of a group of 32 interrupt vectors")                        \
    X(VECTOR_REACH, ZONE, "owns interrupt vectors and no CPU that they reach")                     \
    X(VECTOR_TAKEN, VECTOR, "belongs to another zone")                                             \
    X(FUNCTION_TWICE, FUNCTION, "is twice in the zone, or at the place of another one")            \
    X(FUNCTION_TAKEN, FUNCTION, "belongs to another zone")                                         \
    X(POLICY, ZONE, "has a policy that is out of range")                                           \
    X(BARS_SHAPE, REGION, "is not made of BARs of 64 KiB below 4 GiB")                             \
    X(KICKS_OF_GUEST, REGION, "is a page of kicks, which only the root zone has")                  \
    X(VIRTIO_SHAPE, VIRTIO, "has a type, a number of queues or a size that is out of range")       \
    X(VIRTIO_PLACE, VIRTIO, "is at a place that is no PCI device's, or another function's")        \
    X(VIRTIO_NO_BUS, VIRTIO, "is in a zone without PCI configuration space or without BARs")       \
    X(VIRTIO_NO_ROOT, VIRTIO, "has nobody to serve it: the root zone has no page of kicks")

#define LV_REFUSAL_NUMBER(name, what, words) LV_REFUSAL_##name,
enum lv_refusal { LV_REFUSAL_NONE, LV_REFUSALS(LV_REFUSAL_NUMBER) LV_REFUSAL_END };

/* A negative result of CREATE: error number in bits 15:0 of its negation, number, index. */
#define LV_REFUSAL_NUMBER_SHIFT 16u
#define LV_REFUSAL_INDEX_SHIFT  32u

/* The error number of a negative result, which can be a refusal. */
static inline uint32_t lv_result_error(int64_t result) {
    return (uint32_t)-result & 0xffffu;
}

/* enum lv_refusal of a negative result; LV_REFUSAL_NONE for an error of another kind. */
static inline uint32_t lv_result_refusal(int64_t result) {
    return (uint32_t)-result >> LV_REFUSAL_NUMBER_SHIFT;
}

/* The index of what is refused. */
static inline uint32_t lv_result_index(int64_t result) {
    return (uint32_t)((uint64_t)-result >> LV_REFUSAL_INDEX_SHIFT);
}

#endif
