/** OpenSSL: the setters of contexts and connections, by function or by SSL_ctrl(3). */
import { versionName } from '../../wire/names.js';
import type { Connection, Context } from '../../ledger/objects.js';
import type { Origin, Setting, SettingName, SettingSource } from '../../ledger/setting.js';
import { brief, textOf } from '../call-words.js';
import { atReturn, type Handler, type HandlerTable } from '../handler.js';
import { originOf, type Moment } from '../moment.js';
import { connectionAt, contextAt, CONTEXT_MAKERS } from './lifecycle.js';
import { takesBound } from './methods.js';
import { optionNames } from './option-bits.js';

type Holder = Context | Connection;
type Target = (at: Moment) => Holder;

const onContext: Target = (at) => contextAt(at, at.word(0));
const onConnection: Target = (at) => connectionAt(at, at.word(0));

const COMMAND = new Set(['SSL_CONF_cmd']);
/** They set what a section of openssl.cnf says, because the application wants it so: SSL_CTX_config(3). */
const CONFIGURERS = new Set(['SSL_CTX_config', 'SSL_config']);

/** What libssl sets while it makes a context is its own default, or what openssl.cnf says. */
function sourceOf(at: Moment): SettingSource {
  const { thread } = at.around;
  if (thread.isWithin(CONTEXT_MAKERS) === undefined) return 'set';
  const isCommand = COMMAND.has(at.call.symbol) || thread.isWithin(COMMAND) !== undefined;
  return isCommand ? 'system configuration' : 'library default';
}

function decidedBy(at: Moment, shown: readonly number[]): Origin {
  const by = at.around.thread.isWithin(CONFIGURERS);
  return by === undefined
    ? at.origin(...shown)
    : originOf(by, `${by.symbol}(${brief(by.args[1]?.value)})`);
}

export function put(
  at: Moment,
  holder: Holder,
  name: SettingName,
  value: Pick<Setting, 'value' | 'number' | 'concerns'> & { readonly shown?: readonly number[] },
): void {
  const { shown = [], ...rest } = value;
  holder.settings.set(name, { ...rest, source: sourceOf(at), by: decidedBy(at, shown) });
}

const succeeded = (at: Moment): boolean => at.resultInt > 0;

function textSetting(target: Target, name: SettingName, index: number): Handler {
  return atReturn((at) => {
    if (!succeeded(at)) return;
    put(at, target(at), name, { value: at.text(index) ?? 'NULL', shown: [index] });
  });
}

/** The last `@SECLEVEL=n` in a list of ciphers sets the level, too: ciphers(1). */
export function putCipherList(
  at: Moment,
  holder: Holder,
  list: string,
  ...shown: readonly number[]
): void {
  put(at, holder, 'cipher list', { value: list, shown });
  const level = [...list.matchAll(/@SECLEVEL=([0-5])/g)].at(-1)?.[1];
  if (level !== undefined) {
    put(at, holder, 'security level', { value: level, number: Number(level), shown });
  }
}

/**
 * A list that names nothing known is refused, and stands all the same, with its level; one with a command that is none
 * changes nothing: ssl_create_cipher_list() of OpenSSL.
 */
const isNoList = (list: string): boolean => /@(?!STRENGTH|SECLEVEL=[0-5])/.test(list);

function cipherList(target: Target): Handler {
  return atReturn((at) => {
    const list = at.text(1);
    if (list === undefined || (!succeeded(at) && isNoList(list))) return;
    putCipherList(at, target(at), list, 1);
  });
}

/** The result is the whole mask, SSL_CTX_set_options(3). */
function options(target: Target): Handler {
  return atReturn((at) => {
    const number = at.result;
    put(at, target(at), 'options', { value: optionNames(number), number, shown: [1] });
  });
}

/** The result is the whole mask, SSL_CTX_set_mode(3). */
function modes(target: Target): Handler {
  return atReturn((at) => {
    const value = brief(at.resultValue);
    put(at, target(at), 'mode', {
      value: value === '' ? '0' : value,
      number: at.result,
      shown: [2],
    });
  });
}

function numberSetting(
  target: Target,
  name: SettingName,
  index: number,
  format: (value: number) => string = String,
): Handler {
  return atReturn((at) => {
    const number = Number(at.word(index));
    put(at, target(at), name, { value: format(number), number, shown: [index] });
  });
}

/** 0 stands for the lowest or highest that the library has. */
const version = (value: number): string => (value === 0 ? 'any' : versionName(value));

/** A bound of the versions. */
export interface Bound {
  readonly name: 'minimum version' | 'maximum version';
  readonly number: number;
  readonly shown: readonly number[];
}

export function putVersion(at: Moment, holder: Holder, { name, number, shown }: Bound): void {
  if (!takesBound(holder.settings, number)) return;
  put(at, holder, name, { value: version(number), number, shown });
}

function versionSetting(target: Target, name: Bound['name'], index: number): Handler {
  return atReturn((at) => {
    if (!succeeded(at)) return;
    putVersion(at, target(at), { name, number: Number(at.word(index)), shown: [index] });
  });
}

function verify(target: Target): Handler {
  return atReturn((at) => {
    const holder = target(at);
    const number = Number(at.word(1));
    const mode = at.value(1);
    const value = mode === undefined ? `${number}` : brief(mode);
    put(at, holder, 'verify mode', { value: value === '' ? '0' : value, number, shown: [1] });
    // SSL_CTX_set_verify(3): NULL leaves the callback of a context as it is, and so that of a connection.
    if (at.word(2) !== 0) callback(at, holder, 'verify callback', 2);
  });
}

function callback(at: Moment, holder: Holder, name: SettingName, index: number): void {
  const address = at.word(index);
  if (address === 0) holder.settings.delete(name);
  else put(at, holder, name, { value: brief(at.value(index)), number: address, shown: [index] });
}

const callbackSetting = (target: Target, name: SettingName, index: number): Handler =>
  atReturn((at) => {
    callback(at, target(at), name, index);
  });

// <openssl/ssl.h>, SSL_CTRL_…
const CONTROLS: ReadonlyMap<number, (target: Target) => Handler> = new Map([
  [123, (target) => versionSetting(target, 'minimum version', 2)],
  [124, (target) => versionSetting(target, 'maximum version', 2)],
  [33, modes],
  [78, modes],
  // SSL_OP_… of OpenSSL before 1.1.0
  [32, options],
  [77, options],
  [44, (target) => numberSetting(target, 'session cache', 2)],
  [55, (target) => textSetting(target, 'server name', 3)],
  [91, (target) => listSetting(target, 'groups')],
  [92, (target) => textSetting(target, 'groups', 3)],
  [97, (target) => listSetting(target, 'signature algorithms')],
  [98, (target) => textSetting(target, 'signature algorithms', 3)],
  [101, (target) => listSetting(target, 'client signature algorithms')],
  [102, (target) => textSetting(target, 'client signature algorithms', 3)],
  [3, (target) => fixedSetting(target, 'DH parameters', 'own')],
  [
    118,
    (target) =>
      numberSetting(target, 'DH parameters', 2, (on) => (on === 0 ? 'none' : 'automatic')),
  ],
]);

function listSetting(target: Target, name: SettingName): Handler {
  return atReturn((at) => {
    if (succeeded(at)) put(at, target(at), name, { value: brief(at.value(3)), shown: [3] });
  });
}

function fixedSetting(target: Target, name: SettingName, value: string): Handler {
  return atReturn((at) => {
    if (succeeded(at)) put(at, target(at), name, { value });
  });
}

function control(target: Target): Handler {
  return atReturn((at) => {
    const command = CONTROLS.get(Number(at.word(1)));
    // A mode of 0 asks, SSL_CTX_get_mode(3).
    if (command === undefined || (at.word(1) === 33 && at.word(2) === 0)) return;
    command(target).onReturn?.(at);
  });
}

/** A list of names with their lengths before them, SSL_CTX_set_alpn_protos(3); 0 is success. */
function protocols(target: Target): Handler {
  return atReturn((at) => {
    if (at.resultInt !== 0) return;
    put(at, target(at), 'protocols', { value: protocolNames(at), shown: [1] });
  });
}

function protocolNames(at: Moment): string {
  const value = at.value(1);
  if (value?.kind === 'array') {
    return value.elements.map((name) => textOf(name) ?? brief(name)).join(', ');
  }
  // Of a recording from before there were lists of them.
  if (value?.kind !== 'buffer') return (value && (textOf(value) ?? brief(value))) ?? '';
  const names: string[] = [];
  for (let from = 0; from < value.bytes.length;) {
    const length = value.bytes[from] ?? 0;
    names.push(Buffer.from(value.bytes.subarray(from + 1, from + 1 + length)).toString('latin1'));
    from += 1 + length;
  }
  return names.join(', ');
}

/** `SSL_CTX_…` and `SSL_…` of the same name and arguments. */
function forBoth(suffix: string, make: (target: Target) => Handler): HandlerTable {
  return { [`SSL_CTX_${suffix}`]: make(onContext), [`SSL_${suffix}`]: make(onConnection) };
}

export const SETTINGS: HandlerTable = {
  ...forBoth('ctrl', control),
  ...forBoth('set_options', options),
  ...forBoth('clear_options', options),
  ...forBoth('set_cipher_list', cipherList),
  // BoringSSL
  ...forBoth('set_strict_cipher_list', cipherList),
  ...forBoth('set_ciphersuites', (target) => textSetting(target, 'TLS 1.3 suites', 1)),
  ...forBoth('set_verify', verify),
  // BoringSSL: the callback judges in place of the library.
  ...forBoth('set_custom_verify', (target) => verifyByCallback(target)),
  ...forBoth('set_verify_depth', (target) => numberSetting(target, 'verify depth', 1)),
  ...forBoth('set_security_level', (target) => numberSetting(target, 'security level', 1)),
  ...forBoth('set_security_callback', (target) => callbackSetting(target, 'security callback', 1)),
  ...forBoth('set_alpn_protos', protocols),
  // Functions in BoringSSL and LibreSSL, macros of SSL_ctrl in OpenSSL.
  ...forBoth('set_min_proto_version', (target) => versionSetting(target, 'minimum version', 1)),
  ...forBoth('set_max_proto_version', (target) => versionSetting(target, 'maximum version', 1)),
  ...forBoth('set1_groups_list', (target) => textSetting(target, 'groups', 1)),
  ...forBoth('set1_curves_list', (target) => textSetting(target, 'groups', 1)),
  ...forBoth('set1_sigalgs_list', (target) => textSetting(target, 'signature algorithms', 1)),
  ...forBoth('set_max_early_data', (target) => numberSetting(target, 'early data', 1)),
  ...forBoth('set_num_tickets', (target) => numberSetting(target, 'tickets', 1)),
  SSL_set_tlsext_host_name: textSetting(onConnection, 'server name', 1),
  SSL_CTX_set_cert_verify_callback: callbackSetting(onContext, 'certificate verify callback', 1),
  SSL_CTX_set_alpn_select_cb: callbackSetting(onContext, 'protocol callback', 1),
  SSL_CTX_set_keylog_callback: callbackSetting(onContext, 'key log', 1),
  SSL_CTX_set0_tmp_dh_pkey: fixedSetting(onContext, 'DH parameters', 'own'),
  SSL_set0_tmp_dh_pkey: fixedSetting(onConnection, 'DH parameters', 'own'),
};

function verifyByCallback(target: Target): Handler {
  return atReturn((at) => {
    verify(target).onReturn?.(at);
    callback(at, target(at), 'certificate verify callback', 2);
  });
}
