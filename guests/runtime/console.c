// SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause)
#include <rt/console.h>
#include <rt/runtime.h>

#define BACKSPACE  '\b'
#define DELETE     0x7f
#define PROMPT     "> "
#define NAME_WIDTH 10u

static const struct rt_command *known;
static char line[RT_CONSOLE_LINE + 1];
static uint32_t length;

static volatile uint8_t *uart(void) {
    return rt_uncached(RT_UART_BASE);
}

void rt_console_open(const struct rt_command *commands) {
    known = commands;
    uart()[RT_UART_IER] = RT_UART_IER_DATA;
    rt_printf(PROMPT);
}

static uint32_t text_length(const char *text) {
    uint32_t n = 0;

    while (text[n] != '\0') {
        n++;
    }
    return n;
}

/* What follows the word in the text and its spaces; NULL if the text begins otherwise. */
static const char *word_skip(const char *text, const char *word) {
    while (*word != '\0' && *text == *word) {
        text++;
        word++;
    }
    if (*word != '\0' || (*text != '\0' && *text != ' ')) {
        return NULL;
    }
    while (*text == ' ') {
        text++;
    }
    return text;
}

static void help_print(void) {
    for (const struct rt_command *command = known; command->name != NULL; command++) {
        rt_printf("%s", command->name);
        for (uint32_t n = text_length(command->name); n < NAME_WIDTH; n++) {
            rt_putc(' ');
        }
        rt_printf("%s\n", command->what);
    }
}

static void line_run(void) {
    if (word_skip(line, "help") != NULL) {
        help_print();
        return;
    }
    for (const struct rt_command *command = known; command->name != NULL; command++) {
        const char *rest = word_skip(line, command->name);
        if (rest != NULL) {
            command->run(rest);
            return;
        }
    }
    if (line[0] != '\0') {
        rt_printf("no command: %s (try help)\n", line);
    }
}

static void line_end(void) {
    rt_putc('\n');
    line[length] = '\0';
    length = 0;
    line_run();
    rt_printf(PROMPT);
}

static void character_take(char c) {
    if (c == '\r' || c == '\n') {
        line_end();
    } else if (c == BACKSPACE || c == DELETE) {
        if (length > 0) {
            length--;
            rt_printf("\b \b");
        }
    } else if (c >= ' ' && length < RT_CONSOLE_LINE) {
        line[length++] = c;
        rt_putc(c);
    }
}

void rt_console_serve(void) {
    while ((uart()[RT_UART_LSR] & RT_UART_LSR_DATA) != 0) {
        character_take((char)uart()[RT_UART_DATA]);
    }
}

uint64_t rt_console_number(const char *text) {
    uint64_t value = 0;

    for (; *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (uint64_t)(*text - '0');
    }
    return value;
}
