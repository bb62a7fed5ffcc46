import { readConfig } from './config.ts';
import { OperatorError } from './lib/operator-error.ts';
import { type Product, startProduct } from './product.ts';

await main();

/** Starts Otklik and stops it in order on Ctrl-C or SIGTERM; what the operator can put right is one sentence, without a stack. */
async function main(): Promise<void> {
  try {
    const product = await startProduct(readConfig(process.env));
    stopOnSignals(product);
    tell(product);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

function tell(product: Product): void {
  const { address, signInLink } = product;
  const where = address === null ? 'Otklik worker is running' : `Otklik: ${address}`;
  process.stdout.write(signInLink === null ? `${where}\n` : `${where} — sign in once with ${signInLink}\n`);
}

function stopOnSignals(product: Product): void {
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      product.stop().catch((error: unknown) => {
        product.context.logger.error({ err: error }, 'Otklik did not stop in order');
        process.exitCode = 1;
      });
    });
  }
}
