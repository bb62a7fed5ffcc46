import path from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const KEY = Buffer.alloc(32, 7);

test('without settings Otklik listens on this machine and keeps everything in ./data', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: '  ' })).toEqual({
    port: 4000,
    host: '127.0.0.1',
    dataDir: path.resolve('data'),
    databaseUrl: null,
    publicUrl: null,
    secretKey: null,
    role: 'all',
    logLevel: 'warn',
  });
});

test.each([KEY.toString('hex'), KEY.toString('base64'), KEY.toString('base64url')])(
  'the key %s is 32 bytes',
  (text) => {
    expect(readConfig({ OTKLIK_SECRET_KEY: text }).secretKey).toEqual(KEY);
  },
);

test('the public address loses its last slash', () => {
  expect(readConfig({ OTKLIK_PUBLIC_URL: 'https://crm.example.com/otklik/' }).publicUrl).toBe(
    'https://crm.example.com/otklik',
  );
});

test('a worker takes its database from outside', () => {
  const config = readConfig({ OTKLIK_ROLE: 'worker', DATABASE_URL: 'postgresql://otklik:secret@db:5432/otklik' });
  expect(config).toMatchObject({ role: 'worker', databaseUrl: 'postgresql://otklik:secret@db:5432/otklik' });
});

test.each([
  ['PORT', '65536'],
  ['PORT', '4000x'],
  ['HOST', 'http://localhost'],
  ['HOST', 'localhost:4000'],
  ['DATABASE_URL', 'mysql://u:secret@h/db'],
  ['DATABASE_URL', 'localhost'],
  ['OTKLIK_PUBLIC_URL', 'otklik.example.com'],
  ['OTKLIK_PUBLIC_URL', 'https://otklik.example.com/?a=1'],
  ['OTKLIK_SECRET_KEY', 'secret'],
  ['OTKLIK_SECRET_KEY', KEY.toString('hex').slice(2)],
  ['OTKLIK_ROLE', 'master'],
  ['OTKLIK_ROLE', 'worker'],
  ['LOG_LEVEL', 'verbose'],
])('%s=%s is refused in one sentence that names it', (name, value) => {
  const read = () => readConfig({ [name]: value });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(name);
  expect(read).not.toThrow(/secret@/);
});
