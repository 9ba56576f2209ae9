/** What was looked at, and what not: no finding means something only where this says so. */
import type { ModuleCoverage, ModuleLoaded } from '../../trace/event.js';
import type { AuditCoverage } from './report.js';

export type LoadedModule = Pick<ModuleLoaded, 'module' | 'path' | 'buildId' | 'isMainProgram'>;

/** Names of files of libraries that speak TLS, or bring cryptography. */
const TLS_NAMES =
  /^lib(?:ssl|crypto|gnutls|nss3|ssl3|smime3|mbedtls|mbedx509|mbedcrypto|wolfssl|bearssl|boringssl|tls|s2n|curl)\b|^_rust|rustls|conscrypt|libjsse/;

const MOST_REFUSED = 200;

export function coverageOf(
  looked: readonly ModuleCoverage[],
  loaded: readonly LoadedModule[],
  callsInto: ReadonlyMap<string, number>,
): AuditCoverage {
  const seen = new Map<string, ModuleCoverage | LoadedModule>();
  for (const module of [...loaded, ...looked]) seen.set(module.path, module);
  const modules = [...seen.values()];
  const placedIn = (module: ModuleCoverage | LoadedModule): number =>
    'placed' in module ? module.placed : 0;
  return {
    libraries: modules
      .filter((module) => TLS_NAMES.test(module.module) || (callsInto.get(module.module) ?? 0) > 0)
      .map((module) => ({
        module: module.module,
        path: module.path,
        buildId: module.buildId ?? '',
        placed: placedIn(module),
        calls: callsInto.get(module.module) ?? 0,
      })),
    unreadable: looked.flatMap(({ path, unreadable }) =>
      unreadable === undefined ? [] : [{ path, reason: unreadable }],
    ),
    refused: looked
      .flatMap(({ module, refused }) => refused.map((place) => ({ module, ...place })))
      .slice(0, MOST_REFUSED),
    notFollowed: [],
    notes: ['of DTLS and QUIC what follows the first datagrams'],
  };
}
