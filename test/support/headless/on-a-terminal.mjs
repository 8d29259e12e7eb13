/** Loaded before the command line: its pipes say that a person sits at them. */
for (const stream of [process.stdin, process.stdout, process.stderr]) stream.isTTY = true;
