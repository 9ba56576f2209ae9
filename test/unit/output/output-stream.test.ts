import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileTarget } from '../../../src/output/open-file.js';
import { DescriptorTarget, OutputStream } from '../../../src/output/output-stream.js';
import { OutputClosed } from '../../../src/trace/sink.js';
import { Collected } from './sample-events.js';

function errno(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('OutputStream', () => {
  it('writes each event at once in immediate mode, and pieces in buffered mode', () => {
    const immediate = new Collected();
    const now = new OutputStream(immediate, 'immediate');
    now.write('a(');
    now.commit();
    expect(immediate.text).toBe('a(');
    const buffered = new Collected();
    const later = new OutputStream(buffered, 'buffered');
    later.write('a(');
    later.commit();
    expect(buffered.text).toBe('');
    later.flush();
    expect(buffered.text).toBe('a(');
  });

  it('keeps the order of small, large and very large texts', () => {
    const target = new Collected();
    const stream = new OutputStream(target, 'buffered');
    const texts = ['a', 'b'.repeat(25000), 'c', 'ä'.repeat(200000), 'd', 'e'.repeat(80000), 'f'];
    for (const text of texts) stream.write(text);
    stream.finish();
    expect(target.text === texts.join('')).toBe(true);
    expect(target.closed).toBe(true);
  });

  it('reports a full disk once, drops what follows and still closes', () => {
    let closed = 0;
    const target = {
      write: () => {
        throw new OutputClosed('trace.txt', 'ENOSPC');
      },
      flush: () => undefined,
      close: () => {
        closed++;
      },
    };
    const stream = new OutputStream(target, 'immediate');
    stream.write('a');
    expect(() => stream.commit()).toThrow('cannot write to trace.txt: No space left on device');
    stream.write('b');
    expect(() => stream.commit()).not.toThrow();
    stream.finish();
    expect(closed).toBe(1);
  });
});

describe('DescriptorTarget', () => {
  it('goes on after partial writes, a full pipe and an interrupted call', () => {
    const answers: (number | string)[] = [2, 'EAGAIN', 'EINTR', 0, 3, 'EAGAIN', 5];
    const written: string[] = [];
    const target = new DescriptorTarget(9, 'pipe', 'borrowed', (_fd, bytes, offset, length) => {
      const answer = answers.shift() ?? length;
      if (typeof answer === 'string') throw errno(answer);
      written.push(Buffer.from(bytes.subarray(offset, offset + answer)).toString());
      return answer;
    });
    target.write(Buffer.from('0123456789'));
    expect(written.join('')).toBe('0123456789');
    expect(answers).toEqual([]);
  });

  it.each(['EPIPE', 'ENOSPC', 'EIO', 'EBADF'])('turns %s into OutputClosed', (code) => {
    const target = new DescriptorTarget(9, 'standard error', 'borrowed', () => {
      throw errno(code);
    });
    expect(() => target.write(Buffer.from('x'))).toThrow(OutputClosed);
  });
});

describe('openFileTarget', () => {
  it('empties a file or appends to it, and names what it cannot open', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsltrace-output-'));
    try {
      const path = join(folder, 'trace');
      writeFileSync(path, 'old');
      const first = openFileTarget(path, { how: 'truncate', readers: 'by-umask' });
      first.write(Buffer.from('new'));
      first.close();
      const second = openFileTarget(path, { how: 'append', readers: 'by-umask' });
      second.write(Buffer.from('er'));
      second.close();
      expect(readFileSync(path, 'utf8')).toBe('newer');
      expect(() =>
        openFileTarget(join(folder, 'no', 'where'), { how: 'truncate', readers: 'by-umask' }),
      ).toThrow(/^can't open .*\/no\/where for writing: No such file or directory$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
