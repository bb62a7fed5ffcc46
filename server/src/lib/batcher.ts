/**
 * Gathers the items of concurrent callers and hands them over as one list. While one list is being worked on the next one
 * collects; with nothing under way an item goes at once (in the next turn of the event loop), so there is no delay under low load.
 */
export class Batcher<Item, Result> {
  readonly #work: (items: Item[]) => Promise<Result[]>;
  readonly #maxSize: number;
  readonly #parallel: number;
  #waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  #busy = 0;
  #scheduled = false;

  /**
   * `work` gets at most `maxSize` items and answers with one result for each, in order; when it throws, each caller of that list
   * gets the error. `parallel` lists may be under way at once (default 1).
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
      const results = await this.#work(batch.map((entry) => entry.item));
      batch.forEach((entry, index) => {
        entry.resolve(results[index] as Result);
      });
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      this.#busy -= 1;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}
