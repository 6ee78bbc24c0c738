// SPDX-License-Identifier: GPL-2.0-or-later
/* Packs hypervisor, board, zones and their files into one ELF image; docs/man/loongvisor-pack.1
 * describes it. */
#include "lib/configuration.h"
#include "lib/descriptors.h"
#include "lib/field_tables.h"
#include "lib/schema.h"

#include <getopt.h>
#include <loongvisor/version.h>

#define PACK_MAX_SEARCH 16u
/* One more than an image takes, so that the library can say so. */
#define PACK_MAX_ZONES (LV_MAX_ZONES + 1u)

enum pack_status {
    PACK_OK = 0,
    PACK_REFUSED = 1,
    PACK_USAGE = 2,
    PACK_CONTINUE = 3, /* the command line is good: continue */
};

struct pack_options {
    const char *hypervisor;
    const char *board;
    const char *zones[PACK_MAX_ZONES];
    size_t num_zones;
    const char *search[PACK_MAX_SEARCH];
    size_t num_search;
    const char *output;
    bool check;
    bool print;
    bool json;
};

static void pack_print_help(void) {
    puts("usage: loongvisor-pack --hypervisor FILE --board FILE --zone FILE... [--search DIR]... "
         "-o FILE\n"
         "       loongvisor-pack --check --board FILE --zone FILE... [--hypervisor FILE]\n"
         "\n"
         "Checks a board and its zones and packs them, their kernels and other files and the\n"
         "hypervisor into one ELF image that boots.\n"
         "\n"
         "  -H, --hypervisor FILE  the hypervisor alone (build/hypervisor/loongvisor.elf)\n"
         "  -b, --board FILE       the board (boards/NAME/board.json)\n"
         "  -z, --zone FILE        a zone; once for each, the root zone among them\n"
         "  -s, --search DIR       where else to look for the files that zones name\n"
         "  -o, --output FILE      the image to write\n"
         "      --check            check everything and write nothing\n"
         "      --print            print the memory map\n"
         "      --json             print the memory map as JSON\n"
         "      --schema           print the JSON Schema of zone files and do nothing else\n"
         "      --fields           print tables of the files' fields and do nothing else\n"
         "  -h, --help             this text\n"
         "  -V, --version          the version\n"
         "\n"
         "Exit status: 0 done, 1 the configuration was refused, 2 wrong usage.\n"
         "\n"
         "Example:\n"
         "  loongvisor-pack --hypervisor build/hypervisor/loongvisor.elf \\\n"
         "      --board boards/qemu-virt/board.json --zone boards/qemu-virt/root.json \\\n"
         "      --search build/images -o build/loongvisor-qemu.elf");
}

static enum pack_status pack_usage(const char *problem, const char *what) {
    fprintf(stderr, "loongvisor-pack: %s%s; see loongvisor-pack --help\n", problem, what);
    return PACK_USAGE;
}

enum pack_long_option {
    PACK_OPTION_CHECK = 256,
    PACK_OPTION_PRINT,
    PACK_OPTION_JSON,
    PACK_OPTION_SCHEMA,
    PACK_OPTION_FIELDS,
};

/* Adds to a list with room for `max`; false when it is full. */
static bool pack_add(const char **list, size_t *count, size_t max, const char *value) {
    if (*count == max) {
        return false;
    }
    list[(*count)++] = value;
    return true;
}

static enum pack_status pack_take_value(struct pack_options *options, int option,
                                        const char *value) {
    switch (option) {
    case 'H':
        options->hypervisor = value;
        return PACK_CONTINUE;
    case 'b':
        options->board = value;
        return PACK_CONTINUE;
    case 'o':
        options->output = value;
        return PACK_CONTINUE;
    case 'z':
        return pack_add(options->zones, &options->num_zones, PACK_MAX_ZONES, value)
                   ? PACK_CONTINUE
                   : pack_usage("too many zones: ", value);
    default:
        return pack_add(options->search, &options->num_search, PACK_MAX_SEARCH, value)
                   ? PACK_CONTINUE
                   : pack_usage("too many folders: ", value);
    }
}

static enum pack_status pack_take_option(struct pack_options *options, int option,
                                         const char *value) {
    switch (option) {
    case PACK_OPTION_CHECK:
        options->check = true;
        return PACK_CONTINUE;
    case PACK_OPTION_PRINT:
        options->print = true;
        return PACK_CONTINUE;
    case PACK_OPTION_JSON:
        options->json = true;
        return PACK_CONTINUE;
    case PACK_OPTION_SCHEMA:
        schema_print(stdout);
        return PACK_OK;
    case PACK_OPTION_FIELDS:
        field_tables_print(stdout);
        return PACK_OK;
    case 'h':
        pack_print_help();
        return PACK_OK;
    case 'V':
        puts("loongvisor-pack " LV_VERSION_STRING);
        return PACK_OK;
    case '?':
        return pack_usage("wrong option", "");
    default:
        return pack_take_value(options, option, value);
    }
}

static enum pack_status pack_check_options(const struct pack_options *options) {
    if (options->board == NULL || options->num_zones == 0) {
        return pack_usage("give a board and at least one zone", "");
    }
    if (options->output == NULL && !options->check && !options->print && !options->json) {
        return pack_usage("give --output, --check, --print or --json", "");
    }
    if (options->check && options->output != NULL) {
        return pack_usage("--check writes nothing: leave out --output", "");
    }
    if (options->output != NULL && options->hypervisor == NULL) {
        return pack_usage("give --hypervisor", "");
    }
    return PACK_CONTINUE;
}

static enum pack_status pack_parse(int argc, char **argv, struct pack_options *options) {
    static const struct option known[] = {
        {"hypervisor", required_argument, NULL, 'H'},
        {"board", required_argument, NULL, 'b'},
        {"zone", required_argument, NULL, 'z'},
        {"search", required_argument, NULL, 's'},
        {"output", required_argument, NULL, 'o'},
        {"check", no_argument, NULL, PACK_OPTION_CHECK},
        {"print", no_argument, NULL, PACK_OPTION_PRINT},
        {"json", no_argument, NULL, PACK_OPTION_JSON},
        {"schema", no_argument, NULL, PACK_OPTION_SCHEMA},
        {"fields", no_argument, NULL, PACK_OPTION_FIELDS},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "H:b:z:s:o:hV", known, NULL)) != -1) {
        enum pack_status status = pack_take_option(options, option, optarg);
        if (status != PACK_CONTINUE) {
            return status;
        }
    }
    return optind < argc ? pack_usage("unexpected argument ", argv[optind])
                         : pack_check_options(options);
}

static void pack_print(const struct pack_options *options,
                       const struct configuration *configuration, const struct image_slot *slot) {
    if (options->print) {
        configuration_print(configuration, slot, stdout);
    }
    if (options->json) {
        configuration_print_json(configuration, slot, stdout);
    }
}

static bool pack_write(struct report *report, const struct pack_options *options,
                       const struct configuration *configuration, const struct image_slot *slot) {
    const uint8_t *image =
        image_assemble(report->arena, &configuration->board, configuration->images,
                       configuration->num_zones, configuration->image_size);
    return image_write(report, slot, image, configuration->image_size, options->output);
}

static bool pack_run(struct report *report, const struct pack_options *options) {
    struct configuration_files files = {
        .board = options->board,
        .zones = options->zones,
        .num_zones = options->num_zones,
        .search = {options->search, options->num_search},
    };
    struct configuration *configuration = arena_alloc(report->arena, sizeof(*configuration));
    struct image_slot slot;
    bool good = configuration_load(report, &files, configuration);
    if (options->hypervisor != NULL) {
        good = image_open_hypervisor(report, options->hypervisor, &configuration->board, &slot) &&
               image_check_fit(report, &configuration->board, &slot, configuration->image_size) &&
               good;
    }
    if (good && options->output != NULL) {
        good = pack_write(report, options, configuration, &slot);
    }
    if (good) {
        pack_print(options, configuration, options->hypervisor ? &slot : NULL);
    }
    return good;
}

static enum pack_status pack_pack(const struct pack_options *options) {
    struct arena arena = {0};
    struct report report = {.arena = &arena};
    bool good = pack_run(&report, options);
    report_print(&report, stderr);
    if (!good) {
        fprintf(stderr, "loongvisor-pack: refused: %u error%s\n", report.errors,
                report.errors == 1 ? "" : "s");
    }
    arena_free(&arena);
    return good ? PACK_OK : PACK_REFUSED;
}

int main(int argc, char **argv) {
    if (!descriptors_reserve_standard()) {
        return PACK_REFUSED;
    }
    struct pack_options options = {.num_zones = 0};
    enum pack_status status = pack_parse(argc, argv, &options);
    if (status == PACK_CONTINUE) {
        status = pack_pack(&options);
    }
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == PACK_OK) {
        fputs("loongvisor-pack: cannot write the output; is the disk full?\n", stderr);
        status = PACK_REFUSED;
    }
    return (int)status;
}
