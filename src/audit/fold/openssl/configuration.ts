/** OpenSSL: SSL_CONF_cmd(3), through which openssl.cnf and programs with such files set things without a setter. */
import type { Connection, Context } from '../../ledger/objects.js';
import { key } from '../../ledger/process-ledger.js';
import type { Setting, SettingName } from '../../ledger/setting.js';
import { versionName } from '../../wire/names.js';
import { atReturn, type HandlerTable } from '../handler.js';
import type { Moment } from '../moment.js';
import { connectionAt, contextAt } from './lifecycle.js';

const CONTEXT_MAKERS = new Set(['SSL_CTX_new', 'SSL_CTX_new_ex']);

/** SSL_CONF_cmd(3): names in files, and on command lines, in small letters. */
const COMMANDS: Readonly<Record<string, SettingName>> = {
  minprotocol: 'minimum version',
  min_protocol: 'minimum version',
  maxprotocol: 'maximum version',
  max_protocol: 'maximum version',
  cipherstring: 'cipher list',
  cipher: 'cipher list',
  ciphersuites: 'TLS 1.3 suites',
  groups: 'groups',
  curves: 'groups',
  signaturealgorithms: 'signature algorithms',
  sigalgs: 'signature algorithms',
  clientsignaturealgorithms: 'client signature algorithms',
  client_sigalgs: 'client signature algorithms',
  verifymode: 'verify mode',
  dhparameters: 'DH parameters',
  numtickets: 'tickets',
};

/** SSL_CONF_cmd(3), MinProtocol. */
const VERSIONS: Readonly<Record<string, number>> = {
  none: 0,
  sslv3: 0x0300,
  tlsv1: 0x0301,
  'tlsv1.0': 0x0301,
  'tlsv1.1': 0x0302,
  'tlsv1.2': 0x0303,
  'tlsv1.3': 0x0304,
  dtlsv1: 0xfeff,
  'dtlsv1.2': 0xfefd,
};

/** SSL_CONF_cmd(3), VerifyMode: a list, of which each adds flags of SSL_CTX_set_verify(3). */
const VERIFY_FLAGS: Readonly<Record<string, number>> = {
  peer: 1,
  request: 1,
  require: 3,
  once: 5,
  requestpostha: 9,
  requirepostha: 11,
};

function onCommand(at: Moment): void {
  const holder = at.ledger.configurations.get(key(at.word(0)));
  if (holder === undefined || at.resultInt <= 0) return;
  const command = (at.text(1) ?? '').toLowerCase().replace(/^-/, '');
  const text = at.text(2) ?? '';
  const name = COMMANDS[command];
  if (name !== undefined) put(at, holder, name, valueOf(name, text));
  const level = name === 'cipher list' ? /@SECLEVEL=([0-5])/.exec(text)?.[1] : undefined;
  if (level !== undefined) {
    put(at, holder, 'security level', { value: level, number: Number(level) });
  }
}

function put(
  at: Moment,
  holder: Context | Connection,
  name: SettingName,
  value: Pick<Setting, 'value' | 'number'>,
): void {
  const isSystem = at.around.thread.isWithin(CONTEXT_MAKERS) !== undefined;
  const source = isSystem ? 'system configuration' : 'set';
  holder.settings.set(name, { ...value, source, by: at.origin(1, 2) });
}

function valueOf(name: SettingName, text: string): Pick<Setting, 'value' | 'number'> {
  if (name === 'minimum version' || name === 'maximum version') {
    const number = VERSIONS[text.toLowerCase()];
    if (number === undefined) return { value: text };
    return { value: number === 0 ? 'any' : versionName(number), number };
  }
  if (name === 'verify mode') {
    const flags = text.split(',').map((word) => VERIFY_FLAGS[word.trim().toLowerCase()] ?? 0);
    const number = flags.reduce((all, flag) => all | flag, 0);
    return { value: text, number };
  }
  return { value: text };
}

export const CONFIGURATION: HandlerTable = {
  SSL_CONF_CTX_set_ssl_ctx: atReturn((at) => {
    if (at.word(1) === 0) at.ledger.configurations.delete(key(at.word(0)));
    else at.ledger.configurations.set(key(at.word(0)), contextAt(at, at.word(1)));
  }),
  SSL_CONF_CTX_set_ssl: atReturn((at) => {
    if (at.word(1) === 0) at.ledger.configurations.delete(key(at.word(0)));
    else at.ledger.configurations.set(key(at.word(0)), connectionAt(at, at.word(1)));
  }),
  SSL_CONF_CTX_free: atReturn((at) => {
    at.ledger.configurations.delete(key(at.word(0)));
  }),
  SSL_CONF_cmd: atReturn(onCommand),
};
