import { expect, it } from 'vitest';
import { orphanNews } from './orphan-news.ts';
import { streamNamed } from './testing/sample-status.ts';

const orphan = (sink: string, stream: string, backlogCount?: number) => ({
  ...{ sink, stream: streamNamed(stream), acknowledgedSequence: 3 },
  ...(backlogCount === undefined ? {} : { backlogCount }),
});

it('tells of a sink, and of a lane, that were taken out with a backlog, and how to give it up', () => {
  const orphans = [orphan('old', 'telemetry', 9), orphan('hub', 'alerts', 1), orphan('hub', 'control', 0)];
  expect(orphanNews(orphans, ['hub'])).toEqual([
    {
      part: 'sink old',
      what: 'It is not configured, and has not had 9 records of telemetry.',
      remedy: 'Configure it again, or give that up: waystation sinks forget old',
    },
    {
      part: 'sink hub',
      what: 'It has not had 1 record of alerts, which is none of its lanes.',
      remedy: 'Add alerts to its lanes again, or give that up: waystation sinks forget hub',
    },
  ]);
});

it('tells once of a stream that was taken out, whose backlog nobody has counted, and never how to give it up', () => {
  const news = orphanNews([orphan('hub', 'control'), orphan('influx', 'control')], ['hub', 'influx']);
  expect(news).toHaveLength(1);
  expect(news[0]).toMatchObject({ part: 'stream control' });
  expect(JSON.stringify(news)).not.toContain('forget');
});
