// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include <asm/loongarch.h>

#include "loongvisor.h"

/* hvcl 0 as a word: assemblers that know the name are rare. */
#define HVCL ".word 0x002b8000"

s64 lv_hypercall(unsigned long code, unsigned long a1, unsigned long a2)
{
	register unsigned long r0 asm("a0") = code;
	register unsigned long r1 asm("a1") = a1;
	register unsigned long r2 asm("a2") = a2;

	asm volatile(HVCL : "+r"(r0) : "r"(r1), "r"(r2) : "memory");
	return (s64)r0;
}

long lv_call_result(s64 result)
{
	long error = lv_result_error(result);

	if (result >= 0)
		return result;
	return error && error <= MAX_ERRNO ? -error : -EIO;
}

long lv_call(unsigned long code, unsigned long a1, unsigned long a2)
{
	return lv_call_result(lv_hypercall(code, a1, a2));
}

/*
 * The hypervisor requires a buffer inside one RAM region of the zone. Regions
 * meet at page boundaries. If an object's size is a power of two up to a page,
 * it crosses none (Documentation/core-api/memory-allocation).
 */
void *lv_buffer_alloc(size_t size)
{
	return kzalloc(roundup_pow_of_two(size), GFP_KERNEL);
}

bool lv_hypervisor_present(void)
{
	u32 signature = read_cpucfg(LV_CPUCFG_SIGNATURE);

	return signature == LV_CPUCFG_SIGNATURE_VALUE ||
	       signature == LV_KVM_SIGNATURE_VALUE;
}
