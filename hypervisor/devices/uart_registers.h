/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of a 16550A and their bits (PC16550D data sheet, section 8). */
#ifndef LV_DEVICES_UART_REGISTERS_H
#define LV_DEVICES_UART_REGISTERS_H

#define UART_DATA 0u /* with LCR_DLAB: the divisor's low byte */
#define UART_IER  1u /* with LCR_DLAB: the divisor's high byte */
#define UART_IIR  2u /* read */
#define UART_FCR  2u /* write */
#define UART_LCR  3u
#define UART_MCR  4u
#define UART_LSR  5u
#define UART_MSR  6u
#define UART_SCR  7u

#define UART_IER_RECEIVED 0x01u
#define UART_IER_SENT     0x02u
#define UART_IER_ERROR    0x04u
#define UART_IER_MODEM    0x08u
#define UART_IER_ALL      0x0fu

#define UART_IIR_MODEM    0x00u
#define UART_IIR_NONE     0x01u
#define UART_IIR_SENT     0x02u
#define UART_IIR_RECEIVED 0x04u
#define UART_IIR_ERROR    0x06u
#define UART_IIR_TIMEOUT  0x0cu /* received fewer than the trigger level */
#define UART_IIR_FIFOS    0xc0u

#define UART_FCR_ENABLE        0x01u
#define UART_FCR_CLEAR_RECEIVE 0x02u
#define UART_FCR_TRIGGER_SHIFT 6u

#define UART_LCR_8N1  0x03u
#define UART_LCR_DLAB 0x80u

#define UART_MCR_DTR  0x01u
#define UART_MCR_RTS  0x02u
#define UART_MCR_OUT1 0x04u
#define UART_MCR_OUT2 0x08u
#define UART_MCR_LOOP 0x10u
#define UART_MCR_ALL  0x1fu

#define UART_LSR_READY   0x01u /* something is received */
#define UART_LSR_OVERRUN 0x02u
#define UART_LSR_THRE    0x20u
#define UART_LSR_TEMT    0x40u

#define UART_MSR_CHANGES_SHIFT 4u /* below each line: that it has changed */
#define UART_MSR_CTS           0x10u
#define UART_MSR_DSR           0x20u
#define UART_MSR_RI            0x40u
#define UART_MSR_DCD           0x80u

#define UART_FIFO_SIZE 16u

#endif
