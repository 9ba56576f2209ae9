import { parsePolicyFile } from '../../../../src/audit/policy/policy-file.js';
import { PRESET_NAMES, presetNamed } from '../../../../src/audit/policy/presets.js';
import { featuresOf, isBroken } from '../../../../src/audit/policy/suite-features.js';
import { suiteName, suiteNumber } from '../../../../src/audit/wire/suite-names.js';

const read = (text: string) => parsePolicyFile('policy.yaml', text);

describe('parsePolicyFile', () => {
  it('reads YAML and JSON', () => {
    const yaml = read(
      [
        'preset: mozilla-intermediate-5.7',
        'blind: warn',
        'rsa-bits: 3072',
        'deny: [TLS-VERIFY-OVERRULED]',
        'allow:',
        '  - rule: TLS-VERIFY-UNENFORCED',
        '    module: libcurl.so.4',
        '    program: curl',
        '    script: fetch.py',
        '    because: the test server has no certificate',
        '    until: "2027-01-31"',
      ].join('\n'),
    );
    expect(yaml.policy).toMatchObject({ name: 'mozilla-intermediate-5.7', rsaBits: 3072 });
    expect(yaml.blind).toBe('warn');
    expect([...yaml.denied]).toEqual(['TLS-VERIFY-OVERRULED']);
    expect(yaml.allowances).toEqual([
      {
        rule: 'TLS-VERIFY-UNENFORCED',
        module: 'libcurl.so.4',
        program: 'curl',
        script: 'fetch.py',
        because: 'the test server has no certificate',
        until: '2027-01-31',
      },
    ]);
    expect(read('{"minimum-version": "TLS 1.3"}').policy.minimumVersion).toBe(0x0304);
  });

  it('takes rules and filters of calls in what is denied, and filters in what is expected', () => {
    const { denied, calls } = read(
      'preset: fips-shaped\ndeny: [CRYPTO-ECB, libcurl*->SSL_CTX_set_verify]\nexpect: [SSL_set1_host]',
    );
    expect([...denied].sort()).toEqual([
      'CRYPTO-CIPHER-WEAK',
      'CRYPTO-DIGEST-WEAK',
      'CRYPTO-ECB',
      'CRYPTO-RSA-SHORT',
    ]);
    expect(calls.map(({ effect, text }) => `${effect} ${text}`)).toEqual([
      'deny libcurl*->SSL_CTX_set_verify',
      'expect SSL_set1_host',
    ]);
    expect(() => read('deny: [CRYPTO-EBC]')).toThrow(
      /^policy\.yaml:1:8: no rule is called 'CRYPTO-EBC'; did you mean 'CRYPTO-ECB'\?/,
    );
    expect(() => read('expect: ["a["]')).toThrow(/^policy\.yaml:1:10: .*unmatched '\['/);
  });

  it.each([
    [
      'presett: basic',
      /^policy\.yaml:1:1: a policy has no field 'presett'; did you mean 'preset'\?/,
    ],
    ['preset: mozzila', /^policy\.yaml:1:9: no preset is called 'mozzila'; there are basic/],
    ['blind: maybe', /^policy\.yaml:1:8: 'maybe' is none of fail, warn/],
    ['deny: TLS-KEYLOG', /^policy\.yaml:1:7: a list is wanted here/],
    ['deny: [TLS-KEYLOGG]', /did you mean 'TLS-KEYLOG'\?/],
    ['allow:\n  - rule: TLS-KEYLOG', /^policy\.yaml:2:5: an allowance needs a reason: 'because'/],
    ['allow:\n  - because: x', /an allowance needs a 'rule'/],
    ['allow:\n  - {rule: TLS-KEYLOG, because: x, until: 2027-02-30}', /no day like/],
    ['rsa-bits: 17', /^policy\.yaml:1:11: a whole number from 512 to 16384/],
    ['minimum-version: SSL3', /none of TLS 1\.0/],
    ['a: [', /^policy\.yaml:1:\d+: /],
    ['preset: basic\npreset: pqc', /^policy\.yaml:2:1: /],
    ['', /^policy\.yaml:1:1: a policy is a list of fields/],
    ['[]', /^policy\.yaml:1:1: a policy is a list of fields/],
    ['a: &x 1\nb: *x', /has no field 'a'/],
  ])('says where %j is wrong', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('the presets', () => {
  it.each(PRESET_NAMES)('%s names its source, and only suites that exist', (name) => {
    const preset = presetNamed(name);
    expect(preset?.source).not.toBe('');
    for (const suite of preset?.suites?.names ?? []) expect(suiteNumber(suite)).toBeDefined();
  });
});

describe('featuresOf', () => {
  it.each([
    ['TLS_AES_128_GCM_SHA256', 'any', 'any', 'AES_128_GCM', 'SHA256'],
    ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE', 'RSA', 'AES_256_CBC', 'SHA'],
    ['TLS_RSA_WITH_AES_128_CBC_SHA256', 'RSA', 'RSA', 'AES_128_CBC', 'SHA256'],
    ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8', 'ECDHE', 'ECDSA', 'AES_128_CCM_8', ''],
  ])('takes %s apart', (name, ...parts) => {
    const [keyExchange, authentication, cipher, hash] = parts;
    expect(featuresOf(name)).toEqual({ keyExchange, authentication, cipher, hash });
  });

  it('knows no signalling values and no bare numbers', () => {
    expect(featuresOf(suiteName(0x00ff))).toBeUndefined();
    expect(featuresOf(suiteName(0xeeee))).toBeUndefined();
  });

  it.each([0x0005, 0x000a, 0x0001, 0x0018, 0xc012])('calls suite %i broken', (suite) => {
    expect(isBroken(suiteName(suite))).toBe(true);
  });

  it.each([0x1301, 0xc02f, 0xc030, 0x009e])('calls suite %i whole', (suite) => {
    expect(isBroken(suiteName(suite))).toBe(false);
  });
});
