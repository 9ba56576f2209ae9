import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { jsonEvent } from '../../../../src/output/recording/json-event.js';
import type { TraceEvent } from '../../../../src/trace/event.js';
import { everyEvent, everyValue } from '../every-event.js';
import { Script, text } from '../sample-events.js';

const schemaPath = join(__dirname, '../../../../../docs/trace-schema.json');
const schema = JSON.parse(readFileSync(schemaPath, 'utf8')) as {
  $defs: Record<string, object>;
};
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(
  schema,
);

const parsed = (event: TraceEvent) => JSON.parse(jsonEvent(event)) as Record<string, unknown>;

describe('jsonEvent', () => {
  it.each(everyEvent().map((event) => [event.kind, event] as const))(
    'writes %s as docs/trace-schema.json says',
    (_kind, event) => {
      validate(parsed(event));
      expect(validate.errors ?? []).toEqual([]);
    },
  );

  it('has a sample of every kind that the schema knows', () => {
    const known = Object.keys(schema.$defs);
    const events = new Set(everyEvent().map((event) => `event-${event.kind}`));
    const values = new Set(everyValue.map((value) => `value-${value.kind}`));
    expect(known.filter((name) => name.startsWith('event-')).sort()).toEqual([...events].sort());
    expect(known.filter((name) => name.startsWith('value-')).sort()).toEqual([...values].sort());
  });

  it('is checked by a schema that refuses unknown properties and kinds', () => {
    const exited = { kind: 'exited', pid: 1, tid: 1, at: 0, code: 0 };
    expect(validate(exited)).toBe(true);
    expect(validate({ ...exited, color: 'red' })).toBe(false);
    expect(validate({ ...exited, kind: 'other' })).toBe(false);
    expect(validate({ ...exited, code: '0' })).toBe(false);
  });

  it('shows each argument as text output would', () => {
    const script = new Script();
    const call = script.call('f', [text('a"b'), { kind: 'unknown' }, text('x'.repeat(5000))]);
    const written = parsed(call)['args'] as { text?: string }[];
    expect(written.map((argument) => argument.text)).toEqual(['"a\\"b"', '?', undefined]);
  });

  it('writes no character that could drive a terminal', () => {
    for (const event of everyEvent()) {
      expect(jsonEvent(event)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028-\u202e]/);
    }
  });
});
