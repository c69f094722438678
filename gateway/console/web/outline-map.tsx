import { signal } from '@preact/signals';
import { type GeoPermissibleObjects, geoAzimuthalEquidistant, geoGraticule, geoPath } from 'd3-geo';
import { useMemo } from 'preact/hooks';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import worldUrl from 'world-atlas/countries-50m.json?url';
import type { Fix } from '#gateway/console/live-view.ts';
import { formatDegrees, formatDistance, formatSpan } from './format.ts';
import { history, live } from './gateway-feed.ts';
import { EARTH_RADIUS_M, wayExtent } from './way-extent.ts';

const WIDTH = 640;
const HEIGHT = 470;
/** Half of the map's height, of the outline and of the way. */
const REGION_M = 450_000;
const MIN_WAY_M = 150;
const SCALE_BAR_PX = 110;
/** A receiver that has been silent for so long has lost its place. */
const OLD_FIX_MS = 10_000;

type World = Topology<{ readonly countries: GeometryCollection; readonly land: GeometryCollection }>;
/** Natural Earth 1:50 m, public domain; loaded once there is a position to draw it around. */
const world = signal<World | undefined>(undefined);
let isLoading = false;

/** Where the vehicle is: on an outline of the land, and its way close up. */
export function OutlineMap() {
  // Nothing has been told yet.
  if (history.value === undefined) return null;
  const { track } = history.value;
  const fix = track.at(-1);
  return (
    <section class="card" aria-labelledby="position">
      <h2 id="position">Position</h2>
      {fix === undefined ? (
        <p class="empty">No position has been received since the gateway started.</p>
      ) : (
        <Maps fix={fix} track={track} />
      )}
    </section>
  );
}

function Maps({ fix, track }: { readonly fix: Fix; readonly track: readonly Fix[] }) {
  loadWorld();
  const ageMs = (live.value?.nowMs ?? fix.atMs) - fix.atMs;
  return (
    <>
      <div class="maps">
        <Region fix={fix} />
        <Way fix={fix} track={track} isOld={ageMs > OLD_FIX_MS} />
      </div>
      <p class="place">
        <b>{formatDegrees(fix.latitudeDeg, 'N', 'S')}</b> <b>{formatDegrees(fix.longitudeDeg, 'E', 'W')}</b>
        {fix.speedKmh !== undefined && <span>{Math.round(fix.speedKmh)} km/h</span>}
        {fix.headingDeg !== undefined && <span>heading {Math.round(fix.headingDeg)}°</span>}
        <span>
          <bdi>{fix.device}</bdi>, {ageMs > OLD_FIX_MS ? `last heard ${formatSpan(ageMs)} ago` : 'now'}
        </span>
      </p>
    </>
  );
}

/** Drawn anew only when the vehicle has come a tenth of a degree further. */
function Region({ fix }: { readonly fix: Fix }) {
  const centre: readonly [number, number] = [
    Math.round(fix.longitudeDeg * 10) / 10,
    Math.round(fix.latitudeDeg * 10) / 10,
  ];
  const atlas = world.value;
  const drawn = useMemo(() => drawRegion(centre, atlas), [centre[0], centre[1], atlas]);
  const [x, y] = drawn.projection([fix.longitudeDeg, fix.latitudeDeg]) ?? [WIDTH / 2, HEIGHT / 2];
  return (
    <svg
      class="map"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label="The vehicle on an outline of the land around it"
    >
      <path class="graticule" d={drawn.graticule} />
      <path class="land" d={drawn.land} />
      <path class="border" d={drawn.borders} />
      <circle class="halo" cx={x} cy={y} r="16" />
      <circle class="here" cx={x} cy={y} r="6" />
      <ScaleBar metresPerPixel={(2 * REGION_M) / HEIGHT} />
    </svg>
  );
}

function drawRegion(centre: readonly [number, number], atlas: World | undefined) {
  const projection = projectionAround(centre, REGION_M);
  const path = geoPath(projection).digits(1);
  const draw = (shape: GeoPermissibleObjects) => path(shape) ?? '';
  return {
    projection,
    graticule: draw(geoGraticule().step([2, 2])()),
    land: atlas === undefined ? '' : draw(feature(atlas, atlas.objects.land)),
    borders: atlas === undefined ? '' : draw(mesh(atlas, atlas.objects.countries, (a, b) => a !== b)),
  };
}

interface WayProps {
  readonly fix: Fix;
  readonly track: readonly Fix[];
  readonly isOld: boolean;
}

function Way({ fix, track, isOld }: WayProps) {
  const { centre, reachM } = wayExtent(track, HEIGHT / WIDTH);
  const halfHeightM = Math.max(MIN_WAY_M, 1.25 * reachM);
  const projection = projectionAround(centre, halfHeightM);
  const points = track.flatMap((each) => projection([each.longitudeDeg, each.latitudeDeg]) ?? []);
  const line = pairs(points).map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`);
  const [x, y] = projection([fix.longitudeDeg, fix.latitudeDeg]) ?? [WIDTH / 2, HEIGHT / 2];
  return (
    <svg
      class="map way"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`The way of the last ${track.length} places`}
    >
      <path class="rings" d={GRID} />
      <polyline class="track" points={line.join(' ')} />
      <g
        class={isOld ? 'arrow old' : 'arrow'}
        transform={`translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${fix.headingDeg ?? 0})`}
      >
        {fix.headingDeg === undefined ? <circle r="12" /> : <path d="M0-22L15 16L0 8L-15 16Z" />}
      </g>
      <ScaleBar metresPerPixel={(2 * halfHeightM) / HEIGHT} />
    </svg>
  );
}

const GRID =
  Array.from({ length: 7 }, (_, index) => `M${(index + 1) * 80} 0V${HEIGHT}`).join('') +
  Array.from({ length: 5 }, (_, index) => `M0 ${(index + 1) * 80}H${WIDTH}`).join('');

function ScaleBar({ metresPerPixel }: { readonly metresPerPixel: number }) {
  const metres = roundDown(SCALE_BAR_PX * metresPerPixel);
  const widthPx = metres / metresPerPixel;
  return (
    <g class="scale" transform={`translate(${WIDTH - 20} ${HEIGHT - 18})`}>
      <path d={`M${-widthPx} -8V0H0V-8`} />
      <text x={-widthPx / 2} y="-8" text-anchor="middle">
        {formatDistance(metres)}
      </text>
    </g>
  );
}

/** 1, 2 or 5 times a power of ten. */
function roundDown(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres));
  return power * (metres >= 5 * power ? 5 : metres >= 2 * power ? 2 : 1);
}

/** Distances from the centre are true, anywhere on Earth. */
function projectionAround([longitude, latitude]: readonly [number, number], halfHeightM: number) {
  return geoAzimuthalEquidistant()
    .rotate([-longitude, -latitude])
    .scale((HEIGHT / 2 / halfHeightM) * EARTH_RADIUS_M)
    .translate([WIDTH / 2, HEIGHT / 2])
    .clipExtent([
      [-20, -20],
      [WIDTH + 20, HEIGHT + 20],
    ]);
}

function pairs(values: readonly number[]): readonly (readonly [number, number])[] {
  return values.flatMap((x, index) => (index % 2 === 0 ? [[x, values[index + 1] ?? 0] as const] : []));
}

function loadWorld(): void {
  if (isLoading) return;
  isLoading = true;
  void fetch(worldUrl)
    .then(async (response) => {
      // The file is packaged with the page; its README describes this shape.
      world.value = (await response.json()) as World;
    })
    .catch(() => {
      isLoading = false;
    });
}
