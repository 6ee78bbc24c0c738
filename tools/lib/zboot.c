// SPDX-License-Identifier: GPL-2.0-or-later
#include "zboot.h"

#include <inttypes.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define ZBOOT_MAGIC        "zimg"
#define ZBOOT_MAGIC_OFFSET 0x04u
#define ZBOOT_START_OFFSET 0x08u
#define ZBOOT_SIZE_OFFSET  0x0cu
#define ZBOOT_NAME_OFFSET  0x18u
#define ZBOOT_NAME_SIZE    32u
#define ZBOOT_HEADER_SIZE  (ZBOOT_NAME_OFFSET + ZBOOT_NAME_SIZE)
/* Behind the compressed bytes, or gzip's own last word: the size of what was compressed. */
#define ZBOOT_TRAILER_SIZE 4u
/* zlib: a gzip wrapper around the largest window. */
#define ZBOOT_GZIP_WINDOW (MAX_WBITS + 16)

struct zboot {
    const uint8_t *bytes;
    uint32_t size;
    char name[ZBOOT_NAME_SIZE + 1]; /* of the compression */
    const uint8_t *end;             /* of the file */
};

static uint32_t zboot_read_u32(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

bool zboot_matches(const struct file_bytes *file) {
    return file->size >= ZBOOT_HEADER_SIZE && memcmp(file->bytes, "MZ", 2) == 0 &&
           memcmp(file->bytes + ZBOOT_MAGIC_OFFSET, ZBOOT_MAGIC, strlen(ZBOOT_MAGIC)) == 0;
}

static bool zboot_fail(struct report *report, const struct place *place, const char *problem) {
    report_error(report, place, "give an undamaged kernel, or unpack it to the raw Image first",
                 "a compressed EFI kernel (zboot): %s", problem);
    return false;
}

static bool zboot_open(const struct file_bytes *file, struct zboot *out) {
    uint32_t start = zboot_read_u32(file->bytes + ZBOOT_START_OFFSET);
    *out = (struct zboot){.size = zboot_read_u32(file->bytes + ZBOOT_SIZE_OFFSET),
                          .end = file->bytes + file->size};
    memcpy(out->name, file->bytes + ZBOOT_NAME_OFFSET, ZBOOT_NAME_SIZE);
    if (start > file->size || out->size > file->size - start || out->size <= ZBOOT_TRAILER_SIZE) {
        return false;
    }
    out->bytes = file->bytes + start;
    return true;
}

/* What the compressed bytes become, or 0 when nothing says so. */
static uint64_t zboot_unpacked_size(const struct zboot *zboot) {
    const uint8_t *behind = zboot->bytes + zboot->size;
    if (strcmp(zboot->name, "gzip") == 0) {
        return zboot_read_u32(behind - ZBOOT_TRAILER_SIZE);
    }
    uint64_t size = ZSTD_getFrameContentSize(zboot->bytes, zboot->size);
    if (size != ZSTD_CONTENTSIZE_UNKNOWN && size != ZSTD_CONTENTSIZE_ERROR) {
        return size;
    }
    bool has_trailer = (size_t)(zboot->end - behind) >= ZBOOT_TRAILER_SIZE;
    return has_trailer ? zboot_read_u32(behind) : 0;
}

static bool zboot_inflate(const struct zboot *zboot, uint8_t *bytes, uint64_t size) {
    z_stream stream = {.next_in = (uint8_t *)(uintptr_t)zboot->bytes, /* zlib only reads it */
                       .avail_in = zboot->size,
                       .next_out = bytes,
                       .avail_out = (uInt)size};
    if (inflateInit2(&stream, ZBOOT_GZIP_WINDOW) != Z_OK) {
        return false;
    }
    int status = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    return status == Z_STREAM_END && stream.total_out == size;
}

static bool zboot_unzstd(const struct zboot *zboot, uint8_t *bytes, uint64_t size) {
    size_t frame = ZSTD_findFrameCompressedSize(zboot->bytes, zboot->size);
    return !ZSTD_isError(frame) && ZSTD_decompress(bytes, size, zboot->bytes, frame) == size;
}

bool zboot_unpack(struct report *report, const struct place *place, const struct file_bytes *file,
                  uint64_t max, struct file_bytes *out) {
    struct zboot zboot;
    if (!zboot_open(file, &zboot)) {
        return zboot_fail(report, place, "the compressed part lies outside the file");
    }
    bool is_gzip = strcmp(zboot.name, "gzip") == 0;
    if (!is_gzip && strcmp(zboot.name, "zstd") != 0) {
        return zboot_fail(report, place,
                          arena_printf(report->arena,
                                       "compressed with \"%s\", and only gzip and "
                                       "zstd are known here",
                                       zboot.name));
    }
    uint64_t size = zboot_unpacked_size(&zboot);
    if (size == 0) {
        return zboot_fail(report, place, "it does not say how large it is unpacked");
    }
    if (size > max) {
        report_error(report, place, "give the zone more RAM, or an undamaged kernel",
                     "it unpacks to 0x%" PRIx64 " bytes, and the largest RAM region has 0x%" PRIx64,
                     size, max);
        return false;
    }
    uint8_t *bytes = arena_alloc(report->arena, size);
    *out = (struct file_bytes){bytes, size};
    return (is_gzip ? zboot_inflate : zboot_unzstd)(&zboot, bytes, size) ||
           zboot_fail(report, place, "the compressed part is damaged");
}
