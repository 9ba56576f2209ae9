/** OpenSSL: SSL_CONF_cmd(3), through which openssl.cnf and programs with such files set things without a setter. */
import type { Connection, Context } from '../../ledger/objects.js';
import { key, type Configuration } from '../../ledger/process-ledger.js';
import type { SettingName } from '../../ledger/setting.js';
import { atReturn, type HandlerTable } from '../handler.js';
import type { Moment } from '../moment.js';
import { connectionAt, contextAt } from './lifecycle.js';
import { defaultOptions, optionChange, optionNames, type OptionChange } from './option-bits.js';
import { put, putCipherList, putVersion, type Bound } from './settings.js';

type Holder = Context | Connection;

/** SSL_CONF_cmd(3): names in files, and on command lines, in small letters; what they say is taken as it stands. */
const TEXTS: Readonly<Record<string, SettingName>> = {
  ciphersuites: 'TLS 1.3 suites',
  groups: 'groups',
  curves: 'groups',
  ecdhparameters: 'groups',
  named_curve: 'groups',
  signaturealgorithms: 'signature algorithms',
  sigalgs: 'signature algorithms',
  clientsignaturealgorithms: 'client signature algorithms',
  client_sigalgs: 'client signature algorithms',
  dhparameters: 'DH parameters',
  dhparam: 'DH parameters',
  certificate: 'credentials',
  cert: 'credentials',
};

const BOUNDS: Readonly<Record<string, Bound['name']>> = {
  minprotocol: 'minimum version',
  min_protocol: 'minimum version',
  maxprotocol: 'maximum version',
  max_protocol: 'maximum version',
};

/** SSL_CONF_cmd(3), MinProtocol. */
const VERSIONS: Readonly<Record<string, number>> = {
  none: 0,
  sslv3: 0x0300,
  tlsv1: 0x0301,
  'tlsv1.1': 0x0302,
  'tlsv1.2': 0x0303,
  'tlsv1.3': 0x0304,
  dtlsv1: 0xfeff,
  'dtlsv1.2': 0xfefd,
};

/** SSL_CONF_cmd(3), VerifyMode: a list, of which each adds or takes flags of SSL_CTX_set_verify(3). */
const VERIFY_FLAGS: Readonly<Record<string, number>> = {
  peer: 1,
  request: 1,
  require: 3,
  once: 5,
  requestposthandshake: 9,
  requireposthandshake: 11,
};
const VERIFY_NAMES = [
  'SSL_VERIFY_PEER',
  'SSL_VERIFY_FAIL_IF_NO_PEER_CERT',
  'SSL_VERIFY_CLIENT_ONCE',
  'SSL_VERIFY_POST_HANDSHAKE',
];

const CIPHER_LISTS = new Set(['cipherstring', 'cipher']);
const TICKETS = new Set(['numtickets', 'num_tickets']);

function onCommand(at: Moment): void {
  const configuration = at.ledger.configurations.get(key(at.word(0)));
  const command = commandOf(at.text(1) ?? '', configuration?.prefix);
  if (configuration?.holder === undefined || command === undefined) return;
  const { holder } = configuration;
  const text = at.text(2) ?? '';
  // Of lists that fail in the middle, what comes before stands.
  const change = optionChange(command, text);
  if (change !== undefined) putOptions(at, holder, change);
  else if (at.resultInt > 0) putCommand(at, holder, command, text);
}

/** The name alone, in small letters; undefined where the prefix is another. */
function commandOf(name: string, prefix: string | undefined): string | undefined {
  const small = name.toLowerCase();
  if (prefix === undefined) return small.replace(/^-/, '');
  return small.startsWith(prefix.toLowerCase()) ? small.slice(prefix.length) : undefined;
}

function putCommand(at: Moment, holder: Holder, command: string, text: string): void {
  const bound = BOUNDS[command];
  const version = VERSIONS[text.toLowerCase()];
  if (bound !== undefined && version !== undefined) {
    putVersion(at, holder, { name: bound, number: version, shown: [1, 2] });
  } else if (CIPHER_LISTS.has(command)) putCipherList(at, holder, text, 1, 2);
  else if (command === 'verifymode') putVerifyMode(at, holder, text);
  else if (TICKETS.has(command)) {
    put(at, holder, 'tickets', { value: text, number: Number(text), shown: [1, 2] });
  } else {
    const name = TEXTS[command];
    if (name !== undefined) put(at, holder, name, { value: text, shown: [1, 2] });
  }
}

function putOptions(at: Moment, holder: Holder, { on, off }: OptionChange): void {
  const before = holder.settings.get('options');
  const base = before?.number ?? defaultOptions(holder.facts.library);
  const concerns = on | off;
  const isOfSystem = before?.source === 'system configuration';
  const all = isOfSystem ? concerns | (before.concerns ?? 0n) : concerns;
  if (base === undefined) {
    const value = `the defaults, with ${optionNames(on)}, without ${optionNames(off)}`;
    put(at, holder, 'options', { value, shown: [1, 2] });
    return;
  }
  const number = (BigInt(base) & ~off) | on;
  put(at, holder, 'options', {
    value: optionNames(number),
    number: BigInt.asUintN(53, number) === number ? Number(number) : number,
    concerns: all,
    shown: [1, 2],
  });
}

function putVerifyMode(at: Moment, holder: Holder, text: string): void {
  let number = Number(holder.settings.get('verify mode')?.number ?? 0);
  for (const part of text.split(',')) {
    const [, sign, name = ''] = /^\s*([-+]?)(.*?)\s*$/.exec(part) ?? [];
    const flags = VERIFY_FLAGS[name.toLowerCase()] ?? 0;
    number = sign === '-' ? number & ~flags : number | flags;
  }
  const names = VERIFY_NAMES.filter((_, position) => (number & (1 << position)) !== 0);
  const value = names.length === 0 ? 'SSL_VERIFY_NONE' : names.join('|');
  put(at, holder, 'verify mode', { value, number, shown: [1, 2] });
}

function configurationAt(at: Moment): Configuration {
  const address = key(at.word(0));
  let known = at.ledger.configurations.get(address);
  if (known === undefined) at.ledger.configurations.set(address, (known = {}));
  return known;
}

export const CONFIGURATION: HandlerTable = {
  SSL_CONF_CTX_set_ssl_ctx: atReturn((at) => {
    configurationAt(at).holder = at.word(1) === 0 ? undefined : contextAt(at, at.word(1));
  }),
  SSL_CONF_CTX_set_ssl: atReturn((at) => {
    configurationAt(at).holder = at.word(1) === 0 ? undefined : connectionAt(at, at.word(1));
  }),
  SSL_CONF_CTX_set1_prefix: atReturn((at) => {
    if (at.resultInt === 1) configurationAt(at).prefix = at.text(1);
  }),
  SSL_CONF_CTX_free: atReturn((at) => {
    at.ledger.configurations.delete(key(at.word(0)));
  }),
  SSL_CONF_cmd: atReturn(onCommand),
};
