import { signalName, signalNumber, signalText } from '../../../src/base/signal-names.js';

describe('signal names', () => {
  it('names standard and real-time signals', () => {
    expect([2, 9, 32, 34, 37, 64].map(signalName)).toEqual([
      'SIGINT',
      'SIGKILL',
      'SIGRT_32',
      'SIGRTMIN',
      'SIGRTMIN+3',
      'SIGRTMIN+30',
    ]);
    expect(signalName(65)).toBe('SIG_65');
  });

  it('finds the number of every name it gives', () => {
    for (let signal = 1; signal <= 64; signal++)
      expect(signalNumber(signalName(signal))).toBe(signal);
  });

  it('accepts what people write', () => {
    expect(['int', 'INT', 'SigInt', '2', 'SIGRTMAX-1', 'rtmin', 'POLL'].map(signalNumber)).toEqual([
      2, 2, 2, 2, 63, 34, 29,
    ]);
  });

  it.each([
    '',
    'SIG',
    'SIGFOO',
    '0',
    '65',
    '-1',
    'RTMIN3',
    'RTMIN+',
    'RTMIN+99',
    'RTMAX+1',
    'RT_3',
  ])('finds no signal in "%s"', (text) => {
    expect(signalNumber(text)).toBeUndefined();
  });

  it('has the texts of strsignal', () => {
    expect([11, 34, 37, 70].map(signalText)).toEqual([
      'Segmentation fault',
      'Real-time signal 0',
      'Real-time signal 3',
      'Unknown signal 70',
    ]);
  });
});
