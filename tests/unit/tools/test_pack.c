// SPDX-License-Identifier: GPL-2.0-or-later
/* The program as a person runs it: command line, exit status, messages, and the ELF file that comes
 * out. */
#include "support.h"

#include <elf.h>
#include <loongvisor/image.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#define PACKER TEST_OUT "/loongvisor-pack"

#define HYPERVISOR_BASE 0x0a000000u
#define IMAGE_PADDR     0x0a010000u
#define WINDOW          0x9000000000000000u

static const char hypervisor_path[] = TEST_OUT "/hypervisor.elf";

#define MAX_ARGUMENTS 24u

struct run {
    int status;
    const char *output;
    const char *errors;
};

struct fixture {
    struct context *context;
    const char *folder;
    const char *board;
    const char *root;
    const char *guest;
    const char *output;
};

static struct file_bytes read_back(struct fixture *fixture, const char *path) {
    struct place place = {.file = path};
    struct file_bytes bytes = {NULL, 0};
    assert_true(file_read(&fixture->context->report, &place, path, FILE_MAX_SIZE, &bytes));
    return bytes;
}

static const char *read_text(struct fixture *fixture, const char *path) {
    return (const char *)read_back(fixture, path).bytes;
}

/* Runs the packer with these arguments, the last NULL. */
static struct run run_packer(struct fixture *fixture, const char *const *arguments) {
    struct arena *arena = &fixture->context->arena;
    const char *output = arena_printf(arena, "%s/stdout", fixture->folder);
    const char *errors = arena_printf(arena, "%s/stderr", fixture->folder);
    char *argv[MAX_ARGUMENTS + 2] = {arena_printf(arena, "%s", PACKER)};
    for (size_t i = 0; arguments[i] != NULL; i++) {
        assert_true(i < MAX_ARGUMENTS);
        argv[i + 1] = arena_printf(arena, "%s", arguments[i]);
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t pid = 0;
    int status = 0;
    assert_int_equal(posix_spawn(&pid, PACKER, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return (struct run){WEXITSTATUS(status), read_text(fixture, output),
                        read_text(fixture, errors)};
}

static struct run run_pack(struct fixture *fixture, const char *hypervisor) {
    const char *const arguments[] = {"--hypervisor", hypervisor,      "--board", fixture->board,
                                     "--zone",       fixture->root,   "--zone",  fixture->guest,
                                     "-o",           fixture->output, NULL};
    return run_packer(fixture, arguments);
}

static void assert_contains(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", part, text);
    }
}

#define MAX_SEGMENTS 8u

/* An ELF file's header and its segments to load. */
struct elf_view {
    Elf64_Ehdr header;
    Elf64_Phdr segments[MAX_SEGMENTS];
    size_t count;
};

static struct elf_view elf_look(const struct file_bytes *file) {
    struct elf_view view = {.count = 0};
    memcpy(&view.header, file->bytes, sizeof(view.header));
    assert_memory_equal(view.header.e_ident, ELFMAG, SELFMAG);
    for (size_t i = 0; i < view.header.e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, file->bytes + view.header.e_phoff + i * sizeof(segment), sizeof(segment));
        if (segment.p_type == PT_LOAD) {
            assert_true(view.count < MAX_SEGMENTS);
            view.segments[view.count++] = segment;
        }
    }
    return view;
}

static void assert_same_segment(const Elf64_Phdr *from, const Elf64_Phdr *to) {
    assert_int_equal(to->p_vaddr, WINDOW + HYPERVISOR_BASE + from->p_vaddr);
    assert_int_equal(to->p_paddr, HYPERVISOR_BASE + from->p_paddr);
    assert_int_equal(to->p_filesz, from->p_filesz);
    assert_int_equal(to->p_memsz, from->p_memsz);
    assert_int_equal(to->p_flags, from->p_flags);
    assert_int_equal((to->p_vaddr - to->p_offset) % to->p_align, 0);
}

/* Every segment of the hypervisor stands in the output, moved to the board's base, byte by byte. */
static void test_hypervisor_unchanged(void **state) {
    struct fixture *fixture = *state;
    struct run run = run_pack(fixture, hypervisor_path);
    assert_string_equal(run.errors, "");
    assert_int_equal(run.status, 0);
    struct file_bytes before = read_back(fixture, hypervisor_path);
    struct file_bytes after = read_back(fixture, fixture->output);
    struct elf_view from = elf_look(&before);
    struct elf_view to = elf_look(&after);
    assert_int_equal(to.header.e_machine, 258);
    assert_int_equal(to.header.e_entry, WINDOW + HYPERVISOR_BASE + from.header.e_entry);
    assert_int_equal(to.header.e_flags, from.header.e_flags);
    assert_int_equal(to.count, from.count + 1);
    for (size_t i = 0; i < from.count; i++) {
        assert_same_segment(&from.segments[i], &to.segments[i]);
        assert_memory_equal(after.bytes + to.segments[i].p_offset,
                            before.bytes + from.segments[i].p_offset, from.segments[i].p_filesz);
    }
}

/* The image as the hypervisor finds it. */
static const uint8_t *find_image(struct fixture *fixture, size_t *size) {
    assert_int_equal(run_pack(fixture, hypervisor_path).status, 0);
    struct file_bytes file = read_back(fixture, fixture->output);
    struct elf_view view = elf_look(&file);
    const Elf64_Phdr *segment = &view.segments[view.count - 1];
    assert_int_equal(segment->p_paddr, IMAGE_PADDR);
    assert_int_equal(segment->p_vaddr, WINDOW + IMAGE_PADDR);
    assert_int_equal(segment->p_filesz, segment->p_memsz);
    *size = segment->p_filesz;
    return file.bytes + segment->p_offset;
}

static void test_image(void **state) {
    struct fixture *fixture = *state;
    size_t size = 0;
    const uint8_t *image = find_image(fixture, &size);
    struct lv_image_header header;
    memcpy(&header, image, sizeof(header));
    assert_int_equal(header.magic, LV_IMAGE_MAGIC);
    assert_int_equal(header.version, LV_IMAGE_VERSION);
    assert_int_equal(header.header_size, sizeof(header));
    assert_int_equal(header.total_size, size);
    assert_int_equal(header.num_zones, 2);
    assert_string_equal(header.board.name, "test-board");
    size_t checked = header.zones_offset + 2 * sizeof(struct lv_zone_config);
    uint8_t *copy = arena_alloc(&fixture->context->arena, checked);
    memcpy(copy, image, checked);
    memset(copy + offsetof(struct lv_image_header, crc32), 0, sizeof(uint32_t));
    assert_int_equal(header.crc32, crc32(0, copy, (uInt)checked));
}

static void test_payloads(void **state) {
    struct fixture *fixture = *state;
    size_t size = 0;
    const uint8_t *image = find_image(fixture, &size);
    struct lv_zone_config zones[2];
    memcpy(zones, image + sizeof(struct lv_image_header), sizeof(zones));
    assert_string_equal(zones[0].name, "root");
    assert_string_equal(zones[1].name, "guest");
    const struct lv_payload *payload = &zones[0].payloads[0];
    assert_int_equal(zones[0].num_payloads, 1);
    assert_int_equal(payload->offset % 8, 0);
    assert_true(payload->offset + payload->size <= size);
    assert_int_equal(payload->gpa, 0x200000);
    assert_memory_equal(image + payload->offset, "root kernel", 11);
    const struct lv_payload *other = &zones[1].payloads[0];
    assert_int_equal(other->size, 5);
    assert_true(other->offset >= payload->offset + payload->size);
    assert_memory_equal(image + other->offset, "guest", 5);
}

static void test_same_input_same_output(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(run_pack(fixture, hypervisor_path).status, 0);
    struct file_bytes first = read_back(fixture, fixture->output);
    assert_int_equal(run_pack(fixture, hypervisor_path).status, 0);
    struct file_bytes second = read_back(fixture, fixture->output);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.bytes, second.bytes, first.size);
}

/* A refusal leaves an older output as it is and no other file behind. */
static void test_refusal_changes_nothing(void **state) {
    struct fixture *fixture = *state;
    folder_write(fixture->context, fixture->folder, "out.elf", "old", 3);
    struct run run = run_pack(fixture, TEST_OUT "/no-symbol.elf");
    assert_int_equal(run.status, 1);
    assert_contains(run.errors,
                    "no-symbol.elf: it has no symbol lv_image_start; give an unstripped");
    assert_contains(run.errors, "loongvisor-pack: refused: 1 error");
    assert_memory_equal(read_back(fixture, fixture->output).bytes, "old", 3);
    glob_t found;
    const char *pattern = arena_printf(&fixture->context->arena, "%s.*", fixture->output);
    assert_int_equal(glob(pattern, 0, NULL, &found), GLOB_NOMATCH);
    fixture->output = arena_printf(&fixture->context->arena, "%s/none/out.elf", fixture->folder);
    run = run_pack(fixture, hypervisor_path);
    assert_int_equal(run.status, 1);
    assert_contains(run.errors, "none/out.elf: cannot create it: No such file or directory");
}

static void test_output_is_readable(void **state) {
    struct fixture *fixture = *state;
    mode_t old = umask(022);
    assert_int_equal(run_pack(fixture, hypervisor_path).status, 0);
    umask(old);
    struct stat status;
    assert_int_equal(stat(fixture->output, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0644);
}

static void test_wrong_hypervisors(void **state) {
    struct fixture *fixture = *state;
    struct run run = run_pack(fixture, TEST_OUT "/inside-bss.elf");
    assert_int_equal(run.status, 1);
    assert_contains(run.errors, "reaches over lv_image_start; place lv_image_start behind");
    run = run_pack(fixture, TEST_OUT "/other-version.elf");
    assert_int_equal(run.status, 1);
    assert_contains(run.errors, "it takes images of version 1 and this packer makes version 3; "
                                "give the hypervisor that was built with this packer");
    run = run_pack(fixture, TEST_OUT "/unaligned.elf");
    assert_contains(run.errors, "lv_image_start = 0xa010008 is misplaced; align it");
    run = run_pack(fixture, TEST_OUT "/elsewhere.elf");
    assert_contains(run.errors,
                    "lies outside the hypervisor's memory 0xa000000-0xfffffff; link it at 0");
    run = run_pack(fixture, TEST_OUT "/missing.elf");
    assert_contains(run.errors, "missing.elf: cannot read ");
    run = run_pack(fixture, PACKER);
    assert_contains(run.errors, "the ELF file cannot be used: it is not for LoongArch64");
    run = run_pack(fixture, fixture->board);
    assert_int_equal(run.status, 1);
    assert_contains(run.errors, "the ELF file cannot be used: ");
}

static void test_does_not_fit(void **state) {
    struct fixture *fixture = *state;
    const char *small = text_change(fixture->context, good_board,
                                    (struct change){"\"0x06000000\"", "\"0x00011000\""});
    folder_write(fixture->context, fixture->folder, "board.json", small, strlen(small));
    struct run run = run_pack(fixture, hypervisor_path);
    assert_int_equal(run.status, 1);
    assert_contains(run.errors, "board.json:7: hypervisor: the image takes 0x");
    assert_contains(run.errors, "and 0x1000 are left behind the hypervisor; enlarge");
}

static void test_too_many_page_tables(void **state) {
    struct fixture *fixture = *state;
    /* 1 GiB whose HPA is a page off: 512 tables. */
    const char *text = text_change(
        fixture->context, read_text(fixture, fixture->guest),
        (struct change){"\"0x80000000\", \"virtual_start\": \"0x0\", \"size\": \"0x8000000\"",
                        "\"0x80001000\", \"virtual_start\": \"0x0\", \"size\": \"0x30000000\""});
    folder_write(fixture->context, fixture->folder, "guest.json", text, strlen(text));
    struct run run = run_pack(fixture, hypervisor_path);
    assert_int_equal(run.status, 1);
    assert_contains(run.errors, "guest.json:1: the zones' page tables need more than the "
                                "hypervisor's 256 pages; this zone's take 387");
}

/* All problems of all files in one run. */
static void test_everything_at_once(void **state) {
    struct fixture *fixture = *state;
    const char *board =
        text_change(fixture->context, good_board, (struct change){"[0, 1, 2, 3]", "[0, 0]"});
    folder_write(fixture->context, fixture->folder, "board.json", board, strlen(board));
    const char *root = text_change(fixture->context, read_text(fixture, fixture->root),
                                   (struct change){"kernel.bin", "nowhere.bin"});
    folder_write(fixture->context, fixture->folder, "root.json", root, strlen(root));
    folder_write(fixture->context, fixture->folder, "guest.json", "{", 1);
    struct run run = run_pack(fixture, TEST_OUT "/no-symbol.elf");
    assert_int_equal(run.status, 1);
    assert_contains(run.errors, "board.json:3: cpus[1] = 0: CPU id 0 is in the list twice");
    assert_contains(run.errors, "nowhere.bin: there is no such file");
    assert_contains(run.errors, "guest.json:1: not JSON");
    assert_contains(run.errors, "it has no symbol lv_image_start");
}

static void test_check_and_print(void **state) {
    struct fixture *fixture = *state;
    const char *const check[] = {"--check", "--board", fixture->board, "--zone", fixture->root,
                                 "--print", NULL};
    struct run run = run_packer(fixture, check);
    assert_int_equal(run.status, 0);
    assert_contains(run.output, "board test-board: 4 CPUs; hypervisor 0xa000000-0xfffffff");
    assert_contains(run.output, "zone 0 (root), boot none\n  name             root\n");
    assert_contains(run.output, "  entry            0x200000\n");
    assert_contains(run.output,
                    "    ram                  0x0         0x0  128 MiB  no      none\n");
    assert_contains(run.output, "    0x200000  11 B  ");
    assert_int_not_equal(access(fixture->output, F_OK), 0);
}

static void test_json_summary(void **state) {
    struct fixture *fixture = *state;
    const char *const arguments[] = {"--json",        "--board", fixture->board, "--zone",
                                     fixture->root,   "--zone",  fixture->guest, "--hypervisor",
                                     hypervisor_path, NULL};
    struct run run = run_packer(fixture, arguments);
    assert_int_equal(run.status, 0);
    const struct json_node *summary = text_parse(fixture->context, "summary", run.output);
    assert_string_equal(json_member(summary, "board")->text, "test-board");
    assert_string_equal(json_member(summary, "image_address")->text, "0xa010000");
    const struct json_node *zones = json_member(summary, "zones");
    assert_int_equal(zones->count, 2);
    assert_string_equal(json_member(&zones->children[1], "name")->text, "guest");
    assert_int_equal(json_member(&zones->children[0], "regions")->count, 5);
    assert_int_equal(json_member(&zones->children[0], "payloads")->count, 1);
}

/* A file that the zone names may lie in a --search folder. */
static void test_search(void **state) {
    struct fixture *fixture = *state;
    const char *text = text_change(fixture->context, read_text(fixture, fixture->root),
                                   (struct change){"kernel.bin", "hypervisor.elf"});
    folder_write(fixture->context, fixture->folder, "root.json", text, strlen(text));
    const char *const without[] = {"--check", "--board",     fixture->board,
                                   "--zone",  fixture->root, NULL};
    struct run run = run_packer(fixture, without);
    assert_int_equal(run.status, 1);
    assert_contains(run.errors, "kernel_filepath = hypervisor.elf: there is no such file");
    const char *const with[] = {"--check",  "--board",  fixture->board, "--zone", fixture->root,
                                "--search", "/nowhere", "--search",     TEST_OUT, NULL};
    run = run_packer(fixture, with);
    assert_null(strstr(run.errors, "there is no such file"));
}

static void test_usage(void **state) {
    struct fixture *fixture = *state;
    const char *const wrong[][8] = {
        {NULL},
        {"--nonsense", NULL},
        {"--board", NULL},
        {"--board", fixture->board, "--check", NULL},
        {"--board", fixture->board, "--zone", fixture->root, NULL},
        {"--board", fixture->board, "--zone", fixture->root, "-o", fixture->output, NULL},
        {"--board", fixture->board, "--zone", fixture->root, "--check", "-o", fixture->output,
         NULL},
        {"--board", fixture->board, "--zone", fixture->root, "--check", "more", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct run run = run_packer(fixture, wrong[i]);
        assert_int_equal(run.status, 2);
        assert_contains(run.errors, "see loongvisor-pack --help");
    }
}

static void test_help_and_version(void **state) {
    struct fixture *fixture = *state;
    const char *const help[] = {"--help", NULL};
    struct run run = run_packer(fixture, help);
    assert_int_equal(run.status, 0);
    assert_contains(run.output, "--hypervisor FILE");
    assert_contains(run.output,
                    "Exit status: 0 done, 1 the configuration was refused, 2 wrong usage.");
    const char *const version[] = {"--version", NULL};
    run = run_packer(fixture, version);
    assert_int_equal(run.status, 0);
    assert_contains(run.output, "loongvisor-pack 0.");
}

/* The files of the tree itself; what the root zone loads is not built here and its absence is all
 * that may be wrong. */
static void test_shipped_configuration(void **state) {
    struct fixture *fixture = *state;
    const char *const arguments[] = {
        "--check", "--board", "boards/qemu-virt/board.json", "--zone", "boards/qemu-virt/root.json",
        NULL};
    struct run run = run_packer(fixture, arguments);
    assert_contains(
        run.errors,
        "boards/qemu-virt/root.json:22: kernel_filepath = Image: there is no such file");
    assert_contains(run.errors, "refused: 3 errors");
}

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    if (fixture == NULL || context_setup((void **)&fixture->context) != 0) {
        return -1;
    }
    struct context *context = fixture->context;
    fixture->folder = folder_make(context);
    struct change kernel = {
        "\"kernel_filepath\": \"null\"",
        "\"kernel_load_paddr\": \"0x200000\", \"kernel_filepath\": \"kernel.bin\""};
    const char *root = text_change(context, good_root, kernel);
    kernel.to = "\"kernel_load_paddr\": \"0x200000\", \"kernel_filepath\": \"guest.bin\"";
    const char *guest = text_change(context, good_guest, kernel);
    fixture->board =
        folder_write(context, fixture->folder, "board.json", good_board, strlen(good_board));
    fixture->root = folder_write(context, fixture->folder, "root.json", root, strlen(root));
    fixture->guest = folder_write(context, fixture->folder, "guest.json", guest, strlen(guest));
    folder_write(context, fixture->folder, "kernel.bin", "root kernel", 11);
    folder_write(context, fixture->folder, "guest.bin", "guest", 5);
    fixture->output = arena_printf(&context->arena, "%s/out.elf", fixture->folder);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    void *context = fixture->context;
    folder_remove(fixture->folder);
    free(fixture);
    return context_teardown(&context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hypervisor_unchanged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_image, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payloads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_input_same_output, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusal_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_output_is_readable, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_hypervisors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_does_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_page_tables, setup, teardown),
        cmocka_unit_test_setup_teardown(test_everything_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_check_and_print, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json_summary, setup, teardown),
        cmocka_unit_test_setup_teardown(test_search, setup, teardown),
        cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_help_and_version, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shipped_configuration, setup, teardown),
    };
    return cmocka_run_group_tests_name("tools: loongvisor-pack", tests, NULL, NULL);
}
