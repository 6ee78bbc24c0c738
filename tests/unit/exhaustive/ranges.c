// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The contracts of the range helpers in lib/bits.h, on which every check of memory rests. First all
 * ranges of a space of 32 places, laid over the lowest, the middle and the highest bits of an
 * address, against sets of places; then random 64-bit ranges against sums that cannot wrap.
 */
#include <lib/bits.h>
#include <inttypes.h>
#include <stdio.h>

#define PLACES 32u
#define RANDOM 20000000u

/* Of a place's number: how far up it stands in the address. */
static const unsigned shifts[] = {0, 12, 59};

static uint64_t wrong;

static void demand(bool right, const char *what, const uint64_t *values) {
    if (!right && wrong++ == 0) {
        printf("  %s: 0x%" PRIx64 " + 0x%" PRIx64 ", 0x%" PRIx64 " + 0x%" PRIx64 "\n", what,
               values[0], values[1], values[2], values[3]);
    }
}

/* The places of a range, a bit each. */
static uint32_t places_of(uint32_t base, uint32_t size) {
    uint64_t all = (1ULL << size) - 1;

    return (uint32_t)(all << base);
}

/* An empty range lies where its base does. */
static bool places_within(const uint32_t *inner, const uint32_t *outer) {
    if (inner[1] == 0) {
        return inner[0] >= outer[0] && inner[0] <= outer[0] + outer[1];
    }
    return (places_of(inner[0], inner[1]) & ~places_of(outer[0], outer[1])) == 0;
}

/* An empty range overlaps one in whose middle it lies: who asks refuses it then. */
static bool places_overlap(const uint32_t *a, const uint32_t *b) {
    if (a[1] == 0 || b[1] == 0) {
        return a[0] < b[0] + b[1] && b[0] < a[0] + a[1];
    }
    return (places_of(a[0], a[1]) & places_of(b[0], b[1])) != 0;
}

static void pair_check(const uint32_t *a, const uint32_t *b) {
    for (unsigned i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++) {
        const uint64_t at[] = {(uint64_t)a[0] << shifts[i], (uint64_t)a[1] << shifts[i],
                               (uint64_t)b[0] << shifts[i], (uint64_t)b[1] << shifts[i]};
        bool ends = shifts[i] + 5 == 64 && (a[0] + a[1] == PLACES || b[0] + b[1] == PLACES);
        bool whole = shifts[i] + 5 == 64 && (a[1] == PLACES || b[1] == PLACES);
        if (!whole) {
            demand(bits_range_within(at[0], at[1], at[2], at[3]) == places_within(a, b), "within",
                   at);
        }
        if (!ends) {
            demand(bits_ranges_overlap(at[0], at[1], at[2], at[3]) == places_overlap(a, b),
                   "overlap", at);
        }
    }
}

/* All ranges that do not wrap, beside all such ranges. */
static uint64_t places_check(void) {
    uint64_t pairs = 0;

    for (uint32_t base = 0; base < PLACES; base++) {
        for (uint32_t size = 0; size <= PLACES - base; size++) {
            for (uint32_t other = 0; other < PLACES; other++) {
                for (uint32_t other_size = 0; other_size <= PLACES - other; other_size++) {
                    pair_check((const uint32_t[]){base, size},
                               (const uint32_t[]){other, other_size});
                    pairs++;
                }
            }
        }
    }
    return pairs;
}

/* splitmix64, of any number of bits up to 64. */
static uint64_t random_number(void) {
    static uint64_t state = 1;
    uint64_t z = state += 0x9e3779b97f4a7c15ULL;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    return z >> (z & 63);
}

/* Near to one another as often as far apart. */
static void random_check(void) {
    typedef unsigned __int128 wide;
    uint64_t v[4] = {random_number(), random_number(), random_number(), random_number()};

    if ((v[0] & 1) != 0) {
        v[2] = v[0] + (v[2] & 0xff) - 0x80;
    }
    if ((wide)v[0] + v[1] > UINT64_MAX || (wide)v[2] + v[3] > UINT64_MAX) {
        return;
    }
    bool within = v[0] >= v[2] && (wide)v[0] + v[1] <= (wide)v[2] + v[3];
    bool apart = (wide)v[0] + v[1] <= v[2] || (wide)v[2] + v[3] <= v[0];
    demand(bits_range_within(v[0], v[1], v[2], v[3]) == within, "within", v);
    demand(bits_ranges_overlap(v[0], v[1], v[2], v[3]) == !apart, "overlap", v);
    demand(bits_is_aligned(v[0], BIT(v[1] & 63)) == (v[0] % BIT(v[1] & 63) == 0), "aligned", v);
}

int main(void) {
    uint64_t pairs = places_check();

    for (unsigned i = 0; i < RANDOM; i++) {
        random_check();
    }
    printf("  ranges: %" PRIu64 " pairs of %u places at %zu widths, %u random ones, %" PRIu64
           " wrong\n",
           pairs, PLACES, sizeof(shifts) / sizeof(shifts[0]), RANDOM, wrong);
    return wrong != 0;
}
