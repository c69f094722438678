import { useEffect, useRef } from 'preact/hooks';
import uPlot, { type AlignedData, type Options, type Series } from 'uplot';
import type { HistorySample } from '#gateway/console/live-view.ts';
import { formatCount, formatRate, formatTime } from './format.ts';
import { history } from './gateway-feed.ts';
import { type LineStyle, lineStyle } from './line-style.ts';

const CHART_HEIGHT_PX = 130;
/** Rows of the table behind the charts. */
const TABLE_ROWS = 10;
/** A gateway that has just started is not drawn as one dot. */
const MIN_SPAN_S = 180;
/** Events come whole. */
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => [0, 1, 2, 3, 4, 5, 6].map((power) => step * 10 ** power))
  .sort((a, b) => a - b);

interface Line {
  /** A sink looks the same in every chart. */
  readonly style: LineStyle;
  readonly label: string;
  readonly pick: (sample: HistorySample) => number | null;
}

/** Events per second and backlog over the last ten minutes. */
export function Throughput() {
  const { samples } = history.value ?? { samples: [] };
  const ids = (samples.at(-1)?.sinks ?? []).map(({ id }) => id);
  const sinkOf = (sample: HistorySample, id: string) => sample.sinks.find((sink) => sink.id === id);
  const rates: readonly Line[] = [
    { label: 'journaled', style: lineStyle(0), pick: (sample) => sample.journaledPerSecond },
    ...ids.map((id, index) => ({
      style: lineStyle(index + 1),
      label: `sent to ${id}`,
      pick: (s: HistorySample) => sinkOf(s, id)?.sentPerSecond ?? null,
    })),
  ];
  const backlogs: readonly Line[] = ids.map((id, index) => ({
    style: lineStyle(index + 1),
    label: id,
    pick: (sample) => sinkOf(sample, id)?.backlogCount ?? null,
  }));
  return (
    <section class="card" aria-labelledby="throughput">
      <h2 id="throughput">Last ten minutes</h2>
      <Chart title="Events per second" samples={samples} lines={rates} />
      {ids.length > 0 && <Chart title="Backlog, events" samples={samples} lines={backlogs} />}
      <details>
        <summary>As a table</summary>
        <SampleTable samples={samples} lines={[...rates, ...backlogs]} rateCount={rates.length} />
      </details>
    </section>
  );
}

interface ChartProps {
  readonly title: string;
  readonly samples: readonly HistorySample[];
  readonly lines: readonly Line[];
}

function Chart({ title, samples, lines }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const names = lines.map(({ label }) => label).join();
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const build = () => {
      chart.current?.destroy();
      chart.current = new uPlot(optionsFor(element, lines), dataOf(samples, lines), element);
    };
    build();
    const resized = new ResizeObserver(() =>
      chart.current?.setSize({ width: element.clientWidth, height: CHART_HEIGHT_PX }),
    );
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: light)');
    scheme.addEventListener('change', build);
    return () => {
      scheme.removeEventListener('change', build);
      resized.disconnect();
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [names]);
  useEffect(() => chart.current?.setData(dataOf(samples, lines)), [samples, lines]);
  return (
    <figure class="chart">
      <figcaption>
        {title}
        <span class="keys">
          {lines.map(({ label, style }) => (
            <span key={label} class={`key series-${style.colour}`}>
              <svg viewBox="0 0 22 8" aria-hidden="true">
                <line x1="0" y1="4" x2="22" y2="4" stroke-dasharray={style.dash.join(' ')} />
              </svg>
              {label}
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={host} aria-hidden="true" class="plot" />
    </figure>
  );
}

function optionsFor(element: HTMLElement, lines: readonly Line[]): Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--faint'),
    font: `11px ${style.fontFamily}`,
    ticks: { show: false },
    grid: { stroke: colour('--line'), width: 1 },
  };
  const series: Series[] = lines.map(({ label, style: { colour: hue, dash } }) => ({
    label,
    stroke: colour(`--series-${hue}`),
    width: 1.75,
    dash: [...dash],
    points: { show: false },
  }));
  return {
    width: element.clientWidth,
    height: CHART_HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 18, 0, 0],
    axes: [
      {
        ...axis,
        size: 22,
        space: 40,
        incrs: [60, 120, 300],
        values: (_plot, ticks) => ticks.map((tick) => formatTime(tick * 1000).slice(0, 5)),
      },
      {
        ...axis,
        size: 44,
        space: 32,
        incrs: WHOLE_STEPS,
        values: (_plot, ticks) => ticks.map((tick) => formatCount(tick)),
      },
    ],
    scales: {
      x: { range: (_plot, min, max) => [Math.min(min, max - MIN_SPAN_S), max] },
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] },
    },
    series: [{}, ...series],
  };
}

function dataOf(samples: readonly HistorySample[], lines: readonly Line[]): AlignedData {
  return [samples.map(({ atMs }) => atMs / 1000), ...lines.map(({ pick }) => samples.map(pick))];
}

interface TableProps {
  readonly samples: readonly HistorySample[];
  readonly lines: readonly Line[];
  readonly rateCount: number;
}

function SampleTable({ samples, lines, rateCount }: TableProps) {
  const heading = (line: Line, index: number) => (index < rateCount ? `${line.label}, /s` : `backlog of ${line.label}`);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the axe rule scrollable-region-focusable asks for it
    <section class="scroll" tabIndex={0} aria-label="The last samples as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map((line, index) => (
              <th scope="col" class="number" key={heading(line, index)}>
                {heading(line, index)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {samples
            .slice(-TABLE_ROWS)
            .toReversed()
            .map((sample) => (
              <tr key={sample.atMs}>
                <th scope="row">{formatTime(sample.atMs)}</th>
                {lines.map((line, index) => (
                  <td class="number" key={heading(line, index)}>
                    {index < rateCount ? formatRate(line.pick(sample) ?? 0) : formatCount(line.pick(sample) ?? 0)}
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}
