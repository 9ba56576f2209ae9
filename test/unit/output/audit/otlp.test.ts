/** What is handed to an OpenTelemetry collector, and what it answers. */
import { partialSuccessOf } from '../../../../src/output/audit/otlp/partial-success.js';
import { recordsOf, type Attributes } from '../../../../src/output/audit/otlp/records.js';
import { finding, report } from './sample-report.js';

function attributesWith(...peers: string[]): Attributes {
  const found = finding('TLS-KEYLOG', 'x', { peers });
  const [record] = recordsOf(report('x', { findings: [found] }));
  return record?.attributes ?? {};
}

describe('the peer of a record', () => {
  it.each([
    ['127.0.0.1:443', '127.0.0.1', 443],
    ['[::1]:8443', '::1', 8443],
    ['/run/app:12', '/run/app:12', undefined],
    ['unknown', 'unknown', undefined],
  ])('has its port beside it: %s', (peer, address, port) => {
    const attributes = attributesWith(peer, '192.0.2.1:1');
    expect(attributes['network.peer.address']).toBe(address);
    expect(attributes['network.peer.port']).toBe(port);
    expect(attributes['tsltrace.peers']).toEqual([peer, '192.0.2.1:1']);
  });

  it('is absent where there is none', () => {
    const names = Object.keys(attributesWith()).filter((name) => name.includes('peer'));
    expect(names).toEqual([]);
  });
});

describe('a partial success', () => {
  it('says how many records were rejected, and why', () => {
    const text = '{"rejectedLogRecords":"3","errorMessage":"over quota"}';
    expect(partialSuccessOf(text)).toEqual({ rejected: 3, why: 'over quota' });
    expect(partialSuccessOf('{"rejectedLogRecords":2}')).toEqual({ rejected: 2, why: '' });
  });

  it('is none where nothing was rejected, or it is something else', () => {
    const others = ['{}', '{"rejectedLogRecords":"0","errorMessage":"old"}', 'null', '7', 'no', 7];
    for (const text of [...others, '{"rejectedLogRecords":"x"}', '{"rejectedLogRecords":-1}']) {
      expect(partialSuccessOf(text)).toBeUndefined();
    }
  });
});
