import { describe, expect, test } from 'vitest';
import { SmppConfig } from './schema.ts';

const VALID = { host: 'smpp.example.com', port: 2775, systemId: 'otklik', password: 'secret' };

describe('the configuration of a line', () => {
  test('takes the shortest and the fullest form', () => {
    expect(SmppConfig.parse(VALID)).toEqual(VALID);
    const full = { ...VALID, systemType: 'SMPP', source: 'Otklik', tls: true, window: 20, idFormat: 'hex-answer' };
    expect(SmppConfig.parse(full)).toEqual(full);
  });

  test('a port typed as text is a number', () => {
    expect(SmppConfig.parse({ ...VALID, port: '2775' }).port).toBe(2775);
  });

  test.each([
    ['host', { host: 'smpp://example.com' }],
    ['host', { host: 'example.com:2775' }],
    ['host', { host: ' ' }],
    ['port', { port: 0 }],
    ['port', { port: 'abc' }],
    ['port', { port: 70000 }],
    ['systemId', { systemId: '' }],
    ['systemId', { systemId: 'longer than fifteen' }],
    ['systemId', { systemId: 'логин' }],
    ['source', { source: 'Twelve chars' }],
    ['source', { source: 'Отклик' }],
    ['source', { source: '1234567890123456' }],
    ['window', { window: 0 }],
    ['idFormat', { idFormat: 'octal' }],
  ])('refuses a wrong %s', (name, change) => {
    const result = SmppConfig.safeParse({ ...VALID, ...change });
    expect(new Set(result.error?.issues.map((issue) => issue.path[0]))).toEqual(new Set([name]));
  });

  test('refuses what it does not know', () => {
    expect(SmppConfig.safeParse({ ...VALID, sourse: 'x' }).success).toBe(false);
  });

  test.each(['::1', '[::1]', '10.0.0.1', 'localhost'])('takes the host %s', (host) => {
    expect(SmppConfig.parse({ ...VALID, host }).host).toBe(host.replace(/[[\]]/g, ''));
  });
});
