// SPDX-License-Identifier: GPL-2.0-or-later
/* From a zone file to a zone: what is loaded, what is made, and that a refusal changes nothing. */
#include "fake.h"
#include "run_layout.h"

#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB          ((uint64_t)1 << 20)
#define KERNEL_BYTES (3 * MIB + 100)
#define KERNEL_FIRST 0x5a

struct files {
    struct fake *fake;
    char folder[64];
    char words[512]; /* a command line */
};

static int files_setup(void **state) {
    struct files *files = calloc(1, sizeof(*files));
    *state = files;
    if (files == NULL) {
        return -1;
    }
    void *fake = NULL;
    if (fake_setup(&fake) != 0) {
        return -1;
    }
    files->fake = fake;
    snprintf(files->folder, sizeof(files->folder), "/tmp/loongvisor-cli.XXXXXX");
    return mkdtemp(files->folder) == NULL ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int files_teardown(void **state) {
    struct files *files = *state;
    void *fake = files->fake;
    nftw(files->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    fake_teardown(&fake);
    free(files);
    return 0;
}

static void write_file(const struct files *files, const char *name, const void *bytes,
                       size_t size) {
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", files->folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        fail_msg("cannot create %s", path);
        return;
    }
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* A zone of a flat kernel. */
static void write_zone(const struct files *files, const char *file, const char *name, int id,
                       const char *more) {
    char text[512];
    int size = snprintf(text, sizeof(text),
                        "{\n\"name\": \"%s\",\n\"zone_id\": %d,\n\"cpus\": [%d],\n"
                        "\"memory\": \"16M\",\n\"kernel_filepath\": \"kernel\",\n"
                        "\"kernel_load_paddr\": \"0x200000\",\n\"entry_point\": \"0x200000\"%s}\n",
                        name, id, id + 4, more);
    write_file(files, file, text, (size_t)size);
}

static void write_kernel(const struct files *files) {
    uint8_t *bytes = malloc(KERNEL_BYTES);
    assert_non_null(bytes);
    memset(bytes, KERNEL_FIRST, KERNEL_BYTES);
    write_file(files, "kernel", bytes, KERNEL_BYTES);
    free(bytes);
}

/* Runs VERB FOLDER/FILE. */
static enum cli_status run_on(struct files *files, const char *verb, const char *file) {
    snprintf(files->words, sizeof(files->words), "%s %s/%s", verb, files->folder, file);
    return fake_run(files->fake, files->words);
}

static void create_loads_and_makes(void **state) {
    struct files *files = *state;
    struct fake *fake = files->fake;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_OK);
    assert_string_equal(fake->commands, "CREATE 2");
    assert_string_equal(fake->out, "zone 2 (new): CREATED after 0.0 s\n");
    const struct lv_zone_config *config = &fake->zones[2].config;
    assert_string_equal(config->name, "new");
    assert_int_equal(config->magic, LV_ZONE_MAGIC);
    assert_int_equal(config->cpus, 1u << 6);
    assert_in_range(config->store_hpa, FAKE_POOL_BASE, FAKE_POOL_BASE + FAKE_POOL_SIZE - 1);
    uint64_t loaded = 0;
    for (size_t i = 0; i < fake->num_loads; i++) {
        const struct fake_load *load = &fake->loads[i];
        assert_in_range(load->hpa, config->store_hpa, config->store_hpa + config->store_size - 1);
        assert_true(load->hpa + load->size <= config->store_hpa + config->store_size);
        loaded += load->first == KERNEL_FIRST ? load->size : 0;
    }
    assert_int_equal(loaded, KERNEL_BYTES);
}

/* A store of several runs is loaded run by run, in order. */
static void create_loads_each_run_of_the_store(void **state) {
    struct files *files = *state;
    struct fake *fake = files->fake;
    const uint64_t piece = 2 * MIB;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    run_layout_set(RUN_LAYOUT_SPREAD, piece);
    enum cli_status status = run_on(files, "zone create", "z.json");
    run_layout_set(RUN_LAYOUT_ONE, 0);
    assert_int_equal(status, CLI_OK);
    uint64_t kernel = 0;
    for (size_t i = 0; i < fake->num_loads; i++) {
        const struct fake_load *load = &fake->loads[i];
        uint64_t place = load->hpa - fake->zones[2].config.store_hpa;
        assert_int_equal(place / piece % 2, 0);
        assert_true(place % piece + load->size <= piece);
        if (load->first == KERNEL_FIRST) {
            assert_int_equal(place, kernel / piece * 2 * piece + kernel % piece);
            kernel += load->size;
        }
    }
    assert_int_equal(kernel, KERNEL_BYTES);
}

/* The memory of zone 1 is its own, and so is that of the one made before. */
static void created_zones_do_not_share_memory(void **state) {
    struct files *files = *state;
    const struct fake_zone *zones = files->fake->zones;
    write_kernel(files);
    write_zone(files, "a.json", "a", 2, "");
    write_zone(files, "b.json", "b", 3, "");
    snprintf(files->words, sizeof(files->words), "zone create %s/a.json %s/b.json", files->folder,
             files->folder);
    assert_int_equal(fake_run(files->fake, files->words), CLI_OK);
    for (unsigned i = 2; i <= 3; i++) {
        uint64_t store = zones[i].config.store_hpa;
        uint64_t ram = zones[i].config.regions[0].hpa;
        assert_true(store + zones[i].config.store_size <= ram || ram + 16 * MIB <= store);
        assert_true(ram + 16 * MIB <= 0x100000000 || ram >= 0x110000000);
        assert_true(store + zones[i].config.store_size <= 0x100000000 || store >= 0x110000000);
    }
    assert_int_not_equal(zones[2].config.store_hpa, zones[3].config.store_hpa);
    assert_int_not_equal(zones[2].config.regions[0].hpa, zones[3].config.regions[0].hpa);
}

static void a_refused_file_changes_nothing(void **state) {
    struct files *files = *state;
    write_zone(files, "z.json", "new", 2, ",\n\"kernel_fielpath\": \"x\"");
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_FAILED);
    assert_string_equal(files->fake->commands, "");
    assert_int_equal(files->fake->num_loads, 0);
    assert_contains(files->fake->err, "z.json:9: kernel_fielpath = x: unknown field; did you mean");
    assert_contains(files->fake->err, "refused, nothing has changed");
}

static void a_taken_cpu_is_named(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    files->fake->zones[1].config.cpus = 1u << 6;
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_FAILED);
    assert_string_equal(files->fake->commands, "");
    assert_contains(files->fake->err, "z.json:4: cpus[0] = 6: CPU 6 belongs to zone guest");
}

static void a_refusal_of_the_hypervisor_is_told(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    files->fake->fail_request = LV_IOCTL_CREATE;
    files->fake->fail_error = EINVAL;
    files->fake->fail_times = 1;
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_FAILED);
    assert_contains(files->fake->err, "create zone 2 (new) of");
    assert_contains(files->fake->err, "the hypervisor refuses an argument");
    assert_false(files->fake->zones[2].exists);
}

/* Whoever holds pages of the memory is named; nobody is if another program loads there. */
static void memory_in_use_is_told(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    files->fake->fail_request = LV_IOCTL_CREATE;
    files->fake->fail_error = EBUSY;
    files->fake->fail_times = UINT_MAX;
    files->fake->num_users = 1;
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_FAILED);
    assert_contains(files->fake->err, "create zone 2 (new) of");
    assert_contains(files->fake->err, "its memory is in use");
    assert_contains(files->fake->err, "(process 100: back-end zone 2)");
    files->fake->num_users = 0;
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_FAILED);
    assert_contains(files->fake->err, "another program has loaded into the memory that it wants");
    assert_false(files->fake->zones[2].exists);
    files->fake->fail_times = 3;
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_OK);
}

/* A number and an index become a sentence about the zone. */
static void a_refusal_is_said_in_words(void **state) {
    static const struct {
        uint32_t refusal;
        uint32_t index;
        const char *words;
    } cases[] = {
        {LV_REFUSAL_REGION_TAKEN, 0,
         "its region 0 (ram at GPA 0x0) has memory or registers that belong to another zone"},
        {LV_REFUSAL_REGION_NOT_POOL, LV_MAX_REGIONS, "its store is not in the root zone's pool"},
        {LV_REFUSAL_PAYLOAD_ALIGN, 0, "its payload 0 (at GPA 0x"},
        {LV_REFUSAL_FUNCTION_TAKEN, LV_MAX_PCI_FUNCTIONS, "the zone belongs to another zone"},
        {LV_REFUSAL_CPU_TAKEN, 5, "CPU 5 belongs to another zone"},
        {LV_REFUSAL_VECTOR_TAKEN, 70, "vector 70 belongs to another zone"},
        {LV_REFUSAL_NO_RAM, 0, "the zone has no RAM"},
        {LV_REFUSAL_END, 3, "the zone is refused for reason "},
    };
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        files->fake->refusal = cases[i].refusal;
        files->fake->refused_index = cases[i].index;
        assert_int_equal(run_on(files, "zone create", "z.json"), CLI_FAILED);
        assert_contains(files->fake->err, cases[i].words);
    }
    assert_false(files->fake->zones[2].exists);
}

static void a_load_that_fails_makes_no_zone(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    files->fake->fail_request = LV_IOCTL_LOAD;
    files->fake->fail_error = EPERM;
    files->fake->fail_times = 1;
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_FAILED);
    assert_string_equal(files->fake->commands, "");
    assert_contains(files->fake->err, "zone new: kernel to HPA 0x");
}

static void a_long_load_says_how_far_it_is(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    files->fake->load_ms = 900;
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_OK);
    assert_contains(files->fake->err, "zone new: 3 of 3 MiB loaded");
}

/* Two that plan at the same time would choose the same memory. */
static void create_waits_for_another(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    files->fake->locked_until = files->fake->now_ms + 5000;
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_OK);
    assert_int_equal(files->fake->holds, 0);
    assert_contains(files->fake->err, "waiting for another loongvisor (process 4711: loongvisor "
                                      "zone create big.json), which is making a zone");
    assert_contains(files->fake->out, "CREATED after 5.0 s");
}

static void a_short_wait_for_another_is_not_told(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    files->fake->locked_until = files->fake->now_ms + 1500;
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_OK);
    assert_lacks(files->fake->err, "waiting");
}

/* One that was stopped in the middle (Ctrl-Z) has the lock for ever. */
static void the_wait_for_another_has_an_end(void **state) {
    static const char *const verbs[] = {"zone create --timeout 3", "zone start --timeout 3"};
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    files->fake->locked_until = FAKE_NEVER;
    for (size_t i = 0; i < 2; i++) {
        uint64_t begun = files->fake->now_ms;
        assert_int_equal(run_on(files, verbs[i], "z.json"), CLI_FAILED);
        assert_in_range(files->fake->now_ms - begun, 3000, 3200);
        assert_contains(files->fake->err,
                        "another loongvisor (process 4711: loongvisor zone create big.json) is "
                        "making a zone and has not come to an end in time; nothing has changed");
    }
    assert_string_equal(files->fake->commands, "");
}

static void never_ready(struct fake *fake) {
    fake->zones[2].start_ms = FAKE_NEVER;
}

/* What was waited for the lock is not waited again. */
static void the_time_counts_from_the_beginning(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    files->fake->locked_until = files->fake->now_ms + 2500;
    files->fake->at_start = never_ready;
    uint64_t begun = files->fake->now_ms;
    assert_int_equal(run_on(files, "zone start --timeout 3", "z.json"), CLI_FAILED);
    assert_in_range(files->fake->now_ms - begun, 3000, 3100);
    assert_contains(files->fake->err, "zone 2 (new): starting for 2 s, STARTING");
}

static void make_it_first(struct fake *fake) {
    fake->at_lock = NULL;
    fake_add(fake, 2, "new", LV_STATE_CREATED);
}

/* Two were told to start the same file: whoever has the lock second finds the zone. */
static void start_looks_again_under_the_lock(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    files->fake->at_lock = make_it_first;
    assert_int_equal(run_on(files, "zone start", "z.json"), CLI_OK);
    assert_string_equal(files->fake->commands, "START 2");
    assert_contains(files->fake->out, "zone 2 (new): RUNNING");
    assert_int_equal(files->fake->holds, 0);
}

static void start_of_a_file_makes_and_starts(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    assert_int_equal(run_on(files, "zone start", "z.json"), CLI_OK);
    assert_string_equal(files->fake->commands, "CREATE 2, START 2");
    assert_string_equal(files->fake->out, "zone 2 (new): CREATED after 0.0 s\n"
                                          "zone 2 (new): RUNNING after 0.3 s\n");
}

static void start_of_a_file_starts_the_zone_that_is_there(void **state) {
    struct files *files = *state;
    write_zone(files, "z.json", "guest", 1, "");
    assert_int_equal(run_on(files, "zone start", "z.json"), CLI_OK);
    assert_string_equal(files->fake->commands, "START 1");
    assert_contains(files->fake->err, "zone 1 (guest) exists and is started as it was made");
}

/* Another zone has the number: that is no reason to start it. */
static void start_of_a_file_does_not_start_another_zone(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 1, "");
    assert_int_equal(run_on(files, "zone start", "z.json"), CLI_FAILED);
    assert_string_equal(files->fake->commands, "");
    assert_contains(files->fake->err, "z.json:3: zone_id = 1");
}

static void start_of_a_file_that_is_not_there(void **state) {
    struct files *files = *state;
    assert_int_equal(fake_run(files->fake, "zone start nowhere.json"), CLI_FAILED);
    assert_contains(files->fake->err, "nowhere.json: cannot read nowhere.json: No such file");
}

static void check_makes_nothing(void **state) {
    struct files *files = *state;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, "");
    assert_int_equal(run_on(files, "check", "z.json"), CLI_OK);
    assert_string_equal(files->fake->out, "1 zone: good\n");
    assert_string_equal(files->fake->commands, "");
    assert_int_equal(files->fake->num_loads, 0);
}

static void check_as_json(void **state) {
    struct files *files = *state;
    write_zone(files, "z.json", "guest", 1, "");
    assert_int_equal(run_on(files, "check --json", "z.json"), CLI_FAILED);
    json_t *json = json_loads(files->fake->out, 0, NULL);
    assert_true(json_is_false(json_object_get(json, "good")));
    json_t *problems = json_object_get(json, "problems");
    assert_int_equal(json_array_size(problems),
                     json_integer_value(json_object_get(json, "errors")));
    const char *remedy = json_string_value(json_object_get(json_array_get(problems, 0), "remedy"));
    assert_non_null(remedy);
    json_decref(json);
}

static void check_wants_board_and_root(void **state) {
    struct files *files = *state;
    assert_int_equal(run_on(files, "check --board b.json", "z.json"), CLI_USAGE);
    assert_contains(files->fake->err, "--board and --root go together");
}

#define SERVED(devices) ",\n\"share\": \"all\", \"devices\": [" devices "]"

static bool is_kept(const struct fake *fake, const char *name) {
    char path[128];
    snprintf(path, sizeof(path), "%s/%s.json", fake->cli.kept, name);
    return access(path, F_OK) == 0;
}

/* What a front end needs is there while the zone is, and no longer. */
static void devices_are_kept_until_destroy(void **state) {
    struct files *files = *state;
    struct fake *fake = files->fake;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2,
               SERVED("{\"disk\": \"kernel\", \"name\": \"root\"}, {\"rng\": true}"));
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_OK);
    assert_true(is_kept(fake, "new"));
    assert_int_equal(fake_run(fake, "zone show new"), CLI_OK);
    assert_contains(fake->out, "    blk      1       1         128  root\n");
    assert_contains(fake->out, "    rng      2       1          32  rng0\n");
    assert_int_equal(fake_run(fake, "zone destroy new"), CLI_OK);
    assert_false(is_kept(fake, "new"));
}

/* Names of a zone that had the name before, with other devices, are not this one's. */
static void other_devices_are_not_named(void **state) {
    struct files *files = *state;
    struct fake *fake = files->fake;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, SERVED("{\"rng\": true}"));
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_OK);
    fake->zones[2].config.virtio[0].device = 7;
    assert_int_equal(fake_run(fake, "zone show new"), CLI_OK);
    assert_contains(fake->out, "rng");
    assert_lacks(fake->out, "rng0");
    write_zone(files, "z.json", "new", 2, "");
    assert_int_equal(fake_run(fake, "zone destroy new"), CLI_OK);
    write_file(files, "new.json", "{}", 2);
    fake->cli.kept = files->folder;
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_OK);
    assert_false(is_kept(fake, "new"));
}

static void an_image_that_is_not_there_is_refused(void **state) {
    struct files *files = *state;
    struct fake *fake = files->fake;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, SERVED("{\"disk\": \"a.qcow2\"}, {\"share\": \"b\"}"));
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_FAILED);
    assert_string_equal(fake->commands, "");
    assert_contains(fake->err, "z.json:9: devices[0].disk = a.qcow2: there is no such image or "
                               "disk; make it, or correct the path (relative to the zone file)\n");
    assert_contains(fake->err, "z.json:9: devices[1].share = b: there is no such folder; ");
    assert_contains(fake->err, "refused, nothing has changed\n");
}

static void a_zone_is_made_even_if_nothing_can_be_kept(void **state) {
    struct files *files = *state;
    struct fake *fake = files->fake;
    write_kernel(files);
    write_zone(files, "z.json", "new", 2, SERVED("{\"rng\": true}"));
    fake->cli.kept = "/dev/null/zones";
    assert_int_equal(run_on(files, "zone create", "z.json"), CLI_OK);
    assert_contains(fake->err, "zone new: its devices cannot be kept in /dev/null/zones: Not a "
                               "directory; name ");
    assert_string_equal(fake->commands, "CREATE 2");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, files_setup, files_teardown)
    const struct CMUnitTest tests[] = {
        TEST(create_loads_and_makes),
        TEST(create_loads_each_run_of_the_store),
        TEST(created_zones_do_not_share_memory),
        TEST(a_refused_file_changes_nothing),
        TEST(a_taken_cpu_is_named),
        TEST(a_refusal_of_the_hypervisor_is_told),
        TEST(memory_in_use_is_told),
        TEST(a_refusal_is_said_in_words),
        TEST(a_load_that_fails_makes_no_zone),
        TEST(a_long_load_says_how_far_it_is),
        TEST(create_waits_for_another),
        TEST(a_short_wait_for_another_is_not_told),
        TEST(the_wait_for_another_has_an_end),
        TEST(the_time_counts_from_the_beginning),
        TEST(start_looks_again_under_the_lock),
        TEST(start_of_a_file_makes_and_starts),
        TEST(start_of_a_file_starts_the_zone_that_is_there),
        TEST(start_of_a_file_does_not_start_another_zone),
        TEST(start_of_a_file_that_is_not_there),
        TEST(devices_are_kept_until_destroy),
        TEST(other_devices_are_not_named),
        TEST(an_image_that_is_not_there_is_refused),
        TEST(a_zone_is_made_even_if_nothing_can_be_kept),
        TEST(check_makes_nothing),
        TEST(check_as_json),
        TEST(check_wants_board_and_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
