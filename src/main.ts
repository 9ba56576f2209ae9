#!/usr/bin/env node
/** The command. */
import { writeSync } from 'node:fs';

writeSync(2, 'tsltrace: not built yet\n');
process.exitCode = 1;
