import { LINK_MODES, type LinkStatus } from '#gateway/model/link-status.ts';
import type { Metric, MetricsView } from './metric.ts';

/** What went over the links of the sinks; nothing where none is configured. */
export const LINK_METRICS: readonly Metric[] = [
  {
    name: 'waystation_link_mode',
    type: 'gauge',
    help: '1 for the mode that the link is in, 0 for the others.',
    labels: ['link', 'mode'],
    points: ({ status: { links = [] } }) =>
      links.flatMap(({ id, mode: current }) =>
        LINK_MODES.map((mode) => ({ labels: { link: id, mode }, value: mode === current ? 1 : 0 })),
      ),
  },
  {
    name: 'waystation_link_wire_bytes_total',
    type: 'counter',
    help: 'Bytes at the sockets of the sinks, TLS and failed attempts included, without the headers of TCP and IP.',
    labels: ['link', 'direction'],
    points: ({ status: { links = [] } }) =>
      links.flatMap(({ id, sentBytes, receivedBytes }) => [
        { labels: { link: id, direction: 'sent' }, value: sentBytes },
        { labels: { link: id, direction: 'received' }, value: receivedBytes },
      ]),
  },
  perLink('waystation_link_connections_total', 'counter', 'Connections begun, failed attempts included.', (link) => {
    return link.connectionCount;
  }),
  perLink(
    'waystation_link_day_used_bytes',
    'gauge',
    'Of the budget of the day, what is used; it counts over restarts.',
    (link) => {
      return link.day.usedBytes;
    },
  ),
  perLink('waystation_link_day_max_bytes', 'gauge', 'The budget of the day, where one is configured.', (link) => {
    return link.day.maxBytes;
  }),
  perLink('waystation_link_day_reserve_bytes', 'gauge', 'What of that is for urgent lanes only.', (link) => {
    return link.day.maxBytes === undefined ? undefined : link.day.reserveBytes;
  }),
];

function perLink(
  name: string,
  type: Metric['type'],
  help: string,
  read: (link: LinkStatus) => number | undefined,
): Metric {
  const points = ({ status: { links = [] } }: MetricsView) =>
    links.flatMap((link) => {
      const value = read(link);
      return value === undefined ? [] : [{ labels: { link: link.id }, value }];
    });
  return { name, type, help, labels: ['link'], points };
}
