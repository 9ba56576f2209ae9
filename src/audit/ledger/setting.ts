/** One setting of a TLS object: its value, where that comes from, and who decided. */
import type { CallId, ProcessId } from '../../base/ids.js';
import type { Frame, ScriptFrame, SourcePosition } from '../../trace/event.js';

/** The call that decided something, and who made it. */
export interface Origin {
  readonly call: CallId;
  readonly pid: ProcessId;
  /** What was called, as a person would write it: `SSL_CTX_set_verify(SSL_VERIFY_NONE)`. */
  readonly what: string;
  /** SONAME or base name of the module that called. */
  readonly module: string;
  /** Offset of the return address in it. */
  readonly offset: number | bigint;
  readonly symbol?: { readonly name: string; readonly offset: number };
  /** The line that called, where debug information has it. */
  readonly source?: SourcePosition;
  /** The frame of a script that wanted it: the innermost that is no part of a library. */
  readonly asked?: ScriptFrame;
  /** All its frames, innermost first. */
  readonly script?: readonly ScriptFrame[];
  /** Innermost first, where stacks were recorded. */
  readonly frames?: readonly Frame[];
}

export type SettingSource =
  /** By a call of the application or of a library above. */
  | 'set'
  /** From the context, when the connection was made. */
  | 'copied'
  | 'library default'
  /** openssl.cnf and its like, read by the library itself. */
  | 'system configuration';

export interface Setting {
  /** As a person reads it. */
  readonly value: string;
  /** The number behind it, where there is one. */
  readonly number?: number | bigint;
  readonly source: SettingSource;
  readonly by?: Origin;
  /** Of settings that several objects share: the module, and what it called. */
  readonly who?: string;
  /** Of a mask: the bits that this is about. The others are whatever they were. */
  readonly concerns?: bigint;
  /** What stood there before, where the system's configuration had put it. */
  readonly overrode?: Setting;
}

/** Which versions a context can have at all: all of a family, or one. */
export interface Method {
  readonly family: 'TLS' | 'DTLS';
  readonly version?: number;
}

/** In the order of a report. */
export const SETTING_NAMES = [
  'method',
  'minimum version',
  'maximum version',
  'cipher list',
  'TLS 1.3 suites',
  'groups',
  'signature algorithms',
  'client signature algorithms',
  'options',
  'mode',
  'security level',
  'security callback',
  'verify mode',
  'verify callback',
  'certificate verify callback',
  'verify depth',
  'host name',
  'server name',
  'protocols',
  'protocol callback',
  'DH parameters',
  'session cache',
  'tickets',
  'early data',
  'key log',
  'priority',
  'credentials',
] as const;

export type SettingName = (typeof SETTING_NAMES)[number];

/**
 * What SSL_new leaves with the context, ssl/ssl_lib.c: the list of ciphers, with the suites of TLS 1.3 in it, until the
 * connection gets one of its own; what only contexts have; and what is said to connections alone.
 */
const NOT_COPIED: ReadonlySet<SettingName> = new Set<SettingName>([
  ...(['cipher list', 'TLS 1.3 suites', 'credentials'] as const),
  ...(['protocol callback', 'session cache', 'key log'] as const),
  ...(['server name', 'priority'] as const),
]);

export const COPIED_TO_CONNECTIONS: ReadonlySet<SettingName> = new Set(
  SETTING_NAMES.filter((name) => !NOT_COPIED.has(name)),
);

export class Settings {
  private readonly values = new Map<SettingName, Setting>();
  /** What the system's configuration said last. */
  private readonly ofSystem = new Map<SettingName, Setting>();
  method: Method = { family: 'TLS' };

  get(name: SettingName): Setting | undefined {
    return this.values.get(name);
  }

  /** Remembers a value of the system's configuration that it replaces. */
  set(name: SettingName, setting: Setting): void {
    if (setting.source === 'system configuration') this.ofSystem.set(name, setting);
    const system = this.ofSystem.get(name);
    const overrides = system !== undefined && setting.source === 'set' && differs(system, setting);
    this.values.set(name, overrides ? { ...setting, overrode: system } : setting);
  }

  delete(name: SettingName): void {
    this.values.delete(name);
  }

  /** Those of `names` as a new object has them that was made from this one. */
  copyFor(names: ReadonlySet<SettingName>): Settings {
    const copy = new Settings();
    copy.method = this.method;
    for (const [name, setting] of this.values) if (names.has(name)) copy.values.set(name, setting);
    for (const [name, setting] of this.ofSystem) copy.ofSystem.set(name, setting);
    return copy;
  }

  /** All, for a fork or a duplicate. */
  clone(): Settings {
    const copy = new Settings();
    copy.method = this.method;
    for (const [name, setting] of this.values) copy.values.set(name, setting);
    for (const [name, setting] of this.ofSystem) copy.ofSystem.set(name, setting);
    return copy;
  }

  entries(): readonly (readonly [SettingName, Setting])[] {
    return SETTING_NAMES.flatMap((name) => {
      const setting = this.values.get(name);
      return setting === undefined ? [] : [[name, setting] as const];
    });
  }
}

/** The same may be written in several ways; of a mask only the bits count that the system spoke of. */
function differs(system: Setting, setting: Setting): boolean {
  if (system.number === undefined || setting.number === undefined) {
    return system.value !== setting.value;
  }
  const difference = BigInt(system.number) ^ BigInt(setting.number);
  return (difference & (system.concerns ?? difference)) !== 0n;
}
