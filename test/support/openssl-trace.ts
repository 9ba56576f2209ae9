/** Reads what `openssl s_client -trace` prints: a decoder of handshakes that is not ours. */

/** The facts of an audit's report that a trace shows as well. */
export interface TracedHandshake {
  readonly version: string;
  readonly suite: string;
  readonly group: string;
  readonly serverName: string;
  readonly protocol: string;
  readonly resumed: 'resumed' | 'full' | '';
  readonly retried: boolean;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly offeredVersions: readonly string[];
  readonly offeredSuites: readonly string[];
  readonly offeredGroups: readonly string[];
  readonly offeredSignatures: readonly string[];
  readonly offeredProtocols: readonly string[];
  readonly alerts: readonly string[];
}

/** IANA, TLS Supported Groups: what OpenSSL 3.0 offers. */
const GROUPS: Readonly<Record<string, string>> = {
  23: 'secp256r1',
  24: 'secp384r1',
  25: 'secp521r1',
  29: 'x25519',
  30: 'x448',
  256: 'ffdhe2048',
  257: 'ffdhe3072',
  258: 'ffdhe4096',
  259: 'ffdhe6144',
  260: 'ffdhe8192',
};

/** @param said what s_client itself printed */
export function decodeTrace(trace: string, said: string): TracedHandshake {
  const messages = trace.split(/^(?=Sent Record|Received Record)/m);
  const all = (name: string, direction: string): readonly string[] =>
    messages.filter((one) => one.startsWith(direction) && one.includes(`    ${name}, Length=`));
  const client = all('ClientHello', 'Sent').at(-1) ?? '';
  const hellos = all('ServerHello', 'Received');
  const server = hellos.at(-1) ?? '';
  return {
    ...offered(client),
    ...chosen(all, said),
    suite: /cipher_suite \{.*\} (\S+)/.exec(server)?.[1] ?? '',
    protocol: /ALPN protocol: (.*)/.exec(said)?.[1] ?? '',
    resumed: server === '' ? '' : /^Reused, /m.test(said) ? 'resumed' : 'full',
    retried: hellos.some((one) => one.includes('E59A6111BE1D8C021E65B891C2A211167ABB8C5E')),
    alerts: messages.flatMap((one) => alertIn(one)),
  };
}

/** What TLS 1.2 shows and TLS 1.3 encrypts. */
function chosen(
  all: (name: string, direction: string) => readonly string[],
  said: string,
): Pick<TracedHandshake, 'version' | 'group' | 'serverKey' | 'clientCertificate'> {
  const server = all('ServerHello', 'Received').at(-1) ?? '';
  const version = versionOf(server);
  if (version === 'TLS 1.3') {
    const group = groupAt(/NamedGroup: .*\((\d+)\)/, server);
    return { version, group, serverKey: '', clientCertificate: '' };
  }
  const hasChain = (direction: string): boolean =>
    all('Certificate', direction).some((one) => one.includes('ASN.1Cert'));
  const bits = /Server public key is (\d+) bit/.exec(said)?.[1] ?? '';
  const asked = all('CertificateRequest', 'Received').length > 0 ? 'asked for' : '';
  return {
    version,
    group: groupAt(/named_curve: .*\((\d+)\)/, all('ServerKeyExchange', 'Received')[0] ?? ''),
    serverKey: hasChain('Received') ? `rsa ${bits}` : '',
    clientCertificate: hasChain('Sent') ? 'sent' : asked,
  };
}

function groupAt(pattern: RegExp, message: string): string {
  return GROUPS[pattern.exec(message)?.[1] ?? ''] ?? '';
}

function offered(client: string) {
  return {
    serverName: nameIn(extension(client, 0)),
    offeredVersions: versionsIn(client),
    offeredSuites: [...client.matchAll(/^ {8}\{0x.*\} (\S+)$/gm)].map(([, name]) => name ?? ''),
    offeredGroups: [...extension(client, 10).matchAll(/\((\d+)\)$/gm)].map(
      ([, number]) => GROUPS[number ?? ''] ?? `unknown ${number}`,
    ),
    offeredSignatures: [...extension(client, 13).matchAll(/^ +(\S+) \(0x/gm)].map(
      ([, name]) => name ?? '',
    ),
    offeredProtocols: [...extension(client, 16).matchAll(/^ {10}(.+)$/gm)].map(
      ([, name]) => name ?? '',
    ),
  };
}

/** The lines of one extension of a hello. */
function extension(hello: string, type: number): string {
  const [, rest = ''] = hello.split(new RegExp(`extension_type=\\S+\\(${type}\\), length=\\d+\\n`));
  return rest.split(/^ {8}(?=\S)/m)[0] ?? '';
}

function versionsIn(client: string): readonly string[] {
  const listed = [...extension(client, 43).matchAll(/(TLS 1\.\d) \(/g)].map(
    ([, name]) => name ?? '',
  );
  const legacy = /client_version=\S+ \((.*)\)/.exec(client)?.[1] ?? '';
  return listed.length > 0 ? listed : [legacy];
}

function versionOf(server: string): string {
  const chosen = /(TLS 1\.\d) \(/.exec(extension(server, 43))?.[1];
  return chosen ?? /server_version=\S+ \((.*)\)/.exec(server)?.[1] ?? '';
}

/** OpenSSL shows names of servers as a dump: list, type, length, name. */
function nameIn(dump: string): string {
  const bytes = [...dump.matchAll(/^ +[0-9a-f]{4} - ((?:[0-9a-f]{2}[ -]?)+)/gm)].flatMap(
    ([, line = '']) => (line.match(/[0-9a-f]{2}/g) ?? []).map((pair) => Number.parseInt(pair, 16)),
  );
  return String.fromCharCode(...bytes.slice(5));
}

function alertIn(message: string): readonly string[] {
  const name = /Level=fatal\(2\), description=(.*)\(\d+\)/.exec(message)?.[1];
  if (name === undefined) return [];
  const direction = message.startsWith('Sent') ? 'sent' : 'received';
  return [`${direction} ${name.replaceAll(' ', '_')}`];
}
