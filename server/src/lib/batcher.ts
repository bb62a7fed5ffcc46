/**
 * Gathers the items of concurrent callers and hands them over as one list. While one list is being worked on the next one
 * collects; with nothing under way an item goes at once (in the next turn of the event loop), so there is no delay under low load.
 */
export class Batcher<Item, Result> {
  readonly #work: (items: Item[]) => Promise<Result[]>;
  readonly #maxSize: number;
  readonly #parallel: number;
  #waiting: Waiting<Item, Result>[] = [];
  #busy = 0;
  #scheduled = false;

  /**
   * `work` gets at most `maxSize` items and answers with one result for each, in order; it must do all or nothing. When it throws
   * each item of that list is tried alone, so that a bad one harms nobody else. `parallel` lists may be under way at once
   * (default 1).
   */
  constructor(work: (items: Item[]) => Promise<Result[]>, options: { maxSize: number; parallel?: number }) {
    this.#work = work;
    this.#maxSize = options.maxSize;
    this.#parallel = options.parallel ?? 1;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy >= this.#parallel) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0 || this.#busy >= this.#parallel) return;
    const batch = this.#waiting.splice(0, this.#maxSize);
    this.#busy += 1;
    try {
      await this.#settle(batch);
    } finally {
      this.#busy -= 1;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }

  async #settle(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#work(batch.map((entry) => entry.item));
      batch.forEach((entry, index) => {
        entry.resolve(results[index] as Result);
      });
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else await Promise.all(batch.map((entry) => this.#settle([entry])));
    }
  }
}

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}
