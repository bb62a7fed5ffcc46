import { flushCompileCache } from 'node:module';
import { readConfig } from '../../src/config.ts';
import { onPausePoint, type PausePoint } from '../../src/lib/pause-point.ts';
import { startProduct } from '../../src/product.ts';

/**
 * The real product as a process to be killed: `node product-main.ts [POINT] [N]`. With a pause point it kills itself, without any
 * last word, the N-th time it comes there. Prints one line `{"address":…}` when it is ready, and ends when its parent is gone.
 */
const [point, hits = '1'] = process.argv.slice(2);

if (point !== undefined) dieAt(point as PausePoint, Number(hits));
flushCompileCache();
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
const product = await startProduct(readConfig(process.env));
process.once('SIGTERM', () => void product.stop().then(() => process.exit()));
process.stdout.write(`${JSON.stringify({ address: product.address })}\n`);

function dieAt(where: PausePoint, times: number): void {
  let left = times;
  onPausePoint((reached) => {
    if (reached !== where) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  });
}
