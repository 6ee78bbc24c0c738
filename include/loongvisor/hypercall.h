/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Hypercalls: `hvcl 0` with the code in a0 and arguments in a1, a2; the result comes back in a0. A
 * negative result is one of the error numbers below, negated; -LV_ENOSYS for an unknown code. A
 * negative result of CREATE may tell more: refusal.h.
 * Buffers are named by GPA, 8-byte aligned, inside one RAM region of the caller.
 */
#ifndef LOONGVISOR_HYPERCALL_H
#define LOONGVISOR_HYPERCALL_H

#include <loongvisor/zone_config.h>
#include <stdint.h>

/* Result: LV_HYPERCALL_ABI. Open to every zone. */
#define LV_HYPERCALL_VERSION 0x100u
/* a1 = zone id, a2 = GPA of a struct lv_zone_info_page to fill. The root zone, or the zone itself.
 */
#define LV_HYPERCALL_STATS 0x101u
/* a1 = zone id, a2 = GPA of a struct lv_zone_status to fill. The root zone. */
#define LV_HYPERCALL_STATUS 0x102u
/* a1 = zone id, not the caller's own. Holds all its vCPUs, or lets them go on. The root zone. */
#define LV_HYPERCALL_PAUSE  0x103u
#define LV_HYPERCALL_RESUME 0x104u
/* a1 = zone id, a2 = vector that no device owns. Sets the vector's line high or low. The root zone.
 */
#define LV_HYPERCALL_RAISE_VECTOR 0x105u
#define LV_HYPERCALL_LOWER_VECTOR 0x106u

/*
 * a1 = GPA of a struct lv_zone_config, a2 = its size. Checks it, takes its memory from the pool,
 * makes the zone: state CREATED. The root zone, as all that follow, unless they say otherwise.
 */
#define LV_HYPERCALL_CREATE 0x107u
/*
 * a1 = zone id; CREATED, STOPPED or FAILED. Returns at once in state STARTING: the zone's own CPU
 * clears its RAM, copies its payloads and goes on to RUNNING.
 */
#define LV_HYPERCALL_START 0x108u
/*
 * a1 = zone id, not the caller's own; a2 = enum lv_stop. ASK raises the zone's power interrupt;
 * FORCE returns at once in state STOPPING, and the last of the zone's CPUs makes it STOPPED.
 */
#define LV_HYPERCALL_STOP 0x109u
/* a1 = zone id, not the caller's own. FORCE and START in one. */
#define LV_HYPERCALL_RESTART 0x10au
/*
 * a1 = zone id; CREATED, STOPPED or FAILED. Returns at once in state DESTROYING: the zone's own CPU
 * clears its RAM and its store, which go back to the pool, and the zone is ABSENT.
 */
#define LV_HYPERCALL_DESTROY 0x10bu
/* a1 = GPA of struct lv_zone_summary[], a2 = how many fit. Result: how many zones there are. */
#define LV_HYPERCALL_LIST 0x10cu
/* a1 = zone id, a2 = GPA of a struct lv_zone_config to fill. */
#define LV_HYPERCALL_CONFIG 0x10du
/* a1 = GPA of a struct lv_stream: reads the hypervisor's log. */
#define LV_HYPERCALL_LOG 0x10eu
/* a1 = zone id, a2 = GPA of a struct lv_stream: reads what the zone's virtual UART sent. */
#define LV_HYPERCALL_CONSOLE_READ 0x10fu
/* a1 = zone id, a2 = GPA of a struct lv_stream: types. Result: bytes taken, maybe 0. */
#define LV_HYPERCALL_CONSOLE_WRITE 0x110u
/* a1 = GPA of a struct lv_events to fill; what it tells is taken away, the line falls. */
#define LV_HYPERCALL_EVENTS 0x111u
/* a1 = GPA of a struct lv_machine_info to fill. */
#define LV_HYPERCALL_MACHINE 0x112u
/* The caller's zone is alive (its watchdog starts over). Open to every zone. */
#define LV_HYPERCALL_WATCHDOG 0x113u
/* a1 = zone id, also of one that is ABSENT; a2 = GPA of a struct lv_history to fill. */
#define LV_HYPERCALL_HISTORY 0x114u

/*
 * Virtual PCI functions (virtio.h). a1 = zone id. -LV_ENOENT: no such zone or function; -LV_ESTATE:
 * the function is in no state for the call, or nobody is attached to it.
 */
/* a2 = GPA of a struct lv_virtio_attach. ABSENT or LOST; what the driver has accepted is offered.
 */
#define LV_HYPERCALL_VIRTIO_ATTACH 0x115u
/* a2 = GPA of a struct lv_virtio_status to fill. Any state. */
#define LV_HYPERCALL_VIRTIO_STATE 0x116u
/* a2 = LV_VIRTIO_ARGUMENT(function, enum lv_virtio_answer). */
#define LV_HYPERCALL_VIRTIO_ANSWER 0x117u
/* a2 = GPA of a struct lv_virtio_config: changes the configuration, which interrupts the driver. */
#define LV_HYPERCALL_VIRTIO_CONFIG 0x118u
/* No arguments. The line of LV_REGION_KICKS falls. Result: LV_VIRTIO_KICKED() and _CHANGED(). */
#define LV_HYPERCALL_VIRTIO_KICKS 0x119u
/* a2 = LV_VIRTIO_ARGUMENT(function, MSI-X vector of the function): sends that message once. */
#define LV_HYPERCALL_VIRTIO_SIGNAL 0x11au

/* The highest code. */
#define LV_HYPERCALL_LAST LV_HYPERCALL_VIRTIO_SIGNAL

#define LV_HYPERCALL_ABI 4

#define LV_EPERM  1
#define LV_ENOENT 2
#define LV_EIO    5
#define LV_ENOMEM 12
#define LV_EFAULT 14
#define LV_EBUSY  16
#define LV_EEXIST 17
#define LV_ENODEV 19
#define LV_EINVAL 22
#define LV_ENOSYS 38
/* The zone is in no state for the command. Linux calls it EBADFD. */
#define LV_ESTATE 77

/* cpucfg leaf that says who the hypervisor is. Without paravirtual IPIs it answers "LGVR". */
#define LV_CPUCFG_SIGNATURE       0x40000000u
#define LV_CPUCFG_SIGNATURE_VALUE 0x5256474cu

/* KVM's interface, which a zone with LV_ZONE_PV_IPI sees, as far as we have it (LVZ reference 9.5).
 */
#define LV_KVM_SIGNATURE_VALUE 0x004d564bu /* "KVM" in leaf LV_CPUCFG_SIGNATURE */
#define LV_KVM_FEATURES        0x40000004u /* cpucfg leaf */
#define LV_KVM_FEATURE_IPI     0x2u
#define LV_KVM_SERVICE         0x100u /* code field of hvcl; the function in a0 */
#define LV_KVM_FUNCTION_IPI    1u
#define LV_KVM_INVALID_CODE    (-1) /* the result of any other function */

enum lv_zone_state {
    LV_STATE_ABSENT,
    LV_STATE_CREATED,
    LV_STATE_RUNNING,
    LV_STATE_PAUSED,
    LV_STATE_FAILING, /* for a moment: its vCPUs stop, the failure is being written down */
    LV_STATE_FAILED,
    LV_STATE_STARTING,   /* its RAM is being made ready */
    LV_STATE_STOPPING,   /* for a moment: its vCPUs stop */
    LV_STATE_STOPPED,    /* can be started again */
    LV_STATE_DESTROYING, /* its RAM is being cleared */
};

enum lv_stop {
    LV_STOP_ASK = 0,
    LV_STOP_FORCE = 1,
};

/* One exit: where the guest was, and why it left. */
struct lv_exit_record {
    uint64_t pc;
    uint32_t word;  /* instruction, for synchronous exits */
    uint32_t ecode; /* exception code of the exit */
};

#define LV_EXIT_RECORDS 32u

/* What is kept of a failed zone: the vCPU that failed, as it was. */
struct lv_zone_failure {
    uint32_t vcpu;
    uint32_t ecode; /* of the exit that ended the zone, or LV_ECODE_MACHINE_ERROR */
    uint64_t pc;
    uint64_t estat;
    uint64_t badv;
    uint64_t badi;
    uint64_t guest_crmd;
    uint64_t guest_prmd;
    uint64_t guest_estat;
    uint64_t guest_era;
    uint64_t guest_badv;
    uint64_t guest_eentry;
    uint64_t gpr[32];
    struct lv_exit_record exits[LV_EXIT_RECORDS]; /* oldest first; ecode ~0: none */
};

/* A machine error is no exception with a code. pc, the guest's CSRs and registers mean something.
 */
#define LV_ECODE_MACHINE_ERROR 0x100u

/* failure.vcpu of a PAUSED zone whose vCPU 0 is not held yet. */
#define LV_VCPU_NONE UINT32_MAX

/*
 * failure is meaningful if state is FAILED, or PAUSED: then it is vCPU 0 where it is held, with
 * gpr[0] to gpr[20] alone.
 */
struct lv_zone_status {
    uint32_t state; /* enum lv_zone_state */
    uint32_t num_vcpus;
    struct lv_zone_failure failure;
};

/* Why a zone came to the state that it is in. */
enum lv_reason {
    LV_REASON_NONE,
    LV_REASON_COMMAND,       /* the root zone said so */
    LV_REASON_POWEROFF,      /* the zone powered itself off */
    LV_REASON_REBOOT,        /* the zone rebooted itself */
    LV_REASON_FAILURE,       /* an exit was forbidden or not handled */
    LV_REASON_WATCHDOG,      /* no sign of life */
    LV_REASON_RESTARTS,      /* LV_RESTART_LIMIT */
    LV_REASON_MACHINE_ERROR, /* the hardware found an error of its own while the guest ran */
    LV_REASON_CPU_LOST,      /* one of its CPUs has stopped for ever, or does not answer */
    /* Of a RUNNING zone: */
    LV_REASON_CRASH = 9, /* its kernel says that it has crashed (LV_POWER_CRASH) */
    LV_REASON_HALT,      /* one of its vCPUs idles with no interrupt enabled, so for ever */
};

/* lv_zone_summary.flags: it was asked to stop, and nothing in it has looked at the request. */
#define LV_ZONE_UNHEARD (1u << 31)

struct lv_zone_summary {
    uint32_t zone_id;
    uint32_t state;    /* enum lv_zone_state */
    uint32_t reason;   /* enum lv_reason */
    uint32_t starts;   /* how often it was started since it was made */
    uint64_t cpus;     /* bitmap of physical CPUs */
    uint64_t ram_size; /* bytes */
    uint64_t run_ns;   /* since it was started, 0 if it does not run */
    uint32_t num_vcpus;
    uint32_t flags; /* LV_ZONE_*, LV_ZONE_UNHEARD */
    char name[LV_NAME_SIZE];
};

#define LV_STREAM_BYTES 4096u

/*
 * A piece of a stream of bytes of which the hypervisor keeps the last ones. position counts bytes
 * since the stream began. Reading: the caller says from where; if that is no longer kept the answer
 * begins later, which position then says. length: bytes in data (reading: the answer's).
 */
struct lv_stream {
    uint64_t position;
    uint32_t length;
    uint32_t reserved;
    uint64_t end; /* reading: bytes of the stream so far */
    uint8_t data[LV_STREAM_BYTES];
};

/* A zone has come to a state. */
struct lv_event {
    uint64_t time_ns;  /* since the hypervisor started */
    uint64_t sequence; /* counts this zone's events; a gap tells of lost ones */
    uint32_t zone_id;
    uint32_t state;  /* enum lv_zone_state */
    uint32_t reason; /* enum lv_reason */
    uint32_t reserved;
};

#define LV_EVENTS_MAX 32u

struct lv_events {
    uint32_t num_events;
    uint32_t console; /* zones whose UART has sent something since the last call, a bit each */
    uint32_t more;    /* not 0: there are more than fit */
    uint32_t log;     /* not 0: the log has grown */
    struct lv_event events[LV_EVENTS_MAX]; /* by zone, each zone's in order */
};

/* The last states that a zone came to, or the zones that had this id before it. Nothing is taken
 * away. */
struct lv_history {
    uint32_t num_events;
    uint32_t reserved;
    char name[LV_NAME_SIZE];               /* of the zone that was made last; "": none */
    struct lv_event events[LV_EVENTS_MAX]; /* oldest first */
};

/* What the hypervisor has and uses; a zone that comes and goes leaves all of it as it was. */
struct lv_machine_info {
    uint32_t abi; /* LV_HYPERCALL_ABI */
    uint32_t num_cpus;
    uint64_t online_cpus; /* a bit each */
    uint64_t used_cpus;   /* that belong to zones, a bit each */
    uint64_t hv_base;     /* HPA of the hypervisor's memory */
    uint64_t hv_size;
    uint64_t pool_size; /* bytes in the root zone's LV_REGION_POOL regions */
    uint64_t pool_free;
    uint32_t stage2_pages;
    uint32_t stage2_pages_used;
    uint64_t zone_size; /* bytes of hypervisor memory that one zone takes, stage 2 aside */
    uint64_t vcpu_size; /* of it, per vCPU */
    uint64_t time_ns;   /* since the hypervisor started */
    char board[LV_NAME_SIZE];
    char version[LV_NAME_SIZE];
};

_Static_assert(sizeof(struct lv_zone_summary) == 80, "lv_zone_summary is part of the ABI");
_Static_assert(sizeof(struct lv_stream) == 4120, "lv_stream is part of the ABI");
_Static_assert(sizeof(struct lv_event) == 32, "lv_event is part of the ABI");
_Static_assert(sizeof(struct lv_events) == 1040, "lv_events is part of the ABI");
_Static_assert(sizeof(struct lv_history) == 1064, "lv_history is part of the ABI");
_Static_assert(sizeof(struct lv_machine_info) == 152, "lv_machine_info is part of the ABI");
_Static_assert(sizeof(struct lv_exit_record) == 16, "lv_exit_record is part of the ABI");
_Static_assert(sizeof(struct lv_zone_failure) == 856, "lv_zone_failure is part of the ABI");
_Static_assert(sizeof(struct lv_zone_status) == 864, "lv_zone_status is part of the ABI");

#endif
