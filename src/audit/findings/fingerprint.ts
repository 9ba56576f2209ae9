/** What stays the same of a finding from run to run and from machine to machine: no addresses, no processes, no peers. */
import { createHash } from 'node:crypto';
import type { Instance } from './finding.js';

/** Who decided, whatever it was; '' for what is not known. */
export interface DecidedPlace {
  readonly rule: string;
  /** Names of files, without their folders. */
  readonly program: string;
  readonly module: string;
  /** The function that was called, and the one that called it. */
  readonly call: string;
  readonly symbol: string;
  /** The script whose line wanted it, without its folder, and the function there. Not the line: lines move. */
  readonly script: string;
  readonly function: string;
}

export function placeOf({ rule, program, origin }: Instance): DecidedPlace {
  const { module = '', what = '', symbol, asked } = origin ?? {};
  return {
    rule,
    program: baseName(program),
    module: stableModule(module),
    call: what.replace(/\(.*/s, ''),
    symbol: symbol?.name ?? '',
    script: baseName(asked?.file ?? ''),
    function: asked?.function ?? '',
  };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What it decided there, and what came of it. */
export function decisionText({ origin, sentence }: Instance): string {
  return withoutAddresses(origin === undefined ? sentence : `${origin.what}: ${sentence}`);
}

/** 64 hexadecimal digits, for whoever compares runs. */
export function fingerprint(instance: Instance): string {
  const text = JSON.stringify([placeOf(instance), decisionText(instance)]);
  return createHash('sha256').update(text).digest('hex');
}

/** No page below this is ever mapped, mmap_min_addr: smaller numbers are meant as numbers. */
const LOWEST_ADDRESS = 0x10000n;

function withoutAddresses(text: string): string {
  return text.replace(/0x[0-9a-f]+/g, (number) =>
    BigInt(number) < LOWEST_ADDRESS ? number : '<address>',
  );
}

/** Wheels of Python bring libraries with a part of their digest in the name: `libssl-1d5a8f0c.so.3`. */
function stableModule(module: string): string {
  return module.replace(/-[0-9a-f]{8}(?=\.so\b)/, '');
}
