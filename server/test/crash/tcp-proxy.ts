import { type AddressInfo, createServer, type Server, Socket } from 'node:net';

/** Stands between a worker and PostgreSQL and breaks the way on request. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Ends every connection. New ones are let through. */
  cut(): void;
  /** Nothing comes through any more in either direction, and nobody is told; new connections are taken and stay silent too. */
  swallow(): void;
  /** New connections are let through again; those that were swallowed stay silent, as behind a router that forgot them. */
  heal(): void;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const proxy = new BreakableProxy(target);
  await proxy.listen();
  return proxy;
}

class BreakableProxy implements TcpProxy {
  readonly #target: { host: string; port: number };
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  #swallows = false;

  constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((near) => this.#accept(near));
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  swallow(): void {
    this.#swallows = true;
    for (const [near, far] of this.#pairs) {
      near.unpipe(far);
      far.unpipe(near);
      near.pause();
      far.pause();
    }
  }

  heal(): void {
    this.#swallows = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket): void {
    const far = new Socket();
    const pair: [Socket, Socket] = [near, far];
    this.#pairs.add(pair);
    const end = (): void => {
      // The server's end of a swallowed connection stays open: PostgreSQL must not learn of it either.
      if (this.#swallows) return;
      near.destroy();
      far.destroy();
      this.#pairs.delete(pair);
    };
    near.on('error', () => undefined).on('close', end);
    far.on('error', () => undefined).on('close', end);
    if (this.#swallows) return;
    far.connect(this.#target.port, this.#target.host);
    near.pipe(far);
    far.pipe(near);
  }
}
