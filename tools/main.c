// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * pcsc-reader: smart cards from a shell, without pcscd in the guest.
 */
#include <stddef.h>

#include "options.h"
#include "stop.h"

static const struct command commands[] = {
	{ "list", "jqvr", "", "the readers", 0, 0, run_list },
	{ "status", "jqvr", "[READER]", "one reader and its card", 0, 1, run_status },
	{ "connect", "jqvrtspdx", "[[--] PROGRAM [WORD]...]",
	  "connect, and hold the card while PROGRAM runs", 0, -1, run_connect },
	{ "apdu", "jqvrtspdxefg", "HEX...|-|-f FILE", "send APDUs, print the answers", 0, -1,
	  run_apdu },
	{ "monitor", "jqvrtn", "", "cards and readers that come and go", 0, 0, run_monitor },
	{ "atr", "jqvr", "[HEX|READER]", "an answer to reset, explained", 0, -1, run_atr },
	{ "reset", "jqvrtspd", "[READER]", "reset the card", 0, 1, run_reset },
	{ "control", "jqvrtspd", "CODE [HEX]", "a control code for the reader", 1, 2,
	  run_control },
	{ "attrib", "jqvrtspd", "[ID|NAME]", "an attribute of the reader, or the names", 0, 1,
	  run_attrib },
	{ 0 }
};

int main(int argc, char **argv)
{
	const struct command *command;
	struct options options;
	int status;

	status = options_parse(&options, commands, &command, argc, argv);
	if (status)
		return status;
	stop_catch();
	status = command->run(&options);
	stop_die();
	return status;
}
