/** What is wrong with the settings of a context or connection, whatever comes of it. */
import type { Connection, Context } from '../ledger/objects.js';
import type { Origin, Setting } from '../ledger/setting.js';
import type { Judgement } from './finding.js';

/** @param inherited the context that a connection was made from: what it has from there is judged there */
export function judgeSettings(
  holder: Context | Connection,
  inherited?: Context,
): readonly Judgement[] {
  return holder.settings.entries().flatMap(([name, setting]) => {
    if (inherited?.settings.get(name) === setting) return [];
    const found: Judgement[] = [];
    if (setting.overrode !== undefined) found.push(overridden(name, setting, setting.overrode));
    if (name === 'key log') found.push(keyLog(setting.value, setting.by));
    return found;
  });
}

function overridden(name: string, setting: Setting, overrode: Setting): Judgement {
  const both = [overrode, setting];
  return {
    rule: 'TLS-POLICY-OVERRIDDEN',
    sentence: `The system's configuration says ${name} ${overrode.value}; the program made it ${setting.value}.`,
    evidence: both.flatMap(({ by, source }) =>
      by === undefined ? [] : [`${by.what} by ${by.module} (${source})`],
    ),
    calls: both.flatMap(({ by }) => (by === undefined ? [] : [by.call])),
    origin: setting.by,
  };
}

export function keyLog(how: string, by: Origin | undefined): Judgement {
  return {
    rule: 'TLS-KEYLOG',
    sentence: 'Keys of connections are logged: whoever reads that log reads the connections.',
    evidence: [how],
    calls: by === undefined ? [] : [by.call],
    origin: by,
  };
}
