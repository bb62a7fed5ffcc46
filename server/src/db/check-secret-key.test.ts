import { expect, it } from 'vitest';
import { createTestDatabase } from '../../test/harness/database.ts';
import { checkSecretKey } from './check-secret-key.ts';

it('a second process is refused when its secret key is not the one the database was set up with', async () => {
  await using database = await createTestDatabase();
  const key = Buffer.alloc(32, 1);
  await checkSecretKey(database.pool, key);
  await checkSecretKey(database.pool, key);
  await expect(checkSecretKey(database.pool, Buffer.alloc(32, 2))).rejects.toThrow('another secret key');
});
