// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/spinlock.h: one at a time, in the order in which they came, and never for ever. */
#include <support.h>
#include <lib/bits.h>
#include <lib/spinlock.h>
#include <pthread.h>
#include <sched.h>

#define WAITERS 8u
#define ROUNDS  20000u

static struct spinlock lock;
static unsigned order[WAITERS];
static unsigned ordered;
static uint64_t counter;

static int free_lock(void **state) {
    (void)state;
    atomic_store(&lock.tickets, 0);
    ordered = 0;
    counter = 0;
    return 0;
}

static uint32_t queue_length(void) {
    uint64_t tickets = atomic_load(&lock.tickets);

    return spinlock_next_ticket(tickets) - (uint32_t)tickets;
}

static void *count_up(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < ROUNDS; i++) {
        spinlock_take(&lock);
        counter++;
        spinlock_release(&lock);
    }
    return NULL;
}

/* The thread sanitizer sees whether what one has written is there for the next. */
static void one_at_a_time(void **state) {
    pthread_t threads[WAITERS / 4];

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(counter, ARRAY_SIZE(threads) * ROUNDS);
    assert_int_equal(queue_length(), 0);
}

static void *wait_in_line(void *number) {
    spinlock_take(&lock);
    order[ordered++] = (unsigned)(uintptr_t)number;
    spinlock_release(&lock);
    return NULL;
}

/* Starts a thread and returns when it waits, or holds the lock. */
static void join_the_queue(pthread_t *thread, unsigned number) {
    uint32_t before = queue_length();

    assert_int_equal(pthread_create(thread, NULL, wait_in_line, (void *)(uintptr_t)number), 0);
    while (queue_length() == before) {
        sched_yield();
    }
}

/* So the wait is bounded by the others' number, whatever they do when they have had their turn. */
static void who_comes_first_gets_it_first(void **state) {
    pthread_t threads[WAITERS];

    (void)state;
    spinlock_take(&lock);
    for (unsigned i = 0; i < WAITERS; i++) {
        join_the_queue(&threads[i], i);
    }
    spinlock_release(&lock);
    for (unsigned i = 0; i < WAITERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    for (unsigned i = 0; i < WAITERS; i++) {
        assert_int_equal(order[i], i);
    }
}

static void try_does_not_wait_or_push_in(void **state) {
    pthread_t waiter;

    (void)state;
    assert_true(spinlock_try(&lock));
    assert_false(spinlock_try(&lock));
    join_the_queue(&waiter, 0);
    assert_false(spinlock_try(&lock));
    assert_int_equal(queue_length(), 2);
    spinlock_release(&lock);
    assert_int_equal(pthread_join(waiter, NULL), 0);
    assert_true(spinlock_try(&lock));
    spinlock_release(&lock);
    assert_int_equal(queue_length(), 0);
}

/* Neither half carries into the other. */
static void tickets_wrap_around(void **state) {
    (void)state;
    atomic_store(&lock.tickets, UINT64_MAX);
    spinlock_take(&lock);
    assert_int_equal(queue_length(), 1);
    spinlock_release(&lock);
    assert_int_equal(atomic_load(&lock.tickets), 0);
    atomic_store(&lock.tickets, UINT64_MAX);
    assert_true(spinlock_try(&lock));
    spinlock_release(&lock);
    assert_int_equal(atomic_load(&lock.tickets), 0);
}

/* The holder never releases. The first in the queue goes on in the end, and who comes later waits
 * for that one. */
static void lost_holder_does_not_stop_the_others(void **state) {
    const uint32_t patience = 1000;
    uint32_t first = 1;
    uint32_t second = 2;

    (void)state;
    spinlock_take(&lock);
    atomic_fetch_add(&lock.tickets, 2 * SPINLOCK_TICKET);
    spinlock_wait(&lock, first, patience);
    assert_int_equal(atomic_load(&lock.owner), first);
    spinlock_release(&lock);
    spinlock_wait(&lock, second, patience);
    spinlock_release(&lock);
    assert_int_equal(queue_length(), 0);
    spinlock_take(&lock);
    spinlock_release(&lock);
}

static void *wait_impatiently(void *ticket) {
    spinlock_wait(&lock, (uint32_t)(uintptr_t)ticket, 1);
    return NULL;
}

/* However long the second has waited, it does not overtake the first. */
static void only_the_first_in_the_queue_loses_patience(void **state) {
    pthread_t second;

    (void)state;
    spinlock_take(&lock);
    atomic_fetch_add(&lock.tickets, 2 * SPINLOCK_TICKET);
    assert_int_equal(pthread_create(&second, NULL, wait_impatiently, (void *)(uintptr_t)2), 0);
    for (unsigned i = 0; i < ROUNDS; i++) {
        sched_yield();
        assert_int_equal(atomic_load(&lock.owner), 0);
    }
    /* The holder and the first go at once: alone, the holder's going makes the second the first. */
    atomic_fetch_add(&lock.owner, 2);
    assert_int_equal(pthread_join(second, NULL), 0);
    spinlock_release(&lock);
    assert_int_equal(queue_length(), 0);
}

int test_spinlock(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_at_a_time, free_lock),
        cmocka_unit_test_setup(who_comes_first_gets_it_first, free_lock),
        cmocka_unit_test_setup(try_does_not_wait_or_push_in, free_lock),
        cmocka_unit_test_setup(tickets_wrap_around, free_lock),
        cmocka_unit_test_setup(lost_holder_does_not_stop_the_others, free_lock),
        cmocka_unit_test_setup(only_the_first_in_the_queue_loses_patience, free_lock),
    };

    return cmocka_run_group_tests_name("spinlock", tests, NULL, NULL);
}
