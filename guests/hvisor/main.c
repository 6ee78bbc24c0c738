// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
/*
 * A root zone that does what hvisor's command, module and virtio daemon do: asks, makes a zone of
 * pool memory from an image that it loads (guests/virtio), serves its device, shuts it down.
 *
 * Parameters: 0 GPA of the image, 1 its size, 2 pool memory for the zone's RAM, 3 rounds. Prints
 * HVISOR ERROR lines, HVISOR RESULT and HVISOR DONE.
 */
#include <loongvisor/hvisor.h>
#include <loongvisor/image.h>
#include <rt/zone.h>

#define ZONE_ID       2u
#define ZONE_CPU      2u
#define ZONE_RAM_SIZE 0x1000000UL
#define ZONE_LOAD     0x200000UL /* guests.mk: GUEST_ZONE_BASE */
#define DEVICE        0x30001000UL
#define QUEUE_NOTIFY  0x50u
#define INTERRUPT_ACK 0x64u
#define SCRATCH       0x70u
#define FIRST_VALUE   0x100u
#define WAKE_BIT      (1UL << (IRQ_HWI0 + 2))
#define TIMER_TICKS   10000u
#define WAIT_SECONDS  60u

static struct lv_hvisor_bridge bridge __attribute__((aligned(4096)));
static struct lv_hvisor_zone config;
static struct lv_zone_config made;
static struct lv_hvisor_info list[LV_MAX_ZONES];
static struct lv_stream output;
static volatile uint64_t word;
static uint32_t scratch;
static uint32_t requests;
static uint32_t wakeups;
static bool zone_done;
static uint64_t ticks_taken; /* timer interrupts during calls that take long */

static void expect(const char *what, int64_t found, int64_t expected) {
    if (found != expected) {
        rt_printf("HVISOR ERROR %s: %ld instead of %ld\n", what, found, expected);
    }
}

static int64_t call(uint64_t code, uint64_t a1, uint64_t a2) {
    return rt_hypercall(code, a1, a2);
}

/* ---- questions and mistakes ---- */

static void ask(void) {
    expect("config check", call(LV_HVISOR_CONFIG_CHECK, rt_phys(&word), 0), 0);
    expect("magic", (int64_t)word, LV_HVISOR_CONFIG_MAGIC);
    expect("channels", call(LV_HVISOR_IVC_INFO, rt_phys(&word), 0), 0);
    expect("number of channels", (int64_t)word, 0);
    expect("ECAM", call(LV_HVISOR_ECAM_BASE, rt_phys(&word), 0), 0);
    expect("boot mode", call(LV_HVISOR_BOOT_MODE, rt_phys(&word), 0), -LV_ENOSYS);
    expect("clear", call(LV_HVISOR_CLEAR_INJECT, 0, 0), 0);
    expect("unknown", call(7, 0, 0), -LV_ENOSYS);
    expect("list", call(LV_HVISOR_ZONE_LIST, rt_phys(list), LV_MAX_ZONES), 1);
    expect("id", list[0].zone_id, 0);
    expect("list of nothing", call(LV_HVISOR_ZONE_LIST, rt_phys(list), 0), 0);
}

static void mistake(void) {
    expect("pointer", call(LV_HVISOR_CONFIG_CHECK, 1UL << 40, 0), -LV_EFAULT);
    expect("page", call(LV_HVISOR_VIRTIO_INIT, rt_phys(&bridge) + 8, 0), -LV_EINVAL);
    expect("finish without a page", call(LV_HVISOR_VIRTIO_FINISH, 0, 0), -LV_ENODEV);
    expect("size", call(LV_HVISOR_ZONE_START, rt_phys(&config), sizeof(config) - 1), -LV_EINVAL);
    expect("empty zone", call(LV_HVISOR_ZONE_START, rt_phys(&config), sizeof(config)), -LV_EEXIST);
    expect("shutdown of the root zone", call(LV_HVISOR_ZONE_SHUTDOWN, 0, 0), -LV_EINVAL);
    expect("shutdown of no zone", call(LV_HVISOR_ZONE_SHUTDOWN, ZONE_ID, 0), -LV_ENOENT);
    expect("deassert in no zone", call(LV_HVISOR_DEASSERT, ZONE_ID, 4), -LV_ENOENT);
    expect("deassert of another line", call(LV_HVISOR_DEASSERT, 0, 5), -LV_EINVAL);
}

/* ---- the zone ---- */

static void region_set(uint32_t type, uint64_t physical, uint64_t gpa, uint64_t size) {
    config.memory_regions[config.num_memory_regions++] = (struct lv_hvisor_region){
        .type = type, .physical_start = physical, .virtual_start = gpa, .size = size};
}

static void zone_describe(uint64_t ram) {
    static const char name[] = "virtio";

    config.zone_id = ZONE_ID;
    config.cpus = 1UL << ZONE_CPU;
    region_set(LV_HVISOR_RAM, ram, 0, ZONE_RAM_SIZE);
    region_set(LV_HVISOR_IO, 0x1fe00000, 0x1fe00000, 0x1000);
    region_set(LV_HVISOR_VIRTIO, DEVICE, DEVICE, 0x200);
    config.entry_point = RT_CACHED_BASE | ZONE_LOAD;
    for (uint32_t i = 0; i < sizeof(name); i++) {
        config.name[i] = name[i];
    }
}

/* With these it could interrupt CPUs of others: it finds holes. */
static const uint64_t nobodys[] = {LV_MSI_DOORBELL_BASE + 0x100000, LV_CHIP_INTERRUPTS_BASE};
#define NOBODYS (sizeof(nobodys) / sizeof(nobodys[0]))

static void nobodys_ask(void) {
    for (uint32_t i = 0; i < NOBODYS; i++) {
        region_set(LV_HVISOR_IO, nobodys[i], nobodys[i], 0x1000);
    }
}

static void nobodys_are_holes(void) {
    uint32_t holes = 0;

    expect("configuration", call(LV_HYPERCALL_CONFIG, ZONE_ID, rt_phys(&made)), 0);
    for (uint32_t i = 0; i < made.num_regions; i++) {
        for (uint32_t j = 0; j < NOBODYS; j++) {
            const struct lv_region *region = &made.regions[i];
            holes += region->gpa == nobodys[j] && region->type == LV_REGION_HOLE ? 1 : 0;
        }
    }
    expect("holes", holes, NOBODYS);
}

static void image_load(uint64_t ram) {
    const uint64_t *from = rt_cached(rt_param(0, 0));
    uint64_t *to = rt_cached(ram + ZONE_LOAD);

    for (uint64_t i = 0; i < rt_param(1, 0) / sizeof(*from); i++) {
        to[i] = from[i];
    }
}

static uint64_t ram_sum(uint64_t ram) {
    const uint64_t *words = rt_cached(ram);
    uint64_t sum = 0;

    for (uint64_t i = 0; i < ZONE_RAM_SIZE / sizeof(*words); i++) {
        sum |= words[i];
    }
    return sum;
}

/* ---- the daemon ---- */

static void result_send(uint32_t interrupt) {
    volatile struct lv_hvisor_bridge *page = &bridge;

    page->results[page->res_rear] =
        (struct lv_hvisor_result){.target_zone = ZONE_ID, .irq_id = interrupt};
    __asm__ volatile("dbar 0" ::: "memory");
    page->res_rear = (page->res_rear + 1) % LV_HVISOR_REQUESTS;
    expect("finish", call(LV_HVISOR_VIRTIO_FINISH, 0, 0), 0);
}

static void request_serve(const volatile struct lv_hvisor_request *request) {
    volatile struct lv_hvisor_bridge *page = &bridge;
    uint64_t offset = request->address - DEVICE;

    requests++;
    expect("CPU", (int64_t)request->src_cpu, ZONE_CPU);
    expect("zone", request->src_zone, ZONE_ID);
    expect("posted", request->need_interrupt, offset == QUEUE_NOTIFY ? 1 : 0);
    if (offset == QUEUE_NOTIFY) {
        result_send(LV_HVISOR_IRQ_WAKEUP);
        return;
    }
    if (offset == INTERRUPT_ACK) {
        expect("deassert", call(LV_HVISOR_DEASSERT, ZONE_ID, LV_HVISOR_IRQ_WAKEUP), 0);
    }
    if (offset == SCRATCH && request->is_write != 0) {
        scratch = (uint32_t)request->value;
    }
    page->cfg_values[ZONE_CPU] = offset == SCRATCH ? scratch : FIRST_VALUE + offset;
    __asm__ volatile("dbar 0" ::: "memory");
    page->cfg_flags[ZONE_CPU]++;
}

static bool requests_serve(void) {
    volatile struct lv_hvisor_bridge *page = &bridge;
    bool any = false;

    while (page->req_front != page->req_rear) {
        __asm__ volatile("dbar 0" ::: "memory");
        request_serve(&page->requests[page->req_front]);
        page->req_front = (page->req_front + 1) % LV_HVISOR_REQUESTS;
        any = true;
    }
    return any;
}

/* Sleeps as the daemon does: says so, looks again, and is woken by its line. */
static void sleep(void) {
    volatile struct lv_hvisor_bridge *page = &bridge;

    page->need_wakeup = 1;
    __asm__ volatile("dbar 0" ::: "memory");
    if (page->req_front == page->req_rear) {
        rt_nap(rt_ticks_per_second() / 10);
    }
    page->need_wakeup = 0;
    if ((csr_read(CSR_ESTAT) & WAKE_BIT) != 0) {
        wakeups++;
        expect("acknowledge", call(LV_HVISOR_DEASSERT, 0, LV_HVISOR_IRQ_WAKEUP), 0);
        expect("line", (int64_t)(csr_read(CSR_ESTAT) & WAKE_BIT), 0);
    }
}

/* What the zone prints goes on from here; its last word ends the round. */
static void output_show(void) {
    volatile struct lv_stream *stream = &output;

    expect("console", call(LV_HYPERCALL_CONSOLE_READ, ZONE_ID, rt_phys(&output)), 0);
    for (uint32_t i = 0; i < stream->length; i++) {
        if (stream->data[i] != '\r') {
            rt_putc((char)stream->data[i]);
        }
        zone_done = zone_done || (stream->data[i] == 'O' && i > 0 && stream->data[i - 1] == 'D');
    }
    stream->position = stream->position + stream->length;
}

static void zone_serve(void) {
    uint64_t start = rdtime();

    output.position = 0;
    for (zone_done = false; !zone_done;) {
        if (!requests_serve()) {
            sleep();
        }
        output_show();
        if (rdtime() - start > WAIT_SECONDS * rt_ticks_per_second()) {
            rt_printf("HVISOR ERROR the zone does not end\n");
            return;
        }
    }
}

/* ---- the end ---- */

static bool take_irq(struct rt_context *context, const struct rt_frame *frame, uint64_t pending) {
    (void)context;
    (void)frame;
    csr_write(CSR_TICLR, 1);
    ticks_taken += (pending & 1UL << IRQ_TIMER) != 0 ? 1 : 0;
    return true;
}

/* The zone waits for the daemon for ever then. Interrupts come in the middle of the call. */
static void zone_shut_down(uint64_t ram) {
    csr_write(CSR_ECFG, 1UL << IRQ_TIMER);
    csr_write(CSR_TCFG, TIMER_TICKS | TCFG_PERIODIC | TCFG_EN);
    csr_xchg(CSR_CRMD, CRMD_IE, CRMD_IE);
    expect("shutdown", call(LV_HVISOR_ZONE_SHUTDOWN, ZONE_ID, 0), 0);
    csr_xchg(CSR_CRMD, 0, CRMD_IE);
    csr_write(CSR_TCFG, 0);
    csr_write(CSR_TICLR, 1);
    csr_write(CSR_ECFG, WAKE_BIT);
    expect("RAM is cleared", ram_sum(ram) == 0, true);
    expect("second shutdown", call(LV_HVISOR_ZONE_SHUTDOWN, ZONE_ID, 0), -LV_ENOENT);
    expect("list", call(LV_HVISOR_ZONE_LIST, rt_phys(list), LV_MAX_ZONES), 1);
}

static void round_run(uint64_t ram) {
    image_load(ram);
    expect("start", call(LV_HVISOR_ZONE_START, rt_phys(&config), sizeof(config)), 0);
    expect("second start", call(LV_HVISOR_ZONE_START, rt_phys(&config), sizeof(config)),
           -LV_EEXIST);
    expect("list", call(LV_HVISOR_ZONE_LIST, rt_phys(list), LV_MAX_ZONES), 2);
    expect("id", list[1].zone_id, ZONE_ID);
    expect("state", list[1].is_err, 0);
    nobodys_are_holes();
    zone_serve();
    (void)requests_serve();
    zone_shut_down(ram);
}

void rt_main(void) {
    uint64_t ram = rt_param(2, 0);
    uint64_t rounds = rt_param(3, 1);

    rt_zone_begin();
    rt_printf("HVISOR BEGIN\n");
    rt_irq_hook = take_irq;
    ask();
    mistake();
    expect("virtio init", call(LV_HVISOR_VIRTIO_INIT, rt_phys(&bridge), 0), 0);
    zone_describe(ram);
    nobodys_ask();
    csr_write(CSR_ECFG, WAKE_BIT);
    for (uint64_t i = 0; i < rounds; i++) {
        round_run(ram);
    }
    rt_printf("HVISOR RESULT ROUNDS %lu REQUESTS %u WAKEUPS %u TICKS %lu\n", rounds, requests,
              wakeups, ticks_taken);
    rt_printf("HVISOR DONE\n");
    rt_zone_end();
}
