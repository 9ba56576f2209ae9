import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { EngineOptions } from '../engine/engine-options.js';

type RunIdentity = NonNullable<EngineOptions['identity']>;

/** A machine may have no name, or be given one just now: hostname(1) says that of it. */
const NAMELESS = '(none)';

/**
 * Whose run this is.
 *
 * @param host by default the name of the machine
 */
export function newIdentity(
  labels: RunIdentity['labels'],
  host: string = ownName(hostname()),
): RunIdentity {
  return { run: randomUUID(), host, labels };
}

/** @param name as the kernel has it */
export function ownName(name: string): string {
  return name === '' ? NAMELESS : name;
}
