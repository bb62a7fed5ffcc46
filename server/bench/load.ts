/** Leads to post: as fast as the connections allow, or at a steady rate. */
export interface Load {
  origin: string;
  path: string;
  apiKey: string;
  connections: number;
  /** Leads are numbered through the whole run, so that no phone comes twice. */
  first: number;
  count: number;
  /** A second; null for as fast as it goes. */
  rate: number | null;
}

/** Milliseconds since 1970 for each lead. */
export interface LoadResult {
  postedAt: number[];
  answeredAt: number[];
  failures: number;
  failure: string | null;
}
