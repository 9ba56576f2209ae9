/** Holds connections and contexts to a policy: clients to what they offer and got, servers to how they are set up. */
import type { Judgement } from '../findings/finding.js';
import type { RuleName } from '../findings/rules.js';
import type { Connection, Context } from '../ledger/objects.js';
import type { Origin, SettingName } from '../ledger/setting.js';
import type { Conversation } from '../wire/conversation.js';
import { groupName, versionName } from '../wire/names.js';
import { suiteName } from '../wire/suite-names.js';
import type { Policy } from './policy.js';
import { featuresOf, isBroken } from './suite-features.js';

/** RFC 8446, section B.4: a hybrid of ML-KEM and a curve, draft-ietf-tls-ecdhe-mlkem. */
const HYBRID_GROUPS = new Set([0x11eb, 0x11ec, 0x11ed]);

export class PolicyJudge {
  constructor(private readonly policy: Policy) {}

  connection(connection: Connection): readonly Judgement[] {
    const { conversation, settings } = connection;
    if (conversation === undefined) return [];
    const by = (name: SettingName): Origin | undefined =>
      settings.get(name)?.by ??
      connection.context?.settings.get(name)?.by ??
      connection.handshakeBy;
    return [
      ...this.negotiated(conversation, by),
      ...(conversation.role === 'client' ? this.offered(conversation, by) : []),
      ...this.keys(conversation, by),
      ...this.postQuantum(conversation, by),
    ];
  }

  context(context: Context): readonly Judgement[] {
    const level = context.settings.get('security level');
    const { securityLevel } = this.policy;
    if (securityLevel === undefined || level === undefined) return [];
    if (Number(level.number ?? level.value) >= securityLevel) return [];
    const sentence = `The security level is ${level.value}; ${this.policy.name} demands ${securityLevel}.`;
    return [judged('TLS-SECLEVEL-LOW', sentence, [level.source], level.by)];
  }

  /** What is used counts, whatever was offered beside it. */
  private negotiated({ serverHello, group }: Conversation, by: OriginOf): readonly Judgement[] {
    if (serverHello === undefined || serverHello.isRetry) return [];
    const { name, groups } = this.policy;
    const found: Judgement[] = [];
    const complain = (what: string, setting: SettingName): void => {
      const sentence = `${what} was negotiated; ${name} does not allow it.`;
      found.push(judged('TLS-NEGOTIATED-WEAK', sentence, ['ServerHello'], by(setting)));
    };
    const { version, suite } = serverHello;
    if (this.isOld(version)) complain(versionName(version), 'minimum version');
    if (!this.isAllowedSuite(suiteName(suite))) complain(suiteName(suite), 'cipher list');
    if (
      group !== undefined &&
      groups?.force === 'required' &&
      !groups.names.has(groupName(group))
    ) {
      complain(groupName(group), 'groups');
    }
    return found;
  }

  /** A policy that lists suites lists what may be offered; the default one only judges what is used. */
  private offered({ clientHello }: Conversation, by: OriginOf): readonly Judgement[] {
    const { suites, name } = this.policy;
    if (clientHello === undefined || suites === undefined) return [];
    const versions = clientHello.versions.filter((version) => this.isOld(version));
    const weak = clientHello.suites
      .map(suiteName)
      .filter((suite) => featuresOf(suite) !== undefined && !this.isAllowedSuite(suite));
    const found: Judgement[] = [];
    if (versions.length > 0) {
      const what = versions.map(versionName).join(', ');
      const sentence = `The client offers ${what}; ${name} does not allow it.`;
      found.push(judged('TLS-OFFER-WEAK', sentence, ['ClientHello'], by('minimum version')));
    }
    if (weak.length > 0) {
      const sentence = `The client offers ${weak.length} suites that ${name} does not allow.`;
      found.push(judged('TLS-OFFER-WEAK', sentence, weak, by('cipher list')));
    }
    return found;
  }

  private keys({ serverChain }: Conversation, by: OriginOf): readonly Judgement[] {
    const { rsaBits, name } = this.policy;
    const [peer] = serverChain ?? [];
    if (rsaBits === undefined || peer?.keyType !== 'rsa' || peer.keyBits === undefined) return [];
    if (peer.keyBits >= rsaBits) return [];
    const sentence = `The server's certificate has an RSA key of ${peer.keyBits} bits; ${name} demands ${rsaBits}.`;
    return [judged('TLS-KEY-SHORT', sentence, [peer.subject], by('credentials'))];
  }

  private postQuantum({ clientHello, group }: Conversation, by: OriginOf): readonly Judgement[] {
    if (this.policy.postQuantum === undefined || clientHello === undefined) return [];
    if (group !== undefined && HYBRID_GROUPS.has(group)) return [];
    const isOffered = clientHello.groups.some((one) => HYBRID_GROUPS.has(one));
    const why = isOffered
      ? 'one was offered, but the other side chose none'
      : 'none was offered: classical only';
    const sentence = `No hybrid group with ML-KEM was negotiated: ${why}.`;
    const groups = clientHello.groups.map(groupName).join(', ');
    return [judged('TLS-NEGOTIATED-WEAK', sentence, [`offered: ${groups}`], by('groups'))];
  }

  private isOld(version: number): boolean {
    const { minimumVersion } = this.policy;
    return minimumVersion !== undefined && asTls(version) < minimumVersion;
  }

  private isAllowedSuite(name: string): boolean {
    if (isBroken(name)) return false;
    const { suites } = this.policy;
    if (suites === undefined) return true;
    if (suites.names !== undefined) return suites.names.has(name);
    const features = featuresOf(name);
    if (features === undefined) return false;
    return (
      suites.ciphers?.has(features.cipher) !== false &&
      suites.keyExchanges?.has(features.keyExchange) !== false &&
      !(suites.noSha1 === true && features.hash === 'SHA')
    );
  }
}

/** DTLS counts downwards; each is the TLS that it was made from: RFC 4347, RFC 6347, RFC 9147. */
const DTLS_AS_TLS: ReadonlyMap<number, number> = new Map([
  [0xfeff, 0x0302],
  [0xfefd, 0x0303],
  [0xfefc, 0x0304],
]);

function asTls(version: number): number {
  return DTLS_AS_TLS.get(version) ?? version;
}

type OriginOf = (name: SettingName) => Origin | undefined;

function judged(
  rule: RuleName,
  sentence: string,
  evidence: readonly string[],
  origin: Origin | undefined,
): Judgement {
  return { rule, sentence, evidence, calls: origin === undefined ? [] : [origin.call], origin };
}
