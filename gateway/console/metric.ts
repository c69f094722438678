import type { LiveView } from './live-view.ts';

/** A metric: its row in `docs/metrics.md` and its lines at `/metrics`. */
export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
  readonly points: (view: MetricsView) => readonly Point[];
}

/** What the metrics are made from. */
export type MetricsView = Pick<LiveView, 'status' | 'oldestUnsentMs'>;

/** One value of a metric, with what tells it from the others of its name. */
export interface Point {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
