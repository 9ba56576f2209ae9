/** The `bom-ref` of each component: unique, and the same in every run. */
import { createHash } from 'node:crypto';

export const algorithmRef = (name: string): string => `algorithm/${name}`;

export const protocolRef = (version: string): string => `protocol/${version.replaceAll(' ', '-')}`;

/** Paths may hold anything: their digest does not. */
export function libraryRef(path: string): string {
  return `library/${createHash('sha256').update(path).digest('hex').slice(0, 16)}`;
}

export const certificateRef = (fingerprint: string): string => `certificate/${fingerprint}`;
