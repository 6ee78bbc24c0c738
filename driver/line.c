// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/irqdomain.h>
#include <linux/smp.h>

#include "loongvisor.h"

/* On LV_LINE_CPU. */
static int lv_line_start(void *data)
{
	struct lv_line *line = data;

	return request_irq(line->irq, line->handler,
			   IRQF_PERCPU | IRQF_NO_THREAD, line->name,
			   line->data);
}

/* On LV_LINE_CPU. */
static int lv_line_stop(void *data)
{
	struct lv_line *line = data;

	free_irq(line->irq, line->data);
	return 0;
}

int lv_line_request(struct lv_line *line)
{
	int error = smp_call_on_cpu(LV_LINE_CPU, lv_line_start, line, false);

	if (error)
		irq_dispose_mapping(line->irq);
	return error;
}

void lv_line_free(struct lv_line *line)
{
	smp_call_on_cpu(LV_LINE_CPU, lv_line_stop, line, false);
	/*
	 * The line may be high, or rise. While it has a number, the kernel
	 * counts each look at it as an unhandled interrupt.
	 */
	irq_dispose_mapping(line->irq);
}
